"""The guide's network."""

from mnist_course.models.guide_cnn import cnn_model


def test_cnn_model_parameters():
    model = cnn_model()
    assert [layer.count_params() for layer in model.layers] == [832, 0, 0, 0, 589_952, 1_290]
    assert model.count_params() == 592_074
    assert model.loss == "categorical_crossentropy"
    assert type(model.optimizer).__name__ == "Adam"
