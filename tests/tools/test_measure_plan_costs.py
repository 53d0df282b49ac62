"""The costs of plans are measured in turn and compared round by round."""

import numpy as np
import pytest

from maintenance.plan_costs import Network, measure, networks, totals
from mnist_course.experiments.improvements import CANDIDATES, comparison_rows
from mnist_course.models.improved_cnn import improved_model


def run(name: str, number: int, epochs: int, epoch: float, prediction: float) -> dict:
    cost = {"cpu_seconds": epoch, "seconds": epoch / 2}
    predicted = {"cpu_seconds": prediction, "seconds": prediction / 2}
    return {"name": name, "round": number, "epochs": epochs, "epoch": cost, "prediction": predicted}


def test_totals_other_load_in_one_round():
    runs = []
    for number, load in enumerate((1, 1.1, 3), start=1):
        runs += [run("guide", number, 5, 10 * load, 0), run("plan", number, 4, 5 * load, 5 * load)]
    found = totals(runs)
    assert found["plan"] == {"cpu_seconds": 27.5, "seconds": 13.8, "relative_cpu": 0.5}
    assert found["guide"]["relative_cpu"] == 1


def test_measure_in_turn():
    random = np.random.default_rng(0)
    X = random.random((90, 28, 28, 1), "float32")
    Y = np.eye(10, dtype="float32")[random.integers(10, size=90)]
    small = {"filters": (2, 2), "units": 4}
    found = [
        Network(name, lambda: improved_model(10, **small), epochs=2, batch_size=30, with_tta=tta)
        for name, tta in (("first", False), ("second", True))
    ]
    runs = measure(found, X, Y, rounds=2)
    assert [(r["name"], r["round"]) for r in runs] == [
        (name, number) for number in (1, 2) for name in ("first", "second")
    ]
    assert all(r[part]["cpu_seconds"] > 0 for r in runs for part in ("epoch", "prediction"))
    # A first part of an epoch, then two epochs of three steps.
    assert [int(network.model.optimizer.iterations.numpy()) for network in found] == [9, 9]


@pytest.mark.slow
def test_networks_rows_and_plans():
    names = [network.name for network in networks()]
    assert names[:2] == ["guide", "fast path"] and names[-5:] == [*CANDIDATES, "long"]
    assert len(set(names)) == len(names) == len(comparison_rows()) + 2 + 5
