"""A run cache returns finished runs with the same settings, data, versions, Keras and code."""

import json

import keras
import pytest

from mnist_course.data import provenance
from mnist_course.experiments import run_cache
from mnist_course.experiments.run_cache import RunCache, run_conditions
from tests.support.datasets import blank_dataset

CONDITIONS = {"versions": {"keras": "3.15.1"}}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(provenance, "_tensorflow_version", lambda: "2.21.0")
    return tmp_path


def test_run_cache_after_restart():
    settings = {"seed": 1, "rate": 0.1}
    RunCache("tries", CONDITIONS).add(settings, {"error": 1.25})
    again = RunCache("tries", CONDITIONS)
    assert {"rate": 0.1, "seed": 1} in again and again[settings] == {"error": 1.25}
    assert {"seed": 2, "rate": 0.1} not in again


def test_run_cache_other_conditions():
    RunCache("tries", CONDITIONS).add({"seed": 1}, {"error": 1.25})
    assert {"seed": 1} not in RunCache("tries", {"versions": {"keras": "3.16.0"}})


@pytest.mark.parametrize(
    "damage", [b'{"conditions": {"ver', b"\xff\x00", b"[]", b"7", b"{}", b"null"], ids=str
)
def test_run_cache_damaged_line(folder, damage):
    # A computation that is stopped while it writes leaves part of a line.
    RunCache("tries", CONDITIONS).add({"seed": 1}, {"error": 1.25})
    with (folder / "_build" / "tries.jsonl").open("ab") as file:
        file.write(damage)
    with pytest.warns(UserWarning, match=r"Line 2 of .*tries\.jsonl is not a stored run"):
        resumed = RunCache("tries", CONDITIONS)
    assert {"seed": 1} in resumed
    resumed.add({"seed": 2}, {"error": 1.5})
    with pytest.warns(UserWarning, match="Line 2"):
        again = RunCache("tries", CONDITIONS)
    assert {"seed": 1} in again and again[{"seed": 2}] == {"error": 1.5}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_run_cache_result_not_finite(folder, value):
    runs = RunCache("tries", CONDITIONS)
    with pytest.raises(ValueError, match=r"(?s)'seed': 1.*not finite.*What to do: "):
        runs.add({"seed": 1}, {"error": value})
    assert {"seed": 1} not in runs and {"seed": 1} not in RunCache("tries", CONDITIONS)


def test_run_conditions_same_twice():
    conditions = run_conditions(blank_dataset())
    assert conditions == run_conditions(blank_dataset()) == json.loads(json.dumps(conditions))


def _other_data(_, monkeypatch):
    data = blank_dataset()
    data[0][0][0, 0, 0] += 1
    return data


def _other_epsilon(_, monkeypatch):
    monkeypatch.setattr(keras.config, "epsilon", lambda: 1e-3)


def _other_code(folder, monkeypatch):
    (folder / "package" / "models").mkdir(parents=True)
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "models" / "cnn.py").write_text("FILTERS = 33", encoding="utf-8")
    monkeypatch.setattr(run_cache.mnist_course, "__file__", folder / "package" / "__init__.py")


@pytest.mark.parametrize("change", [_other_data, _other_epsilon, _other_code])
def test_run_conditions_change(folder, monkeypatch, change):
    before = run_conditions(blank_dataset())
    assert run_conditions(change(folder, monkeypatch) or blank_dataset()) != before
