"""Score images by how much they resemble the training digits, and measure such scores."""

import numpy as np


def auroc(in_distribution: np.ndarray, out_of_distribution: np.ndarray) -> float:
    """Return the area under the ROC curve of a score (lesson 17).

    Parameters
    ----------
    in_distribution, out_of_distribution
        A score for each digit and for each other image, higher for images more like digits, shapes
        (n,) and (m,).

    Returns
    -------
    float
        Share of the n times m pairs in which the digit has the higher score, from 0 to 1; a tie
        counts half. 1 separates the two perfectly, 0.5 not at all.

    Raises
    ------
    ValueError
        If a score is NaN, or one of the two arrays is empty.
    """
    scores = (in_distribution, out_of_distribution)
    if not all(map(len, scores)) or np.isnan([each.sum() for each in scores]).any():
        raise ValueError("Both need at least one score, and every score must be a number.")
    ordered = np.sort(out_of_distribution)
    below = np.searchsorted(ordered, in_distribution, side="left")
    not_above = np.searchsorted(ordered, in_distribution, side="right")
    return float((below + not_above).mean() / 2 / len(ordered))


def knn_distance(hidden: np.ndarray, known: np.ndarray, k: int = 5) -> np.ndarray:
    """Return the distance to the k-th nearest training image, in hidden units (lesson 17).

    Parameters
    ----------
    hidden
        Hidden units of the images in question, shape (n, units), floating point. Each image's
        vector is scaled to length 1; one of zeros stays as it is.
    known
        Hidden units of training images, shape (m, units); scaled likewise.
    k
        Rank of the neighbour whose distance is returned; 1 is the nearest.

    Returns
    -------
    numpy.ndarray
        Euclidean distances, shape (n,), from 0 to 2.

    Notes
    -----
    Y. Sun et al., "Out-of-distribution detection with deep nearest neighbors", 2022,
    https://arxiv.org/abs/2204.06507.
    """
    hidden, known = _unit_length(hidden), _unit_length(known)
    lengths, found = (known**2).sum(axis=1), np.empty(len(hidden), hidden.dtype)
    # In parts, because all n times m distances at once would fill the memory.
    for start in range(0, len(hidden), 500):
        part = hidden[start : start + 500]
        squares = (part**2).sum(axis=1, keepdims=True) - 2 * part @ known.T + lengths
        nearest = np.partition(squares, k - 1, axis=1)[:, k - 1]
        found[start : start + 500] = np.sqrt(nearest.clip(0))
    return found


def _unit_length(vectors: np.ndarray) -> np.ndarray:
    """Scale each row to length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
