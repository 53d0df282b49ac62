"""Images for the tests of launcher and worker."""

import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.training.settings import BATCH_SIZE

STEPS_PER_EPOCH = 4


@pytest.fixture(scope="session")
def digits():
    """Images and one-hot labels of four full batches."""
    (X_train, y_train), test = load_mnist("sample")
    n = STEPS_PER_EPOCH * BATCH_SIZE
    return prepare(((X_train[:n], y_train[:n]), test))[0]
