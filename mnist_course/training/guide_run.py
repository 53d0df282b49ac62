"""Run the guide's training."""

import time

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.settings import BATCH_SIZE, EPOCHS


def train_as_guide(data=None, *, seed: int = 1, verbose: int = 2):
    """Train the guide's network as the guide did, with the test set as validation data (lesson 6).

    Lesson 6 shows why the test set should not be used for validation; it is used here for
    comparison with 2019.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns; None loads it.
    seed
        Seed of the initial weights, the order of the batches and dropout.
    verbose
        As in ``keras.Model.fit``: 2 prints one line per epoch, 0 nothing.

    Returns
    -------
    tuple
        The trained ``keras.Sequential`` and its ``History``; ``100 - 100 * val_accuracy`` of the
        last epoch is the guide's "CNN error" in percent.
    """
    (X_train, y_train), (X_test, y_test) = prepare(data if data is not None else load_mnist())
    keras.utils.set_random_seed(seed)
    model = cnn_model()
    history = model.fit(
        X_train,
        y_train,
        validation_data=(X_test, y_test),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        verbose=verbose,
    )
    return model, history


def guide_epoch_cpu_seconds(X: np.ndarray, Y: np.ndarray) -> float:
    """Return the CPU seconds of one epoch of the guide's code, without the compiling first step."""
    model = cnn_model()
    model.fit(X[:BATCH_SIZE], Y[:BATCH_SIZE], batch_size=BATCH_SIZE, verbose=0)
    start = time.process_time()
    model.fit(X, Y, batch_size=BATCH_SIZE, verbose=0)
    return round(time.process_time() - start, 2)
