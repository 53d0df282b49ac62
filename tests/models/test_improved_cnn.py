"""Each improvement changes its part of the network; test-time augmentation averages."""

import keras
import numpy as np
import pytest

from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model, predict_with_tta
from mnist_course.models.optimizers import OneCycle


def parts(model) -> dict[str, bool]:
    """Return which improvements are found in a model."""
    kinds = [type(layer).__name__ for layer in model.layers]
    return {
        "a second convolution": kinds.count("ConvMaxPool") == 2,
        "no dropout": "ByteDropout" not in kinds,
        "batch normalization": "FusedBatchNorm" in kinds,
        "one-cycle schedule": isinstance(model.optimizer._learning_rate, OneCycle),
        "beta_2 of 0.99": model.optimizer.beta_2 == 0.99,
        "augmentation": "RandomAffine" in kinds,
        "weight averaging": model.optimizer.use_ema,
        "label smoothing": model.loss.label_smoothing > 0,
    }


@pytest.mark.parametrize("name", IMPROVEMENTS)
def test_improved_model_one_added(name):
    assert parts(improved_model(100, [name])) == {other: other == name for other in IMPROVEMENTS}


@pytest.mark.parametrize("name", IMPROVEMENTS)
def test_improved_model_one_left_out(name):
    model = improved_model(100, [other for other in IMPROVEMENTS if other != name])
    assert parts(model) == {other: other != name for other in IMPROVEMENTS}


def test_improved_model_without_improvements_is_guide(digits):
    X, _ = digits
    guide, model = cnn_model(), improved_model(100, (), filters=(32,))
    model.set_weights(guide.get_weights())
    logits = model.predict(X[:20], verbose=0)
    assert model.count_params() == 592_074
    assert np.allclose(keras.ops.softmax(logits), guide.predict(X[:20], verbose=0), atol=1e-5)
    assert model.optimizer.beta_2 == guide.optimizer.beta_2 == 0.999
    assert model.optimizer._learning_rate == guide.optimizer._learning_rate


def test_improved_model_unknown_improvement():
    with pytest.raises(ValueError, match=r"no improvement \['noise'\]"):
        improved_model(100, ["noise"])


def test_improved_model_settings(digits):
    X, _ = digits
    settings = {"max_lr": 0.005, "shift": 1.5, "ema_momentum": 0.998, "dtype": "mixed_bfloat16"}
    model = improved_model(100, filters=(4, 4, 4), units=8, **settings)
    assert model.layers[0].shift == 1.5
    assert model.optimizer.ema_momentum == 0.998
    assert model.optimizer._learning_rate.max_lr == 0.005
    *inner, last = model.layers[1:]
    assert {layer.compute_dtype for layer in inner} == {"bfloat16"}
    assert last.compute_dtype == "float32"
    assert all(weight.dtype == "float32" for weight in model.trainable_variables)
    assert model.predict(X[:2], verbose=0).dtype == np.float32


def test_predict_with_tta_averages_probabilities(digits):
    X = digits[0][:20]
    model = improved_model(10)
    unshifted = np.asarray(keras.ops.softmax(model.predict(X, verbose=0)))
    assert np.allclose(predict_with_tta(model, X, ((0, 0),)), unshifted, atol=1e-6)
    left = predict_with_tta(model, np.roll(X, -1, axis=2), ((0, 0),))
    average = predict_with_tta(model, X, ((0, 0), (0, -1)))
    assert np.allclose(average, (unshifted + left) / 2, atol=1e-6)
    assert np.allclose(predict_with_tta(model, X).sum(axis=1), 1, atol=1e-5)
