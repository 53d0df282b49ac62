"""Each improvement is added alone and left out alone; the plans stay those of the test set."""

import json

import pytest

from mnist_course.data.packed_flags import unpack_flags
from mnist_course.experiments import improvements, records
from mnist_course.experiments.improvements import (
    CANDIDATE_SEEDS,
    CANDIDATES,
    PLAN_SEEDS,
    PLANS,
    SEEDS,
    comparison_rows,
    planned,
    planned_comparison,
    require_same_plans,
)
from mnist_course.experiments.records import read_record, write_record
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model
from tests.support.datasets import blank_dataset


@pytest.mark.parametrize("plan", [*CANDIDATES.values(), PLANS["long"]], ids=[*CANDIDATES, "long"])
def test_plan_settings_reach_model(plan):
    settings = {k: v for k, v in plan.items() if k not in ("epochs", "batch_size")}
    model = improved_model(100, **settings)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == len(settings["filters"]) - 2
    augmentation = next(layer for layer in model.layers if type(layer).__name__ == "RandomAffine")
    assert augmentation.shift == settings.get("shift", 2.0)


def test_comparison_rows_differ_in_one_improvement():
    rows = comparison_rows()
    assert len(rows) == 2 * (len(IMPROVEMENTS) + 1)
    for kind, name, used in rows:
        base = set() if kind == "added" else set(IMPROVEMENTS)
        assert base ^ set(used) == ({name} if name != "nothing" else set())


def test_planned_comparison_ten_seeds_a_row():
    runs = planned_comparison()
    assert len({json.dumps(run) for run in runs}) == len(runs) == 10 * len(comparison_rows())
    assert {run["seed"] for run in runs} == set(SEEDS)


def test_planned_plans_five_seeds():
    runs = planned([*PLANS.values()], PLAN_SEEDS)
    assert [run["seed"] for run in runs] == [seed for seed in PLAN_SEEDS for _ in range(2)]
    assert len(PLAN_SEEDS) >= 5


@pytest.fixture
def stored_plans(tmp_path, monkeypatch):
    """Store test errors of the two plans."""
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(improvements, "RESULTS", tmp_path)
    require_same_plans(PLANS)  # nothing is stored
    write_record(
        "plans",
        description="test errors",
        command="make experiments",
        data=blank_dataset(),
        settings={"plans": PLANS},
        results=[],
    )
    return PLANS


def test_require_same_plans_changed(stored_plans):
    require_same_plans(stored_plans)
    changed = {**stored_plans, "long": {**PLANS["long"], "epochs": 1}}
    opened = f"opened for another long plan: .*'epochs': {PLANS['long']['epochs']},"
    with pytest.raises(ValueError, match=opened):
        require_same_plans(changed)


def test_stored_comparison_complete():
    record = read_record("improvement_comparison")
    assert record["settings"]["improvements"] == list(IMPROVEMENTS)
    runs = [run["settings"] for run in record["results"]]
    assert runs == json.loads(json.dumps(planned_comparison()))
    for run in record["results"]:
        correct = unpack_flags(run["correct"], 10_000)
        assert run["error"] == pytest.approx(100 - 100 * correct.mean(), abs=0.006)


def test_stored_candidates_complete():
    record = read_record("plan_candidates")
    plans = json.loads(json.dumps(planned([*CANDIDATES.values()], CANDIDATE_SEEDS)))
    assert [run["settings"] for run in record["results"]] == plans
    assert record["settings"]["candidates"] == json.loads(json.dumps(CANDIDATES))


def test_stored_plans_complete():
    """The stored test errors are those of the two plans in writing, with every seed."""
    record = read_record("plans")
    assert record["settings"]["plans"] == json.loads(json.dumps(PLANS))
    runs = json.loads(json.dumps(planned([*PLANS.values()], PLAN_SEEDS)))
    assert [run["settings"] for run in record["results"]] == runs
