"""Keep every change of the points, with its time, its cause and who ran the program."""

import datetime
import getpass
import json
from dataclasses import dataclass

from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.scoring.student_results import StudentResult, student_results
from mnist_course.grading.submissions.atomic_write import write_atomically

BY_HAND = "by hand, in the formgrader"
# What is compared with the entry before.
COMPARED = ("state", "score", "points", "deadline", "penalty")


@dataclass(frozen=True)
class Change:
    """A change of one student's points.

    Attributes
    ----------
    name : str
        The student's name.
    before : dict or None
        The entry before; None for the first one.
    after : dict
        The new entry; see `_entry`.
    """

    name: str
    before: dict | None
    after: dict

    def __str__(self) -> str:
        cells = [
            f"{cell} {_points(old)} -> {_points(new)}"
            for cell, new in self.after["points"].items()
            if (old := self.before["points"].get(cell)) != new
        ]
        before, after = (
            _points(entry["score"]) if entry["state"] == "graded" else entry["state"]
            for entry in (self.before, self.after)
        )
        return f"{self.name}: {before} -> {after}" + (f" ({', '.join(cells)})" if cells else "")


def read_history(results: ResultsFolder, assignment: str) -> list[dict]:
    """Return all entries of an assignment, the oldest first; raise `ResultsError` if damaged."""
    path = results.path / "history" / f"{assignment}.jsonl"
    try:
        with results.access():
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise ResultsError(
            f"{path.absolute()} cannot be read: {error}\n"
            "Expected: one entry a line, as mnist-course writes it.\n"
            "What to do: restore the file, or move it away; the points themselves are elsewhere."
        ) from error


def record_changes(results: ResultsFolder, assignment: str, cause: str = BY_HAND) -> list[Change]:
    """Compare all points with the last entries, and add an entry for each student they changed for.

    Parameters
    ----------
    results : ResultsFolder
        The results.
    assignment : str
        Name of the assignment.
    cause : str, optional
        What changed them, `BY_HAND` or "grade". Points of a submission that was graded since the
        last entry were changed by "grade" in any case; other points can only be given by hand.

    Returns
    -------
    list of Change
        The changes of students who had an entry before.
    """
    entries = read_history(results, assignment)
    last = {entry["student_id"]: entry for entry in entries}
    changes, digest = [], results.source_digest(assignment)
    for result in student_results(results, assignment):
        before = last.get(result.status.student_id)
        after = _entry(result, cause, digest)
        if before is None or before["graded_at"] != after["graded_at"]:
            after["cause"] = "grade"
        elif any(before[name] != after[name] for name in ("points", "by_hand")):
            after["cause"] = BY_HAND
        if before is None or any(before[name] != after[name] for name in COMPARED):
            changes.append(Change(result.status.student_name, before, after))
    if changes:
        lines = [*entries, *(change.after for change in changes)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        path = results.path / "history" / f"{assignment}.jsonl"
        with results.access():
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, text.encode("utf-8"))
    return [change for change in changes if change.before]


def changes_text(changes: list[Change]) -> str:
    """Return the changed grades as lines; "" without any."""
    if not changes:
        return ""
    lines = [f"  {change}" for change in sorted(changes, key=lambda change: change.name)]
    return "\n".join([f"Grades that changed: {len(changes)}", *lines])


def _entry(result: StudentResult, cause: str, source_digest: str) -> dict:
    status = result.status
    return {
        "time": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "cause": cause,
        "user": _user(),
        "student_id": status.student_id,
        "state": result.state,
        "details": result.details,
        "score": result.score_so_far,
        "max_score": result.max_score,
        "penalty": result.penalty,
        "points": {name: cell.points for name, cell in sorted(result.cells.items())},
        "by_hand": sorted(n for n, cell in result.cells.items() if cell.by_hand is not None),
        "graded_at": status.graded_at,
        "file": status.file,
        "submitted_at": status.submitted_at,
        "deadline": status.deadline,
        "submission_digest": status.digest,
        "source_digest": source_digest,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _points(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"
