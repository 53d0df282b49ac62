"""Define Keras layers: faster forms of the guide's layers, and data augmentation."""

import math

import keras
import tensorflow as tf
from keras import ops
from keras.layers import BatchNormalization, Dropout, Layer

from mnist_course.data.keras_settings import require_keras_settings

require_keras_settings()


class ConvMaxPool(Layer):
    """Compute ``Conv2D(filters, size)`` and ``MaxPooling2D()``, with the activation last.

    Parameters
    ----------
    filters
        Number of filters.
    size
        Height and width of a kernel.
    activation
        Applied after pooling. It must be nondecreasing: then the order does not change the result.

    Notes
    -----
    Takes images or maps of shape (n, rows, columns, channels); returns maps of shape
    (n, (rows - size + 1) // 2, (columns - size + 1) // 2, filters). Its weights have the shapes and
    the order of those of ``Conv2D``. Taught in lesson 19.
    """

    def __init__(self, filters: int, size: int = 5, activation: str = "relu", **settings):
        super().__init__(**settings)
        self.filters, self.size = filters, size
        self.activation = keras.activations.get(activation)

    def build(self, shape: tuple) -> None:
        """Create kernel and bias, as ``Conv2D`` does."""
        shape = (self.size, self.size, shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, images):
        """Convolve, keep the largest of each four, and only then add the bias and activate."""
        largest = ops.max_pool(ops.conv(images, ops.convert_to_tensor(self.kernel)), 2)
        return self.activation(largest + self.bias)

    def get_config(self) -> dict:
        """Return what is needed to build the layer again."""
        own = {"filters": self.filters, "size": self.size}
        own["activation"] = keras.activations.serialize(self.activation)
        return super().get_config() | own


class FusedBatchNorm(BatchNormalization):
    """Normalize maps as Keras does, with TensorFlow's fused kernel in training.

    The kernel needs one pass over the maps instead of ten. In training the result is the same,
    except for the running variance: the kernel divides by n - 1, Keras by n. Used in lesson 15.
    """

    def call(self, maps, training=False, **settings):
        """Normalize maps of shape (n, rows, columns, channels), or (n, units) as Keras does."""
        if not training or len(maps.shape) != 4:
            return super().call(maps, training=training, **settings)
        normalized, *batch_statistics = tf.raw_ops.FusedBatchNormV3(
            x=maps,
            scale=ops.convert_to_tensor(self.gamma),
            offset=ops.convert_to_tensor(self.beta),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
        )[:3]
        running_statistics = (self.moving_mean, self.moving_variance)
        for running, new in zip(running_statistics, batch_statistics, strict=True):
            running.assign(self.momentum * running + (1 - self.momentum) * new)
        return normalized


class ByteDropout(Dropout):
    """Drop values at random, with one random byte for each value.

    Keras uses four bytes for each. The rate is rounded to 1/256: 0.2 becomes 51/256. Taught in
    lesson 19.
    """

    def call(self, values, training=False):
        """Set the fraction ``rate`` of the values to 0 and scale up the others."""
        if not training or self.rate == 0:
            return values
        dropped = round(256 * self.rate)
        count = tf.size(values)
        seed = self.seed_generator.next()
        words = tf.random.stateless_uniform(
            [(count + 3) // 4], seed, minval=None, maxval=None, dtype=tf.int32
        )
        random = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:count]
        kept = tf.reshape(random, tf.shape(values)) >= dropped
        return values * tf.cast(kept, values.dtype) * (256 / (256 - dropped))


class RandomAffine(Layer):
    """Shift, rotate, zoom and shear each image by small random amounts.

    Takes and returns images of shape (n, size, size, channels). Active in training only; otherwise
    images are returned unchanged. Taught in lesson 15.

    Parameters
    ----------
    shift
        Largest shift in pixels.
    rotation
        Largest rotation in degrees.
    zoom
        Largest change of width and of height, 0.1 for a tenth.
    shear
        Largest shear, in columns per row.
    """

    def __init__(self, shift=2.0, rotation=10.0, zoom=0.1, shear=0.1, **settings):
        super().__init__(**settings)
        self.shift, self.rotation, self.zoom, self.shear = shift, rotation, zoom, shear
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False):
        """Draw a random affine transformation for each image and apply it."""
        if not training:
            return images
        limits = (self.shift, self.shift, math.radians(self.rotation), self.zoom, self.zoom)
        drawn = keras.random.uniform((ops.shape(images)[0], 6), -1, 1, seed=self.seed_generator)
        x, y, angle, wide, tall, shear = ops.unstack(
            drawn * ops.array([*limits, self.shear]), axis=1
        )
        cos, sin = ops.cos(angle), ops.sin(angle)
        a, b = (1 + wide) * cos, (1 + wide) * (shear * cos - sin)
        c, d = (1 + tall) * sin, (1 + tall) * (shear * sin + cos)
        middle = (images.shape[1] - 1) / 2
        right, down = middle + x - (a + b) * middle, middle + y - (c + d) * middle
        none = ops.zeros_like(a)
        maps = ops.stack([a, b, right, c, d, down, none, none], axis=1)
        return ops.image.affine_transform(images, maps, fill_mode="constant")
