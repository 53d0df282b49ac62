"""The current result of each student, including points given by hand."""

from dataclasses import dataclass, field

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from mnist_course.grading.scoring.late_penalty import LatePenalty
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.run_options import read_options
from mnist_course.grading.scoring.submission_status import SubmissionStatus

GRADED, NEEDS_MANUAL_GRADING, FAILED = "graded", "needs manual grading", "failed"
EXCUSED = "excused"


@dataclass(frozen=True)
class CellPoints:
    """The points for one graded cell.

    Attributes
    ----------
    automatic : float or None
        Points that the tests gave; None if the cell is graded by hand.
    by_hand : float or None
        Points given by hand, which replace the automatic ones.
    max_points : float
        Highest possible points.
    is_open : bool
        True if the cell must be graded by hand, or checked again.
    comment : str
        Comment given by hand, or nbgrader's own; "" without one.
    """

    automatic: float | None
    by_hand: float | None
    max_points: float
    is_open: bool
    comment: str = ""

    @property
    def points(self) -> float:
        """The points that count now."""
        given = self.automatic if self.by_hand is None else self.by_hand
        return given or 0.0


@dataclass(frozen=True)
class StudentResult:
    """Current result of one student, including points given by hand.

    Attributes
    ----------
    status : SubmissionStatus
        Status of the submission.
    state : str
        "graded", "needs manual grading", "failed" or "excused".
    details : str
        What must be graded by hand or checked, or the error; "" if graded.
    score_so_far : float or None
        Current points; None if grading failed.
    max_score : float
        Highest possible score.
    cells : dict of str to CellPoints
        The points for each graded cell, by grade id; empty if grading failed.
    penalty : float or None
        Points to take off for late work; None if they depend on an unknown time.
    """

    status: SubmissionStatus
    state: str
    details: str
    score_so_far: float | None
    max_score: float
    cells: dict[str, CellPoints] = field(default_factory=dict)
    penalty: float | None = 0.0

    @property
    def score(self) -> float | None:
        """Final score without the late penalty; None while points are missing."""
        return self.score_so_far if self.state == GRADED else None

    @property
    def score_after_penalty(self) -> float | None:
        """Final score with the late penalty; None while points or the penalty are missing."""
        missing = self.score is None or self.penalty is None
        return None if missing else self.score - self.penalty


def student_results(results: ResultsFolder, assignment: str) -> list[StudentResult]:
    """Return the result of each student for an assignment, sorted by student id."""
    return _student_results(results, assignment, results.statuses(assignment))


def student_result(
    results: ResultsFolder, assignment: str, status: SubmissionStatus
) -> StudentResult:
    """Return the result of one submission."""
    return _student_results(results, assignment, [status])[0]


def _student_results(
    results: ResultsFolder, assignment: str, statuses: list[SubmissionStatus]
) -> list[StudentResult]:
    rule = LatePenalty.parse(read_options(results, assignment).get("late_penalty", "none"))
    with results.access(), Gradebook(results.database) as gradebook:
        return [_student_result(gradebook, assignment, status, rule) for status in statuses]


def _student_result(
    gradebook: Gradebook, assignment: str, status: SubmissionStatus, rule: LatePenalty
) -> StudentResult:
    max_score = gradebook.find_assignment(assignment).max_score
    if status.error is not None:
        state = EXCUSED if status.excused else FAILED
        return StudentResult(status, state, status.error, None, max_score)
    try:
        submission = gradebook.find_submission(assignment, status.student_id)
    except MissingEntry:
        reason = "The gradebook has no points for it; grade again, without --resume."
        return StudentResult(status, FAILED, reason, None, max_score)
    cells, score = _cell_points(submission), submission.score
    open_cells = sorted(name for name, cell in cells.items() if cell.is_open)
    details = ""
    if open_cells:
        details = "; ".join(status.flags) or f"to grade by hand: {', '.join(open_cells)}"
    state = EXCUSED if status.excused else NEEDS_MANUAL_GRADING if open_cells else GRADED
    penalty = rule.points(status, score, max_score)
    return StudentResult(status, state, details, score, max_score, cells, penalty)


def _cell_points(submission: SubmittedAssignment) -> dict[str, CellPoints]:
    return {
        grade.name: CellPoints(
            grade.auto_score,
            grade.manual_score,
            grade.max_score,
            bool(grade.needs_manual_grade),
            next((c.comment or "" for c in notebook.comments if c.name == grade.name), ""),
        )
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
