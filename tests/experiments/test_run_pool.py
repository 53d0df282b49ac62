"""An interrupted experiment continues where it stopped."""

import contextlib
from types import SimpleNamespace

import pytest

from mnist_course.data import provenance
from mnist_course.experiments import run_pool
from mnist_course.experiments.run_pool import describe_changes, finish_runs
from tests.support.datasets import blank_dataset

trained = []


def train(data, *, seed, rate):
    if len(trained) == 3:
        raise KeyboardInterrupt
    trained.append((seed, rate))
    return {"error": 1.0 + seed}


@pytest.fixture(autouse=True)
def one_process(tmp_path, monkeypatch):
    """Run the pool's tasks in this process, on blank images, with an empty cache."""
    trained.clear()
    context = SimpleNamespace(
        Pool=lambda *_, **__: contextlib.nullcontext(SimpleNamespace(imap_unordered=map))
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_pool.multiprocessing, "get_context", lambda _: context)
    monkeypatch.setattr(run_pool, "load_data_once", blank_dataset)
    monkeypatch.setattr(provenance, "_tensorflow_version", lambda: "2.21.0")
    monkeypatch.setattr(run_pool, "run_conditions", lambda data, module: {"module": module})


def test_finish_runs_interrupted(capsys):
    planned = [{"seed": seed, "rate": rate} for seed in (1, 2, 3) for rate in (0.1, 0.2)]
    with pytest.raises(KeyboardInterrupt):
        finish_runs("tries", train, planned, processes=1)
    assert trained == [(1, 0.1), (1, 0.2), (2, 0.1)]
    trained.clear()
    finished = finish_runs("tries", train, planned, processes=1)
    assert "6 training runs, 3 of them finished" in capsys.readouterr().out
    assert trained == [(2, 0.2), (3, 0.1), (3, 0.2)]
    assert [finished[settings]["error"] for settings in planned] == [2, 2, 3, 3, 4, 4]


def test_finish_runs_none_missing():
    planned = [{"seed": 1, "rate": 0.1}]
    finish_runs("tries", train, planned, processes=1)
    finish_runs("tries", train, planned, processes=1)
    assert len(trained) == 1


def test_finish_runs_other_data(monkeypatch):
    monkeypatch.setattr(run_pool, "load_data_once", lambda: blank_dataset("MNIST sample"))
    with pytest.raises(Exception, match="needs the full MNIST"):
        finish_runs("tries", train, [{"seed": 1, "rate": 0.1}], processes=1)


def test_describe_changes_from_base():
    base = {"rate": 0.1, "filters": (1, 2), "seed": 1}
    assert describe_changes({**base, "rate": 0.2}, base) == "rate 0.2, seed 1"
    assert describe_changes({**base, "seed": 2}, base) == "seed 2"
