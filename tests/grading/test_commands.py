"""The whole program on the demo class, and the errors that it reports."""

import csv
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from maintenance import demo_class
from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading import cli
from mnist_course.grading.execution.isolation import sandbox
from tests.support.grading import results_by_name

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the folder of the demo class after release, grading, report and feedback."""
    folder = tmp_path_factory.mktemp("course") / "class"
    demo_class.grade_demo_class(folder)
    return folder


def read_table(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_grade_demo_class_states(graded):
    results = results_by_name(graded)
    assert set(results) == set(demo_class.STUDENTS)
    scores = {name: each.score for name, each in results.items() if each.state == "graded"}
    assert scores == {
        "Anna Müller": 5,
        "anna müller": 5,
        "José Łukasz": 2,
        "李雷": 0,
        "Pat O'Late": 5,
        "Kim Cut": 5,
        "Eve Patch": 0,
        "Mallory Peek": 5,
    }
    manual = {n: r.details for n, r in results.items() if r.state == "needs manual grading"}
    assert manual == {"محمد": "to grade by hand: explain"}
    failed = {name: each.details for name, each in results.items() if each.state == "failed"}
    assert set(failed) == {"Lee Broken", "Max Exit", "Zoë Loop"}
    assert "not a valid notebook" in failed["Lee Broken"]
    assert "ended the kernel" in failed["Max Exit"]
    assert "ran longer than the limit" in failed["Zoë Loop"]
    assert [name for name, each in results.items() if each.status.retry] == ["Zoë Loop"]


def test_grade_edited_file_and_time_from_table(graded):
    status = results_by_name(graded)["Pat O'Late"].status
    assert status.file.endswith("work.ipynb")
    assert (status.attempts, status.late, status.seconds_late) == (3, True, 3600)
    assert results_by_name(graded)["Kim Cut"].status.late is False


def test_grade_accounts_for_each_file(graded):
    rows = read_table(graded / "results" / f"{ASSIGNMENT}-files.csv")
    assert len(rows) == 14
    assert sum(row["used"] == "yes" for row in rows) == 12
    reasons = {Path(row["file"]).name: row["why not"] for row in rows if row["used"] == "no"}
    assert reasons[f"{ASSIGNMENT}.ipynb"] == "untouched copy of the release"
    assert "same content as" in reasons["work (2).ipynb"]


def test_grade_sources_are_unreadable_for_students(graded):
    (notebook,) = graded.glob("results/autograded/mallory*/*/*.ipynb")
    text = notebook.read_text(encoding="utf-8")
    assert "FileNotFoundError" in text
    assert "in two dimensions" not in text.partition("check-scale")[0]


def test_feedback_shows_messages_and_no_hidden_test(graded):
    paths = graded.glob("results/feedback/*/*/*.html")
    pages = {path.parts[-3]: path.read_text(encoding="utf-8") for path in paths}
    assert len(pages) == 8  # those with a final score
    assert "the largest number" in pages["jose-ukasz-4713"]
    for page in pages.values():
        page = page.replace("AssertionError: in two dimensions", "")
        assert "HIDDEN TESTS" not in page and "in two dimensions" not in page


def test_nbgrader_api_reads_results(graded):
    """The formgrader gets everything that it shows from this API."""
    course = CourseDirectory(root=str((graded / "results").absolute()))
    api = NbGraderAPI(course)
    (assignment,) = api.get_assignments()
    assert (assignment["name"], assignment["num_submissions"]) == (ASSIGNMENT, 12)
    submissions = {each["student"]: each for each in api.get_submissions(ASSIGNMENT)}
    assert [each["autograded"] for each in submissions.values()].count(True) == 9
    manual = [name for name, each in submissions.items() if each["needs_manual_grade"]]
    assert len(manual) == 1
    assert submissions["anna-muller-4711"]["score"] == 5


def test_grade_writes_tables(graded):
    rows = read_table(graded / "results" / f"{ASSIGNMENT}.csv")
    assert len(rows) == 12
    assert sum(row["score"] != "" for row in rows) == 8
    assert len(read_table(graded / "results" / f"{ASSIGNMENT}-moodle.csv")) == 8


def test_report_prints_summary(graded, capsys):
    assert cli.main(["report", str(graded / "results")]) == 0
    printed = capsys.readouterr().out
    assert "12 submissions" in printed and "1 needs manual grading" in printed
    assert "1 of the failed may be tried again" in printed
    assert f"{ASSIGNMENT}-moodle.csv" in printed


def test_grade_missing_bubblewrap(submitted, capsys, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    sandbox.require_sandbox.cache_clear()
    options = ["grade", f"{submitted}/class.zip", "--from", f"{submitted}/private"]
    try:
        assert cli.main([*options, "--out", f"{submitted}/results"]) == 1
    finally:
        sandbox.require_sandbox.cache_clear()
    message = capsys.readouterr().err
    assert "apt-get install bubblewrap" in message and "--without-sandbox" in message
    assert not (submitted / "results").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["grade", "nowhere", "--out", "r"], "no file or folder"),
        (["grade", "class.zip", "--out", "r", "--deadline", "soon"], "soon is not a time"),
        (["grade", "class.zip", "--out", "r", "--assignment", "99"], "no source 99"),
        (["grade", "class.zip", "--out", "r", "--choose", "x"], "--choose x: 0 submitted files"),
        (["grade", "class.zip", "--out", "r", "--submitted-at", "no.csv"], "no.csv cannot be read"),
        (["grade", "class.zip", "--out", "r", "--from", "empty"], "no source notebook"),
        (["report", "private"], "no results"),
        (["release", "--out", "private"], "would overwrite"),
    ],
)
def test_run_command_prints_expected_errors(submitted, monkeypatch, capsys, options, message):
    monkeypatch.chdir(submitted)
    (submitted / "empty").mkdir()
    if "--from" not in options and options[0] != "report":
        options = [*options, "--from", "private"]
    assert cli.main(options) == 1
    assert message in capsys.readouterr().err
