"""Activations agree with Keras and with plain arithmetic."""

import keras
import numpy as np
import pytest
from keras import layers

from mnist_course.evaluation.activations import (
    best_patches,
    class_logits,
    feature_maps,
    mean_patches,
)
from mnist_course.models.numpy_layers import convolve, max_pool, relu
from tests.support.small_network import small_network


def test_activations_equal_numpy(model, X):
    kernels, bias, W1, b1, W2, b2 = model.get_weights()
    maps = relu(convolve(X, kernels, bias))
    hidden = relu(max_pool(maps).reshape(len(X), -1) @ W1 + b1)
    close = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(feature_maps(model, X), maps, **close)
    np.testing.assert_allclose(class_logits(model, X), hidden @ W2 + b2, **close)


def test_class_logits_without_softmax(model, X):
    without_softmax = small_network(layers.Dense(4))
    without_softmax.set_weights(model.get_weights())
    np.testing.assert_allclose(class_logits(without_softmax, X), class_logits(model, X), rtol=1e-6)


def test_best_patches_equal_windows(model, X):
    kernels, bias, *_ = model.get_weights()
    found = best_patches(feature_maps(model, X), X, 2, 7)
    assert found.shape == (7, 5, 5)
    largest = []
    for image in X[..., 0]:
        windows = [image[r : r + 5, c : c + 5] for r in range(8) for c in range(8)]
        sums = [(window * kernels[:, :, 0, 2]).sum() + bias[2] for window in windows]
        largest.append((max(sums), windows[int(np.argmax(sums))]))
    expected = sorted(largest, key=lambda each: -each[0])[:7]
    np.testing.assert_array_equal(found, [window for _, window in expected])


def test_mean_patches_are_means_of_best_patches(model, X):
    maps, found = feature_maps(model, X), mean_patches(model, X, 20)
    assert found.shape == (6, 5, 5)
    for number in (0, 5):
        expected = best_patches(maps, X, number, 20).mean(axis=0)
        np.testing.assert_allclose(found[number], expected, rtol=1e-6)


INVALID_CALLS = {
    "no images": (lambda m, X: feature_maps(m, X[:0]), "takes images of shape"),
    "no channels": (lambda m, X: feature_maps(m, X[..., 0]), "adds the last axis"),
    "integer pixels": (
        lambda m, X: class_logits(m, (255 * X).astype("uint8")),
        "not uint8 up to 25.: prepare",
    ),
    "not divided": (lambda m, X: mean_patches(m, 255 * X), "not float32 up to 25"),
    "softmax in its own layer": (
        lambda m, X: class_logits(small_network(layers.Dense(4), layers.Softmax()), X),
        r"Sequential\(model.layers\[:-1\]\)",
    ),
    "no input": (lambda m, X: class_logits(keras.Sequential([layers.Dense(4)]), X), "keras.Input"),
}


@pytest.mark.parametrize("case", INVALID_CALLS)
def test_activations_invalid_arguments(model, X, case):
    call, message = INVALID_CALLS[case]
    with pytest.raises(ValueError, match=message):
        call(model, X)
