"""One process and two workers take turns, and none is left running."""

import psutil
import pytest

from maintenance.step_times import GROUPS, measure, started

# Each process imports TensorFlow.
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def sample(monkeypatch):
    """Let the processes load the sample, which is there without a network."""
    monkeypatch.setenv("MNIST_COURSE_DATA", "sample")


def test_measure_in_turn():
    before = set(psutil.Process().children())
    runs = measure((20, 40), steps=3, rounds=2)
    assert [(run["round"], run["batch_size"], run["name"]) for run in runs] == [
        (number, size, name) for number in (1, 2) for size in (20, 40) for name in GROUPS
    ]
    assert all(run["seconds"] > 0 and run["cpu_seconds"] > 0 for run in runs)
    assert set(psutil.Process().children()) == before


def test_started_error_ends_processes():
    before = set(psutil.Process().children())
    with pytest.raises(ZeroDivisionError), started(images=40) as groups:
        assert len(set(psutil.Process().children()) - before) == sum(GROUPS.values())
        groups["one process"].take_turn(20, 1 // 0)
    assert set(psutil.Process().children()) == before
