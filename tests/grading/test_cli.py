import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading import cli, grading_run
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.execution.isolation.limits import Limits

pytestmark = pytest.mark.slow


@pytest.fixture
def grade(submitted, solution_not_run, monkeypatch):
    """Return a function that runs `mnist-course grade` and returns what it asks the workers."""
    calls = []

    def record_call(job, submissions, store, *, workers, cluster):
        calls.append((job, workers, cluster))
        for student, _ in submissions:
            store(student, Outcome(error="not graded in this test"))

    monkeypatch.setattr(grading_run, "grade_all", record_call)
    monkeypatch.chdir(submitted)

    def grade(*options):
        command = ["grade", "class.zip", "--from", "private", "--out", "results", *options]
        assert cli.main(command) == 0
        return calls[-1]

    return grade


@pytest.mark.sandbox
def test_grade_default_options(grade, monkeypatch):
    monkeypatch.delenv("MNIST_COURSE_DATA", raising=False)
    job, workers, cluster = grade()
    assert (job.limits, job.data, job.sandboxed) == (Limits(), "sample", True)
    assert (workers, cluster) == (None, None)


@pytest.mark.parametrize(
    ("option", "value", "field", "expected"),
    [
        ("--cell-seconds", "7", "cell_seconds", 7),
        ("--total-seconds", "8", "total_seconds", 8),
        ("--memory-mb", "9", "memory_bytes", 9_000_000),
        ("--processes", "10", "processes", 10),
        ("--cell-output-kb", "11", "cell_output_bytes", 11_000),
    ],
)
@pytest.mark.sandbox
def test_grade_limit_options(grade, option, value, field, expected):
    job, _, _ = grade(option, value)
    assert job.limits == dataclasses.replace(Limits(), **{field: expected})


def test_grade_other_options(grade, monkeypatch):
    job, workers, _ = grade(
        "--without-sandbox", "--workers", "2", "--data", "digits.npz", "--assignment", ASSIGNMENT
    )
    assert not job.sandboxed and workers == 2 and job.assignment == ASSIGNMENT
    assert job.data == str(Path("digits.npz").absolute())  # workers run in other folders
    monkeypatch.setenv("MNIST_COURSE_DATA", "full")
    job, _, cluster = grade("--cluster", "tls://10.0.0.1:8786", "--forget")
    assert (job.data, cluster) == ("full", "tls://10.0.0.1:8786")


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_grade_invalid_limit(value, capsys):
    with pytest.raises(SystemExit):
        cli.main(["grade", "class.zip", "--out", "results", "--cell-seconds", value])
    assert "--cell-seconds" in capsys.readouterr().err


def test_grade_workers_and_cluster_exclude_each_other(capsys):
    with pytest.raises(SystemExit):
        cli.main(["grade", "a.zip", "--out", "r", "--workers", "2", "--cluster", "tcp://h:1"])
    assert "argument --cluster: not allowed with argument --workers" in capsys.readouterr().err


def test_main_missing_package(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "mnist_course.grading.commands", raising=False)
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    for name in [name for name in sys.modules if name.startswith("mnist_course.grading.")]:
        if name != "mnist_course.grading.cli":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("mnist_course.grading.commands", raising=False)
    assert cli.main(["report", "results"]) == 1
    assert "pip install 'mnist-course[grading,tensorflow]'" in capsys.readouterr().err


def test_help_is_fast():
    """It names the commands and imports none of the large packages."""
    command = [sys.executable, "-X", "importtime", "-m", "mnist_course.grading.cli", "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    for name in ("release", "grade", "report"):
        assert f"mnist-course {name}" in run.stdout
    imported = {line.split()[-1].partition(".")[0] for line in run.stderr.splitlines() if line}
    assert "argparse" in imported
    assert not {"tensorflow", "keras", "numpy", "nbgrader", "nbformat", "distributed"} & imported
