"""Compare two settings by the images that their networks misread."""

import numpy as np


def difference(
    ours: np.ndarray, theirs: np.ndarray, t: dict[int, float], z: float
) -> tuple[float, float]:
    """Return the difference of two mean errors and the half-width of its interval (lesson 13).

    Parameters
    ----------
    ours, theirs
        Whether each network misread each image, booleans of shape (seeds, images). The images are
        the same, the numbers of seeds may differ.
    t
        Quantile of Student's t distribution for each number of seeds; that of the smaller number is
        used.
    z
        Quantile of the normal distribution, 1.96 for an interval of 95 %.

    Returns
    -------
    tuple of float
        Error of ``theirs`` minus error of ``ours``, and half-width, in percentage points. The
        interval covers seeds, which are not paired, and images, which are.
    """
    seeds = sum(table.mean(axis=1).var(ddof=1) / len(table) for table in (ours, theirs))
    images = (theirs.mean(axis=0) - ours.mean(axis=0)).var() / ours.shape[1]
    t = t[min(len(ours), len(theirs))]
    return 100 * (theirs.mean() - ours.mean()), 100 * np.sqrt(t**2 * seeds + z**2 * images)
