"""Training with changed hyperparameters uses the images, steps and settings that it is told."""

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.packed_flags import unpack_flags
from mnist_course.training import hyperparameter_run
from mnist_course.training.hyperparameter_run import (
    train_with_hyperparameters,
    training_and_validation,
)


@pytest.fixture(scope="module")
def sample():
    return load_mnist("sample")


def test_training_and_validation_last_sixth(sample):
    (X, y), (X_val, y_val) = training_and_validation(sample)
    (X_all, y_all), _ = sample
    assert len(X_val) == len(X_all) - len(X) == round(len(X_all) / 6)
    assert (np.concatenate([X, X_val]) == X_all).all()
    assert (np.concatenate([y, y_val]) == y_all).all()


def test_train_with_hyperparameters_result(sample):
    run = train_with_hyperparameters(sample, seed=1, images=100, batch_size=50)
    correct = unpack_flags(run["correct"], len(training_and_validation(sample)[1][1]))
    assert run["steps"] == 5 * 2
    assert run["error"] == pytest.approx(100 - 100 * correct.mean(), abs=0.006)
    assert 0 < run["error"] < 100 and run["loss"] > 0 and run["training_loss"] > 0


def test_train_with_hyperparameters_without_test_set(sample):
    class Closed:
        def __iter__(self):
            raise AssertionError("the test set was opened")

    data = (sample[0], Closed())
    assert train_with_hyperparameters(data, seed=1, images=30, steps=1)["steps"] == 1


@pytest.mark.parametrize("steps", [1, 3, 10, 23])
def test_train_with_hyperparameters_steps(sample, steps):
    # 100 images in batches of 30 are four steps an epoch; ten steps are one call.
    run = train_with_hyperparameters(sample, seed=1, images=100, batch_size=30, steps=steps)
    assert run["steps"] == steps


def test_train_with_hyperparameters_nested_images(sample, monkeypatch):
    seen = []

    def record_images(X, Y, batch_size):
        seen.append(X)
        return make_batches(X, Y, batch_size)

    make_batches = hyperparameter_run.shuffled_batches
    monkeypatch.setattr(hyperparameter_run, "shuffled_batches", record_images)
    for seed, images, normalized in ((1, 20, True), (1, 40, False), (2, 20, True)):
        train_with_hyperparameters(sample, seed=seed, images=images, normalized=normalized, steps=1)
    first, larger, other_seed = seen
    assert len(first) == 20 and len(larger) == 40
    assert first.max() == 1 and larger.max() == 255
    assert np.allclose(first, larger[:20] / 255)
    assert not np.allclose(first, other_seed)
