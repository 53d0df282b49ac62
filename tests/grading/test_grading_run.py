import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading import cli, grading_run
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.results_folder import ResultsFolder
from tests.support.grading import start_grading, wait_for_submissions


@pytest.fixture
def grade(submitted, monkeypatch):
    """Return a function that runs `mnist-course grade` and returns the ids that it grades."""
    graded = []

    def fail_all(job, submissions, store, **options):
        for student, _ in submissions:
            graded.append(student)
            store(student, Outcome(error="not graded in this test"))

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
    assert grade("--resume") == []
    assert "12 submissions are graded already" in capsys.readouterr().out
    (submitted / "results" / "status" / ASSIGNMENT / "kim-cut-4718.json").unlink()
    assert grade("--resume") == ["kim-cut-4718"]


def test_grading_run_resume_grades_with_other_data(grade):
    assert len(grade("--data", "sample")) == 12
    assert len(grade("--data", "full", "--resume")) == 12


def test_grading_run_without_resume_grades_again(grade, capsys):
    grade()
    capsys.readouterr()
    assert len(grade()) == 12
    assert "results has 12 graded submissions" in capsys.readouterr().out


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
