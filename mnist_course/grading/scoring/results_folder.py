"""Store graded submissions in the results folder, which is an nbgrader course."""

import contextlib
import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy.exc
from nbgrader.api import Gradebook, MissingEntry

from mnist_course.grading.assignments.gradebook import (
    GRADEBOOK,
    add_assignment,
    assignment_gradebook,
    create_gradebook,
)
from mnist_course.grading.assignments.sources import SourceNotebook
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.gradebook_entries import changed_answers, write_grades
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from mnist_course.grading.submissions.atomic_write import write_atomically

EMPTY_GRADEBOOK = ".empty.db"
LOCK = ".lock"
SETTINGS = "nbgrader_config.py"
FEEDBACK_PREPROCESSOR = "mnist_course.grading.scoring.feedback.FeedbackOutputs"
CONFIGURATION = f'''"""nbgrader's configuration, written by mnist-course; you may change it.

Grade with `mnist-course grade` only. `nbgrader autograde` would run student code without a sandbox
and without the hidden tests, so it is switched off here, and so is `nbgrader generate_assignment`.
The formgrader works; `mnist-course feedback` writes the feedback pages.
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
    """The results folder is missing, in use, holds something else, or cannot be written."""


class FolderInUseError(ResultsError):
    """Another run of the program uses the results folder."""


class ResultsFolder:
    """A results folder.

    Attributes
    ----------
    path : Path
        An nbgrader course: `gradebook.db`, `source/`, `submitted/`, `autograded/`, and
        `feedback/` after `mnist-course feedback`; also `status/` with one JSON file for each
        submission.
    """

    def __init__(self, path: Path):
        self.path = path

    @property
    def database(self) -> str:
        """URL of the gradebook; the timeout is long because other processes may lock it."""
        return f"sqlite:///{(self.path / GRADEBOOK).absolute()}?timeout=300"

    @contextlib.contextmanager
    def access(self) -> Iterator[None]:
        """Raise a `ResultsError` for errors of files and gradebook, such as a full disk."""
        try:
            yield
        except (OSError, MissingEntry, sqlalchemy.exc.DBAPIError) as error:
            reason = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
            raise ResultsError(
                f"The results folder {self.path.absolute()} cannot be used: {reason}\n"
                "What to do: correct this, for example free space on the disk, and continue with "
                "grade --resume. What was stored before is complete."
            ) from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder; raise `FolderInUseError` if another run has locked it."""
        try:
            import fcntl
        except ImportError:  # Windows: no `grade` runs there, with which another run could collide
            yield
            return
        with self.access():
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / LOCK).open("w", encoding="utf-8")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderInUseError(
                    f"Another run of mnist-course uses {self.path.absolute()}.\n"
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
            The folder holds something else, is of an earlier version, or cannot be written.
        """
        with self.access():
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
        empty, configuration = self.path / EMPTY_GRADEBOOK, self.path / SETTINGS
        others = {path.name for path in self.path.iterdir()}
        others -= {LOCK, empty.name, configuration.name}  # what an interrupted run may have left
        if others:
            raise ResultsError(
                f"{self.path.absolute()} is not a results folder: it holds "
                f"{', '.join(sorted(others))}.\n"
                "What to do: name a new folder with --out, or one of an earlier run."
            )
        empty.unlink(missing_ok=True)
        create_gradebook(empty)
        write_atomically(configuration, CONFIGURATION.encode())
        write_atomically(self.path / GRADEBOOK, empty.read_bytes())  # last: now it is a course

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
        return sorted(path.name for path in (self.path / "status").glob("*") if path.is_dir())

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

        Raises
        ------
        ResultsError
            The folder cannot be written.
        """
        with self.access():
            self._store(assignment, status, content, outcome)

    def _store(
        self, assignment: str, status: SubmissionStatus, content: bytes | None, outcome: Outcome
    ) -> None:
        student = status.student_id
        if content is not None:
            self._write_notebook("submitted", student, assignment, content)
            if status.submitted_at:
                timestamp = self.path / "submitted" / student / assignment / "timestamp.txt"
                timestamp.write_text(status.submitted_at, encoding="utf-8")
        if outcome.notebook is not None:
            self._write_notebook("autograded", student, assignment, outcome.notebook.encode())
        previous = self.status(assignment, student)
        if outcome.error is None:
            # For nbgrader, a failed submission in the gradebook would have 0 points.
            with Gradebook(self.database) as gradebook:
                changed = changed_answers(previous, status, outcome.grades)
                write_grades(gradebook, assignment, status, outcome, changed)
        # Last, because a submission with a status counts as completed.
        self.write_status(assignment, status)

    def write_status(self, assignment: str, status: SubmissionStatus) -> None:
        """Write the status of a submission."""
        path = self._status_path(assignment, status.student_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, status.to_json().encode())

    def source_path(self, assignment: str) -> Path:
        """Return the path of the source that the results were made with."""
        return self.path / "source" / assignment / f"{assignment}.ipynb"

    def source_digest(self, assignment: str) -> str:
        """Return the SHA-256 of the source that the results were made with, or "" without any."""
        path = self.source_path(assignment)
        with self.access():
            return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""

    def notebook_path(self, step: str, student: str, assignment: str) -> Path:
        """Return the path of a notebook; the step is "submitted" or "autograded"."""
        return self.path / step / student / assignment / f"{assignment}.ipynb"

    def _write_notebook(self, step: str, student: str, assignment: str, content: bytes) -> None:
        path = self.notebook_path(step, student, assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)

    def _status_path(self, assignment: str, student: str) -> Path:
        return self.path / "status" / assignment / f"{student}.json"
