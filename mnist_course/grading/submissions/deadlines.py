"""Read the table of students who have a deadline of their own, or are excused."""

import datetime
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.submissions.student_rows import StudentRows, match_rows
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.submission_times import parse_time
from mnist_course.grading.submissions.tables import read_table

EXCUSED = "excused"
COLUMNS = ("student", "assignment", "deadline")


def read_deadlines(path: Path, assignment: str, students: Iterable[Student]) -> StudentRows:
    """Read the deadlines that apply to one assignment.

    Parameters
    ----------
    path : Path
        CSV with the columns `student`, `assignment` (empty: all assignments without a row of their
        own) and `deadline` (a time, or "excused").
    assignment : str
        Name of the assignment.
    students : iterable of Student
        The students of the upload.

    Returns
    -------
    StudentRows
        Values are times, or `EXCUSED`.

    Raises
    ------
    UploadsError
        The table cannot be read, or has rows that do not fit.
    """
    rows, students = read_table(path, COLUMNS), list(students)
    expected = "a time such as 2026-05-11 18:00 or the word excused as the deadline"
    general, own = (
        match_rows(
            path, [row for row in rows if row["assignment"] == name], students, _deadline, expected
        )
        for name in ("", assignment)
    )
    absent = list(dict.fromkeys(own.absent + general.absent))
    return StudentRows(general.values | own.values, absent)


def assignments_in_deadlines(path: Path) -> set[str]:
    """Return the names of the assignments in a table of deadlines."""
    return {row["assignment"] for row in read_table(path, COLUMNS)} - {""}


def _deadline(row: dict[str, str]) -> datetime.datetime | str:
    text = row["deadline"]
    if text.lower() == EXCUSED:
        return EXCUSED
    try:
        return parse_time(text)
    except ValueError:
        raise ValueError(f"{text or '(empty)'} is neither a time nor {EXCUSED}") from None
