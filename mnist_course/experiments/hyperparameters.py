"""Train the guide's network with one setting changed at a time (lessons 13 and 14).

``python -m mnist_course.experiments.hyperparameters`` (``make experiments``) trains on the
training images of the full set without the last 10,000, and measures errors on those. It does not
use the test set. Finished runs are kept in ``_build``, so that an interrupted computation can
continue. There are two stages, and ``--stage`` runs one of them:

- ``variations`` changes one setting at a time (lesson 13): ``results/hyperparameters.json``.
- ``images`` changes the numbers of images and steps (lesson 14): ``results/training_images.json``.
"""

from mnist_course.data.loading import load_mnist
from mnist_course.experiments.records import write_record
from mnist_course.experiments.run_pool import finish_runs, load_data_once, run_stages
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
# Runs on this few images are short enough to be repeated by lesson 13 and by a test.
SMALL_RUN_IMAGES = 500


def planned_variations() -> list[dict]:
    """Return the settings of the runs of lesson 13: the guide's first, each with every seed."""
    changes = [({}, SEEDS)]
    changes += [(change, SEEDS if change in TEN_SEEDS else FEWER_SEEDS) for change in VARIATIONS]
    return with_seeds(changes)


def planned_images() -> list[dict]:
    """Return the settings of the runs of lesson 14, apart from those of lesson 13."""
    changes = [({"images": n}, FEWER_SEEDS) for n in IMAGES if n != GUIDE["images"]]
    changes += [
        ({"images": n, "steps": steps}, FEWER_SEEDS)
        for steps, sizes in EQUAL_STEPS.items()
        for n in sizes
        if steps != EPOCHS * -(-n // BATCH_SIZE)  # five epochs, planned above
    ]
    return with_seeds(changes)


def with_seeds(changes: list[tuple[dict, tuple[int, ...]]]) -> list[dict]:
    """Return the settings of a run for each change of the guide's settings and each seed."""
    return [{**GUIDE, **change, "seed": seed} for change, seeds in changes for seed in seeds]


def run_variations(processes: int) -> None:
    """Train the runs of lesson 13 that are not in the cache; store the record of all."""
    small_runs = {
        name: [
            train_with_hyperparameters(load_mnist(source), seed=seed, images=SMALL_RUN_IMAGES)
            for seed in SEEDS[:2]
        ]
        for name, source in (("MNIST", None), ("MNIST sample", "sample"))
    }
    _finish_and_store(
        "hyperparameters",
        "with one setting changed, five or ten seeds each",
        planned_variations(),
        processes,
        {"guide": GUIDE, "variations": VARIATIONS, "seeds": SEEDS},
        {"small_runs": small_runs},
    )


def run_images(processes: int) -> None:
    """Train the runs of lesson 14 that are not in the cache; store the record of all."""
    base = with_seeds([({}, FEWER_SEEDS)])
    _finish_and_store(
        "training_images",
        "with other numbers of training images, for equal epochs and for equal steps, five seeds "
        "each",
        base + planned_images(),
        processes,
        {"guide": GUIDE, "images": IMAGES, "equal_steps": EQUAL_STEPS, "seeds": FEWER_SEEDS},
        {},
    )


def _finish_and_store(
    name: str, changed: str, planned: list[dict], processes: int, settings: dict, further: dict
) -> None:
    finished = finish_runs("hyperparameters", train_with_hyperparameters, planned, processes)
    data = load_data_once()
    path = write_record(
        name,
        description="errors of the guide's network on images held out of the training set, "
        f"{changed}",
        command="make experiments",
        data=data,
        settings=settings,
        results={
            "validation_images": len(training_and_validation(data)[1][1]),
            "runs": [{"settings": settings, **finished[settings]} for settings in planned],
            **further,
        },
    )
    print(f"Stored in {path}.", flush=True)


STAGES = {"variations": run_variations, "images": run_images}

if __name__ == "__main__":
    run_stages(__doc__.splitlines()[0], STAGES)
