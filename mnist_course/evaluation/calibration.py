"""Compare confidence with accuracy, and calibrate confidence with a temperature."""

import numpy as np

from mnist_course.evaluation.metrics import check_labels, check_probabilities, log_loss
from mnist_course.models.numpy_layers import softmax


def calibration(
    y: np.ndarray, probabilities: np.ndarray, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare confidence with accuracy in bins of equal width (lesson 12).

    Parameters
    ----------
    y, probabilities
        As in :func:`error_percent`. Confidence is the largest of the ten probabilities.
    bins
        Number of bins between 0 and 1.

    Returns
    -------
    tuple of numpy.ndarray
        For each bin, shape (bins,): number of images, mean confidence, accuracy (0 to 1); NaN
        where a bin has no image.
    """
    check_probabilities(y, probabilities)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == y
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    images = np.bincount(place, minlength=bins)
    divisor = np.where(images > 0, images, np.nan)
    mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / divisor
    accuracy = np.bincount(place, weights=right, minlength=bins) / divisor
    return images, mean_confidence, accuracy


def calibration_error(y: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error, the mean gap of :func:`calibration` (lesson 12).

    Parameters
    ----------
    y, probabilities, bins
        As in :func:`calibration`.

    Returns
    -------
    float
        In percentage points, 0 to 100; each bin's gap is weighted by its number of images. The
        result depends on the number of bins (Guo et al., 2017, https://arxiv.org/abs/1706.04599).
    """
    images, confidence, accuracy = calibration(y, probabilities, bins)
    return 100 * float(np.nansum(images * abs(confidence - accuracy)) / images.sum())


def with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Divide logits by a temperature and apply the softmax (lesson 12).

    Parameters
    ----------
    logits
        Outputs of the last layer before its softmax, shape (n, 10), floating point.
    temperature
        Above 0; above 1 lowers the confidence, below 1 raises it, 1 changes nothing.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), same dtype; no prediction changes.
    """
    return softmax(logits / temperature)


def fit_temperature(y: np.ndarray, logits: np.ndarray) -> float:
    """Find the temperature with the lowest log loss (lesson 12).

    Parameters
    ----------
    y
        True digits of images that the network was not trained on, shape (n,), integers.
    logits
        Outputs of the last layer before its softmax, shape (n, 10), floating point.

    Returns
    -------
    float
        Between 0.05 and 20. Above 1 the network was overconfident, below 1 underconfident.

    Raises
    ------
    ValueError
        If every prediction is right: the loss then has no minimum, it falls with the temperature.

    Notes
    -----
    Golden-section search on the logarithm of the temperature. C. Guo et al., "On calibration of
    modern neural networks", 2017, https://arxiv.org/abs/1706.04599.
    """
    check_labels(y, logits.argmax(axis=1))
    if np.all(logits.argmax(axis=1) == y):
        raise ValueError(
            "All predictions are right, so the loss has no minimum: fit on images with mistakes."
        )
    low, high, golden = np.log(0.05), np.log(20), (5**0.5 - 1) / 2
    for _ in range(25):
        left, right = high - golden * (high - low), low + golden * (high - low)
        losses = [log_loss(y, with_temperature(logits, np.exp(t))) for t in (left, right)]
        low, high = (low, right) if losses[0] < losses[1] else (left, high)
    return float(np.exp((low + high) / 2))
