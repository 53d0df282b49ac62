"""Account for each file of an upload: whose it is, whether it is graded, and why not."""

from collections import Counter
from pathlib import Path

from mnist_course.grading.submissions.attempt_selection import SelectedAttempt
from mnist_course.grading.submissions.class_upload import ClassUpload
from mnist_course.grading.submissions.tables import write_table

COLUMNS = ("file", "student", "student id", "used", "why not")


def file_rows(uploaded: ClassUpload, submissions: list[SelectedAttempt]) -> list[dict[str, str]]:
    """Return one row for each file of the upload, in its order.

    Raises
    ------
    RuntimeError
        A file or a student is missing or is there twice, which is a fault of this program.
    """
    reasons, selected = {}, set()
    for submission in submissions:
        reasons |= submission.unused
        if submission.upload:
            selected.add(submission.upload)
            reasons[submission.upload] = submission.error or ""
    files = [file for submission in submissions for file in submission.unused]
    files += [submission.upload for submission in submissions if submission.upload]
    files += [file for file in uploaded.files if file.student is None]
    _require_same("files", files, uploaded.files)
    _require_same("students", [each.student for each in submissions], uploaded.students)
    _require_same("ids", [each.id for each in uploaded.students], {s.id for s in uploaded.students})
    return [
        {
            "file": file.path,
            "student": file.student.name if file.student else "",
            "student id": file.student.id if file.student else "",
            "used": "yes" if file in selected and not reasons[file] else "no",
            "why not": reasons[file] if file.student else file.ignored,
        }
        for file in uploaded.files
    ]


def _require_same(what: str, found: list, expected) -> None:
    if Counter(found) != Counter(expected):
        raise RuntimeError(
            f"Internal error: {len(found)} {what} are accounted for, {len(expected)} are in the "
            "upload. Nothing was graded.\nWhat to do: report this fault of mnist-course."
        )


def write_file_table(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the table of files."""
    write_table(path, COLUMNS, rows)


def file_counts(rows: list[dict[str, str]], students: int) -> str:
    """Return the counts of the table as one line; they add up to all files."""
    graded = sum(row["used"] == "yes" for row in rows)
    nobody = sum(not row["student id"] for row in rows)
    files = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    of_students = "1 student" if students == 1 else f"{students} students"
    return (
        f"{files} of {of_students}: {graded} to grade, "
        f"{len(rows) - graded - nobody} others of students, {nobody} of nobody"
    )
