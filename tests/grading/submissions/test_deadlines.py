import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.submissions.deadlines import EXCUSED, read_deadlines
from mnist_course.grading.submissions.student_ids import student_id
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.submission_times import parse_time
from mnist_course.grading.submissions.uploaded_files import UploadsError

STUDENTS = [
    Student("anna-1", "Anna", "moodle", "1"),
    Student("bo-2", "Bo", "moodle", "2"),
    Student(student_id("S 1"), "Cy"),  # S 1 in the class list
]


@pytest.fixture
def deadlines(tmp_path):
    """Return a function that reads a table, given by its rows."""

    def deadlines(*rows):
        path = tmp_path / "deadlines.csv"
        path.write_text("\n".join(["student,assignment,deadline", *rows]), encoding="utf-8")
        found = read_deadlines(path, ASSIGNMENT, STUDENTS)
        return {student.name: value for student, value in found.values.items()}, found.absent

    return deadlines


def test_read_deadlines_of_this_assignment_or_of_all(deadlines):
    found, absent = deadlines(
        "Anna,,2026-05-01 12:00",
        f"Anna,{ASSIGNMENT},2026-05-11 18:00",
        "Bo,,Excused",
        "2,99-other,2026-05-12",
        f"Di,{ASSIGNMENT},excused",
    )
    assert found == {"Anna": parse_time("2026-05-11 18:00"), "Bo": EXCUSED}
    assert absent == ["Di"]


def test_read_deadlines_by_name_and_by_id(deadlines):
    rows = "Anna,,2026-05-01 12:00", f"anna-1,{ASSIGNMENT},2026-05-11 18:00", "S 1,,excused"
    found, absent = deadlines(*rows)
    assert found == {"Anna": parse_time("2026-05-11 18:00"), "Cy": EXCUSED} and not absent


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Anna,,sick", "Anna: sick is neither a time nor excused"),
        ("Anna,,", r"Anna: \(empty\) is neither"),
        (",,excused", "no student is named"),
    ],
)
def test_read_deadlines_errors_name_the_rows(deadlines, row, message):
    with pytest.raises(UploadsError, match=message):
        deadlines("Bo,,excused", row)
