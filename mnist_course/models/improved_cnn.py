"""Chapter 10: a better network, one idea at a time."""

import math

import keras
import numpy as np
from keras import Input, Sequential, ops
from keras.layers import Conv2D, Dense, Flatten, Layer, ReLU

from mnist_course.models.fast_cnn import STEPS_AT_ONCE, ConvMaxPool, FusedBatchNorm


class Jitter(Layer):
    """Move, turn, stretch and slant every image a little, each at random (chapter 10).

    Works while training only; otherwise images pass unchanged.

    Parameters
    ----------
    shift
        Largest shift in pixels.
    turn
        Largest rotation in degrees.
    stretch
        Largest change of width and of height, 0.1 for a tenth.
    slant
        Largest shear: columns moved for each row.
    """

    def __init__(self, shift=2.0, turn=10.0, stretch=0.1, slant=0.1, **settings):
        super().__init__(**settings)
        self.shift, self.turn, self.stretch, self.slant = shift, turn, stretch, slant
        self.dice = keras.random.SeedGenerator()

    def call(self, images, training=False):
        """Draw a map for each image and look up where each pixel comes from."""
        if not training:
            return images
        sizes = (self.shift, self.shift, math.radians(self.turn), self.stretch, self.stretch)
        drawn = keras.random.uniform((ops.shape(images)[0], 6), -1, 1, seed=self.dice)
        x, y, turn, wide, tall, slant = ops.unstack(drawn * ops.array([*sizes, self.slant]), axis=1)
        cos, sin = ops.cos(turn), ops.sin(turn)
        a, b = (1 + wide) * cos, (1 + wide) * (slant * cos - sin)
        c, d = (1 + tall) * sin, (1 + tall) * (slant * sin + cos)
        middle = (images.shape[1] - 1) / 2
        right, down = middle + x - (a + b) * middle, middle + y - (c + d) * middle
        none = ops.zeros_like(a)
        maps = ops.stack([a, b, right, c, d, down, none, none], axis=1)
        return ops.image.affine_transform(images, maps, fill_mode="constant")


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the learning rate to its height, then let it sink to nothing (chapter 10).

    Smith, 2018, https://arxiv.org/abs/1803.09820.

    Parameters
    ----------
    height
        The largest learning rate.
    steps
        Number of steps of the whole training.
    rise
        Share of the steps that go up.
    """

    def __init__(self, height: float, steps: int, rise: float = 0.2):
        self.height, self.steps, self.rise = height, steps, rise

    def __call__(self, step):
        """Return the learning rate of a step, counted from 0."""
        done = ops.cast(step, "float32") / self.steps
        up, down = done / self.rise, (1 - done) / (1 - self.rise)
        return self.height * ops.maximum(ops.minimum(up, down), 1e-3)

    def get_config(self) -> dict:
        """Say how to build the schedule again."""
        return {"height": self.height, "steps": self.steps, "rise": self.rise}


IDEAS = (
    "a second convolution",
    "batch normalization",
    "one-cycle schedule",
    "augmentation",
    "weight averaging",
    "label smoothing",
)


def better_model(
    steps: int,
    ideas=IDEAS,
    *,
    filters=(24, 32),
    units: int = 128,
    height: float = 0.01,
    shift: float = 2.0,
    averaging: float = 0.98,
    dtype: str = "float32",
) -> Sequential:
    """Build and compile a network from the guide's, with the ideas of the chapter (chapter 10).

    Parameters
    ----------
    steps
        Number of steps it will be trained for, which the schedule needs.
    ideas
        Which of ``IDEAS`` to use.
    filters
        Filters of each convolution. The first has 5 x 5 kernels, the second 3 x 3, each followed by
        pooling; a third, without pooling, 3 x 3.
    units
        Size of the hidden layer.
    height
        Largest learning rate of the one-cycle schedule.
    shift
        Largest shift of the augmentation, in pixels.
    averaging
        Share of the running average of the weights that a step leaves as it was.
    dtype
        Keras's dtype policy, as for ``fast_model``.

    Returns
    -------
    keras.Sequential
        Takes images of shape (n, 28, 28, 1), 0 to 1; gives ten logits an image. Train it with
        one-hot labels, shape (n, 10).

    Raises
    ------
    ValueError
        If there is an idea that is not among ``IDEAS``.
    """
    if unknown := set(ideas) - set(IDEAS):
        raise ValueError(f"There is no idea {sorted(unknown)}. There are: {', '.join(IDEAS)}.")
    norm = "batch normalization" in ideas
    layers = [Input(shape=(28, 28, 1))]
    if "augmentation" in ideas:
        layers += [Jitter(shift)]
    layers += [ConvMaxPool(filters[0], 5, None, dtype=dtype), *activation(norm, dtype)]
    if "a second convolution" in ideas:
        layers += [ConvMaxPool(filters[1], 3, None, dtype=dtype), *activation(norm, dtype)]
    for count in filters[2:]:
        layers += [Conv2D(count, 3, padding="same", use_bias=not norm, dtype=dtype)]
        layers += activation(norm, dtype)
    layers += [Flatten(dtype=dtype), Dense(units, use_bias=not norm, dtype=dtype)]
    model = Sequential([*layers, *activation(norm, dtype), Dense(10, dtype="float32")])
    averaged = "weight averaging" in ideas
    cycle = "one-cycle schedule" in ideas
    model.compile(
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=0.05 if "label smoothing" in ideas else 0
        ),
        optimizer=keras.optimizers.Adam(
            OneCycle(height, steps) if cycle else 0.001,
            beta_2=0.99 if cycle else 0.999,
            use_ema=averaged,
            ema_momentum=averaging,
        ),
        metrics=["accuracy"],
        steps_per_execution=STEPS_AT_ONCE,
    )
    return model


def activation(norm: bool, dtype: str) -> list[Layer]:
    """Return relu, behind batch normalization where it is wanted."""
    relu = ReLU(dtype=dtype)
    return [FusedBatchNorm(momentum=0.9, dtype=dtype), relu] if norm else [relu]


def predict_views(model, X: np.ndarray, views=((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))):
    """Average the probabilities over shifted views of each image (chapter 10).

    Parameters
    ----------
    model
        Gives ten logits an image.
    X
        Images, shape (n, 28, 28, 1), 0 to 1.
    views
        Shifts in pixels, (down, right) each.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), float32.
    """
    total = 0
    for down, right in views:
        seen = np.roll(X, (down, right), axis=(1, 2))
        total = total + ops.softmax(model.predict(seen, batch_size=500, verbose=0))
    return np.asarray(total) / len(views)
