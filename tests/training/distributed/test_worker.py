"""A worker's steps, batches and checkpoints, in this process alone."""

import numpy as np
import pytest
import tensorflow as tf

from mnist_course.evaluation.metrics import log_loss
from mnist_course.training.distributed.worker import (
    checkpoint_manager,
    epoch_batches,
    make_worker_step,
    new_worker_model,
    train_epochs,
)
from mnist_course.training.settings import BATCH_SIZE

ONE_PROCESS = tf.distribute.get_strategy()


def test_make_step_loss(digits):
    (images, labels), *_ = epoch_batches(*digits, BATCH_SIZE, seed=0)
    model = new_worker_model()
    expected = log_loss(labels.numpy().argmax(axis=1), model.predict(images, verbose=0))
    loss = float(make_worker_step(ONE_PROCESS, model, BATCH_SIZE, dropout=False)(images, labels))
    assert loss == pytest.approx(expected, rel=1e-5)


def test_epoch_batches_seed():
    X = np.arange(4 * BATCH_SIZE + 10, dtype="float32")  # the value of an image is its index
    first, same, other = (
        np.array([images for images, _ in epoch_batches(X, X, BATCH_SIZE, seed)])
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first, same) and not np.array_equal(first, other)
    assert first.shape == (4, BATCH_SIZE)  # the ten that are too few for a batch are left out
    assert len(np.unique(first)) == 4 * BATCH_SIZE


def test_train_epochs_resumed(digits, tmp_path):
    """A checkpoint restores weights, Adam's state and the seeds of dropout."""
    X, y = digits[0][:300], digits[1][:300]
    whole = checkpoint_manager(new_worker_model(), tmp_path / "whole")
    train_epochs(ONE_PROCESS, whole, X, y, epochs=2, report=lambda message: None)
    interrupted = checkpoint_manager(new_worker_model(), tmp_path / "interrupted")
    train_epochs(ONE_PROCESS, interrupted, X, y, epochs=1, report=lambda message: None)
    resumed = checkpoint_manager(new_worker_model(seed=7), tmp_path / "interrupted")
    resumed.checkpoint.restore(resumed.latest_checkpoint).assert_existing_objects_matched()
    train_epochs(ONE_PROCESS, resumed, X, y, epochs=2, report=lambda message: None)
    ours, theirs = (m.checkpoint.model.get_weights() for m in (resumed, whole))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
