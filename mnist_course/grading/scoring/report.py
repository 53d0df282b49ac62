"""Sum up what became of a class, for a person and for learning platforms."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook

from mnist_course.grading.scoring.results import Record, Results

GRADED, NEEDS_A_PERSON, FAILED = "graded", "needs a person", "failed"


@dataclass(frozen=True)
class Line:
    """One student's result as it stands now, with what was given by hand.

    Attributes
    ----------
    record : Record
        What is known of the submission.
    state : str
        "graded", "needs a person" or "failed".
    why : str
        What there is to look at, or the cause of the failure.
    points : float or None
        So far; None where it failed.
    out_of : float
        The most there is to get.
    """

    record: Record
    state: str
    why: str
    points: float | None
    out_of: float

    @property
    def score(self) -> float | None:
        """The points that count: only where nothing is left to do."""
        return self.points if self.state == GRADED else None


def lines(results: Results, exercise: str) -> list[Line]:
    """Return one line for each submission of an exercise, sorted by student."""
    with Gradebook(results.database) as gradebook:
        out_of = gradebook.find_assignment(exercise).max_score
        return [_line(gradebook, exercise, r, out_of) for r in results.records(exercise)]


def line(results: Results, exercise: str, record: Record) -> Line:
    """Return the line of one submission."""
    with Gradebook(results.database) as gradebook:
        out_of = gradebook.find_assignment(exercise).max_score
        return _line(gradebook, exercise, record, out_of)


def _line(gradebook: Gradebook, exercise: str, record: Record, out_of: float) -> Line:
    if record.cause is not None:
        return Line(record, FAILED, record.cause, None, out_of)
    submission = gradebook.find_submission(exercise, record.id)
    open_cells = [
        grade.name
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.needs_manual_grade
    ]
    if not open_cells:
        return Line(record, GRADED, "", submission.score, out_of)
    why = "; ".join(record.flags) or f"to be graded by hand: {', '.join(sorted(open_cells))}"
    return Line(record, NEEDS_A_PERSON, why, submission.score, out_of)


def write_tables(results: Results, exercise: str, found: list[Line]) -> list[Path]:
    """Write the results as CSV: one file with all, one for each learning platform met.

    A file for a platform has only the students whose score is final: an empty field could be
    taken for 0 points there.
    """
    paths = [results.folder / f"{exercise}.csv"]
    _write(paths[0], _all(found))
    for platform, table in (("moodle", _moodle), ("canvas", _canvas)):
        mine = [line for line in found if line.record.platform == platform]
        if mine:
            paths.append(results.folder / f"{exercise}-{platform}.csv")
            final = [line for line in mine if line.score is not None]
            _write(paths[-1], table(exercise, final))
    return paths


def _all(found: Iterable[Line]) -> Iterable[dict]:
    for line in found:
        record = line.record
        yield {
            "student": record.name,
            "id": record.id,
            "number": record.number,
            "state": line.state,
            "why": line.why,
            "score": _number(line.score),
            "points so far": _number(line.points),
            "out of": _number(line.out_of),
            "late": "yes" if record.late else "no",
            "seconds late": record.seconds_late or "",
            "handed in": record.time,
            "attempts": record.attempts,
            "file": record.file,
            "notes": "; ".join(record.notes),
            "seconds to grade": f"{record.seconds:.1f}",
        }


def _moodle(exercise: str, found: Iterable[Line]) -> Iterable[dict]:
    """Yield rows of Moodle's offline grading worksheet."""
    for line in found:
        yield {
            "Identifier": f"Participant {line.record.number}",
            "Full name": line.record.name,
            "Grade": _number(line.score),
            "Maximum grade": _number(line.out_of),
            "Last modified (grade)": "-",  # Moodle refuses a worksheet without this column
        }


def _canvas(exercise: str, found: Iterable[Line]) -> Iterable[dict]:
    """Yield rows of Canvas's gradebook; the names are empty there, the ID decides."""
    for line in found:
        yield {
            "Student": line.record.name,
            "ID": line.record.number,
            "SIS User ID": "",
            "SIS Login ID": "",
            "Section": "",
            exercise: _number(line.score),
        }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _write(path: Path, rows: Iterable[dict]) -> None:
    rows = list(rows)
    # The mark at the start tells Excel that names are UTF-8; Moodle and Canvas take it.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        if rows:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def summary(exercise: str, found: list[Line]) -> str:
    """Return the result of a class in words: the three states add up to all submissions."""
    count = Counter(line.state for line in found)
    text = [f"{exercise}: {len(found)} submissions"]
    text += [f"  {count[state]:5d} {state}" for state in (GRADED, NEEDS_A_PERSON, FAILED)]
    scores = sorted(line.score for line in found if line.score is not None)
    if scores:
        middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
        text.append(f"  median of the graded: {middle:g} of {found[0].out_of:g} points")
    late = sum(line.record.late for line in found)
    if late:
        text.append(f"  {late} of them late")
    for state in (NEEDS_A_PERSON, FAILED):
        listed = [line for line in found if line.state == state]
        if listed:
            text.append(f"\n{state}:")
            text += [f"  {line.record.name} ({line.record.id}): {line.why}" for line in listed]
    return "\n".join(text)
