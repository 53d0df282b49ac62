"""Identify the assignment of submitted files, and select the attempt to grade."""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mnist_course.grading.assignments.sources import SourceNotebook
from mnist_course.grading.submissions.uploaded_files import Student, Upload, UploadsError

GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]+)"')


@dataclass(frozen=True)
class SelectedAttempt:
    """The submission of one student to one assignment.

    Attributes
    ----------
    student : Student
        The student.
    upload : Upload or None
        The selected file; None if there is no notebook of the assignment.
    attempts : int
        Number of files submitted to this assignment.
    seconds_late : int
        Seconds after the deadline; 0 if submitted in time or without a deadline.
    late : bool
        True if submitted after the deadline.
    error : str or None
        Reason why there is nothing to grade.
    """

    student: Student
    upload: Upload | None
    attempts: int = 0
    seconds_late: int = 0
    late: bool = False
    error: str | None = None


def identify_assignment(files: Iterable[Upload], sources: dict[str, SourceNotebook]) -> str:
    """Return the name of the assignment that all uploaded notebooks belong to.

    Raises
    ------
    UploadsError
        They belong to none of the sources, or to several.
    """
    names = (_assignment_of_attempt(upload, sources) for upload in files)
    count = Counter(name for name in names if name is not None)
    if len(count) == 1:
        return next(iter(count))
    known = ", ".join(sources)
    if not count:
        raise UploadsError(
            f"No submitted notebook belongs to a known assignment ({known}).\n"
            "What to do: name the folder of your sources with --from."
        )
    found = ", ".join(f"{number} of {name}" for name, number in count.most_common())
    raise UploadsError(
        f"There are notebooks of several assignments: {found}.\n"
        f"What to do: grade one at a time, for example --assignment {count.most_common()[0][0]}."
    )


def select_attempts(
    files: Iterable[Upload],
    sources: dict[str, SourceNotebook],
    assignment: str,
    deadline: datetime.datetime | None = None,
) -> list[SelectedAttempt]:
    """Select each student's last attempt before the deadline, or the last one if all are late.

    Parameters
    ----------
    files : iterable of Upload
        All submitted files.
    sources : dict of str to SourceNotebook
        All assignments; a notebook of another assignment is not graded as this one.
    assignment : str
        Name of the assignment to grade.
    deadline : datetime, optional
        With time zone.

    Returns
    -------
    list of SelectedAttempt
        One for each student, sorted by student id. A student without a notebook of this
        assignment has a submission with an `error`.
    """
    by_student: dict[str, list[Upload]] = defaultdict(list)
    for upload in files:
        by_student[upload.student.id].append(upload)
    return [
        _select_attempt(files, sources, assignment, deadline)
        for _, files in sorted(by_student.items())
    ]


def _select_attempt(
    files: list[Upload], sources: dict, assignment: str, deadline
) -> SelectedAttempt:
    student = files[0].student
    notebooks = [file for file in files if file.file.lower().endswith(".ipynb") or file.error]
    names = [_assignment_of_attempt(file, sources) for file in notebooks]
    attempts = [file for file, name in zip(notebooks, names, strict=True) if name == assignment]
    if not attempts:
        # Files that cannot be identified, such as damaged ones: grading reports what is wrong.
        attempts = [file for file, name in zip(notebooks, names, strict=True) if name is None]
    if not attempts:
        return SelectedAttempt(student, None, error=_no_notebook_message(assignment, files, names))
    attempts.sort(key=_attempt_sort_key)
    in_time = [file for file in attempts if not _is_late(file, deadline)]
    selected = (in_time or attempts)[-1]
    late = not in_time
    seconds = int((selected.submitted_at - deadline).total_seconds()) if late and deadline else 0
    return SelectedAttempt(student, selected, len(attempts), max(0, seconds), late, selected.error)


def _no_notebook_message(
    assignment: str, files: list[Upload], assignments: list[str | None]
) -> str:
    others = ", ".join(sorted({name for name in assignments if name}))
    if others:
        return f"There is no notebook of {assignment}, only of {others}."
    paths = ", ".join(sorted(file.file for file in files))
    return f"There is no notebook among the files: {paths[:300]}."


def _attempt_sort_key(file: Upload) -> tuple:
    # Readable files come last: they win over links and other files that are not read.
    return file.error is None, file.attempt_number, file.submitted_at, file.file


def _is_late(file: Upload, deadline: datetime.datetime | None) -> bool:
    return file.late or bool(deadline and file.submitted_at > deadline)


def _assignment_of_attempt(upload: Upload, sources: dict[str, SourceNotebook]) -> str | None:
    """Identify the assignment by the grade ids in the file, else by the file name."""
    if upload.error or not upload.file.lower().endswith(".ipynb"):
        return None
    content = upload.read()
    grade_ids = {match.decode(errors="replace") for match in GRADE_ID.findall(content)}
    best = max(sources.values(), key=lambda source: len(source.grade_ids & grade_ids))
    if best.grade_ids & grade_ids:
        return best.name
    return next((name for name in sources if name in upload.file), None)
