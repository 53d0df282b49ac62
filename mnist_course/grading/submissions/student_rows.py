"""Read tables that an instructor writes, with a row for each student."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import normalized_name, student_id
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.uploaded_files import UploadsError


@dataclass(frozen=True)
class StudentRows:
    """What a table has for the students of an upload.

    Attributes
    ----------
    values : dict of Student to any
        The value of each student who has a row.
    absent : list of str
        The students of the other rows: they have not handed in, or the name is misspelled.
    """

    values: dict[Student, Any]
    absent: list[str]


def match_rows(
    path: Path,
    rows: Iterable[dict[str, str]],
    students: Iterable[Student],
    convert: Callable[[dict[str, str]], Any],
    expected: str,
) -> StudentRows:
    """Find the student of each row, by the column `student`: student id, number or name.

    Parameters
    ----------
    path : Path
        The table, for messages.
    rows : iterable of dict
        Its rows.
    students : iterable of Student
        The students of the upload.
    convert : callable
        Returns the value of a row, or raises `ValueError` with what is wrong.
    expected : str
        What a row needs beside the student, for messages.

    Raises
    ------
    UploadsError
        A row names several students, nobody, or one that was named before, or its value cannot be
        converted. The message names all such rows.
    """
    known = _students_by_key(students)
    values: dict[Student, Any] = {}
    absent, problems = [], []
    for row in rows:
        try:
            student = _student(row["student"], known)
            if student in values:
                raise ValueError("an earlier row has the same student")
            value = convert(row)
        except ValueError as error:
            problems.append(f"{row['student'] or '(empty)'}: {error}")
            continue
        if student:
            values[student] = value
        else:
            absent.append(printable(row["student"], 100, one_line=True))
    if problems:
        raise UploadsError(
            f"{path} does not fit the class:\n"
            + "\n".join(f"  {printable(problem, 300, one_line=True)}" for problem in problems)
            + "\nExpected: for each student at most one row, with the student id, the number in "
            f"Moodle or Canvas, or the name, and {expected}."
        )
    return StudentRows(values, absent)


def _students_by_key(students: Iterable[Student]) -> dict[str, set[Student]]:
    known = defaultdict(set)
    for student in students:
        for key in (student.id, student.platform_id, normalized_name(student.name).strip()):
            known[key].add(student)
    return known


def _student(name: str, known: dict[str, set[Student]]) -> Student | None:
    # An id of the class list may have other characters than the student's id.
    found = known.get(normalized_name(name)) or known.get(student_id(name), set())
    if not name or len(found) > 1:
        raise ValueError(f"{len(found)} students have this name" if name else "no student is named")
    return next(iter(found), None)
