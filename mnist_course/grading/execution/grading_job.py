"""Input and output of grading one submission; both can be sent to another machine."""

import dataclasses

from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.execution.isolation.limits import Limits


@dataclasses.dataclass(frozen=True)
class GradingJob:
    """Everything needed to grade submissions of one assignment.

    Attributes
    ----------
    assignment : str
        Name of the assignment, such as "03-normalize".
    release : str
        The released student notebook as JSON.
    gradebook : bytes
        An nbgrader gradebook (SQLite) with the assignment and no student.
    cells : tuple of SourceCell
        The code cells of the source, with its tests.
    data : str
        `MNIST_COURSE_DATA` for student code: "sample", "full" or a path.
    limits : Limits
        Limits for each submission.
    sandboxed : bool
        False only if the instructor chose --without-sandbox.
    """

    assignment: str
    release: str
    gradebook: bytes
    cells: tuple[SourceCell, ...]
    data: str = "sample"
    limits: Limits = dataclasses.field(default_factory=Limits)
    sandboxed: bool = True


@dataclasses.dataclass
class Outcome:
    """Outcome of grading one submission.

    Attributes
    ----------
    error : str or None
        Reason why grading failed; None if it was graded.
    retry : bool
        True if the machine or a time limit may be the reason; --resume grades it again.
    flags : list of str
        What only a person can judge, such as a missing answer cell.
    notes : list of str
        What was repaired before grading.
    grades : dict of str to float or None
        Points by grade id; None needs manual grading.
    comments : dict of str to str or None
        nbgrader's automatic comments by grade id, such as "No response."
    notebook : str or None
        The autograded notebook as JSON.
    seconds : float
        Duration of grading.
    """

    error: str | None = None
    flags: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    grades: dict[str, float | None] = dataclasses.field(default_factory=dict)
    comments: dict[str, str | None] = dataclasses.field(default_factory=dict)
    notebook: str | None = None
    seconds: float = 0.0
    retry: bool = False
