"""Find out when each student submitted, from what proves it, and who was late.

Moodle and Canvas write the time of the download into their zips, and a copied file may have any
time. So times come from a table that the instructor gives or from `nbgrader collect`, and
lateness also from Canvas's mark; else both are unknown.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterable
from pathlib import Path

from mnist_course.grading.submissions.attempt_selection import SelectedAttempt
from mnist_course.grading.submissions.student_rows import StudentRows, match_rows
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.tables import read_table


def parse_time(text: str) -> datetime.datetime:
    """Parse a time in ISO 8601, without a time zone in this machine's; raises `ValueError`."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone()
    except OverflowError as error:
        raise ValueError(str(error)) from error


def read_times(path: Path, students: Iterable[Student]) -> StudentRows:
    """Read the table of submission times.

    Parameters
    ----------
    path : Path
        CSV with the columns `student` (student id, number in the platform, or name) and
        `submitted_at` (ISO 8601).
    students : iterable of Student
        The students of the upload.

    Raises
    ------
    UploadsError
        The table cannot be read, or has rows that do not fit; see `match_rows`.
    """
    rows = read_table(path, ["student", "submitted_at"])
    return match_rows(path, rows, students, _submitted_at, "a time such as 2026-05-04 18:00")


def _submitted_at(row: dict[str, str]) -> datetime.datetime:
    try:
        return parse_time(row["submitted_at"])
    except ValueError:
        raise ValueError(f"{row['submitted_at'] or '(empty)'} is not a time") from None


def add_times(
    submissions: Iterable[SelectedAttempt],
    times: dict[Student, datetime.datetime],
    deadline: datetime.datetime | None,
    own_deadlines: dict[Student, datetime.datetime] | None = None,
    excused: Collection[Student] = (),
) -> list[SelectedAttempt]:
    """Return the submissions with their times, and whether they were late.

    Parameters
    ----------
    submissions : iterable of SelectedAttempt
        One for each student.
    times : dict of Student to datetime
        Times from the instructor's table; they outweigh all others.
    deadline : datetime or None
        With time zone.
    own_deadlines : dict of Student to datetime, optional
        Deadlines of students who have another one.
    excused : collection of Student
        Students who are excused.
    """
    own_deadlines = own_deadlines or {}
    return [
        dataclasses.replace(
            _add_time(
                each,
                times.get(each.student),
                own_deadlines.get(each.student, deadline),
                extended=each.student in own_deadlines,
            ),
            excused=each.student in excused,
        )
        for each in submissions
    ]


def _add_time(
    submission: SelectedAttempt,
    time: datetime.datetime | None,
    deadline: datetime.datetime | None,
    *,
    extended: bool,
) -> SelectedAttempt:
    files = [submission.upload] if submission.upload else list(submission.unused)
    marks = [file.late for file in files if file.late is not None]
    # Canvas marks by its own deadline, which need not be the student's.
    late = any(marks) if marks and not extended else None
    evidence = "the instructor's table" if time else "" if late is None else "Canvas's mark"
    if time is None and submission.upload and submission.upload.submitted_at:
        time, evidence = submission.upload.submitted_at, "nbgrader collect"
    seconds = 0
    if time and deadline:
        late = time > deadline
        seconds = max(0, int((time - deadline).total_seconds()))
    return dataclasses.replace(
        submission,
        submitted_at=time,
        late=late,
        seconds_late=seconds,
        deadline=deadline,
        evidence=evidence,
    )


def unknown_times_message(submissions: list[SelectedAttempt]) -> str | None:
    """Return a line that says for how many students lateness is unknown; None if for none."""
    unknown = sum(each.late is None for each in submissions)
    if not unknown:
        return None
    return (
        f"Whether {unknown} of {len(submissions)} students were late is unknown: times in a zip "
        "or folder are often those of the download. What to do: give the times with "
        "--submitted-at."
    )
