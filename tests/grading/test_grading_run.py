import errno
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from maintenance.demo_class import ASSIGNMENT, DEADLINE, write_times
from mnist_course.grading import cli, grading_run
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.results_folder import ResultsFolder
from tests.support.grading import start_grading, wait_for_submissions


@pytest.fixture
def grade(submitted, solution_not_run, monkeypatch):
    """Return a function that runs `mnist-course grade` and returns the ids that it grades."""
    graded = []

    def fail_all(job, submissions, store, **options):
        for student, _ in submissions:
            graded.append(student)
            retry = student.startswith("zoe")
            store(student, Outcome(error="not graded in this test", retry=retry))

    monkeypatch.setattr(grading_run, "grade_all", fail_all)
    monkeypatch.chdir(submitted)

    def grade(*options):
        graded.clear()
        command = ["grade", "class.zip", "--from", "private", "--out", "results", *options]
        assert cli.main([*command, "--without-sandbox"]) == 0
        return list(graded)

    return grade


def test_grading_run_resume_skips_unchanged_submissions(grade, submitted, capsys):
    assert len(grade()) == 12
    capsys.readouterr()
    retried = ["zoe-loop-4716"]  # failed because of a time limit
    assert grade("--resume") == retried
    assert "11 submissions are graded already" in capsys.readouterr().out
    (submitted / "results" / "status" / ASSIGNMENT / "kim-cut-4718.json").unlink()
    assert grade("--resume") == ["kim-cut-4718", *retried]


def test_grading_run_resume_grades_if_status_is_damaged(grade, submitted):
    grade()
    status = submitted / "results" / "status" / ASSIGNMENT / "kim-cut-4718.json"
    status.write_text(status.read_text(encoding="utf-8")[:100], encoding="utf-8")
    assert grade("--resume") == ["kim-cut-4718", "zoe-loop-4716"]
    assert ResultsFolder(submitted / "results").status(ASSIGNMENT, "kim-cut-4718").attempts == 1


def test_grading_run_results_disk_full(submitted, grade, monkeypatch, capsys):
    """It stops with a message, and what it has stored is complete."""
    grade("--resume")
    replace = Path.replace

    def fail(path, target):
        if target.name.startswith("kim"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    capsys.readouterr()
    options = ["--from", "private", "--out", "results", "--without-sandbox", "--data", "full"]
    assert cli.main(["grade", "class.zip", *options]) == 1
    printed = capsys.readouterr()
    assert "No space left on device" in printed.err and "grade --resume" in printed.err
    assert cli.main(["report", "results"]) == 0
    assert "12 submissions" in capsys.readouterr().out


def test_grading_run_prints_no_control_characters(submitted, grade, capsys):
    with zipfile.ZipFile(submitted / "class.zip", "a") as archive:
        archive.writestr("\x1b[2JEve\x07\n[99 of 99] graded/01-scale.ipynb", "{}")
    grade()
    assert cli.main(["report", "results"]) == 0
    printed = capsys.readouterr().out
    assert "�[2JEve� [99 of 99] graded" in printed
    assert not {"\x1b", "\x07"} & set(printed) and "\n[99 of" not in printed


def test_grading_run_terminal_without_letters(grade, submitted):
    """The results of students whose names the terminal cannot show are printed all the same."""
    grade()
    command = [sys.executable, "-m", "mnist_course.grading.cli", "report", "results"]
    options = {"cwd": submitted, "env": os.environ | {"PYTHONIOENCODING": "ascii"}}
    run = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    assert r"\u674e\u96f7" in run.stdout


def test_grading_run_resume_grades_with_other_data(grade):
    assert len(grade("--data", "sample")) == 12
    assert len(grade("--data", "full", "--resume")) == 12


def test_grading_run_without_resume_grades_again(grade, capsys):
    grade()
    capsys.readouterr()
    assert len(grade()) == 12
    assert "results has 12 earlier results" in capsys.readouterr().out


def test_grading_run_resume_stores_new_times(grade, submitted):
    grade("--deadline", DEADLINE)
    results = ResultsFolder(submitted / "results")
    assert {status.late for status in results.statuses(ASSIGNMENT)} == {None}
    write_times(submitted / "times.csv")
    graded = grade("--deadline", DEADLINE, "--submitted-at", "times.csv", "--resume")
    assert "pat-o-late-4717" not in graded
    late = [status.student_name for status in results.statuses(ASSIGNMENT) if status.late]
    assert late == ["Pat O'Late"]


def test_grading_run_options_for_the_upload(grade, submitted):
    file = "Pat O'Late_4717_assignsubmission_file_/work (2).ipynb"
    grade("--teams", "--choose", file)
    results = ResultsFolder(submitted / "results")
    statuses = {status.student_name: status for status in results.statuses(ASSIGNMENT)}
    assert {status.platform for status in statuses.values()} == {"moodle group"}
    assert statuses["Pat O'Late"].file == file


@pytest.mark.sandbox
@pytest.mark.slow
def test_grading_run_resume_after_kill(submitted):
    first = start_grading(submitted, "--workers", "2")
    wait_for_submissions(first, 4)
    first.kill()
    first.wait()
    results = ResultsFolder(submitted / "results")
    before = {status.student_name: status for status in results.statuses(ASSIGNMENT)}
    assert 4 <= len(before) < 12
    second = start_grading(submitted, "--workers", "2", "--resume")
    text = second.communicate(timeout=600)[0]
    assert second.returncode == 0, text
    assert f"{len(before)} submissions are graded already" in text
    assert text.count("\n[") == 12 - len(before)
    after = {status.student_name: status for status in results.statuses(ASSIGNMENT)}
    assert len(after) == 12 and all(after[name] == before[name] for name in before)
