"""Chapter 12: the guide's network, computed in fewer seconds of the same processor."""

from pathlib import Path

import keras
import tensorflow as tf
from keras import Input, Sequential, ops
from keras.layers import Dense, Dropout, Flatten, Layer

# Python looks in on the training once in so many steps; a step itself takes 30 ms or less.
STEPS_AT_ONCE = 10


class ConvMaxPool(Layer):
    """What ``Conv2D(filters, size)`` and ``MaxPooling2D()`` compute, in one pass (chapter 12).

    A pooling window needs the sums of four neighbouring places. The image is cut into blocks of
    2 x 2 pixels, so that one convolution over blocks gives all four at once; the largest stays.

    Parameters
    ----------
    filters
        Number of filters.
    size
        Height and width of a kernel, odd.
    activation
        Applied after pooling. Any function that never falls may change places with the maximum.

    Notes
    -----
    Takes images or maps of shape (n, rows, columns, channels), an even number of rows and columns;
    gives ((rows - size + 1) // 2, (columns - size + 1) // 2, filters). Its weights have the shapes
    and the order of ``Conv2D``'s.
    """

    def __init__(self, filters: int, size: int = 5, activation: str = "relu", **settings):
        super().__init__(**settings)
        self.filters, self.size = filters, size
        self.activation = keras.activations.get(activation)

    def build(self, shape: tuple) -> None:
        """Make kernel and bias, as ``Conv2D`` does."""
        _, rows, columns, channels = shape
        if self.size % 2 == 0 or rows % 2 or columns % 2:
            raise ValueError(
                "ConvMaxPool takes kernels of odd size and an even number of rows and columns, not "
                f"size {self.size} and {rows} x {columns}. Conv2D and MaxPooling2D take any."
            )
        shape = (self.size, self.size, channels, self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, images):
        """Convolve, keep the largest of each four, add the bias."""
        sums = ops.conv(blocks(images), four_places(self.kernel))
        sums = ops.reshape(sums, (-1, *sums.shape[1:3], 4, self.filters))
        return self.activation(largest(sums) + self.bias)

    def get_config(self) -> dict:
        """Say how to build the layer again."""
        own = {"filters": self.filters, "size": self.size}
        own["activation"] = keras.activations.serialize(self.activation)
        return super().get_config() | own


def blocks(images):
    """Make each block of 2 x 2 pixels one place with four times the channels (chapter 12)."""
    _, rows, columns, channels = images.shape
    cut = ops.reshape(images, (-1, rows // 2, 2, columns // 2, 2, channels))
    cut = ops.transpose(cut, (0, 1, 3, 2, 4, 5))
    return ops.reshape(cut, (-1, rows // 2, columns // 2, 4 * channels))


def four_places(kernel):
    """Lay a kernel at the four places of a pooling window, over blocks (chapter 12)."""
    size, _, channels, filters = kernel.shape
    half = (size + 1) // 2
    moved = [
        ops.pad(kernel, ((row, 1 - row), (column, 1 - column), (0, 0), (0, 0)))
        for row in (0, 1)
        for column in (0, 1)
    ]
    cut = ops.reshape(ops.concatenate(moved, axis=-1), (half, 2, half, 2, channels, 4 * filters))
    return ops.reshape(ops.transpose(cut, (0, 2, 1, 3, 4, 5)), (half, half, 4 * channels, -1))


@tf.custom_gradient
def largest(sums):
    """Keep the largest of four; only it passes the gradient on (chapter 12).

    Equal ones share it, which comes to the same: equal sums of neighbouring places are those of
    equal pixels.
    """
    kept = tf.reduce_max(sums, axis=3, keepdims=True)

    def back(gradient):
        same = tf.cast(sums == kept, sums.dtype)
        return same * (gradient[:, :, :, None] / tf.reduce_sum(same, axis=3, keepdims=True))

    return kept[:, :, :, 0], back


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
