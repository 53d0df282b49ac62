"""No mutant of a reference solution gets full points, unless it is listed as a right answer."""

import signal

import nbformat
import pytest

from maintenance import mutants
from maintenance.exercise_verdicts import SOURCES, TRAINING_TASKS, by_id, judge, tasks

PATHS = {path.stem: path for path in SOURCES}
# Where networks are trained, the tests run each n-th mutant; `make mutants` runs all.
EVERY = 25
CASES = [
    (name, task)
    for name, path in PATHS.items()
    for task in tasks(nbformat.read(path, as_version=4))
]


@pytest.mark.parametrize(("name", "task"), CASES)
def test_no_wrong_mutant_has_full_points(name, task):
    every = EVERY if task in TRAINING_TASKS else 1
    score = mutants.scores(PATHS[name], [task], every)[task]
    assert score.killed
    assert not score.survivors
    assert not score.raw


def test_equivalent_mutants_have_reasons():
    for name, by_task in mutants.equivalent().items():
        assert name in PATHS
        assert all(
            reason.endswith(".") for listed in by_task.values() for reason in listed.values()
        )


def test_mutants_are_always_the_same():
    source = by_id(nbformat.read(PATHS["02-reshape"], as_version=4))["sheet"].source
    found = mutants.mutants(source)
    assert list(found.items()) == list(mutants.mutants(source).items())
    assert "rows = -(-n * columns)" in found  # an operator of cosmic-ray
    assert "without: full[:n] = X" in found  # a mistake of students


def test_scores_of_a_check_with_a_hole(tmp_path):
    notebook = nbformat.read(PATHS["02-reshape"], as_version=4)
    by_id(notebook)["check-place"].source = "assert place(0, 1, 28) == 1"
    path = tmp_path / "02-reshape.ipynb"
    nbformat.write(notebook, path)
    score = mutants.scores(path, ["place"])["place"]
    assert "return row / width + column" in score.survivors
    assert "return row * width - column" in score.killed


def test_scores_of_a_check_that_fails_by_itself(tmp_path):
    notebook = nbformat.read(PATHS["02-reshape"], as_version=4)
    by_id(notebook)["check-pixel"].source = "row, column = pixel(40, 28)"
    path = tmp_path / "02-reshape.ipynb"
    nbformat.write(notebook, path)
    assert "return place" in mutants.scores(path, ["pixel"])["pixel"].raw


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm")
def test_time_limit_of_a_mutant():
    verdict = judge("def f():\n    while True: pass", "f()", {}, seconds=0.2)
    assert verdict.message.startswith("TimeUp")
