"""Train the guide's network in several processes that share every step (lesson 20).

``python -m mnist_course.training.distributed.worker FOLDER`` starts one of them. ``TF_CONFIG``
lists the workers; ``launcher`` starts several on one machine. To train on several machines that
share a folder, start the same command on each.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_course.data.provenance import arrays_sha256
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.distributed.launcher import IMAGES
from mnist_course.training.settings import BATCH_SIZE

SEED = 1
# The longest time, in seconds, for which a worker waits to be killed.
KILL_WAIT_SECONDS = 60


def epoch_batches(X: np.ndarray, y: np.ndarray, batch_size: int, seed: int) -> tf.data.Dataset:
    """Shuffle the images and cut them into batches (lesson 20).

    Parameters
    ----------
    X, y
        Images and labels as ``prepare`` returns them.
    batch_size
        Number of images in a step, for all workers together. A last batch that is not full is left
        out.
    seed
        Seed of the order: every worker must make the same batches, also after a restart.

    Returns
    -------
    tensorflow.data.Dataset
        Yields pairs of images and labels.
    """
    X, y = tf.constant(X), tf.constant(y)
    order = np.random.default_rng(seed).permutation(len(X))
    chosen = tf.data.Dataset.from_tensor_slices(order).batch(batch_size, drop_remainder=True)
    return chosen.map(lambda batch: (tf.gather(X, batch), tf.gather(y, batch)))


def make_worker_step(
    strategy: tf.distribute.Strategy, model: keras.Model, batch_size: int, dropout: bool = True
) -> Callable:
    """Build the function that takes one training step on all workers (lesson 20).

    Parameters
    ----------
    strategy
        ``tf.distribute.get_strategy()`` for a single process.
    model
        A compiled network, built in the strategy's scope.
    batch_size
        Number of images in a step, for all workers together.
    dropout
        Whether dropout is active.

    Returns
    -------
    callable
        Takes images and labels as the strategy distributes them, returns their mean loss.
    """

    def on_one_worker(images, labels):
        with tf.GradientTape() as tape:
            probabilities = model(images, training=dropout)
            losses = keras.losses.categorical_crossentropy(labels, probabilities)
            loss = tf.reduce_sum(losses) / batch_size
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        return loss

    def step(images, labels):
        return strategy.reduce("SUM", strategy.run(on_one_worker, (images, labels)), axis=None)

    return tf.function(step)


def new_worker_model(seed: int = SEED) -> keras.Model:
    """Build the guide's network and the state of Adam, so that a checkpoint can restore both."""
    keras.utils.set_random_seed(seed)
    model = cnn_model()
    model.optimizer.build(model.trainable_variables)
    return model


def checkpoint_manager(model: keras.Model, folder: str | os.PathLike) -> tf.train.CheckpointManager:
    """Return a manager that stores and restores checkpoints (lesson 20).

    A checkpoint contains the weights, the state of Adam, the number of finished epochs, and the
    seeds of dropout, which TensorFlow would leave out.
    """
    dropout_layers = [layer for layer in model.layers if hasattr(layer, "seed_generator")]
    checkpoint = tf.train.Checkpoint(
        model=model,
        optimizer=model.optimizer,
        dropout_seeds=[layer.seed_generator.state.value for layer in dropout_layers],
        epoch=tf.Variable(0),
    )
    return tf.train.CheckpointManager(checkpoint, str(folder), max_to_keep=2)


def train_epochs(
    strategy: tf.distribute.Strategy,
    manager: tf.train.CheckpointManager,
    X: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    dropout: bool = True,
    report: Callable[[dict], object] = print,
) -> None:
    """Train epoch by epoch, with a checkpoint after each (lesson 20).

    Parameters
    ----------
    strategy, dropout
        As in :func:`make_worker_step`.
    manager
        What :func:`checkpoint_manager` returned, with the number of finished epochs.
    X, y
        As in :func:`epoch_batches`. The number of an epoch is the seed of its order.
    epochs
        The number of epochs after which to stop.
    report
        Called after each step with its number and its loss.
    """
    model, epoch = manager.checkpoint.model, manager.checkpoint.epoch
    step = make_worker_step(strategy, model, BATCH_SIZE, dropout)
    while epoch < epochs:
        data = epoch_batches(X, y, BATCH_SIZE, seed=int(epoch))
        shared = strategy.experimental_distribute_dataset(data)
        for i, (images, labels) in enumerate(shared, 1 + int(epoch) * len(data)):
            report({"step": i, "loss": float(step(images, labels))})
        epoch.assign_add(1)
        manager.save()


def try_worker_fit(strategy: tf.distribute.Strategy, X: np.ndarray, y: np.ndarray) -> str:
    """Return the outcome of Keras's own ``fit`` as text, without the arrays in its message."""
    with strategy.scope():
        model = cnn_model()
    try:
        model.fit(X[:BATCH_SIZE], y[:BATCH_SIZE], batch_size=BATCH_SIZE, verbose=0)
    except Exception as error:
        message = re.sub(r"\{.*\}", "{...}", str(error), flags=re.DOTALL)
        return f"{type(error).__name__}: {message}"
    return "it works"


def main() -> None:
    """Run one worker, or a single process if ``TF_CONFIG`` lists no other workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help=f"contains {IMAGES}; checkpoints are stored here")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--no-dropout", dest="dropout", action="store_false")
    parser.add_argument("--try-fit", action="store_true", help="try Keras's own fit first")
    parser.add_argument("--wait-at", type=int, help="wait to be killed after this step")
    arguments = parser.parse_args()
    config = json.loads(os.environ.get("TF_CONFIG", "{}"))
    workers = len(config.get("cluster", {}).get("worker", ["this one"]))
    rank = config.get("task", {}).get("index", 0)
    if workers == 1:
        strategy = tf.distribute.get_strategy()
    else:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with np.load(arguments.folder / IMAGES) as images:
        X, y = images["X"], images["y"]

    def report(message: dict) -> None:
        print(json.dumps(message), flush=True)
        if "step" in message and message["step"] == arguments.wait_at:
            time.sleep(KILL_WAIT_SECONDS)
            sys.exit(f"This worker was not killed within {KILL_WAIT_SECONDS} s.")

    if arguments.try_fit:
        report({"fit": try_worker_fit(strategy, X, y)})
    with strategy.scope():
        model = new_worker_model()
    # Saving may need all workers, so all must save. Two workers that write the same file would
    # damage it, so each has its own folder, and only the files of the first worker are used.
    checkpoints = arguments.folder / "checkpoints"
    manager = checkpoint_manager(
        model, checkpoints if rank == 0 else arguments.folder / f"unused-{rank}"
    )
    if newest := tf.train.latest_checkpoint(checkpoints):
        manager.checkpoint.restore(newest).assert_existing_objects_matched()
        report({"epochs_before": int(manager.checkpoint.epoch)})
    train_epochs(
        strategy, manager, X, y, epochs=arguments.epochs, dropout=arguments.dropout, report=report
    )
    report({"weights": arrays_sha256(model.get_weights())})


if __name__ == "__main__":
    main()
