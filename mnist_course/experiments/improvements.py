"""Chapter 10: what each idea buys, on a validation split; then errors on the test set.

``python -m mnist_course.experiments.improvements`` (second half of ``make experiments``) trains
everything on the full set and stores ``results/improvements.json``.
"""

import time

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import provenance, require_full_mnist
from mnist_course.evaluation.holdout import SealedTestSet
from mnist_course.evaluation.metrics import error_percent
from mnist_course.experiments.records import write_record
from mnist_course.experiments.run_cache import RunCache
from mnist_course.models.fast_cnn import untuned_batches
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.improved_cnn import IDEAS, better_model, predict_views
from mnist_course.training.guide_run import BATCH_SIZE, EPOCHS

SEEDS = (1, 2, 3)
# The last images of the training set, as many as there are test images.
VALIDATION = 10_000
# Short trainings show which idea is worth its place.
TRYING = {"epochs": 3, "batch_size": 128, "filters": (24, 32), "units": 128}
# What was measured on the test set before, and is kept for the record: the first plans, ...
FIRST_SHORT = {"epochs": 5, "batch_size": 128, "filters": (24, 32), "units": 128}
# ... the same network for longer, or a larger one, better on the validation split, ...
LONGER = {**FIRST_SHORT, "epochs": 20}
LARGER = {**LONGER, "filters": (32, 64, 64)}
# ... and the epochs of it that a quarter of an hour allowed then.
FIRST_LONG = {**LARGER, "epochs": 14}
# What is to be measured: in the CPU time of the guide's own training at most, ...
SHORT = {**FIRST_SHORT, "epochs": 4}
# ... and in a quarter of an hour for each seed, where the processor multiplies bfloat16.
LONG = {
    **LARGER,
    "epochs": 25,
    "filters": (48, 96, 96),
    "height": 0.005,
    "shift": 1.5,
    "averaging": 0.998,
    "dtype": "mixed_bfloat16",
}


def train_recipe(
    X: np.ndarray,
    Y: np.ndarray,
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    ideas=IDEAS,
    verbose: int = 0,
    **network,
):
    """Train a network of chapter 10 (chapter 10).

    Parameters
    ----------
    X, Y
        Images of shape (n, 28, 28, 1), 0 to 1, and one-hot labels of shape (n, 10).
    seed, epochs, batch_size
        As in the guide's training.
    ideas
        As in ``better_model``.
    verbose
        As in ``keras.Model.fit``.
    **network
        Further settings of ``better_model``.

    Returns
    -------
    keras.Sequential
        The trained network; it gives logits.
    """
    keras.utils.set_random_seed(seed)
    steps = epochs * -(-len(X) // batch_size)
    model = better_model(steps, ideas, **network)
    cut = untuned_batches(X, Y, batch_size)
    model.fit(cut, epochs=epochs, shuffle=False, verbose=verbose)
    return model


def run(X, Y, X_judge, y_judge, **settings) -> dict:
    """Train once; return errors with one view and with five, and the seconds it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    model = train_recipe(X, Y, **settings)
    trained = {
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "seconds": round(time.perf_counter() - wall, 1),
    }
    errors = {
        name: round(error_percent(y_judge, predict_views(model, X_judge, **views)), 2)
        for name, views in (("error", {"views": ((0, 0),)}), ("error_of_views", {}))
    }
    # With the views: what a user of the recipe pays in all.
    spent = {
        "cpu_seconds_with_views": round(time.process_time() - cpu, 1),
        "seconds_with_views": round(time.perf_counter() - wall, 1),
    }
    return errors | trained | spent | {"parameters": model.count_params()}


def guides_epoch(X: np.ndarray, Y: np.ndarray) -> float:
    """Return the CPU seconds of an epoch of the guide's own code, its first step left out."""
    model = cnn_model()
    model.fit(X[:BATCH_SIZE], Y[:BATCH_SIZE], batch_size=BATCH_SIZE, verbose=0)
    began = time.process_time()
    model.fit(X, Y, batch_size=BATCH_SIZE, verbose=0)
    return round(time.process_time() - began, 2)


def tried() -> list[dict]:
    """List what is tried on the validation split: one idea more each time, every seed."""
    stages = [IDEAS[:count] for count in range(len(IDEAS) + 1)]
    return [{**TRYING, "ideas": ideas, "seed": seed} for ideas in stages for seed in SEEDS]


def make_recipes() -> None:
    """Train what is not trained yet; store the record."""
    data = load_mnist()
    require_full_mnist(data)
    (X, Y), (X_test, _) = prepare(data)
    (_, y_train), (_, y_test) = data
    test = SealedTestSet(X_test, y_test)
    kept = RunCache("improvements", provenance(data)["versions"])
    train, judge = (X[:-VALIDATION], Y[:-VALIDATION]), (X[-VALIDATION:], y_train[-VALIDATION:])
    plans = [{**plan, "seed": SEEDS[0]} for plan in (SHORT, LONGER, LARGER)]
    plans += [{**plan, "seed": seed} for plan in (FIRST_LONG, LONG) for seed in SEEDS]
    for settings in tried() + plans:
        key = {"on": "validation", **settings}
        if key not in kept:
            kept.add(key, run(*train, *judge, **settings))
        print(f"validation {key} -> {kept[key]}", flush=True)
    # All choices are made. From here on nothing may change because of what is seen.
    judge = test.open("the final errors of both plans, three seeds each")
    final = [{**plan, "seed": seed} for plan in (SHORT, LONG) for seed in SEEDS]
    # The test set was opened for these before, which chapter 10 tells.
    earlier = [{**plan, "seed": seed} for plan in (FIRST_SHORT, FIRST_LONG) for seed in SEEDS]
    earlier += [{**LARGER, "seed": SEEDS[0]}]
    for settings in earlier + final:
        key = {"on": "test", **settings}
        if key not in kept:
            epoch = guides_epoch(X, Y)
            result = run(X, Y, *judge, **settings)
            kept.add(key, result | {"guide_cpu_seconds": round(EPOCHS * epoch, 1)})
        print(f"test {key} -> {kept[key]}", flush=True)
    each = {
        "tried": ("validation", tried()),
        "plans": ("validation", plans),
        "earlier": ("test", earlier),
        "final": ("test", final),
    }
    results = {
        name: [{**settings, **kept[{"on": on, **settings}]} for settings in runs]
        for name, (on, runs) in each.items()
    }
    path = write_record(
        "improvements",
        what="errors of chapter 10's networks: ideas and plans on a validation split, the plans on "
        "the test set",
        command="make experiments",
        data=data,
        settings={
            "trying": TRYING,
            "first short": FIRST_SHORT,
            "first long": FIRST_LONG,
            "short": SHORT,
            "long": LONG,
            "seeds": SEEDS,
            "ideas": IDEAS,
        },
        results=results,
    )
    print(f"Stored in {path}.")


if __name__ == "__main__":
    make_recipes()
