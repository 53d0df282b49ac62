"""Explain one student's grade: every file, its time, what was run, and every change of points."""

from mnist_course.grading.scoring.points_history import read_history
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.student_results import CellPoints, StudentResult
from mnist_course.grading.submissions.tables import read_table


def explain_grade(results: ResultsFolder, assignment: str, result: StudentResult) -> str:
    """Return everything that is stored about a student's grade, as text."""
    status = result.status
    score = "no score" if result.score_so_far is None else f"{result.score_so_far:g} points"
    penalty = "unknown" if result.penalty is None else f"{result.penalty:g}"
    lines = [
        f"{status.student_name} ({status.student_id}), {assignment}: {result.state}, {score} of "
        f"{result.max_score:g}, late penalty {penalty}",
        *([f"  {result.details}"] if result.details else []),
        "Files:",
        *_file_lines(results, assignment, status.student_id),
        "Time:",
        f"  submitted: {status.submitted_at or 'unknown'}{_in_brackets(status.evidence)}",
        f"  deadline: {status.deadline or 'none'}",
        f"  late: {'unknown' if status.late is None else 'yes' if status.late else 'no'}",
        "What was run:",
        f"  {status.file or 'no file'}, at {status.graded_at}",
        f"  SHA-256 of submission, source and data: {status.digest[:16]}",
        *(f"  {note}" for note in [*status.notes, *status.flags]),
        "Points:",
        *(f"  {name}: {_cell_text(cell)}" for name, cell in result.cells.items()),
        "Changes:",
        *_change_lines(results, assignment, status.student_id),
    ]
    return "\n".join(lines)


def _file_lines(results: ResultsFolder, assignment: str, student: str) -> list[str]:
    path = results.path / f"{assignment}-files.csv"
    rows = read_table(path, ["file", "student id", "used", "why not"])
    return [
        f"  {row['file']}: {'graded' if row['used'] == 'yes' else 'not used'}"
        f"{_in_brackets(row['why not'])}"
        for row in rows
        if row["student id"] == student
    ]


def _cell_text(cell: CellPoints) -> str:
    parts = [f"{cell.points:g} of {cell.max_points:g}"]
    if cell.by_hand is not None:
        automatic = "none" if cell.automatic is None else f"{cell.automatic:g}"
        parts.append(f"by hand, in place of {automatic}")
    if cell.is_open:
        parts.append("to grade by hand")
    return "; ".join([*parts, *filter(None, [cell.comment])])


def _change_lines(results: ResultsFolder, assignment: str, student: str) -> list[str]:
    entries = [each for each in read_history(results, assignment) if each["student_id"] == student]
    lines, before = [], {}
    for entry in entries:
        score = "no score" if entry["score"] is None else f"{entry['score']:g}"
        cells = [
            f"{cell} {before[cell]:g} -> {points:g}"
            for cell, points in entry["points"].items()
            if cell in before and before[cell] != points
        ]
        lines.append(
            f"  {entry['time']}, {entry['cause']}, by {entry['user']}: {entry['state']}, {score}"
            f"{_in_brackets(', '.join(cells))}; source {entry['source_digest'][:16]}"
        )
        before = entry["points"]
    return lines


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
