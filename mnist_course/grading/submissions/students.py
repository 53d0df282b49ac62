"""The students of a class, who never share an id."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from mnist_course.grading.submissions.platforms import CANVAS_ANONYMOUS, MOODLE, MOODLE_GROUP
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import student_id
from mnist_course.grading.submissions.text_digest import text_digest

NOT_IN_PLATFORM_TABLE = {
    MOODLE_GROUP: "a group's submission: Moodle's table has rows for students only",
    CANVAS_ANONYMOUS: "anonymous: Canvas's table needs the student's number",
}


class Owner(NamedTuple):
    """What identifies a student in an upload: platform, number there, and name."""

    platform: str
    number: str
    name: str


@dataclasses.dataclass(frozen=True)
class Student:
    """A student, or a group that submits together.

    Attributes
    ----------
    id : str
        nbgrader's student id, also the name of the student's folders.
    name : str
        Name as in the class list.
    platform : str
        A constant of `platforms`, or "" if the student is in no table for a platform.
    platform_id : str
        The student's number on that platform.
    note : str
        Reason why a student from a platform is in no table for it.
    """

    id: str
    name: str
    platform: str = ""
    platform_id: str = ""
    note: str = ""


def make_students(owners: Collection[Owner], *, teams: bool) -> dict[Owner, Student]:
    """Return the student of each owner.

    Parameters
    ----------
    owners : collection of Owner
        Different owners.
    teams : bool
        True if all names from Moodle are groups; a group without a number shows it as well.
    """
    if teams or any(owner.platform == MOODLE_GROUP for owner in owners):
        platforms = {MOODLE: MOODLE_GROUP}
    else:
        platforms = {}
    uses = Counter((owner.platform, owner.number) for owner in owners if owner.number)
    by_id = defaultdict(list)
    for owner in owners:
        platform = platforms.get(owner.platform, owner.platform)
        note = NOT_IN_PLATFORM_TABLE.get(platform, "")
        if uses[owner.platform, owner.number] > 1:
            # A name chose the number of another student, or folders were renamed by hand.
            note = f"several names have the number {owner.number}, so it is in no table for import"
            platform = ""
        name = printable(owner.name, 200, one_line=True) or "(no name)"
        if platform == CANVAS_ANONYMOUS:
            name = f"{name} {owner.number}"
        identifier = student_id(owner.name, owner.number)
        student = Student(identifier, name, platform, owner.number, note)
        by_id[identifier].append((owner, student))
    return {
        owner: student if len(same) == 1 else _with_unique_id(owner, student)
        for same in by_id.values()
        for owner, student in same
    }


def _with_unique_id(owner: Owner, student: Student) -> Student:
    return dataclasses.replace(student, id=f"{student.id}-{text_digest(repr(owner))[:8]}")
