"""The command as a teacher uses it, on the made-up class of 12, and what happens when it breaks."""

import csv
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from maintenance import demo_class
from maintenance.demo_class import EXERCISE
from mnist_course.grading import cli
from mnist_course.grading.execution import sandbox
from mnist_course.grading.scoring.report import lines
from mnist_course.grading.scoring.results import Results

pytestmark = pytest.mark.sandbox
slow = pytest.mark.slow
COMMAND = [sys.executable, "-m", "mnist_course.grading.cli"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the folder in which the whole way was gone once."""
    folder = tmp_path_factory.mktemp("course") / "class"
    demo_class.main(folder)
    return folder


@pytest.fixture
def handed_in(tmp_path):
    """Return a folder with a class that nobody has graded."""
    demo_class.write_source(tmp_path / "private")
    assert cli.main(["release", "--from", f"{tmp_path}/private", "--out", f"{tmp_path}/out"]) == 0
    demo_class.hand_in(tmp_path / "out", tmp_path / "private", tmp_path / "class.zip")
    return tmp_path


def by_name(folder):
    return {line.record.name: line for line in lines(Results(folder / "results"), EXERCISE)}


# The whole way.


def test_every_student_of_the_class_is_where_they_belong(graded):
    found = by_name(graded)
    assert set(found) == set(demo_class.STUDENTS)
    scores = {name: line.score for name, line in found.items() if line.state == "graded"}
    assert scores == {
        "Anna Müller": 5,
        "anna müller": 5,
        "José Łukasz": 2,
        "李雷": 0,
        "Zoë Loop": 2,
        "Pat O'Late": 5,
        "Kim Cut": 5,
        "Mallory Peek": 5,
    }
    waiting = {name: line.why for name, line in found.items() if line.state == "needs a person"}
    assert set(waiting) == {"محمد", "Eve Patch"}
    assert "assert_allclose was replaced" in waiting["Eve Patch"]
    failed = {name: line.why for name, line in found.items() if line.state == "failed"}
    assert set(failed) == {"Lee Broken", "Max Exit"}
    assert "no notebook" in failed["Lee Broken"] and "ended the kernel" in failed["Max Exit"]


def test_the_last_attempt_in_time_was_graded(graded):
    record = by_name(graded)["Pat O'Late"].record
    assert record.file.endswith("work (2).ipynb") and record.attempts == 3 and not record.late


def test_the_sources_were_out_of_reach(graded):
    (page,) = graded.glob("results/autograded/mallory*/*/*.ipynb")
    assert "FileNotFoundError" in page.read_text()
    assert "two dimensions" not in page.read_text().split("test-scale")[0]


def test_feedback_pages_show_messages_and_no_hidden_test(graded):
    pages = {
        page.parts[-3]: page.read_text() for page in graded.glob("results/feedback/*/*/*.html")
    }
    assert len(pages) == 10
    assert "the largest number" in pages["jose-ukasz-4713"]
    for page in pages.values():
        assert "HIDDEN TESTS" not in page and "in two dimensions" not in page.replace(
            "AssertionError: in two dimensions", ""
        )


def test_nbgraders_own_interface_reads_the_results(graded):
    """The formgrader asks this interface for all that it shows."""
    course = CourseDirectory(root=str((graded / "results").absolute()))
    api = NbGraderAPI(course)
    (assignment,) = api.get_assignments()
    assert (assignment["name"], assignment["num_submissions"]) == (EXERCISE, 12)
    submissions = {s["student"]: s for s in api.get_submissions(EXERCISE)}
    assert [s["autograded"] for s in submissions.values()].count(True) == 10
    assert submissions["eve-patch-4721"]["needs_manual_grade"]
    assert submissions["anna-muller-4711"]["score"] == 5


def test_the_tables_have_everybody_and_only_final_scores(graded):
    with (graded / "results" / f"{EXERCISE}.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert sum(row["score"] != "" for row in rows) == 8
    with (graded / "results" / f"{EXERCISE}-moodle.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == 8


# What breaks on the way.


def start(folder, *more):
    command = [*COMMAND, "grade", "class.zip", "--from", "private", "--out", "results", *more]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [*command, "--cell-seconds", "3", "--workers", "2"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(process, number):
    """Read what a run prints until so many submissions are done; return all that was read."""
    text = []
    for line in process.stdout:
        text.append(line)
        if line.startswith("[") and len([each for each in text if each.startswith("[")]) == number:
            return text
    raise AssertionError("".join(text))


@slow
def test_a_killed_run_goes_on_and_grades_nothing_twice(handed_in):
    first = start(handed_in)
    until(first, 4)
    first.kill()
    first.wait()
    before = {r.name: r for r in Results(handed_in / "results").records(EXERCISE)}
    assert 4 <= len(before) < 12
    second = start(handed_in, "--resume")
    text = second.communicate(timeout=300)[0]
    assert second.returncode == 0, text
    assert f"{len(before)} were graded before and stay" in text
    assert text.count("\n[") == 12 - len(before)
    after = {r.name: r for r in Results(handed_in / "results").records(EXERCISE)}
    assert len(after) == 12 and all(after[name] == before[name] for name in before)


@slow
def test_a_worker_that_is_killed_loses_nothing(handed_in):
    run = start(handed_in)
    until(run, 3)
    workers = [p for p in psutil.Process(run.pid).children() if "spawn_main" in str(p.cmdline())]
    workers[-1].send_signal(signal.SIGKILL)
    text = run.communicate(timeout=300)[0]
    assert run.returncode == 0, text
    states = [line.state for line in by_name(handed_in).values()]
    assert len(states) == 12 and states.count("graded") == 8


@slow
def test_a_running_cluster_grades_without_a_shared_disk(handed_in, tmp_path_factory):
    """Its workers run in another folder and see only what travels."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    quiet = {"cwd": elsewhere, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    address = "tcp://127.0.0.1:8799"
    options = ["--host", "127.0.0.1", "--port", "8799", "--no-dashboard"]
    scheduler = subprocess.Popen([*run, *options], **quiet)
    run[-1] = "distributed.cli.dask_worker"
    worker = subprocess.Popen([*run, address, "--nthreads", "1", "--no-dashboard"], **quiet)
    try:
        time.sleep(8)
        command = [*COMMAND, "grade", "class.zip", "--from", "private", "--out", "results"]
        command += ["--cell-seconds", "3", "--cluster", address]
        done = subprocess.run(command, cwd=handed_in, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        worker.terminate()
        scheduler.terminate()
    assert [line.state for line in by_name(handed_in).values()].count("graded") == 8


@slow
def test_where_no_cluster_answers_it_is_said(handed_in, capsys):
    arguments = ["grade", f"{handed_in}/class.zip", "--from", f"{handed_in}/private"]
    arguments += ["--out", f"{handed_in}/results", "--cluster", "tcp://127.0.0.1:9"]
    assert cli.main(arguments) == 1
    assert "dask scheduler" in capsys.readouterr().err


# What is refused.


def test_without_bubblewrap_the_command_refuses(handed_in, capsys, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    sandbox._means.cache_clear()
    arguments = ["grade", f"{handed_in}/class.zip", "--from", f"{handed_in}/private"]
    try:
        assert cli.main([*arguments, "--out", f"{handed_in}/results"]) == 1
    finally:
        sandbox._means.cache_clear()
    said = capsys.readouterr().err
    assert "apt-get install bubblewrap" in said and "--without-sandbox" in said
    assert not (handed_in / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade", "nowhere", "--out", "r"], "no file or folder"),
        (["grade", "class.zip", "--out", "r", "--deadline", "soon"], "is no time"),
        (["grade", "class.zip", "--out", "r", "--exercise", "99"], "no source 99"),
        (["grade", "class.zip", "--out", "r", "--from", "out"], "no source notebook"),
        (["report", "private"], "no results"),
        (["release", "--out", "private"], "take the place"),
    ],
)
def test_what_cannot_be_done_is_said(handed_in, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(handed_in)
    (handed_in / "out" / f"{EXERCISE}.ipynb").unlink()
    if "--from" not in arguments and arguments[0] != "report":
        arguments = [*arguments, "--from", "private"]
    assert cli.main(arguments) == 1
    assert said in capsys.readouterr().err


def test_help_names_the_three_commands_and_loads_nothing_for_it():
    """Else it would take as long as importing Keras."""
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for command in ("release", "grade", "report"):
        assert f"mnist-course {command}" in done.stdout
    loaded = {line.split()[-1].partition(".")[0] for line in done.stderr.splitlines() if line}
    assert "argparse" in loaded
    assert not {"tensorflow", "keras", "numpy", "nbgrader", "nbformat", "distributed"} & loaded
