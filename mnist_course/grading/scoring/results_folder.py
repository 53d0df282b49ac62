"""Store graded submissions in the results folder, which is an nbgrader course."""

import contextlib
import datetime
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

from mnist_course.grading.assignments.gradebook import (
    GRADEBOOK,
    add_assignment,
    assignment_gradebook,
    create_gradebook,
)
from mnist_course.grading.assignments.sources import SourceNotebook
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.submission_status import SubmissionStatus

EMPTY_GRADEBOOK = ".empty.db"
LOCK = ".lock"
SETTINGS = "nbgrader_config.py"
FEEDBACK_PREPROCESSOR = "mnist_course.grading.scoring.feedback.HideLaterOutputs"
CONFIGURATION = f'''"""nbgrader's configuration, written by mnist-course; you may change it.

Grade with `mnist-course grade` only. `nbgrader autograde` would run student code without a sandbox
and without the hidden tests, so it is switched off here, and so is `nbgrader generate_assignment`.
The formgrader and `nbgrader generate_feedback` work.
"""

from pathlib import Path

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).parent.absolute())
# Student code could print what hidden tests passed to it.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "{FEEDBACK_PREPROCESSOR}",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.Autograde.exporter_class = "mnist_course.grading.scoring.feedback.RefusingExporter"
c.GenerateAssignment.exporter_class = "mnist_course.grading.scoring.feedback.RefusingExporter"
'''


class ResultsError(RuntimeError):
    """The results folder is missing, in use, or holds something else."""


class ResultsFolder:
    """A results folder.

    Attributes
    ----------
    path : Path
        An nbgrader course: `gradebook.db`, `source/`, `submitted/`, `autograded/`, and
        `feedback/` after `nbgrader generate_feedback`; also `status/` with one JSON file for each
        submission.
    """

    def __init__(self, path: Path):
        self.path = path

    @property
    def database(self) -> str:
        """URL of the gradebook; the timeout is long because other processes may lock it."""
        return f"sqlite:///{(self.path / GRADEBOOK).absolute()}?timeout=300"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder; raise `ResultsError` if another run has locked it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ResultsError(
                    f"Another run is grading into {self.path.absolute()}.\n"
                    "What to do: wait until it has finished, or name another folder with --out."
                ) from None
            yield

    def add_assignment(
        self, source: SourceNotebook, deadline: datetime.datetime | None = None
    ) -> bytes:
        """Add an assignment to the gradebook; create the course if the folder is empty.

        Returns
        -------
        bytes
            A separate gradebook file with this assignment and no student.

        Raises
        ------
        ResultsError
            The folder holds something else, or is of an earlier version.
        """
        if not (self.path / GRADEBOOK).exists():
            self._create_course()
        self._check_settings()
        add_assignment(source, self.path)
        if deadline is not None:
            due = deadline.astimezone(datetime.UTC).replace(tzinfo=None)
            with Gradebook(self.database) as gradebook:
                gradebook.update_or_create_assignment(source.name, duedate=due)
        return assignment_gradebook(source, self.path / EMPTY_GRADEBOOK)

    def _create_course(self) -> None:
        others = {path.name for path in self.path.iterdir()} - {LOCK, EMPTY_GRADEBOOK}
        if others:
            raise ResultsError(
                f"{self.path.absolute()} is not a results folder: it holds "
                f"{', '.join(sorted(others))}.\n"
                "What to do: name a new folder with --out, or one of an earlier run."
            )
        create_gradebook(self.path / EMPTY_GRADEBOOK)
        shutil.copyfile(self.path / EMPTY_GRADEBOOK, self.path / GRADEBOOK)
        (self.path / SETTINGS).write_text(CONFIGURATION, encoding="utf-8")

    def _check_settings(self) -> None:
        path = self.path / SETTINGS
        if not path.exists() or FEEDBACK_PREPROCESSOR not in path.read_text(encoding="utf-8"):
            raise ResultsError(
                f"{path.absolute()} does not hide what hidden tests passed to student code: it is "
                "of an earlier version of this program, or was changed.\n"
                f"Expected: {FEEDBACK_PREPROCESSOR} among the preprocessors of GenerateFeedback.\n"
                "What to do: grade into a new folder, with --out. 'mnist-course report' still "
                "works for this one."
            )

    def assignments(self) -> list[str]:
        """List the assignments that were graded."""
        return sorted(path.name for path in (self.path / "status").glob("*"))

    def status(self, assignment: str, student: str) -> SubmissionStatus | None:
        """Return the status of a submission, or None if its grading was never completed."""
        path = self._status_path(assignment, student)
        return SubmissionStatus.read(path) if path.exists() else None

    def statuses(self, assignment: str) -> list[SubmissionStatus]:
        """Return the status of each submission of an assignment, sorted by student id."""
        paths = sorted((self.path / "status" / assignment).glob("*.json"))
        return [SubmissionStatus.read(path) for path in paths]

    def store(
        self, assignment: str, status: SubmissionStatus, content: bytes | None, outcome: Outcome
    ) -> None:
        """Store one submission and its outcome; an interrupted run stores all of it or no status.

        Points and comments given by hand are kept.
        """
        student = status.student_id
        if content is not None:
            self._write_notebook("submitted", student, assignment, content)
            if status.submitted_at:
                timestamp = self.path / "submitted" / student / assignment / "timestamp.txt"
                timestamp.write_text(status.submitted_at, encoding="utf-8")
        if outcome.notebook is not None:
            self._write_notebook("autograded", student, assignment, outcome.notebook.encode())
        previous = self.status(assignment, student)
        changed = previous is None or previous.digest != status.digest
        if outcome.error is None:
            # For nbgrader, a failed submission in the gradebook would have 0 points.
            with Gradebook(self.database) as gradebook:
                _write_grades(gradebook, assignment, status, outcome, changed)
        # Last, because a submission with a status counts as completed.
        path = self._status_path(assignment, student)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, status.to_json().encode())

    def _write_notebook(self, step: str, student: str, assignment: str, content: bytes) -> None:
        path = self.path / step / student / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, content)

    def _status_path(self, assignment: str, student: str) -> Path:
        return self.path / "status" / assignment / f"{student}.json"


def _write_grades(
    gradebook: Gradebook, assignment: str, status: SubmissionStatus, outcome: Outcome, changed: bool
) -> None:
    student = status.student_id
    gradebook.update_or_create_student(student, last_name=status.student_name)
    timestamp = {"timestamp": parse_utc(status.submitted_at)} if status.submitted_at else {}
    gradebook.update_or_create_submission(assignment, student, **timestamp)
    for name, points in outcome.grades.items():
        grade = gradebook.find_grade(name, assignment, assignment, student)
        grade.auto_score = points
        if grade.manual_score is None:
            grade.needs_manual_grade = points is None or bool(outcome.flags)
        elif changed:
            grade.needs_manual_grade = True  # the points are kept, but must be checked again
    for name, text in outcome.comments.items():
        comment = gradebook.find_comment(name, assignment, assignment, student)
        comment.auto_comment = text
    gradebook.db.commit()


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
