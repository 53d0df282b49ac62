"""The layers written by hand in NumPy do what Keras's layers do, on shapes no lesson uses."""

import keras
import numpy as np
import pytest
from keras import layers

from mnist_course import cnn_model
from mnist_course.models.numpy_layers import convolve, dropout, flatten, max_pool, relu, softmax

SHAPES = [(1, 5, 5, 1), (3, 12, 9, 1), (2, 11, 16, 3), (4, 28, 28, 1), (2, 7, 7, 32)]


def random_array(shape: tuple, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def by_keras(layer, values: np.ndarray, **options) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(values, **options))


def assert_equal(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.dtype == theirs.dtype == np.float32
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(5, 5), (1, 1), (3, 2), (2, 5)])
@pytest.mark.parametrize("shape", SHAPES)
def test_convolve_equals_conv2d(shape, size):
    images, layer = random_array(shape), layers.Conv2D(4, size, bias_initializer="random_normal")
    theirs = by_keras(layer, images)
    assert_equal(convolve(images, *layer.get_weights()), theirs)


def test_convolve_is_the_sum_of_products_of_a_patch():
    patch, kernel = random_array((1, 5, 5, 2), 1), random_array((5, 5, 2, 1), 2)
    expected = (patch[0] * kernel[..., 0]).sum() + 0.5
    np.testing.assert_allclose(
        convolve(patch, kernel, np.float32([0.5]))[0, 0, 0, 0], expected, 1e-5
    )


@pytest.mark.parametrize("shape", [*SHAPES, (6,), (3, 4)])
def test_relu_equals_keras(shape):
    values = random_array(shape)
    assert_equal(relu(values), by_keras(layers.ReLU(), values))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_max_pool_equals_max_pooling_2d(shape, size):
    # All values negative, so that a window filled up with zeros would show.
    maps = random_array(shape) - 10
    assert_equal(max_pool(maps, size), by_keras(layers.MaxPooling2D(size), maps))


def test_max_pool_takes_windows_of_two_unless_told_otherwise():
    maps = random_array((2, 6, 8, 3))
    assert_equal(max_pool(maps), by_keras(layers.MaxPooling2D(), maps))


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("shape", SHAPES)
def test_dropout_equals_keras_in_training_and_at_test_time(shape, rate):
    values, layer = random_array(shape) + 10, layers.Dropout(rate, seed=3)
    theirs = by_keras(layer, values, training=True)
    assert_equal(dropout(values, rate, mask=theirs != 0), theirs)
    assert_equal(dropout(values, rate), by_keras(layer, values, training=False))


def test_dropout_keeps_the_mean():
    values = np.ones((1000, 100), "float32")
    mask = np.random.default_rng(0).random(values.shape) >= 0.2
    assert dropout(values, 0.2, mask).mean() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("shape", [*SHAPES, (3, 4)])
def test_flatten_equals_keras(shape):
    values = random_array(shape)
    assert_equal(flatten(values), by_keras(layers.Flatten(), values))


@pytest.mark.parametrize("scale", [1, 30, 1000])
@pytest.mark.parametrize("shape", [(1, 10), (7, 3), (4, 2)])
def test_softmax_equals_keras_for_logits_of_any_size(shape, scale):
    logits = scale * random_array(shape)
    ours = softmax(logits)
    assert_equal(ours, by_keras(layers.Softmax(), logits))
    np.testing.assert_allclose(ours.sum(axis=1), 1, rtol=1e-5)


def test_the_layers_together_are_the_network():
    model, images = cnn_model(), np.random.default_rng(0).random((8, 28, 28, 1), dtype="float32")
    kernels, bias, W1, b1, W2, b2 = model.get_weights()
    maps = max_pool(relu(convolve(images, kernels, bias)))
    hidden = relu(flatten(dropout(maps, 0.2)) @ W1 + b1)
    assert_equal(softmax(hidden @ W2 + b2), model.predict(images, verbose=0))
