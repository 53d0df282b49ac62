"""Build the guide's network with improvements, each of which can be left out."""

import keras
import numpy as np
from keras import Input, Sequential, ops
from keras.layers import Conv2D, Dense, Flatten, Layer, ReLU

from mnist_course.models.fast_cnn import STEPS_PER_EXECUTION
from mnist_course.models.layers import ByteDropout, ConvMaxPool, FusedBatchNorm, RandomAffine
from mnist_course.models.optimizers import OneCycle

IMPROVEMENTS = (
    "a second convolution",
    "no dropout",
    "batch normalization",
    "one-cycle schedule",
    "beta_2 of 0.99",
    "augmentation",
    "weight averaging",
    "label smoothing",
)


def improved_model(
    steps: int,
    improvements=IMPROVEMENTS,
    *,
    filters=(24, 32),
    units: int = 128,
    max_lr: float = 0.01,
    shift: float = 2.0,
    ema_momentum: float = 0.98,
    dtype: str = "float32",
) -> Sequential:
    """Build and compile the guide's network with improvements (lesson 15).

    Without any improvement and with 32 filters, it is the guide's network, without the softmax.

    Parameters
    ----------
    steps
        Number of steps of its training, for the learning rate schedule.
    improvements
        Which of ``IMPROVEMENTS`` to use. One of them is Adam's ``beta_2``, otherwise 0.999, as
        Keras's default is.
    filters
        Number of filters of each convolution. The first has 5 x 5 kernels, the others 3 x 3. The
        first two are followed by pooling.
    units
        Size of the hidden layer.
    max_lr
        Largest learning rate of the one-cycle schedule.
    shift
        Largest shift of the augmentation, in pixels.
    ema_momentum
        Momentum of the exponential moving average of the weights.
    dtype
        Keras's dtype policy, as for ``fast_model``.

    Returns
    -------
    keras.Sequential
        Takes images of shape (n, 28, 28, 1), 0 to 1; returns ten logits for each. Train it with
        one-hot labels, shape (n, 10).

    Raises
    ------
    ValueError
        If an improvement is not one of ``IMPROVEMENTS``.
    """
    if unknown := set(improvements) - set(IMPROVEMENTS):
        raise ValueError(
            f"There is no improvement {sorted(unknown)}. There are: {', '.join(IMPROVEMENTS)}."
        )
    norm = "batch normalization" in improvements
    layers = [Input(shape=(28, 28, 1))]
    if "augmentation" in improvements:
        layers += [RandomAffine(shift)]
    layers += [ConvMaxPool(filters[0], 5, None, dtype=dtype), *_relu(norm, dtype)]
    if "a second convolution" in improvements:
        layers += [ConvMaxPool(filters[1], 3, None, dtype=dtype), *_relu(norm, dtype)]
    for count in filters[2:]:
        layers += [Conv2D(count, 3, padding="same", use_bias=not norm, dtype=dtype)]
        layers += _relu(norm, dtype)
    if "no dropout" not in improvements:
        layers += [ByteDropout(0.2, dtype=dtype)]
    layers += [Flatten(dtype=dtype), Dense(units, use_bias=not norm, dtype=dtype)]
    model = Sequential([*layers, *_relu(norm, dtype), Dense(10, dtype="float32")])
    averaged = "weight averaging" in improvements
    cycle = "one-cycle schedule" in improvements
    model.compile(
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=0.05 if "label smoothing" in improvements else 0
        ),
        optimizer=keras.optimizers.Adam(
            OneCycle(max_lr, steps) if cycle else 0.001,
            beta_2=0.99 if "beta_2 of 0.99" in improvements else 0.999,
            use_ema=averaged,
            ema_momentum=ema_momentum,
        ),
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    return model


def _relu(norm: bool, dtype: str) -> list[Layer]:
    """Return the layers of an activation: relu, after batch normalization if ``norm``."""
    relu = ReLU(dtype=dtype)
    return [FusedBatchNorm(momentum=0.9, dtype=dtype), relu] if norm else [relu]


def predict_with_tta(model, X, shifts=((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))):
    """Average the probabilities over shifted copies of each image (lesson 15).

    This is test-time augmentation.

    Parameters
    ----------
    model
        Returns ten logits for each image.
    X
        Images, shape (n, 28, 28, 1), 0 to 1.
    shifts
        Pairs of shifts in pixels, (down, right).

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), float32.
    """
    total = 0
    for down, right in shifts:
        shifted = np.roll(X, (down, right), axis=(1, 2))
        total = total + ops.softmax(model.predict(shifted, batch_size=500, verbose=0))
    return np.asarray(total) / len(shifts)
