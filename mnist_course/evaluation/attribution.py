"""Compute attributions: which pixels of an image a prediction depends on."""

import keras
import numpy as np
import tensorflow as tf

from mnist_course.evaluation.activations import (
    BATCH_SIZE,
    check_images,
    check_labels_fit_network,
    class_logits,
    output_layer,
    run_layers,
)


def occlusion_map(
    model: keras.Sequential, image: np.ndarray, label: int, size: int = 3, fill: float = 0.0
) -> np.ndarray:
    """Return how far the label's logit falls when a square covers the image (lesson 11).

    Parameters
    ----------
    model
        As in :func:`class_logits`.
    image, label
        One image, shape (rows, columns, channels), and the class whose logit is measured.
    size
        Height and width of the square in pixels, odd; it is cut off at the image's edge.
    fill
        Value of the covered pixels. MNIST's background is 0.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), float32: the fall with the square centred there, below 0 where the
        logit grows, exactly 0 where the square changes nothing.

    Raises
    ------
    ValueError
        If image, label or size do not fit the network or each other.

    Notes
    -----
    M. Zeiler and R. Fergus, 2013, https://arxiv.org/abs/1311.2901 (they measure the probability).
    """
    check_occlusion_square(model, image, label, size)
    rows, columns, half = *image.shape[:2], size // 2
    covered = np.repeat(image[np.newaxis], rows * columns, axis=0)
    for picture, (row, column) in zip(covered, np.ndindex(rows, columns), strict=True):
        top, left = max(row - half, 0), max(column - half, 0)
        picture[top : row + half + 1, left : column + half + 1] = fill
    changed = np.flatnonzero((covered != image).any(axis=(1, 2, 3)))
    scores = class_logits(model, np.concatenate([image[np.newaxis], covered[changed]]))[:, label]
    fall = np.zeros(rows * columns, dtype="float32")
    fall[changed] = scores[0] - scores[1:]
    return fall.reshape(rows, columns)


def saliency(model: keras.Sequential, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of a label's logit with respect to the pixels (lesson 11).

    Parameters
    ----------
    model, X
        As in :func:`class_logits`.
    labels
        For each image the class whose logit is differentiated, shape (n,), integers.

    Returns
    -------
    numpy.ndarray
        Shape (n, rows, columns), float32, signed: above 0 where more ink raises the logit. Saliency
        maps often show its magnitude; gradient times pixel estimates how far the logit falls if the
        pixel becomes 0.

    Raises
    ------
    ValueError
        If images or labels do not fit the network or each other.

    Notes
    -----
    K. Simonyan, A. Vedaldi and A. Zisserman, 2013, https://arxiv.org/abs/1312.6034.
    """
    check_images(model, X)
    check_labels_fit_network(model, labels, len(X))
    last, gradients = output_layer(model), []
    for i in range(0, len(X), BATCH_SIZE):
        pixels = tf.constant(X[i : i + BATCH_SIZE], dtype="float32")
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            scores = keras.ops.matmul(run_layers(model, pixels, -1), last.kernel) + last.bias
            chosen = tf.gather(scores, labels[i : i + BATCH_SIZE].astype(int), batch_dims=1)
        gradients.append(tape.gradient(chosen, pixels).numpy().sum(axis=-1))
    return np.concatenate(gradients)


def change_pixels(
    X: np.ndarray, scores: np.ndarray, count: int, *, invert: bool = False
) -> np.ndarray:
    """Change the pixels with the highest scores (lesson 11).

    Parameters
    ----------
    X
        Images from 0 to 1, shape (n, rows, columns, 1).
    scores
        A number for each pixel, such as maps of :func:`saliency`, shape (n, rows, columns).
    count
        Number of pixels to change in each image.
    invert
        Whether x becomes 1 - x; otherwise it becomes 0, the background.

    Returns
    -------
    numpy.ndarray
        Changed copies, same shape and dtype. Ties are broken in reading order.

    Raises
    ------
    ValueError
        If the shapes of images and scores differ.
    """
    if scores.shape != X.shape[:3]:
        raise ValueError(f"Scores of shape {scores.shape} do not fit images of shape {X.shape}.")
    first = np.argsort(-scores.reshape(len(X), -1), axis=1, kind="stable")[:, :count]
    pixels = X.reshape(len(X), -1).copy()
    new = 1 - np.take_along_axis(pixels, first, axis=1) if invert else 0
    np.put_along_axis(pixels, first, new, axis=1)
    return pixels.reshape(X.shape)


def check_occlusion_square(
    model: keras.Sequential, image: np.ndarray, label: int, size: int
) -> None:
    """Raise a ValueError unless such a square can cover this image."""
    check_images(model, np.asarray(image)[np.newaxis])
    check_labels_fit_network(model, np.array([label]), 1)
    if size not in range(1, min(image.shape[:2]) + 1, 2):
        raise ValueError(f"The square's size should be 1, 3, 5, ... and fit the image, not {size}.")
