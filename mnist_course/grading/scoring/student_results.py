"""The current result of each student, including points given by hand."""

from dataclasses import dataclass

from nbgrader.api import Gradebook, MissingEntry

from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.submission_status import SubmissionStatus

GRADED, NEEDS_MANUAL_GRADING, FAILED = "graded", "needs manual grading", "failed"


@dataclass(frozen=True)
class StudentResult:
    """Current result of one student, including points given by hand.

    Attributes
    ----------
    status : SubmissionStatus
        Status of the submission.
    state : str
        "graded", "needs manual grading" or "failed".
    details : str
        What must be graded by hand or checked, or the error; "" if graded.
    score_so_far : float or None
        Current points; None if grading failed.
    max_score : float
        Highest possible score.
    """

    status: SubmissionStatus
    state: str
    details: str
    score_so_far: float | None
    max_score: float

    @property
    def score(self) -> float | None:
        """Final score; None while points are missing."""
        return self.score_so_far if self.state == GRADED else None


def student_results(results: ResultsFolder, assignment: str) -> list[StudentResult]:
    """Return the result of each student for an assignment, sorted by student id."""
    with results.access(), Gradebook(results.database) as gradebook:
        return [
            _student_result(gradebook, assignment, status)
            for status in results.statuses(assignment)
        ]


def student_result(
    results: ResultsFolder, assignment: str, status: SubmissionStatus
) -> StudentResult:
    """Return the result of one submission."""
    with results.access(), Gradebook(results.database) as gradebook:
        return _student_result(gradebook, assignment, status)


def _student_result(
    gradebook: Gradebook, assignment: str, status: SubmissionStatus
) -> StudentResult:
    max_score = gradebook.find_assignment(assignment).max_score
    if status.error is not None:
        return StudentResult(status, FAILED, status.error, None, max_score)
    try:
        submission = gradebook.find_submission(assignment, status.student_id)
    except MissingEntry:
        reason = "The gradebook has no points for it; grade again, without --resume."
        return StudentResult(status, FAILED, reason, None, max_score)
    ungraded_cells = [
        grade.name
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.needs_manual_grade
    ]
    if not ungraded_cells:
        return StudentResult(status, GRADED, "", submission.score, max_score)
    details = "; ".join(status.flags) or f"to grade by hand: {', '.join(sorted(ungraded_cells))}"
    return StudentResult(status, NEEDS_MANUAL_GRADING, details, submission.score, max_score)
