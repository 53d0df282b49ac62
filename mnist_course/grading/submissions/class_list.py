"""Read the class list, and recognize its students in the uploads of Moodle and Canvas."""

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from mnist_course.grading.submissions.platforms import CANVAS, MOODLE, MOODLE_GROUP
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import normalized_name, student_id
from mnist_course.grading.submissions.students import Owner, Student
from mnist_course.grading.submissions.tables import read_table
from mnist_course.grading.submissions.uploaded_files import UploadsError

COLUMNS = ("id", "name")
OPTIONAL_COLUMNS = ("team", "moodle", "canvas")
NOT_LISTED = "not in the class list"


@dataclasses.dataclass(frozen=True)
class Person:
    """A student of the class list.

    Attributes
    ----------
    id : str
        The student's id in all assignments.
    name : str
        Name.
    team : str
        Name of the student's team, or "".
    numbers : frozenset of (str, str)
        Platform and number there. A student has another number in each assignment of Moodle.
    listed_id : str
        The id as it is written in the list; `id` has only the characters that nbgrader can use.
    """

    id: str
    name: str
    team: str = ""
    numbers: frozenset[tuple[str, str]] = frozenset()
    listed_id: str = ""


def read_class_list(path: Path) -> list[Person]:
    """Read the class list.

    Parameters
    ----------
    path : Path
        CSV with the columns `id` and `name`, and if needed `team`, `moodle` and `canvas` (numbers
        there, several with spaces between them).

    Raises
    ------
    UploadsError
        The list cannot be read, or an id is missing or there twice.
    """
    people = [_person(row) for row in read_table(path, COLUMNS, OPTIONAL_COLUMNS)]
    twice = [name for name, count in Counter(person.id for person in people).items() if count > 1]
    if twice or any(not person.name for person in people):
        raise UploadsError(
            f"{path}: {f'the id {twice[0]} is there twice' if twice else 'a name is missing'}.\n"
            "Expected: a row for each student, with an id of its own and a name."
        )
    return people


def _person(row: dict[str, str]) -> Person:
    numbers = {(p, number) for p in (MOODLE, CANVAS) for number in row[p].split()}
    name = printable(normalized_name(row["name"]), 200, one_line=True)
    identifier = student_id(row["id"] or name)
    return Person(identifier, name, row["team"], frozenset(numbers), row["id"])


def recognize(students: dict[Owner, Student], people: Collection[Person]) -> dict[Owner, Student]:
    """Return the students of an upload, with id and name of the class list if they are in it.

    A student is recognized by the number in the platform, else by the name; a group in Moodle by
    its name. One whom two in the upload could be remains as in the upload, and so does one who is
    not listed.

    Raises
    ------
    UploadsError
        A student in Canvas has the name of a listed one, who has another number there.
    """
    keys, listed = _keys(people), {person.id for person in people}
    _check_canvas_numbers(students, people, keys)
    found = {owner: _identity(owner, student.platform, keys) for owner, student in students.items()}
    uses = Counter(identity for identity in found.values() if identity)
    return {
        owner: _known(student, found[owner])
        if found[owner] and uses[found[owner]] == 1
        else _unlisted(student, listed)
        for owner, student in students.items()
    }


def _check_canvas_numbers(
    students: Iterable[Owner], people: Iterable[Person], keys: dict[tuple, set]
) -> None:
    """Check that nobody is recognized by the name alone whose number is another one.

    In Moodle a student has another number in each assignment, so a number that is not listed says
    nothing.
    """
    numbers = {
        (person.id, person.name): sorted(n for platform, n in person.numbers if platform == CANVAS)
        for person in people
    }
    problems = []
    for owner in students:
        if owner.platform == CANVAS and (CANVAS, owner.number) not in keys:
            identity = _identity(owner, owner.platform, keys)
            if identity and (expected := numbers[identity]):
                problems.append(
                    f"  {owner.name} has the number {owner.number}, but {identity[1]} "
                    f"({identity[0]}) in the class list has {' or '.join(expected)}"
                )
    if problems:
        text = printable("\n".join(problems), 3000)
        raise UploadsError(
            f"These students in Canvas have the name of a listed student, and another number:\n"
            f"{text}\n"
            "What to do: correct the column canvas of the class list; if it is somebody else, add "
            "a row for this student, with the number."
        )


def team_id(team: str) -> str:
    """Return the id under which a team's submission is stored."""
    return student_id(f"team {team}")


def _known(student: Student, identity: tuple[str, str]) -> Student:
    identifier, name = identity
    return dataclasses.replace(student, id=identifier, name=name)


def _unlisted(student: Student, listed: Collection[str]) -> Student:
    identifier = f"{student.id}-not-listed" if student.id in listed else student.id
    return dataclasses.replace(student, id=identifier, note=student.note or NOT_LISTED)


def _keys(people: Iterable[Person]) -> dict[tuple, set[tuple[str, str]]]:
    """Return the ids and names that each key of an upload may mean."""
    keys = defaultdict(set)
    for person in people:
        identity = person.id, person.name
        for number in person.numbers:
            keys[number].add(identity)
        for key in ("name", person.name), ("name", person.id):
            keys[key].add(identity)
        for letters in _canvas_names(person.name):
            keys["canvas name", letters].add(identity)
        if person.team:
            keys["team", normalized_name(person.team)].add((team_id(person.team), person.team))
    return keys


def _canvas_names(name: str) -> set[str]:
    """Return what Canvas may make of a name: its letters, or those in ASCII, last name first."""
    words = name.lower().replace(",", " ").split()
    orders = ["".join(words[i:] + words[:i]) for i in range(len(words))]
    return {re.sub(r"\W|_", "", order, flags=flags) for order in orders for flags in (0, re.ASCII)}


def _identity(owner: Owner, platform: str, keys: dict) -> tuple[str, str] | None:
    if platform == MOODLE_GROUP:
        tried = [("team", owner.name)]
    else:
        tried = [(owner.platform, owner.number), ("name", owner.name)]
        if owner.platform == CANVAS:
            tried.append(("canvas name", owner.name))
    first = next(filter(None, (keys.get(key) for key in tried)), ())
    return next(iter(first)) if len(first) == 1 else None
