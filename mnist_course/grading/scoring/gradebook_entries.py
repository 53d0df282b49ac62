"""Write the points of a graded submission into the gradebook."""

from collections.abc import Iterable

from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.submission_status import SubmissionStatus


def changed_answers(
    previous: SubmissionStatus | None, status: SubmissionStatus, cells: Iterable[str]
) -> set[str]:
    """Return the graded cells whose answer may not be the one that was graded before."""
    if previous and previous.answers and status.answers:
        return {name for name in cells if previous.answers.get(name) != status.answers.get(name)}
    return set() if previous and previous.digest == status.digest else set(cells)


def write_grades(
    gradebook: Gradebook,
    assignment: str,
    status: SubmissionStatus,
    outcome: Outcome,
    changed: set[str],
) -> None:
    """Write the points and nbgrader's comments of a submission, and keep those given by hand.

    Points given by hand must be checked again if the answer has changed. They must be checked too
    if another answer has changed and the test gives other points, because it may use that answer.

    Parameters
    ----------
    gradebook : Gradebook
        Open gradebook.
    assignment : str
        Name of the assignment.
    status, outcome
        The submission, and what grading it has given.
    changed : set of str
        Graded cells whose answer has changed; see :func:`changed_answers`.
    """
    student = status.student_id
    gradebook.update_or_create_student(student, last_name=status.student_name)
    timestamp = {"timestamp": parse_utc(status.submitted_at)} if status.submitted_at else {}
    gradebook.update_or_create_submission(assignment, student, **timestamp)
    for name, points in outcome.grades.items():
        grade = gradebook.find_grade(name, assignment, assignment, student)
        is_other_result = bool(changed) and grade.auto_score != points
        grade.auto_score = points
        if grade.manual_score is None:
            grade.needs_manual_grade = points is None or bool(outcome.flags)
        elif name in changed or is_other_result:
            grade.needs_manual_grade = True  # the points are kept, but must be checked again
    for name, text in outcome.comments.items():
        comment = gradebook.find_comment(name, assignment, assignment, student)
        comment.auto_comment = text
    gradebook.db.commit()
