"""What `mnist-course grade` prepares and compares; no student code is run."""

import csv
import shutil

import nbformat
import pytest

from maintenance.demo_class import ASSIGNMENT, DEADLINE, source_notebook, write_times
from mnist_course.grading import cli, grade_command, grading_run
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.results_folder import ResultsFolder
from tests.support.grading import FULL

DARKEST = FULL | {"check-darkest": 0}


@pytest.fixture
def grade(submitted, solution_not_run, monkeypatch, capsys):
    """Return a function that grades the class with given points and returns what it prints."""
    monkeypatch.chdir(submitted)

    def grade(*options, points=FULL, status=0):
        def store_points(job, submissions, store, **options):
            for student, _ in submissions:
                store(student, Outcome(grades=points, notebook=job.release))

        monkeypatch.setattr(grading_run, "grade_all", store_points)
        command = ["grade", "class.zip", "--out", "results", "--without-sandbox", *options]
        assert cli.main(command) == status
        printed = capsys.readouterr()
        return printed.err if status else printed.out

    return grade


@pytest.fixture
def statuses(submitted):
    """Return a function that returns the status of each student by name."""

    def statuses():
        found = ResultsFolder(submitted / "results").statuses(ASSIGNMENT)
        return {status.student_name: status for status in found}

    return statuses


def change_hidden_test(folder):
    notebook = source_notebook()
    notebook.cells[5].source = notebook.cells[5].source.replace("== 7", "== 8")
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")


def test_grade_remembers_the_options_of_earlier_runs(grade, submitted, statuses):
    write_times(submitted / "times.csv")
    given = ["--deadline", DEADLINE, "--submitted-at", "times.csv", "--late-penalty", "cut-off"]
    assert "As in an earlier run" not in grade("--from", "private", *given)
    printed = grade("--resume")
    assert f"--from '{submitted / 'private'}'" in printed
    assert f"--deadline '{DEADLINE}'" in printed and "--late-penalty 'cut-off'" in printed
    assert statuses()["Pat O'Late"].late is True
    rows = csv.DictReader((submitted / f"results/{ASSIGNMENT}.csv").open(encoding="utf-8-sig"))
    penalties = {row["student"]: row["late penalty"] for row in rows}
    assert (penalties["Pat O'Late"], penalties["Kim Cut"]) == ("5", "0")


def test_grade_forgets_options(grade, submitted, statuses):
    grade("--from", "private", "--deadline", DEADLINE)
    printed = grade("--from", "private", "--forget")
    assert "As in an earlier run" not in printed
    assert {status.deadline for status in statuses().values()} == {""}


def test_grade_remembered_options_unreadable(grade, submitted):
    grade("--from", "private")
    (submitted / "results/options.json").write_text("{", encoding="utf-8")
    assert "options.json cannot be read" in grade("--from", "private", status=1)


def test_grade_refuses_other_sources(grade, submitted):
    grade("--from", "private")
    shutil.copytree(submitted / "private", submitted / "public")
    change_hidden_test(submitted / "public")
    message = grade("--from", "public", status=1)
    assert "is not the source that the results in results were made with" in message
    assert "--changed-source" in message


def test_grade_lists_each_grade_that_changed(grade, submitted):
    assert "Grades that changed" not in grade("--from", "private", points=DARKEST)
    change_hidden_test(submitted / "private")
    printed = grade("--changed-source")
    assert "Grades that changed: 12" in printed
    assert "Kim Cut: 2 -> 5 (check-darkest 0 -> 3)" in printed


def test_grade_reports_each_task(grade):
    printed = grade("--from", "private", points=DARKEST)
    assert "\n>>check-darkest: 0 of 12 solved this" in printed


def test_grade_runs_the_solution_unless_an_earlier_run_has(grade, submitted, monkeypatch):
    checked = []
    monkeypatch.setattr(
        grade_command, "check_solution", lambda source, data, sandboxed: checked.append(data)
    )
    grade("--from", "private", "--data", "sample")
    grade("--resume")
    assert checked == ["sample"]
    grade()
    assert checked == ["sample", "sample"]


def test_grade_refuses_a_source_that_its_own_solution_fails(submitted, monkeypatch, capsys):
    monkeypatch.chdir(submitted)
    change_hidden_test(submitted / "private")
    command = ["grade", "class.zip", "--out", "results", "--from", "private", "--without-sandbox"]
    assert cli.main(command) == 1
    message = capsys.readouterr().err
    assert "the solution does not pass its tests" in message and "check-darkest, line" in message
    assert not (submitted / "results").exists()


def test_grade_deadlines_of_single_students(grade, submitted, statuses):
    write_times(submitted / "times.csv")
    (submitted / "times.csv").open("a", encoding="utf-8").write("\nNobody Here,2026-05-04 17:00")
    rows = ["student,assignment,deadline", "Pat O'Late,,2026-05-11 18:00", "Kim Cut,,excused"]
    (submitted / "deadlines.csv").write_text("\n".join(rows), encoding="utf-8")
    tables = ["--submitted-at", "times.csv", "--deadlines", "deadlines.csv"]
    printed = grade("--from", "private", "--deadline", DEADLINE, *tables)
    assert "times.csv: 1 rows are of students who did not hand in" in printed
    assert "Nobody Here" in printed and "1 excused" in printed
    found = statuses()
    assert found["Pat O'Late"].late is False and found["Kim Cut"].excused
    assert found["Pat O'Late"].deadline.startswith("2026-05-11T18:00")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--late-penalty", "much"], "'much' is no rule for late work"),
        (["--late-penalty", "10% per day"], "needs a deadline"),
        (["--deadlines", "no.csv"], "no.csv cannot be read"),
        (["--class-list", "no.csv"], "no.csv cannot be read"),
    ],
)
def test_grade_errors(grade, options, message):
    assert message in grade("--from", "private", *options, status=1)


def test_feedback_command(grade, submitted, capsys):
    grade("--from", "private")
    assert cli.main(["feedback", "results", "--assignment", ASSIGNMENT]) == 0
    printed = capsys.readouterr().out
    assert "12 feedback pages" in printed and "no final score" not in printed
    assert f"to upload: results/{ASSIGNMENT}-feedback-moodle.zip" in printed
    assert cli.main(["feedback", "results", "--assignment", "99"]) == 1
    assert f"Expected: one of {ASSIGNMENT}." in capsys.readouterr().err


def test_why_command(grade, submitted, capsys):
    write_times(submitted / "times.csv")
    given = ["--deadline", DEADLINE, "--submitted-at", "times.csv", "--late-penalty", "10% per day"]
    grade("--from", "private", *given, points=DARKEST)
    grade()
    assert cli.main(["why", "results", "Pat O'Late"]) == 0
    printed = capsys.readouterr().out
    for text in (
        "graded, 5 points of 6, late penalty 0.6",
        "work.ipynb: graded",
        f"{ASSIGNMENT}.ipynb: not used (untouched copy of the release)",
        "(the instructor's table)",
        "late: yes",
        "check-darkest: 3 of 3",
        ": graded, 2; source ",
        ": graded, 5 (check-darkest 0 -> 3); source ",
    ):
        assert text in printed
    assert cli.main(["why", "results", "Nobody"]) == 1
    assert "No submission in results is of Nobody" in capsys.readouterr().err


def test_report_term_table(grade, submitted, capsys):
    (submitted / "class.csv").write_text("id,name\ns1,Kim Cut\ns2,Zoe Absent", encoding="utf-8")
    grade("--from", "private", "--class-list", "class.csv")
    assert cli.main(["report", "results"]) == 0
    assert "Term table: results/term-table.csv" in capsys.readouterr().out
    (submitted / "weights.csv").write_text("assignment,weight\n99,1", encoding="utf-8")
    assert cli.main(["report", "results", "--weights", "weights.csv"]) == 1
    assert f"no weight for {ASSIGNMENT}" in capsys.readouterr().err
    assert cli.main(["report", "results", "--forget"]) == 0
    assert "Term table" not in capsys.readouterr().out
    assert "--from" in grade()  # still remembered
