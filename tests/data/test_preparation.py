"""Prepared images and labels have the form that the guide's network takes."""

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare

pytestmark = pytest.mark.depends_on_data


def test_prepare_shapes_and_ranges():
    data = load_mnist()
    (X_train, Y_train), (X_test, Y_test) = prepare(data)
    assert X_train.shape[1:] == X_test.shape[1:] == (28, 28, 1)
    assert X_train.dtype == X_test.dtype == np.float32
    assert (X_train.min(), X_train.max()) == (0.0, 1.0)
    assert Y_train.shape == (len(X_train), 10) and Y_test.shape == (len(X_test), 10)
    assert (Y_train.sum(axis=1) == 1).all()
    (_, y_train), (_, y_test) = data
    assert (Y_train.argmax(axis=1) == y_train).all() and (Y_test.argmax(axis=1) == y_test).all()
