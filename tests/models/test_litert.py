"""A LiteRT file gives the predictions of the Keras model, and a check notices where it does not."""

import logging
import re

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import normalize, to_channels_last
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.litert import (
    check_predictions_close,
    litert_predict,
    to_litert,
    with_preprocessing,
)
from mnist_course.training.reference_model import MODEL_FILE


@pytest.fixture(scope="module")
def digits():
    _, (X_test, _) = load_mnist("sample")
    return X_test[:300]


@pytest.fixture(scope="module")
def model():
    model = cnn_model()
    model.load_weights(MODEL_FILE)
    return model


@pytest.fixture(scope="module")
def by_keras(model, digits):
    return model.predict(normalize(to_channels_last(digits)), verbose=0)


@pytest.fixture(scope="module")
def files(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("litert")
    whole = with_preprocessing(model)
    return {
        "float32": to_litert(whole, folder / "float32.tflite"),
        "int8": to_litert(whole, folder / "int8.tflite", int8=True),
    }


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-5), ("int8", 0.1)])
def test_litert_predict_equals_keras(files, digits, by_keras, kind, tolerance):
    gap, changed = check_predictions_close(
        by_keras, litert_predict(files[kind], digits), tolerance=tolerance
    )
    assert changed <= (0 if kind == "float32" else 1)
    assert gap > 0  # two programs, not one compared with itself


def test_to_litert_file_size(files):
    assert files["float32"].stat().st_size == pytest.approx(4 * 592_074, rel=0.01)
    assert files["int8"].stat().st_size == pytest.approx(592_074, rel=0.03)


def test_check_predictions_close_changed_weight(model, digits, by_keras, tmp_path):
    changed_model = cnn_model()
    weights = model.get_weights()
    weights[0][2, 2, 0, 5] += 1
    changed_model.set_weights(weights)
    file = to_litert(with_preprocessing(changed_model), tmp_path / "changed.tflite")
    with pytest.raises(ValueError, match="predictions differ"):
        check_predictions_close(by_keras, litert_predict(file, digits), tolerance=1e-5)


def test_check_predictions_close_transposed_images(files, digits, by_keras):
    with pytest.raises(ValueError, match="same images"):
        check_predictions_close(
            by_keras, litert_predict(files["float32"], digits.swapaxes(1, 2)), tolerance=0.1
        )


def test_check_predictions_close_nan(by_keras):
    with pytest.raises(ValueError, match="differs by nan"):
        check_predictions_close(by_keras, np.full_like(by_keras, np.nan), tolerance=1)


@pytest.mark.parametrize("part", [np.s_[:1], np.s_[:, :1], np.s_[0], np.s_[:0], np.s_[..., None]])
def test_check_predictions_close_other_shape(by_keras, part):
    other = by_keras[part]
    for given, expected in ((other, by_keras), (by_keras, other)):
        message = f"have the shape {given.shape}; {expected.shape} was expected"
        with pytest.raises(ValueError, match=re.escape(message) + ".\nWhat to do: predict all"):
            check_predictions_close(given, expected, tolerance=1)


@pytest.mark.parametrize("shape", [(10,), (0, 10), (10, 0), (3, 1), (3, 10, 1)])
def test_check_predictions_close_neither_n_by_ten(shape):
    both = np.zeros(shape)
    with pytest.raises(ValueError, match=r"\(n, 10\) was expected: one row for each image"):
        check_predictions_close(both, both, tolerance=1)


def test_litert_predict_other_dtype_or_shape(files, digits):
    with pytest.raises(ValueError, match="expected type UINT8"):
        litert_predict(files["float32"], digits.astype("float32"))
    with pytest.raises(ValueError, match="Dimension mismatch"):
        litert_predict(files["float32"], digits[..., None])


def test_litert_predict_smaller_last_batch(files, digits):
    by_seven = litert_predict(files["float32"], digits[:10], batch_size=7)
    np.testing.assert_allclose(by_seven, litert_predict(files["float32"], digits[:10]), atol=1e-6)


def test_to_litert_prints_no_log(model, digits, tmp_path, capfd, caplog):
    caplog.set_level(logging.INFO)
    litert_predict(to_litert(with_preprocessing(model), tmp_path / "quiet.tflite"), digits[:2])
    assert capfd.readouterr() == ("", "") and not caplog.records
    logging.getLogger("tensorflow").info("logged after the conversion")
    assert [record.message for record in caplog.records] == ["logged after the conversion"]
