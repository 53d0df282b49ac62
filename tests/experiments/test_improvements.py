"""The improvements lower the error, and their record is complete and plausible."""

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.evaluation.metrics import error_percent
from mnist_course.experiments.improvements import (
    FIRST_LONG_PLAN,
    FIRST_SHORT_PLAN,
    LARGER_PLAN,
    LONG_PLAN,
    LONGER_PLAN,
    SHORT_PLAN,
    comparison_runs,
    train_improved_model,
)
from mnist_course.experiments.records import read_record
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model, predict_with_tta

PLANS = {
    "first short": FIRST_SHORT_PLAN,
    "first long": FIRST_LONG_PLAN,
    "longer": LONGER_PLAN,
    "larger": LARGER_PLAN,
    "short": SHORT_PLAN,
    "long": LONG_PLAN,
}


@pytest.mark.parametrize("plan", PLANS)
def test_plan_settings_reach_model(plan):
    settings = {k: v for k, v in PLANS[plan].items() if k not in ("epochs", "batch_size")}
    model = improved_model(100, **settings)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == len(settings["filters"]) - 2
    augmentation = next(layer for layer in model.layers if type(layer).__name__ == "RandomAffine")
    assert augmentation.shift == settings.get("shift", 2.0)


def test_train_improved_model_lower_error():
    (X, Y), _ = prepare(load_mnist("sample"))
    X_val, y_val = X[1000:1500], Y[1000:1500].argmax(axis=1)
    errors = []
    for improvements in (IMPROVEMENTS, ()):
        model = train_improved_model(
            X[:1000], Y[:1000], improvements=improvements, seed=1, epochs=3, batch_size=32
        )
        errors.append(error_percent(y_val, predict_with_tta(model, X_val)))
    assert errors[0] < errors[1] - 1


@pytest.fixture(scope="module")
def record():
    return read_record("improvements")


def final_runs(record, plan: dict) -> list[dict]:
    """Return the final runs of a plan, as JSON stores the plan."""
    plan = {**plan, "filters": list(plan["filters"])}
    return [run for run in record["results"]["final"] if plan.items() <= run.items()]


def test_record_runs(record):
    settings, results = record["settings"], record["results"]
    assert len(results["comparison"]) == len(comparison_runs())
    for name, plan in {"short": SHORT_PLAN, "long": LONG_PLAN}.items():
        assert settings[f"{name}_plan"] == {**plan, "filters": list(plan["filters"])}
        seeds = [run["seed"] for run in final_runs(record, plan)]
        assert seeds == settings["seeds"] == [1, 2, 3]
    assert [run["epochs"] for run in results["earlier"]] == [
        *3 * [FIRST_SHORT_PLAN["epochs"]],
        *3 * [FIRST_LONG_PLAN["epochs"]],
        LARGER_PLAN["epochs"],
    ]


def test_record_errors(record):
    short, long = (
        np.mean([run["error_with_tta"] for run in final_runs(record, plan)])
        for plan in (SHORT_PLAN, LONG_PLAN)
    )
    assert long < short <= 0.50 and long <= 0.30


def test_record_costs(record):
    for run in final_runs(record, SHORT_PLAN):
        assert run["cpu_seconds_with_tta"] <= run["guide_cpu_seconds"]
    for run in final_runs(record, LONG_PLAN):
        assert run["seconds_with_tta"] <= 15 * 60
