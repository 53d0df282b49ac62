"""Reject predictions with a low score (selective prediction); measure risk and coverage."""

import numpy as np


def risk_coverage(right: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the error of the most confident predictions, for every coverage (lesson 17).

    Parameters
    ----------
    right
        Whether each prediction is right, shape (n,), bool.
    score
        Confidence of each prediction, shape (n,); higher is more confident.

    Returns
    -------
    tuple of numpy.ndarray
        Coverage and risk, both in percent, shape (n,). Element i counts the i + 1 most confident
        predictions: their share of all images, and the error among them.

    Notes
    -----
    R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective classification", Journal
    of Machine Learning Research 11, 2010.
    """
    wrong = ~right[np.argsort(-score, kind="stable")]
    answered = np.arange(1, len(wrong) + 1)
    return 100 * answered / len(wrong), 100 * wrong.cumsum() / answered


def choose_threshold(right: np.ndarray, score: np.ndarray, error: float) -> float:
    """Return the lowest threshold with at most a given error (lesson 17).

    Parameters
    ----------
    right, score
        As in :func:`risk_coverage`, for images that were held out for this choice.
    error
        The largest error in percent among the images that are not rejected.

    Returns
    -------
    float
        Reject images with a lower score. Infinity if no threshold keeps the error that low.
    """
    _, risk = risk_coverage(right, score)
    ordered = -np.sort(-score)
    # Images with equal scores are all rejected or none.
    last_of_tie = np.append(ordered[1:] < ordered[:-1], True)
    kept = np.flatnonzero((risk <= error) & last_of_tie)
    return float(ordered[kept[-1]]) if len(kept) else float("inf")
