"""Put the results of all assignments of a term into one table, with weights."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mnist_course.grading.scoring.student_results import EXCUSED, FAILED, StudentResult
from mnist_course.grading.submissions.class_list import NOT_LISTED, Person, team_id
from mnist_course.grading.submissions.tables import read_table, write_table
from mnist_course.grading.submissions.uploaded_files import UploadsError

FILE = "term-table.csv"


@dataclass(frozen=True)
class GradedAssignment:
    """The results of one assignment.

    Attributes
    ----------
    name : str
        Name of the assignment.
    students : list of StudentResult
        Those who handed in; empty if it is not graded yet.
    weight : float
        Weight in the total.
    in_teams : bool
        True if one member hands in for the whole team.
    excused : collection of str
        Ids of the students who are excused.
    """

    name: str
    students: list[StudentResult]
    weight: float = 1.0
    in_teams: bool = False
    excused: Collection[str] = ()


def read_weights(path: Path, graded: Collection[str]) -> dict[str, float]:
    """Read a CSV table with the columns `assignment` and `weight`.

    Raises
    ------
    UploadsError
        It cannot be read, a weight is no number above 0, or a graded assignment is missing.
    """
    weights = {}
    for row in read_table(path, ["assignment", "weight"]):
        try:
            weights[row["assignment"]] = float(row["weight"].removesuffix("%"))
        except ValueError:
            weights[row["assignment"]] = 0.0
    wrong = [name for name, weight in weights.items() if not 0 < weight < float("inf")]
    missing = sorted(set(graded) - set(weights))
    if wrong or missing:
        raise UploadsError(
            f"{path}: no weight for {', '.join(wrong + missing)}.\n"
            "Expected: a row for each assignment, with a number above 0."
        )
    return weights


def write_term_table(path: Path, people: list[Person], assignments: list[GradedAssignment]) -> None:
    """Write the table: a row for each student of the class list, then those who are not in it."""
    rows = [_row(person, people, assignments) for person in people]
    rows += [_unlisted_row(*found) for found in _unlisted_results(people, assignments)]
    columns = ["student id", "student", "team", *(_column(each) for each in assignments)]
    write_table(path, [*columns, "total %", "so far %", "missing"], rows)


def _row(person: Person, people: list[Person], assignments: list[GradedAssignment]) -> dict:
    row = {"student id": person.listed_id or person.id, "student": person.name, "team": person.team}
    reasons, total, weight = {}, 0.0, 0.0
    for assignment in assignments:
        result = _result(person, people, assignment)
        if reason := _reason(person, result, assignment):
            reasons[assignment.name] = reason
            continue
        row[_column(assignment)] = f"{result.score_after_penalty:g}"
        total += assignment.weight * result.score_after_penalty / result.max_score
        weight += assignment.weight
    if weight:
        row["so far %"] = f"{100 * total / weight:.1f}"
        if set(reasons.values()) <= {EXCUSED}:
            row["total %"] = row["so far %"]
    return {**row, "missing": "; ".join(f"{name}: {why}" for name, why in reasons.items())}


def _result(
    person: Person, people: list[Person], assignment: GradedAssignment
) -> StudentResult | None:
    """Return the result of a student: the own one, the team's, or that of a team member."""
    found = {result.status.student_id: result for result in assignment.students}
    ids = [person.id]
    if person.team:
        ids.append(team_id(person.team))
        if assignment.in_teams:
            ids += [each.id for each in people if each.team == person.team]
    return next((found[each] for each in ids if each in found), None)


def _reason(person: Person, result: StudentResult | None, assignment: GradedAssignment) -> str:
    """Return why a student has no points; "" for one who has."""
    if person.id in assignment.excused or (result and result.state == EXCUSED):
        return EXCUSED
    if result is None:
        return "absent" if assignment.students else "not graded yet"
    if result.score is None:
        return f"{FAILED}: {result.details}" if result.state == FAILED else result.state
    return "late by an unknown time" if result.score_after_penalty is None else ""


def _column(assignment: GradedAssignment) -> str:
    points = f" (of {assignment.students[0].max_score:g})" if assignment.students else ""
    return f"{assignment.name}{points}"


def _unlisted_results(
    people: list[Person], assignments: list[GradedAssignment]
) -> list[tuple[GradedAssignment, StudentResult]]:
    listed = {person.id for person in people} | {team_id(each.team) for each in people if each.team}
    return [
        (assignment, result)
        for assignment in assignments
        for result in assignment.students
        if result.status.student_id not in listed
    ]


def _unlisted_row(assignment: GradedAssignment, result: StudentResult) -> dict:
    points = "" if result.score_after_penalty is None else f"{result.score_after_penalty:g}"
    return {
        "student id": result.status.student_id,
        "student": result.status.student_name,
        _column(assignment): points,
        "missing": NOT_LISTED,
    }
