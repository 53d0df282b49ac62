"""Compute the layers of the guide's network in NumPy (lesson 5).

Every function computes what the Keras layer of the same name computes. The first axis of all arrays
is the image. Nothing is trained here: kernels and biases come from a trained layer's
``get_weights()``.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def convolve(images: np.ndarray, kernels: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Slide every filter over every image, as ``Conv2D`` does without padding (lesson 5).

    Parameters
    ----------
    images
        Images or feature maps, shape (n, rows, columns, channels).
    kernels
        One kernel for each channel and filter, shape (height, width, channels, filters).
    bias
        One number for each filter, shape (filters,).

    Returns
    -------
    numpy.ndarray
        The sums of each filter, its feature maps before relu, shape
        (n, rows - height + 1, columns - width + 1, filters).

    Notes
    -----
    The kernel is not flipped: mathematicians call this a cross-correlation, the libraries of deep
    learning a convolution.
    """
    windows = sliding_window_view(images, kernels.shape[:2], axis=(1, 2))
    return np.einsum("nrcxij,ijxf->nrcf", windows, kernels, optimize=True) + bias


def relu(values: np.ndarray) -> np.ndarray:
    """Set negative values to 0, as ``activation="relu"`` does (lesson 5).

    Parameters
    ----------
    values
        Numbers, any shape; the result has the same.
    """
    return np.maximum(values, 0)


def max_pool(maps: np.ndarray, size: int = 2) -> np.ndarray:
    """Keep the largest value of every window, as ``MaxPooling2D`` does (lesson 5).

    Parameters
    ----------
    maps
        Feature maps, shape (n, rows, columns, channels).
    size
        Height and width of a window; windows do not overlap.

    Returns
    -------
    numpy.ndarray
        Shape (n, rows // size, columns // size, channels). Rows and columns at the lower and right
        edge that do not fill a window are left out.
    """
    n, rows, columns, channels = maps.shape
    rows, columns = rows // size, columns // size
    whole = maps[:, : rows * size, : columns * size]
    return whole.reshape(n, rows, size, columns, size, channels).max(axis=(2, 4))


def dropout(values: np.ndarray, rate: float, mask: np.ndarray | None = None) -> np.ndarray:
    """Set values to 0 and scale up the others, as ``Dropout`` does in training (lesson 5).

    Parameters
    ----------
    values
        Numbers, any shape; the result has the same.
    rate
        The fraction of values that is set to 0, from 0 to less than 1.
    mask
        True for the values that are kept, same shape. In training it is drawn at random, and the
        kept values are divided by ``1 - rate``, so that the expected value does not change. At test
        time there is no mask, and all values are returned unchanged.

    Notes
    -----
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    Journal of Machine Learning Research 15, 2014.
    """
    if mask is None:
        return values
    return np.where(mask, values / (1 - rate), 0)


def flatten(maps: np.ndarray) -> np.ndarray:
    """Write all numbers of an image into one row, as ``Flatten`` does (lesson 5).

    Parameters
    ----------
    maps
        Shape (n, rows, columns, channels), or any other shape that begins with n.

    Returns
    -------
    numpy.ndarray
        Shape (n, rows * columns * channels), the channels of the first pixel first.
    """
    return maps.reshape(len(maps), -1)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Convert logits to probabilities, as ``activation="softmax"`` does (lesson 5).

    Parameters
    ----------
    logits
        One row of logits for each image, shape (n, classes), floating point.

    Returns
    -------
    numpy.ndarray
        Same shape, between 0 and 1; every row adds up to 1.
    """
    # Subtracting a row's largest number does not change the result and prevents overflow in exp.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
