"""Chapter 12: the guide's network, computed in fewer seconds of the same processor."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Sequential, ops
from keras.layers import BatchNormalization, Dense, Dropout, Flatten, Layer

# Python looks in on the training once in so many steps; a step itself takes 30 ms or less.
STEPS_AT_ONCE = 10


class ConvMaxPool(Layer):
    """What ``Conv2D(filters, size)`` and ``MaxPooling2D()`` compute, activated last (chapter 12).

    Parameters
    ----------
    filters
        Number of filters.
    size
        Height and width of a kernel.
    activation
        Applied after pooling. Any function that never falls may change places with the maximum.

    Notes
    -----
    Takes images or maps of shape (n, rows, columns, channels); gives
    ((rows - size + 1) // 2, (columns - size + 1) // 2, filters). Its weights have the shapes and
    the order of ``Conv2D``'s.
    """

    def __init__(self, filters: int, size: int = 5, activation: str = "relu", **settings):
        super().__init__(**settings)
        self.filters, self.size = filters, size
        self.activation = keras.activations.get(activation)

    def build(self, shape: tuple) -> None:
        """Make kernel and bias, as ``Conv2D`` does."""
        shape = (self.size, self.size, shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, images):
        """Convolve, keep the largest of each four, and only then add the bias and activate."""
        largest = ops.max_pool(ops.conv(images, ops.convert_to_tensor(self.kernel)), 2)
        return self.activation(largest + self.bias)

    def get_config(self) -> dict:
        """Say how to build the layer again."""
        own = {"filters": self.filters, "size": self.size}
        own["activation"] = keras.activations.serialize(self.activation)
        return super().get_config() | own


class FusedBatchNorm(BatchNormalization):
    """Keras's batch normalization of maps, trained by TensorFlow's own kernel (chapter 10).

    One pass over the maps in place of ten; what it computes in training is the same, but for the
    running variance, which the kernel takes with n - 1 where Keras takes n.
    """

    def call(self, maps, training=False, **settings):
        """Normalize maps of shape (n, rows, columns, channels), or (n, units) as Keras does."""
        if not training or len(maps.shape) != 4:
            return super().call(maps, training=training, **settings)
        normalized, *seen = tf.raw_ops.FusedBatchNormV3(
            x=maps,
            scale=ops.convert_to_tensor(self.gamma),
            offset=ops.convert_to_tensor(self.beta),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
        )[:3]
        for running, new in zip((self.moving_mean, self.moving_variance), seen, strict=True):
            running.assign(self.momentum * running + (1 - self.momentum) * new)
        return normalized


class ByteDropout(Dropout):
    """Dropout that draws one random byte a number, a quarter of the dice (chapter 12).

    The rate is rounded to 1/256: 0.2 becomes 51/256.
    """

    def call(self, values, training=False):
        """Set the share ``rate`` of the numbers to 0 and scale up the rest."""
        if not training or self.rate == 0:
            return values
        dropped = round(256 * self.rate)
        count = tf.size(values)
        seed = self.seed_generator.next()
        words = tf.random.stateless_uniform(
            [(count + 3) // 4], seed, minval=None, maxval=None, dtype=tf.int32
        )
        dice = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:count], tf.shape(values))
        return values * tf.cast(dice >= dropped, values.dtype) * (256 / (256 - dropped))


class FusedAdam(keras.optimizers.Adam):
    """Adam in one pass over the weights in place of ten (chapter 12)."""

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable by TensorFlow's own kernel for Adam."""
        i = self._get_variable_index(variable)
        steps = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=handle(variable),
            m=handle(self._momentums[i]),
            v=handle(self._velocities[i]),
            beta1_power=self.beta_1**steps,
            beta2_power=self.beta_2**steps,
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def handle(variable):
    """Return what TensorFlow's kernels take for a variable of Keras's or of its own."""
    return getattr(variable, "_value", variable).handle


def untuned_batches(X: np.ndarray, Y: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Cut shuffled batches out of arrays, for ``keras.Model.fit`` (chapter 12).

    As ``fit`` does with arrays, but without the tuner of TensorFlow's input pipeline: in TensorFlow
    2.21 each epoch waits for it at its end, for up to as long as the epoch has taken.

    Parameters
    ----------
    X, Y
        Images and one-hot labels, as many of each.
    batch_size
        Images in a batch.

    Returns
    -------
    tensorflow.data.Dataset
        Gives pairs of images and labels, in another order in each epoch.
    """
    images, labels = tf.constant(X), tf.constant(Y)
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    order = tf.data.Dataset.range(len(X)).shuffle(len(X)).batch(batch_size)
    cut = order.map(lambda chosen: (tf.gather(images, chosen), tf.gather(labels, chosen)))
    return cut.prefetch(1).with_options(untuned)


def fast_model(
    *, dropout: float = 0.2, learning_rate: float = 0.001, dtype: str = "float32"
) -> Sequential:
    """Build and compile the guide's network in its quick form (chapter 12).

    Parameters
    ----------
    dropout, learning_rate
        As in the guide unless given.
    dtype
        Keras's dtype policy: ``best_dtype()`` names the quicker one on this processor.

    Returns
    -------
    keras.Sequential
        The same function of the same 592,074 parameters as ``cnn_model()``, in the same order:
        ``cnn_model().set_weights(fast.get_weights())`` gives the guide's network.
    """
    model = Sequential(
        [
            Input(shape=(28, 28, 1)),
            ConvMaxPool(32, 5, dtype=dtype),
            ByteDropout(dropout, dtype=dtype),
            Flatten(dtype=dtype),
            Dense(128, activation="relu", dtype=dtype),
            Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    adam = FusedAdam(learning_rate)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=adam,
        metrics=["accuracy"],
        steps_per_execution=STEPS_AT_ONCE,
    )
    return model


def best_dtype() -> str:
    """Name the quicker dtype policy on this processor, and say why (chapter 12).

    Returns
    -------
    str
        ``"mixed_bfloat16"`` where the processor multiplies bfloat16 itself, else ``"float32"``.
    """
    info = Path("/proc/cpuinfo")  # Linux alone has it; elsewhere nobody promises bfloat16
    flags = info.read_text().split() if info.exists() else []
    if {"avx512_bf16", "amx_bf16"} & set(flags):
        print("This processor multiplies bfloat16: mixed_bfloat16.")
        return "mixed_bfloat16"
    print("This processor does not multiply bfloat16 itself: float32 it stays.")
    return "float32"
