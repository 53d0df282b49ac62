"""Compute test errors, their standard error and confusion matrices in NumPy."""

import numpy as np

CLASSES = 10


def error_percent(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the test error in percent, the guide's "CNN error" (lesson 7).

    Parameters
    ----------
    y
        True digits from 0 to 9, shape (n,), integers.
    probabilities
        A network's output for each image, shape (n, 10), floating point; rows sum to 1.

    Returns
    -------
    float
        Percent of the images whose most probable class is not the true one, 0 to 100.

    Raises
    ------
    ValueError
        If labels or probabilities have another shape, type or range.
    """
    check_probabilities(y, probabilities)
    wrong = probabilities.argmax(axis=1) != y
    return 100 * float(wrong.mean())


def log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean cross-entropy, the loss that training minimizes (lesson 12).

    Parameters
    ----------
    y, probabilities
        As in :func:`error_percent`. A probability below 1e-7 counts as 1e-7, so the loss of an
        image is at most 16.1.

    Returns
    -------
    float
        Mean of -ln(probability of the true class), from 0 (certain and right) to 16.1.

    Notes
    -----
    Keras limits the probabilities in the same way if it is given plain arrays. With TensorFlow, the
    loss of a network that ends in a softmax is computed from the logits, without a limit, so
    ``model.evaluate`` returns more than this function if a probability is below 1e-7.
    """
    check_probabilities(y, probabilities)
    of_truth = probabilities[np.arange(len(y)), y]
    return float(-np.log(of_truth.clip(1e-7, 1)).mean())


def standard_error(error: float, images: int) -> float:
    """Return the standard error of a measured test error (lesson 7).

    Parameters
    ----------
    error
        Measured test error in percent, 0 to 100.
    images
        Number of test images.

    Returns
    -------
    float
        In percentage points: the binomial sqrt(p (1 - p) / n), over test sets of this size.
    """
    return (error * (100 - error) / images) ** 0.5


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Count every pair of true and predicted digit (lesson 7).

    Parameters
    ----------
    y_true, y_pred
        True and predicted digits from 0 to 9, shape (n,), integers.

    Returns
    -------
    numpy.ndarray
        Shape (10, 10), integers; row: true digit, column: prediction.

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
    """Return the wrong predictions with the highest confidence (lesson 7).

    Parameters
    ----------
    y, probabilities
        As in :func:`error_percent`.
    count
        Largest number of predictions to return.

    Returns
    -------
    numpy.ndarray
        Indices into the test set, shape (count,) or shorter, the most confident mistake first.
    """
    check_probabilities(y, probabilities)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != y)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")[:count]]


def check_labels(*labels: np.ndarray) -> None:
    """Raise unless each argument is a vector of digits, all of one length.

    Raises
    ------
    ValueError
        On another type, shape or range, including shapes that NumPy would broadcast.
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
                f"Labels and predictions must be equally many, not {len(labels[0])} and {len(y)}."
            )


def check_probabilities(y: np.ndarray, probabilities: np.ndarray) -> None:
    """Raise unless each label has ten probabilities.

    Raises
    ------
    ValueError
        If the labels are not a vector of digits, or the probabilities do not have the shape (n, 10)
        with values from 0 to 1 and rows that sum to 1.
    """
    check_labels(y)
    if not isinstance(probabilities, np.ndarray) or probabilities.dtype.kind != "f":
        kind = getattr(probabilities, "dtype", type(probabilities).__name__)
        raise ValueError(
            f"Probabilities must be a floating-point NumPy array, not {kind}: "
            "model.predict(X) returns one."
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
