"""Reshape and normalize images, and one-hot encode labels (lessons 2 to 4)."""

import keras
import numpy as np

from mnist_course.data.keras_settings import require_keras_settings

# Exercises prepare the data with the course and build networks of their own.
require_keras_settings()


def to_channels_last(X: np.ndarray) -> np.ndarray:
    """Add the channel axis that a convolution expects (lesson 2).

    Parameters
    ----------
    X
        Grey images, shape (n, 28, 28), any number type.

    Returns
    -------
    numpy.ndarray
        The same pixels in the same order, shape (n, 28, 28, 1), float32.
    """
    return X.reshape(X.shape[0], 28, 28, 1).astype("float32")


def normalize(X: np.ndarray) -> np.ndarray:
    """Scale pixels from 0..255 to 0..1; float32 stays float32 (lesson 3).

    Parameters
    ----------
    X
        Pixels from 0 to 255, any shape, floating point.

    Returns
    -------
    numpy.ndarray
        Pixels from 0 to 1, same shape and dtype.
    """
    return X / 255


def one_hot(y: np.ndarray) -> np.ndarray:
    """Convert class numbers to rows with a single 1 (lesson 4).

    Parameters
    ----------
    y
        Digits from 0 to 9, shape (n,), integers.

    Returns
    -------
    numpy.ndarray
        Shape (n, 10), a 1 in the column of the digit.
    """
    return keras.utils.to_categorical(y, num_classes=10)


def prepare(data):
    """Apply the steps of lessons 2 to 4 to a loaded data set.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns: ``(X_train, y_train), (X_test, y_test)``.

    Returns
    -------
    tuple
        ``(X_train, y_train), (X_test, y_test)`` with images of shape (n, 28, 28, 1),
        float32, 0 to 1, and one-hot labels of shape (n, 10).
    """
    (X_train, y_train), (X_test, y_test) = data
    return (
        (normalize(to_channels_last(X_train)), one_hot(y_train)),
        (normalize(to_channels_last(X_test)), one_hot(y_test)),
    )
