"""The interval of a difference holds the spread of both settings, and images by pairs."""

import numpy as np
import pytest

from mnist_course.evaluation.comparison import difference

T = {2: 12.71, 3: 4.30}


def test_difference_by_hand():
    ours = np.array([[1, 0, 0, 0], [1, 1, 0, 0]], bool)
    theirs = np.array([[1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 0, 0]], bool)
    gap, half_width = difference(ours, theirs, T, 1.96)
    assert gap == pytest.approx(100 * (2 / 4 - 1.5 / 4))
    seeds = 0.125**2 * 2 / 2 + 0.25**2 / 3  # variances of the errors by the numbers of seeds
    images = np.var([0, 2 / 3 - 1 / 2, 0, 1 / 3]) / 4
    assert half_width == pytest.approx(100 * (12.71**2 * seeds + 1.96**2 * images) ** 0.5)


def test_difference_equal_networks():
    """Images are paired: equal networks differ by zero, whatever images they misread."""
    same = np.tile(np.arange(100) % 3 == 0, (3, 1))
    assert difference(same, same, T, 1.96) == (0, 0)
