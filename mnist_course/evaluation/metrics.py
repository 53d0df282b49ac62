"""Step 7, evaluate: errors, their uncertainty, confusions, confidence. NumPy alone."""

import numpy as np

CLASSES = 10


def error_percent(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Count wrong answers in percent, the guide's "CNN error" (chapter 7).

    Parameters
    ----------
    y
        True digits from 0 to 9, shape (n,), integers.
    probabilities
        A network's answer for each image, shape (n, 10), floating point; rows sum to 1.

    Returns
    -------
    float
        Percent of the images whose most probable class is not the true one, 0 to 100.

    Raises
    ------
    ValueError
        If labels or probabilities have another shape, type or range.
    """
    check_answers(y, probabilities)
    wrong = probabilities.argmax(axis=1) != y
    return 100 * float(wrong.mean())


def log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Average the cross-entropy, the number that training makes small (chapter 7).

    Parameters
    ----------
    y, probabilities
        As in :func:`error_percent`. As in Keras, a probability below 1e-7 counts as 1e-7.

    Returns
    -------
    float
        Mean of -ln(probability of the true class), from 0 (certain and right) upwards.
    """
    check_answers(y, probabilities)
    of_truth = probabilities[np.arange(len(y)), y]
    return float(-np.log(of_truth.clip(1e-7, 1)).mean())


def standard_error(error: float, images: int) -> float:
    """Say how far a measured error varies between test sets of the same size (chapter 7).

    Parameters
    ----------
    error
        Measured error in percent, 0 to 100.
    images
        Number of test images.

    Returns
    -------
    float
        Their standard deviation in percentage points: the binomial sqrt(p (1 - p) / n).
    """
    return (error * (100 - error) / images) ** 0.5


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Count every pair of true and answered digit (chapter 7).

    Parameters
    ----------
    y_true, y_pred
        True and answered digits from 0 to 9, shape (n,), integers.

    Returns
    -------
    numpy.ndarray
        Shape (10, 10), integers; row: true digit, column: answer. The diagonal is right.

    Raises
    ------
    ValueError
        If an argument is not a vector of digits, or the two differ in length.
    """
    check_labels(y_true, y_pred)
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (y_true, y_pred), 1)
    return counts


def worst_mistakes(y: np.ndarray, probabilities: np.ndarray, count: int = 10) -> np.ndarray:
    """Find the wrong answers that were given with the highest confidence (chapter 7).

    Parameters
    ----------
    y, probabilities
        As in :func:`error_percent`.
    count
        At most so many.

    Returns
    -------
    numpy.ndarray
        Positions in the test set, shape (count,) or fewer, the most confident mistake first.
    """
    check_answers(y, probabilities)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != y)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")[:count]]


def calibration(
    y: np.ndarray, probabilities: np.ndarray, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare confidence with accuracy in bins of equal width (chapter 7).

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
    check_answers(y, probabilities)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == y
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    images = np.bincount(place, minlength=bins)
    divisor = np.where(images > 0, images, np.nan)
    mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / divisor
    accuracy = np.bincount(place, weights=right, minlength=bins) / divisor
    return images, mean_confidence, accuracy


def calibration_error(y: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Measure the expected calibration error, the mean gap of :func:`calibration` (chapter 7).

    Parameters
    ----------
    y, probabilities, bins
        As in :func:`calibration`.

    Returns
    -------
    float
        In percentage points, 0 to 100; each bin's gap counts by its number of images. Its value
        depends on the bins (Guo et al., 2017, https://arxiv.org/abs/1706.04599).
    """
    images, confidence, accuracy = calibration(y, probabilities, bins)
    return 100 * float(np.nansum(images * abs(confidence - accuracy)) / images.sum())


def with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Divide logits by a temperature, then softmax: above 1 less sure, below 1 more (chapter 7).

    Parameters
    ----------
    logits
        What the last layer holds before its softmax, shape (n, 10), floating point.
    temperature
        Above 0; 1 changes nothing.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), same dtype; each row keeps its order, so no answer changes.
    """
    scaled = (logits - logits.max(axis=1, keepdims=True)) / temperature
    raised = np.exp(scaled)
    return raised / raised.sum(axis=1, keepdims=True)


def check_labels(*labels: np.ndarray) -> None:
    """Stop with clear words unless each argument is a vector of digits, all of one length.

    Raises
    ------
    ValueError
        On another type, shape or range; what NumPy would broadcast in silence included.
    """
    for y in labels:
        if not isinstance(y, np.ndarray):
            raise ValueError(
                f"Labels must be a NumPy array, not {type(y).__name__}: np.asarray(...) makes one."
            )
        if y.ndim != 1:
            cure = ".argmax(axis=1)" if y.ndim == 2 and y.shape[1] == CLASSES else ".ravel()"
            raise ValueError(
                f"Labels must be class numbers of shape (n,), but these have the shape {y.shape}: "
                f"{cure} may be what is missing."
            )
        if y.dtype.kind not in "iu":
            raise ValueError(f"Labels must be integers from 0 to 9, but these are {y.dtype}.")
        if len(y) == 0:
            raise ValueError("There are no labels: the arrays are empty.")
        if y.min() < 0 or y.max() >= CLASSES:
            raise ValueError(
                f"Labels must be integers from 0 to 9, but these go from {y.min()} to {y.max()}."
            )
        if len(y) != len(labels[0]):
            raise ValueError(
                f"True labels and answers must be equally many, not {len(labels[0])} and {len(y)}."
            )


def check_answers(y: np.ndarray, probabilities: np.ndarray) -> None:
    """Stop with clear words unless each label has its ten probabilities.

    Raises
    ------
    ValueError
        If the labels are no vector of digits, or the probabilities not of shape (n, 10), each row
        from 0 to 1 with the sum 1.
    """
    check_labels(y)
    if not isinstance(probabilities, np.ndarray) or probabilities.dtype.kind != "f":
        kind = getattr(probabilities, "dtype", type(probabilities).__name__)
        raise ValueError(
            f"Probabilities must be a floating-point NumPy array, not {kind}: "
            "model.predict(X) gives one."
        )
    if probabilities.shape != (len(y), CLASSES):
        raise ValueError(
            f"{len(y)} labels need probabilities of shape ({len(y)}, {CLASSES}), but these have "
            f"the shape {probabilities.shape}."
        )
    sums = probabilities.sum(axis=1)
    if not (probabilities.min() >= 0 and abs(sums - 1).max() <= 1e-3):
        raise ValueError(
            "Probabilities must lie between 0 and 1, and each row must sum to 1. Are these logits, "
            "before the softmax?"
        )
