"""Measure each improvement on a validation split, then two plans on the test set (lesson 10).

``python -m mnist_course.experiments.improvements`` (second half of ``make experiments``) trains
everything on the full set and stores ``results/improvements.json``.
"""

import time

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import require_full_mnist
from mnist_course.evaluation.holdout import HoldoutTestSet
from mnist_course.evaluation.metrics import error_percent
from mnist_course.experiments.records import write_record
from mnist_course.experiments.run_cache import RunCache, run_conditions
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model, predict_with_tta
from mnist_course.training.batches import shuffled_batches
from mnist_course.training.guide_run import guide_epoch_cpu_seconds
from mnist_course.training.settings import EPOCHS

SEEDS = (1, 2, 3)
# Number of images at the end of the training set, equal to the number of test images.
VALIDATION_IMAGES = 10_000
# Short runs, to compare the improvements.
COMPARISON = {"epochs": 3, "batch_size": 128, "filters": (24, 32), "units": 128}
# The record also contains the test errors of three earlier plans. The first short plan:
FIRST_SHORT_PLAN = {"epochs": 5, "batch_size": 128, "filters": (24, 32), "units": 128}
# The same network with more epochs, and a larger one, both better on the validation split:
LONGER_PLAN = {**FIRST_SHORT_PLAN, "epochs": 20}
LARGER_PLAN = {**LONGER_PLAN, "filters": (32, 64, 64)}
# As many epochs of the larger network as fitted into a quarter of an hour:
FIRST_LONG_PLAN = {**LARGER_PLAN, "epochs": 14}
# The final plans. One within the CPU time of the guide's own training:
SHORT_PLAN = {**FIRST_SHORT_PLAN, "epochs": 4}
# One within a quarter of an hour for each seed, on a processor that multiplies bfloat16:
LONG_PLAN = {
    **LARGER_PLAN,
    "epochs": 25,
    "filters": (48, 96, 96),
    "max_lr": 0.005,
    "shift": 1.5,
    "ema_momentum": 0.998,
    "dtype": "mixed_bfloat16",
}


def train_improved_model(
    X: np.ndarray,
    Y: np.ndarray,
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    improvements=IMPROVEMENTS,
    verbose: int = 0,
    **network,
):
    """Train an improved network (lesson 10).

    Parameters
    ----------
    X, Y
        Images of shape (n, 28, 28, 1), 0 to 1, and one-hot labels of shape (n, 10).
    seed, epochs, batch_size
        As in the guide's training.
    improvements
        As in ``improved_model``.
    verbose
        As in ``keras.Model.fit``.
    **network
        Further settings of ``improved_model``.

    Returns
    -------
    keras.Sequential
        The trained network; it returns logits.
    """
    keras.utils.set_random_seed(seed)
    steps = epochs * -(-len(X) // batch_size)
    model = improved_model(steps, improvements, **network)
    batches = shuffled_batches(X, Y, batch_size)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=verbose)
    return model


def train_and_evaluate(X, Y, X_val, y_val, **settings) -> dict:
    """Train once; return errors without and with test-time augmentation, and the seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    model = train_improved_model(X, Y, **settings)
    trained = {
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "seconds": round(time.perf_counter() - wall, 1),
    }
    errors = {
        name: round(error_percent(y_val, predict_with_tta(model, X_val, **options)), 2)
        for name, options in (("error", {"shifts": ((0, 0),)}), ("error_with_tta", {}))
    }
    # The total cost, with test-time augmentation.
    total = {
        "cpu_seconds_with_tta": round(time.process_time() - cpu, 1),
        "seconds_with_tta": round(time.perf_counter() - wall, 1),
    }
    return errors | trained | total | {"parameters": model.count_params()}


def comparison_runs() -> list[dict]:
    """Return the runs on the validation split: each adds one improvement, with every seed."""
    stages = [IMPROVEMENTS[:count] for count in range(len(IMPROVEMENTS) + 1)]
    return [
        {**COMPARISON, "improvements": stage, "seed": seed} for stage in stages for seed in SEEDS
    ]


def run_improvements() -> None:
    """Train the runs that are not in the cache; store the record."""
    data = load_mnist()
    require_full_mnist(data)
    (X, Y), (X_test, _) = prepare(data)
    (_, y_train), (_, y_test) = data
    test = HoldoutTestSet(X_test, y_test)
    finished = RunCache("improvements", run_conditions(data))
    train = (X[:-VALIDATION_IMAGES], Y[:-VALIDATION_IMAGES])
    validation = (X[-VALIDATION_IMAGES:], y_train[-VALIDATION_IMAGES:])
    plans = [{**plan, "seed": SEEDS[0]} for plan in (SHORT_PLAN, LONGER_PLAN, LARGER_PLAN)]
    plans += [{**plan, "seed": seed} for plan in (FIRST_LONG_PLAN, LONG_PLAN) for seed in SEEDS]
    for settings in comparison_runs() + plans:
        key = {"on": "validation", **settings}
        if key not in finished:
            finished.add(key, train_and_evaluate(*train, *validation, **settings))
        print(f"validation {key} -> {finished[key]}", flush=True)
    # All choices are made: the test errors below must not change any of them.
    test_images = test.open("the final errors of both plans, three seeds each")
    final = [{**plan, "seed": seed} for plan in (SHORT_PLAN, LONG_PLAN) for seed in SEEDS]
    # The test errors of these plans were measured earlier, as lesson 10 reports.
    earlier_plans = (FIRST_SHORT_PLAN, FIRST_LONG_PLAN)
    earlier = [{**plan, "seed": seed} for plan in earlier_plans for seed in SEEDS]
    earlier += [{**LARGER_PLAN, "seed": SEEDS[0]}]
    for settings in earlier + final:
        key = {"on": "test", **settings}
        if key not in finished:
            epoch = guide_epoch_cpu_seconds(X, Y)
            result = train_and_evaluate(X, Y, *test_images, **settings)
            finished.add(key, result | {"guide_cpu_seconds": round(EPOCHS * epoch, 1)})
        print(f"test {key} -> {finished[key]}", flush=True)
    each = {
        "comparison": ("validation", comparison_runs()),
        "plans": ("validation", plans),
        "earlier": ("test", earlier),
        "final": ("test", final),
    }
    results = {
        name: [{**settings, **finished[{"on": on, **settings}]} for settings in runs]
        for name, (on, runs) in each.items()
    }
    path = write_record(
        "improvements",
        description="errors of improved networks: improvements and plans on a validation split, "
        "plans on the test set",
        command="make experiments",
        data=data,
        settings={
            "comparison": COMPARISON,
            "first_short_plan": FIRST_SHORT_PLAN,
            "first_long_plan": FIRST_LONG_PLAN,
            "short_plan": SHORT_PLAN,
            "long_plan": LONG_PLAN,
            "seeds": SEEDS,
            "improvements": IMPROVEMENTS,
        },
        results=results,
    )
    print(f"Stored in {path}.")


if __name__ == "__main__":
    run_improvements()
