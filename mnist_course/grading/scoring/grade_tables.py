"""Write grade tables as CSV: for the instructor, and for Moodle and Canvas."""

from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.scoring.student_results import StudentResult
from mnist_course.grading.submissions.tables import write_table


def write_grade_tables(folder: Path, assignment: str, results: list[StudentResult]) -> list[Path]:
    """Write one table with all students, and one for each learning platform, and return the paths.

    The table for a platform has only students with a final score, after the late penalty: the
    platform could import an empty field as 0 points.
    """
    paths = [folder / f"{assignment}.csv"]
    _write_rows(paths[0], map(_table_row, results))
    for platform in ("moodle", "canvas"):
        students = [result for result in results if result.status.platform == platform]
        path = folder / f"{assignment}-{platform}.csv"
        path.unlink(missing_ok=True)  # an earlier run may have taken groups for students
        if students:
            paths.append(path)
            graded = [result for result in students if result.score_after_penalty is not None]
            row = _moodle_row if platform == "moodle" else _canvas_row
            _write_rows(path, [row(assignment, result) for result in graded])
    return paths


def _table_row(result: StudentResult) -> dict:
    status = result.status
    return {
        "student": status.student_name,
        "student id": status.student_id,
        "platform id": status.platform_id,
        "state": result.state,
        "details": result.details,
        "may be tried again": "yes" if status.retry else "",
        "score": _format_points(result.score),
        "score so far": _format_points(result.score_so_far),
        "max score": _format_points(result.max_score),
        "late penalty": "unknown" if result.penalty is None else _format_points(result.penalty),
        "score after penalty": _format_points(result.score_after_penalty),
        "deadline": status.deadline,
        "late": {True: "yes", False: "no", None: "unknown"}[status.late],
        "seconds late": status.seconds_late or "",
        "submitted at": status.submitted_at,
        "attempts": status.attempts,
        "file": status.file,
        "comments": _comments(result),
        "notes": "; ".join(filter(None, [status.student_note, *status.notes])),
        "grading seconds": f"{status.grading_seconds:.1f}",
    }


def _moodle_row(assignment: str, result: StudentResult) -> dict:
    """Return a row of Moodle's offline grading worksheet."""
    return {
        "Identifier": f"Participant {result.status.platform_id}",
        "Full name": result.status.student_name,
        "Grade": _format_points(result.score_after_penalty),
        "Maximum grade": _format_points(result.max_score),
        "Last modified (grade)": "-",  # Moodle rejects a worksheet without this column
        "Feedback comments": _comments(result),
        "Late penalty, in Grade already": _format_points(result.penalty),
    }


def _canvas_row(assignment: str, result: StudentResult) -> dict:
    """Return a row of Canvas's gradebook; Canvas identifies students by ID."""
    return {
        "Student": result.status.student_name,
        "ID": result.status.platform_id,
        "SIS User ID": "",
        "SIS Login ID": "",
        "Section": "",
        assignment: _format_points(result.score_after_penalty),
    }


def _comments(result: StudentResult) -> str:
    """Return the comments on all cells, and the late penalty, as one line."""
    comments = [f"{name}: {cell.comment}" for name, cell in result.cells.items() if cell.comment]
    if result.penalty:
        comments.append(f"Late penalty: {_format_points(result.penalty)} points.")
    return "; ".join(comments)


def _format_points(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def _write_rows(path: Path, rows: Iterable[dict]) -> None:
    rows = list(rows)
    write_table(path, rows[0] if rows else [], rows)
