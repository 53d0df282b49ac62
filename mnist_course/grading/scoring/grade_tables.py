"""Write grade tables as CSV: for the instructor, and for Moodle and Canvas."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.scoring.results_folder import write_atomically
from mnist_course.grading.scoring.student_results import StudentResult
from mnist_course.grading.submissions.printable import table_text


def write_grade_tables(folder: Path, assignment: str, results: list[StudentResult]) -> list[Path]:
    """Write one table with all students, and one for each learning platform, and return the paths.

    The table for a platform has only students with a final score: the platform could import an
    empty field as 0 points.
    """
    paths = [folder / f"{assignment}.csv"]
    _write_csv(paths[0], map(_table_row, results))
    for platform in ("moodle", "canvas"):
        students = [result for result in results if result.status.platform == platform]
        if students:
            paths.append(folder / f"{assignment}-{platform}.csv")
            graded = [result for result in students if result.score is not None]
            row = _moodle_row if platform == "moodle" else _canvas_row
            _write_csv(paths[-1], [row(assignment, result) for result in graded])
    return paths


def _table_row(result: StudentResult) -> dict:
    status = result.status
    return {
        "student": table_text(status.student_name),
        "student id": status.student_id,
        "platform id": status.platform_id,
        "state": result.state,
        "details": table_text(result.details),
        "may be tried again": "yes" if status.retry else "",
        "score": _format_points(result.score),
        "score so far": _format_points(result.score_so_far),
        "max score": _format_points(result.max_score),
        "late": "yes" if status.late else "no",
        "seconds late": status.seconds_late or "",
        "submitted at": status.submitted_at,
        "attempts": status.attempts,
        "file": table_text(status.file),
        "notes": table_text("; ".join(status.notes)),
        "grading seconds": f"{status.grading_seconds:.1f}",
    }


def _moodle_row(assignment: str, result: StudentResult) -> dict:
    """Return a row of Moodle's offline grading worksheet."""
    return {
        "Identifier": f"Participant {result.status.platform_id}",
        "Full name": table_text(result.status.student_name),
        "Grade": _format_points(result.score),
        "Maximum grade": _format_points(result.max_score),
        "Last modified (grade)": "-",  # Moodle rejects a worksheet without this column
    }


def _canvas_row(assignment: str, result: StudentResult) -> dict:
    """Return a row of Canvas's gradebook; Canvas identifies students by ID."""
    return {
        "Student": table_text(result.status.student_name),
        "ID": result.status.platform_id,
        "SIS User ID": "",
        "SIS Login ID": "",
        "Section": "",
        assignment: _format_points(result.score),
    }


def _format_points(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def _write_csv(path: Path, rows: Iterable[dict]) -> None:
    rows, text = list(rows), io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    # With a byte order mark, Excel reads names as UTF-8; Moodle and Canvas accept it.
    write_atomically(path, text.getvalue().encode("utf-8-sig"))
