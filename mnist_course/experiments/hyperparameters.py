"""Train the guide's network with one setting changed at a time, five seeds each (lesson 9).

``python -m mnist_course.experiments.hyperparameters`` (``make experiments``) trains them all on the
full set, two at a time, and stores ``results/hyperparameters.json``. Finished runs are kept in
``_build``, so that an interrupted computation can continue.
"""

import argparse
import functools
import multiprocessing
import os
import time

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import one_hot, to_channels_last
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record
from mnist_course.experiments.run_cache import RunCache, run_conditions
from mnist_course.models.fast_cnn import fast_model
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

SEEDS = (1, 2, 3, 4, 5)
# The guide's settings with a third of its images: the differences between settings are larger than
# with all images, and this part of `make experiments` takes one hour instead of three.
GUIDE = {
    "learning_rate": 0.001,
    "batch_size": BATCH_SIZE,
    "normalized": True,
    "dropout": 0.2,
    "images": 20_000,
}
# Other values of each setting; all other settings stay as above.
VARIATIONS = {
    "learning_rate": (0.0001, 0.003, 0.01, 0.03),
    "batch_size": (32, 600),
    "normalized": (False,),
    "dropout": (0.0,),
    "images": (500, 1000, 2000, 5000, 10_000, 60_000),
}
# Runs on this few images are short enough to be repeated by lesson 9 and by a test.
SMALL_RUN_IMAGES = 500


def train_with_hyperparameters(
    data,
    *,
    seed: int,
    learning_rate: float = 0.001,
    batch_size: int = BATCH_SIZE,
    normalized: bool = True,
    dropout: float = 0.2,
    images: int | None = None,
) -> dict:
    """Train the guide's network once, with some of its settings changed (lesson 9).

    Parameters
    ----------
    data
        What ``load_mnist()`` returns.
    seed
        Seed of the initial weights, the order of the batches, dropout, and the choice of images.
    learning_rate, batch_size, dropout
        As in Keras.
    normalized
        Whether pixels go from 0 to 1 or stay from 0 to 255.
    images
        Number of training images, drawn at random; None uses all.

    Returns
    -------
    dict
        ``error``, percent of the test images, ``loss`` on them, ``training_loss`` and
        ``training_accuracy`` of the last epoch, and the number of ``steps``.
    """
    (X_train, y_train), (X_test, y_test) = data
    if images is not None and images < len(X_train):
        chosen = np.random.default_rng(seed).permutation(len(X_train))[:images]
        X_train, y_train = X_train[chosen], y_train[chosen]
    largest = 255 if normalized else 1
    X_train, X_test = to_channels_last(X_train) / largest, to_channels_last(X_test) / largest
    steps_per_epoch = -(-len(X_train) // batch_size)
    keras.utils.set_random_seed(seed)
    # Computes the same function of the same weights in half the time (lesson 12).
    model = fast_model(dropout=dropout, learning_rate=learning_rate)
    history = model.fit(
        X_train, one_hot(y_train), batch_size=batch_size, epochs=EPOCHS, verbose=0
    ).history
    loss, accuracy = model.evaluate(X_test, one_hot(y_test), batch_size=500, verbose=0)
    return {
        "error": round(100 - 100 * accuracy, 2),
        "loss": round(loss, 5),
        "training_loss": round(history["loss"][-1], 5),
        "training_accuracy": round(history["accuracy"][-1], 5),
        "steps": EPOCHS * steps_per_epoch,
    }


def planned_hyperparameters() -> list[dict]:
    """Return the settings of all runs: the guide's own first, each setting with every seed."""
    changes = [{}]
    changes += [{name: value} for name, values in VARIATIONS.items() for value in values]
    return [{**GUIDE, **change, "seed": seed} for change in changes for seed in SEEDS]


def run_hyperparameters(processes: int) -> None:
    """Train the runs that are not in the cache; store the record when all are finished."""
    data = load_data_once()
    require_full_mnist(data)
    finished = RunCache("hyperparameters", run_conditions(data))
    missing = [settings for settings in planned_hyperparameters() if settings not in finished]
    total = len(planned_hyperparameters())
    print(f"{total} training runs, {total - len(missing)} of them finished", flush=True)
    start = time.monotonic()
    # One thread each: two such processes finish sooner than one with two threads, and the load of
    # the machine does not change the results.
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(processes, initializer=use_one_thread) as pool:
        for i, (settings, run) in enumerate(
            pool.imap_unordered(train_hyperparameters_in_pool, missing), start=1
        ):
            finished.add(settings, run)
            left = (time.monotonic() - start) / i * (len(missing) - i) / 60
            changes = describe_changed_settings(settings)
            print(f"{changes:60} {run['error']:6.2f} %  {left:4.0f} min left", flush=True)
    small_runs = {
        name: [
            train_with_hyperparameters(load_mnist(source), seed=seed, images=SMALL_RUN_IMAGES)
            for seed in SEEDS[:2]
        ]
        for name, source in (("MNIST", None), ("MNIST sample", "sample"))
    }
    results = {
        "runs": [
            {"settings": settings, **finished[settings]} for settings in planned_hyperparameters()
        ],
        "small_runs": small_runs,
    }
    path = write_record(
        "hyperparameters",
        description="test errors of the guide's network with one setting changed, five seeds each",
        command="make experiments",
        data=data,
        settings={"guide": GUIDE, "variations": VARIATIONS, "seeds": SEEDS},
        results=results,
    )
    print(f"Stored in {path}.")


def describe_changed_settings(settings: dict) -> str:
    """Return the settings that differ from the guide's, as text."""
    changed = {name: value for name, value in settings.items() if GUIDE.get(name) != value}
    return ", ".join(f"{name} {value}" for name, value in changed.items())


def use_one_thread() -> None:
    """Limit this process to one thread, before TensorFlow creates its thread pools."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


@functools.cache
def load_data_once():
    """Load the data, once in each process."""
    return load_mnist()


def train_hyperparameters_in_pool(settings: dict) -> tuple[dict, dict]:
    """Train once in a process of the pool; return the settings and the result."""
    keras.backend.clear_session()
    return settings, train_with_hyperparameters(load_data_once(), **settings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    run_hyperparameters(parser.parse_args().processes)
