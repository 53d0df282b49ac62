import csv

import pytest

from mnist_course.grading.scoring.student_results import StudentResult
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from mnist_course.grading.scoring.term_table import GradedAssignment, read_weights, write_term_table
from mnist_course.grading.submissions.class_list import Person, team_id
from mnist_course.grading.submissions.uploaded_files import UploadsError

ANNA, BO, CY = Person("anna", "Anna", "A"), Person("bo", "Bo", "A"), Person("cy", "Cy")


def result(student, score, state="graded", details="", penalty=0.0):
    status = SubmissionStatus(student, "", None, student_name=student.title())
    return StudentResult(status, state, details, score, 10, penalty=penalty)


@pytest.fixture
def table(tmp_path):
    """Return a function that writes the table and returns its rows by student id."""

    def table(*assignments, people=(ANNA, BO, CY)):
        write_term_table(tmp_path / "term.csv", list(people), list(assignments))
        lines = (tmp_path / "term.csv").read_text(encoding="utf-8-sig").splitlines()
        return {row["student id"]: row for row in csv.DictReader(lines)}

    return table


def test_write_term_table_id_as_in_the_class_list(table):
    cy = Person("s-7-0a1b2c3d", "Cy", listed_id="S 7")
    assert (
        table(GradedAssignment("1", [result(cy.id, 5)]), people=[cy])["S 7"]["so far %"] == "50.0"
    )


def test_write_term_table_weights(table):
    first = GradedAssignment("1", [result("anna", 5), result("bo", 8, penalty=2)], 1)
    second = GradedAssignment("2", [result("anna", 9), result("bo", 8)], 3)
    rows = table(first, second, people=(ANNA, BO))
    assert list(rows["anna"].values()) == ["anna", "Anna", "A", "5", "9", "80.0", "80.0", ""]
    assert (rows["bo"]["1 (of 10)"], rows["bo"]["total %"]) == ("6", "75.0")


@pytest.mark.parametrize(
    ("students", "reason"),
    [
        ([result("anna", 5)], "2: absent"),
        ([], "2: not graded yet"),
        ([result("cy", None, "failed", "no notebook")], "2: failed: no notebook"),
        ([result("cy", 3, "needs manual grading")], "2: needs manual grading"),
        ([result("cy", 3, penalty=None)], "2: late by an unknown time"),
    ],
)
def test_write_term_table_blank_with_the_reason(table, students, reason):
    row = table(GradedAssignment("1", [result("cy", 5)]), GradedAssignment("2", students))["cy"]
    assert (row["missing"], row["so far %"], row["total %"]) == (reason, "50.0", "")
    assert [row[name] for name in row if name.startswith("2")] == [""]


def test_write_term_table_excused_does_not_count(table):
    second = GradedAssignment("2", [result("anna", 1, "excused")], excused={"cy"})
    rows = table(GradedAssignment("1", [result("cy", 5), result("anna", 7)]), second)
    assert (rows["cy"]["total %"], rows["cy"]["missing"]) == ("50.0", "2: excused")
    assert rows["anna"]["total %"] == "70.0"


def test_write_term_table_teams(table):
    by_team = GradedAssignment("1", [result(team_id("A"), 6)])
    by_member = GradedAssignment("2", [result("bo", 4)], in_teams=True)
    rows = table(by_team, by_member)
    assert rows["anna"]["total %"] == rows["bo"]["total %"] == "50.0"
    assert rows["cy"]["missing"] == "1: absent; 2: absent"
    alone = table(GradedAssignment("2", [result("bo", 4)]))
    assert alone["anna"]["missing"] == "2: absent"


def test_write_term_table_unlisted_are_last(table):
    rows = table(GradedAssignment("1", [result("eve-7", 6), result("anna", 1)]))
    assert list(rows) == ["anna", "bo", "cy", "eve-7"]
    assert (rows["eve-7"]["1 (of 10)"], rows["eve-7"]["missing"]) == ("6", "not in the class list")


def test_read_weights(tmp_path):
    (tmp_path / "w.csv").write_text("assignment,weight\n01-a,30%\n02-b,70", encoding="utf-8")
    assert read_weights(tmp_path / "w.csv", ["01-a"]) == {"01-a": 30, "02-b": 70}


@pytest.mark.parametrize("row", ["01-a,much", "01-a,0", "01-a,nan", "02-b,1"])
def test_read_weights_errors(tmp_path, row):
    (tmp_path / "w.csv").write_text(f"assignment,weight\n{row}", encoding="utf-8")
    with pytest.raises(UploadsError, match="no weight for 01-a"):
        read_weights(tmp_path / "w.csv", ["01-a"])
