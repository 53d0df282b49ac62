"""Activations agree with Keras and with plain arithmetic."""

import keras
import numpy as np
import pytest
from keras import layers

from mnist_course.evaluation.activations import (
    class_logits,
    feature_maps,
    hidden_units,
    layer_output,
    nearest_neighbors,
)
from mnist_course.models.numpy_layers import convolve, max_pool, relu, softmax
from tests.support.small_network import small_network


def test_layer_outputs_equal_numpy(model, X):
    kernels, bias, W1, b1, W2, b2 = model.get_weights()
    maps = relu(convolve(X, kernels, bias))
    pooled = max_pool(maps)
    hidden = relu(pooled.reshape(len(X), -1) @ W1 + b1)
    close = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(feature_maps(model, X), maps, **close)
    np.testing.assert_allclose(layer_output(model, X, 1), pooled, **close)
    np.testing.assert_allclose(hidden_units(model, X), hidden, **close)
    np.testing.assert_allclose(class_logits(model, X), hidden @ W2 + b2, **close)
    np.testing.assert_allclose(layer_output(model, X, 5), softmax(hidden @ W2 + b2), **close)


def test_layer_output_dropout_inactive(model, X):
    np.testing.assert_array_equal(layer_output(model, X, 2), layer_output(model, X, 1))


def test_class_logits_without_softmax(model, X):
    without_softmax = small_network(layers.Dense(4))
    without_softmax.set_weights(model.get_weights())
    np.testing.assert_allclose(class_logits(without_softmax, X), class_logits(model, X), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_nearest_neighbors_equals_every_pair(dtype):
    random = np.random.default_rng(1)
    queries, others = (random.integers(256, size=(n, 6, 6)).astype(dtype) for n in (7, 50))
    gaps = queries[:, None].astype(int) - others[None].astype(int)
    distances = (gaps**2).sum(axis=(2, 3))
    np.testing.assert_array_equal(
        nearest_neighbors(queries, others, 4), distances.argsort(axis=1)[:, :4]
    )
    assert (nearest_neighbors(others, others)[:, 0] == np.arange(50)).all()


INVALID_CALLS = {
    "no images": (lambda m, X: feature_maps(m, X[:0]), "takes images of shape"),
    "no channels": (lambda m, X: feature_maps(m, X[..., 0]), "adds the last axis"),
    "integer pixels": (
        lambda m, X: class_logits(m, (255 * X).astype("uint8")),
        "not uint8 up to 25.: prepare",
    ),
    "not divided": (lambda m, X: hidden_units(m, 255 * X), "not float32 up to 25"),
    "no such layer": (lambda m, X: layer_output(m, X, 6), "no layer 6. This .* 0 conv2d"),
    "layer from the end": (lambda m, X: layer_output(m, X, -1), "no layer -1"),
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
