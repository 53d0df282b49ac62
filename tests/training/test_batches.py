"""Shuffled batches hold each image once, with its label, in a new order in each epoch."""

import keras
import numpy as np

from mnist_course.training.batches import shuffled_batches


def test_shuffled_batches_two_epochs():
    # The value of an image, and of its label, is its index.
    X = np.arange(300, dtype="float32").reshape(300, 1, 1, 1)
    Y = np.arange(300, dtype="float32").reshape(300, 1)
    keras.utils.set_random_seed(1)
    batches = shuffled_batches(X, Y, 64)
    orders = []
    for _ in range(2):
        images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        order = images.ravel().astype(int)
        assert sorted(order) == list(range(300))
        assert np.array_equal(labels.ravel(), order)
        orders.append(order)
    assert (orders[0] != orders[1]).any() and (orders[0] != range(300)).any()
    assert [len(images) for images, _ in batches] == [64, 64, 64, 64, 44]
