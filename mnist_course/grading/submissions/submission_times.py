"""Find out when each student submitted, from what proves it, and who was late.

Moodle and Canvas write the time of the download into their zips, and a copied file may have any
time. So times come from a table that the instructor gives or from `nbgrader collect`, and
lateness also from Canvas's mark; else both are unknown.
"""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.submissions.attempt_selection import SelectedAttempt
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import normalized_name
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.tables import read_table
from mnist_course.grading.submissions.uploaded_files import UploadsError


def parse_time(text: str) -> datetime.datetime:
    """Parse a time in ISO 8601, without a time zone in this machine's; raises `ValueError`."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone()
    except OverflowError as error:
        raise ValueError(str(error)) from error


def read_times(path: Path, students: Iterable[Student]) -> dict[Student, datetime.datetime]:
    """Read the table of submission times.

    Parameters
    ----------
    path : Path
        CSV with the columns `student` (student id, number in the platform, or name) and
        `submitted_at` (ISO 8601).
    students : iterable of Student
        All students.

    Raises
    ------
    UploadsError
        The table cannot be read; a row names no student, several, or one that was named before;
        or a time is none. The message names all such rows.
    """
    known = defaultdict(set)
    for student in students:
        for key in (student.id, student.platform_id, normalized_name(student.name).strip()):
            known[key].add(student)
    times: dict[Student, datetime.datetime] = {}
    problems = []
    for row in read_table(path, ["student", "submitted_at"]):
        found = known.get(normalized_name(row["student"]), set()) if row["student"] else set()
        if len(found) != 1:
            problems.append(f"{row['student'] or '(empty)'}: {len(found)} students have this name")
            continue
        (student,) = found
        if student in times:
            problems.append(f"{row['student']}: an earlier row has the same student")
        try:
            times[student] = parse_time(row["submitted_at"])
        except ValueError:
            time = row["submitted_at"] or "(empty)"
            problems.append(f"{row['student']}: {time} is not a time")
    if problems:
        raise UploadsError(
            f"{path} does not fit the class:\n"
            + "\n".join(f"  {printable(problem, 300, one_line=True)}" for problem in problems)
            + "\nExpected: for each student at most one row, with the student id, the number in "
            "Moodle or Canvas, or the name, and a time such as 2026-05-04 18:00."
        )
    return times


def add_times(
    submissions: Iterable[SelectedAttempt],
    times: dict[Student, datetime.datetime],
    deadline: datetime.datetime | None,
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
    """
    return [_add_time(each, times.get(each.student), deadline) for each in submissions]


def _add_time(
    submission: SelectedAttempt, time: datetime.datetime | None, deadline: datetime.datetime | None
) -> SelectedAttempt:
    files = [submission.upload] if submission.upload else list(submission.unused)
    marks = [file.late for file in files if file.late is not None]
    late = any(marks) if marks else None
    if time is None and submission.upload:
        time = submission.upload.submitted_at
    seconds = 0
    if time and deadline:
        late = time > deadline
        seconds = max(0, int((time - deadline).total_seconds()))
    return dataclasses.replace(submission, submitted_at=time, late=late, seconds_late=seconds)


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
