"""Predictions that tests of metrics and of calibration share."""

import numpy as np
import pytest

from mnist_course.evaluation.calibration import with_temperature
from tests.support.small_network import small_network


@pytest.fixture(scope="session")
def many_predictions():
    """Labels and probabilities of 1,000 images; most predictions are correct, few are certain."""
    random = np.random.default_rng(0)
    y = random.integers(10, size=1000).astype("uint8")
    logits = random.normal(size=(1000, 10)).astype("float32")
    logits[np.arange(1000), y] += 2
    return y, with_temperature(logits, 0.8)


@pytest.fixture(scope="module")
def model():
    return small_network()


@pytest.fixture(scope="module", name="X")
def some_images():
    """More images than a batch has; half of their pixels are background."""
    random = np.random.default_rng(0).random((260, 12, 12, 1), dtype="float32")
    return np.where(random < 0.5, 0, random)
