"""Custom layers compute what Keras's layers compute, or what their arguments promise."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.layers import BatchNormalization, Conv2D, MaxPooling2D

from mnist_course.models.layers import ByteDropout, ConvMaxPool, FusedBatchNorm, RandomAffine


@pytest.mark.parametrize(("size", "channels", "filters"), [(5, 1, 32), (3, 24, 32)])
def test_conv_max_pool_equals_keras(size, channels, filters):
    images = np.random.default_rng(1).random((4, 12, 14, channels), dtype="float32")
    two_layers = keras.Sequential([Conv2D(filters, size, activation="relu"), MaxPooling2D()])
    expected = two_layers(images)
    fused = ConvMaxPool(filters, size)
    fused.build(images.shape)
    kernel, bias = two_layers.get_weights()
    fused.set_weights([kernel, bias])
    assert np.allclose(fused(images), expected, atol=1e-5)
    fused.set_weights([kernel, bias + 0.1])
    assert not np.allclose(fused(images), expected, atol=1e-5)


def test_conv_max_pool_gradient_of_ties():
    """Where all values of a window are equal, only the bias gets a gradient, as in Keras."""
    blank = np.zeros((2, 12, 12, 1), "float32")
    two_layers = keras.Sequential([Conv2D(3, 5), MaxPooling2D()])
    two_layers(blank)
    fused = ConvMaxPool(3, 5, None)
    fused.build(blank.shape)
    fused.set_weights(two_layers.get_weights())
    for layer in (two_layers, fused):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(blank))
        kernel, bias = tape.gradient(total, layer.trainable_variables)
        assert not np.any(kernel) and np.allclose(bias, 2 * 4 * 4)


def batch_norm_results(layer, gamma: float) -> list:
    """Return outputs, gradients and the running mean of a training step of batch normalization."""
    maps = np.random.default_rng(1).normal(2, 3, (8, 5, 5, 3)).astype("float32")
    layer.build(maps.shape)
    layer.gamma.assign([1, gamma, 0.5])
    x = tf.constant(maps)
    with tf.GradientTape() as tape:
        tape.watch(x)
        normalized = layer(x, training=True)
        total = tf.reduce_sum(normalized * maps**2)
    gradients = tape.gradient(total, [x, *layer.trainable_variables])
    # The fused kernel divides by n - 1, here 199, where Keras divides by n.
    assert np.allclose(layer.moving_variance, 0.9 + 0.1 * maps.var(axis=(0, 1, 2)), rtol=5e-3)
    return [normalized, *gradients, layer.moving_mean]


def test_fused_batch_norm_equals_keras():
    expected = batch_norm_results(BatchNormalization(momentum=0.9), gamma=2)
    same = batch_norm_results(FusedBatchNorm(momentum=0.9), gamma=2)
    other = batch_norm_results(FusedBatchNorm(momentum=0.9), gamma=1.9)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(expected, same, strict=True))
    assert not np.allclose(expected[0], other[0], atol=1e-5)


def test_byte_dropout_rate_and_mean():
    keras.utils.set_random_seed(1)
    layer, ones = ByteDropout(0.2), np.ones((50, 12, 12, 31), "float32")
    dropped = np.asarray(layer(ones, training=True))
    assert abs((dropped == 0).mean() - 51 / 256) < 0.005
    assert abs(dropped.mean() - 1) < 0.005
    assert np.allclose(dropped[dropped > 0], 256 / 205)
    again = np.asarray(layer(ones, training=True))
    assert (again != dropped).any()


def test_byte_dropout_prediction():
    ones = np.ones((3, 5), "float32")
    assert np.array_equal(ByteDropout(0.5)(ones, training=False), ones)


def test_byte_dropout_seed():
    ones = np.ones((3, 5), "float32")
    first, same, other = (
        np.asarray(ByteDropout(0.5, seed=seed)(ones, training=True)) for seed in (7, 7, 8)
    )
    assert np.array_equal(first, same) and not np.array_equal(first, other)


NO_CHANGE = {"shift": 0, "rotation": 0, "zoom": 0, "shear": 0}


def test_random_affine_training_only(digits):
    X, layer = digits[0][:9], RandomAffine()
    assert np.array_equal(layer(X, training=False), X)
    changed = np.asarray(layer(X, training=True))
    assert changed.shape == X.shape and not np.allclose(changed, X)
    assert changed.min() >= 0 and changed.max() <= 1 + 1e-6


def test_random_affine_no_change(digits):
    X = digits[0][:9]
    assert np.allclose(RandomAffine(**NO_CHANGE)(X, training=True), X, atol=1e-5)


def dot_positions(**change) -> np.ndarray:
    """Return where 60 random maps move a dot 7 pixels above the centre: offsets (down, right)."""
    dots = np.zeros((60, 28, 28, 1), "float32")
    dots[:, 6:8, 13:15] = 1
    keras.utils.set_random_seed(2)
    moved = np.asarray(RandomAffine(**NO_CHANGE | change)(dots, training=True))[..., 0]
    total, pixels = moved.sum(axis=(1, 2)), np.arange(28) - 13.5
    down = (moved.sum(axis=2) * pixels).sum(axis=1) / total
    right = (moved.sum(axis=1) * pixels).sum(axis=1) / total
    return np.stack([down, right], axis=1)


@pytest.mark.parametrize(
    ("change", "largest"), [({"shift": 2}, 2), ({"zoom": 0.3}, 3), ({"shear": 0.3}, 3)]
)
def test_random_affine_largest_distance(change, largest):
    distance = np.hypot(*(dot_positions(**change) - [-7, 0]).T)
    assert distance.max() < largest * 2**0.5 + 0.1
    assert distance.max() > 1


def test_random_affine_rotation():
    positions = dot_positions(rotation=90)
    assert np.allclose(np.hypot(*positions.T), 7, atol=0.5)
    assert abs(positions[:, 1]).max() > 6.5
