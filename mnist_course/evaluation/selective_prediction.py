"""When to answer "I don't know": temperature, scores of doubt, a threshold and what it costs."""

import numpy as np

from mnist_course.evaluation.metrics import check_labels, log_loss, with_temperature


def fit_temperature(y: np.ndarray, logits: np.ndarray) -> float:
    """Find the temperature with the lowest log loss (chapter 11).

    Parameters
    ----------
    y
        True digits of images that the network has not learned from, shape (n,), integers.
    logits
        What the last layer holds before its softmax, shape (n, 10), floating point.

    Returns
    -------
    float
        Between 0.05 and 20; above 1 the network was too sure, below 1 too modest.

    Raises
    ------
    ValueError
        If every answer is right: then ever more certainty would cost nothing.

    Notes
    -----
    Golden-section search on the logarithm of the temperature. C. Guo et al., "On calibration of
    modern neural networks", 2017, https://arxiv.org/abs/1706.04599.
    """
    check_labels(y, logits.argmax(axis=1))
    if np.all(logits.argmax(axis=1) == y):
        raise ValueError(
            "All of these answers are right, so no temperature is low enough: fit on more images."
        )
    low, high, golden = np.log(0.05), np.log(20), (5**0.5 - 1) / 2
    for _ in range(25):
        left, right = high - golden * (high - low), low + golden * (high - low)
        losses = [log_loss(y, with_temperature(logits, np.exp(t))) for t in (left, right)]
        low, high = (low, right) if losses[0] < losses[1] else (left, high)
    return float(np.exp((low + high) / 2))


def auroc(digits: np.ndarray, strangers: np.ndarray) -> float:
    """Count the pairs in which the digit scores above the stranger (chapter 11).

    Parameters
    ----------
    digits, strangers
        A score for each image, the higher the more it looks like a digit, shapes (n,) and (m,).

    Returns
    -------
    float
        Share of all n times m pairs, from 0 to 1; a tie counts half. 1 separates the two perfectly,
        0.5 not at all. It is the area under the ROC curve.

    Raises
    ------
    ValueError
        If a score is no number (NaN), or one of the two is empty.
    """
    if not (len(digits) and len(strangers)) or np.isnan([digits.sum(), strangers.sum()]).any():
        raise ValueError("Both need at least one score, and every score must be a number.")
    ordered = np.sort(strangers)
    below = np.searchsorted(ordered, digits, side="left")
    not_above = np.searchsorted(ordered, digits, side="right")
    return float((below + not_above).mean() / 2 / len(strangers))


def risk_coverage(right: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure the error among the answers that are kept, the surest first (chapter 11).

    Parameters
    ----------
    right
        Whether each answer is right, shape (n,), bool.
    score
        How sure the network is of each, shape (n,); higher is surer.

    Returns
    -------
    tuple of numpy.ndarray
        For the surest answer, the two surest, ... all n: their share of all images and the error
        among them, both in percent, shape (n,).

    Notes
    -----
    R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective classification", Journal
    of Machine Learning Research 11, 2010.
    """
    wrong = ~right[np.argsort(-score, kind="stable")]
    answered = np.arange(1, len(wrong) + 1)
    return 100 * answered / len(wrong), 100 * wrong.cumsum() / answered


def threshold_for(right: np.ndarray, score: np.ndarray, error: float) -> float:
    """Choose the lowest score to answer at, so that the answers keep to an error (chapter 11).

    Parameters
    ----------
    right, score
        As in :func:`risk_coverage`, of images that were held out for this choice.
    error
        The largest error in percent among the answers that are given.

    Returns
    -------
    float
        Answer where the score is at least this. Infinity if no threshold keeps to the error.
    """
    _, risk = risk_coverage(right, score)
    ordered = -np.sort(-score)
    # Where scores tie, all of them are answered or none.
    last_of_tie = np.append(ordered[1:] < ordered[:-1], True)
    kept = np.flatnonzero((risk <= error) & last_of_tie)
    return float(ordered[kept[-1]]) if len(kept) else float("inf")


def nearest_distance(hidden: np.ndarray, known: np.ndarray, neighbours: int = 5) -> np.ndarray:
    """Measure how far an image is from the training images, as the network sees them (chapter 11).

    Parameters
    ----------
    hidden
        Hidden units of the images in question, shape (n, units), floating point.
    known
        Hidden units of training images, shape (m, units).
    neighbours
        Which neighbour to measure to: the fifth nearest unless told otherwise.

    Returns
    -------
    numpy.ndarray
        Euclidean distances, shape (n,), 0 or larger.

    Notes
    -----
    Y. Sun et al., "Out-of-distribution detection with deep nearest neighbors", 2022,
    https://arxiv.org/abs/2204.06507, who first bring all vectors to length 1.
    """
    lengths, found = (known**2).sum(axis=1), np.empty(len(hidden), hidden.dtype)
    for start in range(0, len(hidden), 500):  # n times m distances at once would fill the memory
        part = hidden[start : start + 500]
        squares = (part**2).sum(axis=1, keepdims=True) - 2 * part @ known.T + lengths
        nearest = np.partition(squares, neighbours - 1, axis=1)[:, neighbours - 1]
        found[start : start + 500] = np.sqrt(nearest.clip(0))
    return found
