"""Train the guide's network with one setting changed at a time (lessons 13 and 14).

``python -m mnist_course.experiments.hyperparameters`` (``make experiments``) trains on the
training images of the full set without the last 10,000, measures errors on those, and stores
``results/hyperparameters.json``. It does not use the test set. Finished runs are kept in
``_build``, so that an interrupted computation can continue.
"""

import argparse
import os

from mnist_course.data.loading import load_mnist
from mnist_course.experiments.records import write_record
from mnist_course.experiments.run_pool import finish_runs, load_data_once
from mnist_course.training.hyperparameter_run import (
    train_with_hyperparameters,
    training_and_validation,
)
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

SEEDS = tuple(range(1, 11))
FEWER_SEEDS = SEEDS[:5]
# The guide's settings, but with 20,000 of the 50,000 images: the differences between settings are
# larger than with all of them, and a run takes less than half the time. Five epochs are 670 steps.
GUIDE = {
    "learning_rate": 0.001,
    "batch_size": BATCH_SIZE,
    "normalized": True,
    "dropout": 0.2,
    "images": 20_000,
    "steps": None,
}
# Changes of one setting: the first two with all ten seeds, the others with five.
VARIATIONS = (
    {"dropout": 0.0},
    {"learning_rate": 0.003},
    {"learning_rate": 0.03},
    {"normalized": False},
    {"learning_rate": 0.0003},
    {"learning_rate": 0.01},
)
TEN_SEEDS = VARIATIONS[:2]
# Numbers of images, each trained for five epochs, and some of them for a fixed number of steps:
# those of five epochs with 20,000 and with 50,000 images.
IMAGES = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
EQUAL_STEPS = {670: IMAGES, 1670: (5000, 20_000, 50_000)}
# Batches of 600 take a quarter of the steps in five epochs, and may need another learning rate.
LARGER_BATCHES = tuple({"batch_size": 600, "learning_rate": rate} for rate in (0.001, 0.002, 0.004))
# Runs on this few images are short enough to be repeated by lesson 13 and by a test.
SMALL_RUN_IMAGES = 500


def planned_hyperparameters() -> list[dict]:
    """Return the settings of all runs: the guide's own first, each setting with every seed."""
    planned = [({}, SEEDS)]
    planned += [(change, SEEDS if change in TEN_SEEDS else FEWER_SEEDS) for change in VARIATIONS]
    planned += [({"images": n}, FEWER_SEEDS) for n in IMAGES if n != GUIDE["images"]]
    planned += [
        ({"images": n, "steps": steps}, FEWER_SEEDS)
        for steps, sizes in EQUAL_STEPS.items()
        for n in sizes
        if steps != EPOCHS * -(-n // BATCH_SIZE)  # five epochs, planned above
    ]
    planned += [(change, FEWER_SEEDS) for change in LARGER_BATCHES]
    return [{**GUIDE, **change, "seed": seed} for change, seeds in planned for seed in seeds]


def run_hyperparameters(processes: int) -> None:
    """Train the runs that are not in the cache; store the record when all are finished."""
    planned = planned_hyperparameters()
    finished = finish_runs("hyperparameters", train_with_hyperparameters, planned, processes)
    data = load_data_once()
    small_runs = {
        name: [
            train_with_hyperparameters(load_mnist(source), seed=seed, images=SMALL_RUN_IMAGES)
            for seed in SEEDS[:2]
        ]
        for name, source in (("MNIST", None), ("MNIST sample", "sample"))
    }
    path = write_record(
        "hyperparameters",
        description="errors of the guide's network on images held out of the training set, with "
        "one setting changed, five or ten seeds each",
        command="make experiments",
        data=data,
        settings={
            "guide": GUIDE,
            "variations": VARIATIONS,
            "images": IMAGES,
            "equal_steps": EQUAL_STEPS,
            "larger_batches": LARGER_BATCHES,
            "seeds": SEEDS,
        },
        results={
            "validation_images": len(training_and_validation(data)[1][1]),
            "runs": [{"settings": settings, **finished[settings]} for settings in planned],
            "small_runs": small_runs,
        },
    )
    print(f"Stored in {path}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    run_hyperparameters(parser.parse_args().processes)
