"""Images that tests of several models share."""

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """300 prepared training images of the sample and their one-hot labels."""
    (X, Y), _ = prepare(load_mnist("sample"))
    return X[:300], Y[:300]
