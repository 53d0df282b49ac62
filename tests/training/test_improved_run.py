"""Improved networks learn better, and are measured on the images that they should be."""

import numpy as np
import pytest

from mnist_course.data.loading import Dataset, load_mnist
from mnist_course.data.packed_flags import unpack_flags
from mnist_course.data.preparation import prepare
from mnist_course.evaluation.metrics import error_percent
from mnist_course.models.improved_cnn import IMPROVEMENTS, predict_with_tta
from mnist_course.training.improved_run import (
    train_and_test,
    train_and_validate,
    train_improved_model,
)

SHORT = {"epochs": 1, "batch_size": 50, "filters": (4, 4), "units": 8}


@pytest.fixture(scope="module")
def sample():
    return load_mnist("sample")


def test_train_improved_model_lower_error(sample):
    (X, Y), _ = prepare(sample)
    X_val, y_val = X[1000:1500], Y[1000:1500].argmax(axis=1)
    errors = []
    for improvements in (IMPROVEMENTS, ()):
        model = train_improved_model(
            X[:1000], Y[:1000], improvements=improvements, seed=1, epochs=3, batch_size=32
        )
        errors.append(error_percent(y_val, predict_with_tta(model, X_val)))
    assert errors[0] < errors[1] - 1


@pytest.mark.parametrize(("train", "images"), [(train_and_validate, 100), (train_and_test, 150)])
def test_train_and_measure_images(sample, train, images):
    """The images measured on have labels of their own, so that the error names them."""
    (X, y), (X_test, y_test) = sample
    # Of 600 training images, the last 100 are validation images.
    data = Dataset(((X[:600], y[:600]), (X_test[:150], y_test[:150])), sample.name, "sample")
    run = train(data, seed=1, improvements=("no dropout",), **SHORT)
    for suffix in ("", "_with_tta"):
        correct = unpack_flags(run[f"correct{suffix}"], images)
        assert run[f"error{suffix}"] == pytest.approx(100 - 100 * correct.mean(), abs=0.006)
    with pytest.raises(ValueError, match="flags at most"):
        unpack_flags(run["correct"], 250 - images)
    assert run["parameters"] > 0


def test_train_and_validate_labels(sample):
    (X, y), test = sample
    right = Dataset(((X[:1200], y[:1200]), test), sample.name, "sample")
    wrong_labels = np.concatenate([y[:1000], (y[1000:1200] + 1) % 10])
    wrong = Dataset(((X[:1200], wrong_labels), test), sample.name, "sample")
    settings = {"epochs": 3, "batch_size": 20, "filters": (16, 16), "units": 32, "seed": 1}
    first, second = (train_and_validate(data, **settings) for data in (right, wrong))
    assert first["error"] < 20 and second["error"] > 80
