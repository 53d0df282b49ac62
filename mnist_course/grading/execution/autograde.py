"""Grade one submission with nbgrader's autograder and a sandboxed kernel."""

import logging
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from mnist_course.data import cache
from mnist_course.grading.assignments.gradebook import GRADEBOOK
from mnist_course.grading.assignments.nbgrader_converters import NbgraderAutograder
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.notebook_execution import ExecuteInSandbox
from mnist_course.grading.execution.restore_cells import RestoreCells
from mnist_course.grading.execution.sandbox_kernel import SandboxKernel
from mnist_course.grading.execution.sanitize import Sanitize
from mnist_course.grading.submissions.submitted_notebook import (
    SubmissionError,
    read_submitted_notebook,
)

STUDENT = "student"


def grade_submission(
    job: GradingJob, content: bytes, folder: Path, fork_server: str | None = None
) -> Outcome:
    """Grade one submission, in a process made by :func:`subprocess_grading.grade_in_subprocess`.

    Parameters
    ----------
    job : GradingJob
        The assignment and how to grade it.
    content : bytes
        The submitted notebook.
    folder : Path
        An empty working folder with a short path.
    fork_server : str, optional
        Address of a `KernelForkServer`; without one, a new kernel process is started.

    Returns
    -------
    Outcome
        Errors are not raised: they are in `Outcome.error`.
    """
    started, outcome = time.monotonic(), Outcome()
    logging.disable()  # the outcome has the errors that nbgrader logs
    try:
        _autograde(job, read_submitted_notebook(content), folder, fork_server, outcome)
    except SubmissionError as error:
        outcome.error = str(error)
    except Exception as error:
        outcome.error = f"nbgrader could not grade it: {type(error).__name__}: {error}"
    outcome.seconds = time.monotonic() - started
    return outcome


def _autograde(
    job: GradingJob, notebook: NotebookNode, folder: Path, fork_server: str | None, outcome: Outcome
) -> None:
    name = job.assignment
    submitted = folder / "submitted" / STUDENT / name / f"{name}.ipynb"
    submitted.parent.mkdir(parents=True)
    nbformat.write(notebook, submitted)
    (folder / GRADEBOOK).write_bytes(job.gradebook)
    (folder / "kernel").mkdir()
    environment, readable = _data_access(job.data)
    kernel = SandboxKernel(
        folder / "kernel", job.limits, readable, environment, job.sandboxed, fork_server
    )
    release = nbformat.reads(job.release, as_version=4)
    restore = RestoreCells(release, job.cells_with_hidden_tests)
    converter = NbgraderAutograder(coursedir=CourseDirectory(root=str(folder), assignment_id=name))
    converter.sanitize_preprocessors = [
        nbgrader.ClearOutput,
        restore,
        nbgrader.DeduplicateIds,
        nbgrader.OverwriteKernelspec,
        nbgrader.OverwriteCells,
        nbgrader.CheckCellMetadata,
    ]
    converter.autograde_preprocessors = [
        ExecuteInSandbox(kernel),
        # nbgrader counts any text on stderr as a failed test; TensorFlow and warnings write there.
        nbgrader.IgnorePattern(enabled=True, pattern=".*"),
        nbgrader.LimitOutput,
        nbgrader.SaveAutoGrades,
        Sanitize(release),
        nbgrader.CheckCellMetadata,
    ]
    try:
        converter.start()
    except NbGraderException as error:
        raise converter.last_error or error from None
    autograded = folder / "autograded" / STUDENT / name / f"{name}.ipynb"
    outcome.notebook = autograded.read_text(encoding="utf-8")
    outcome.notes += restore.notes
    outcome.flags += restore.flags
    _read_grades(folder / GRADEBOOK, name, outcome)


def _read_grades(path: Path, assignment: str, outcome: Outcome) -> None:
    with Gradebook(f"sqlite:///{path}") as gradebook:
        (notebook,) = gradebook.find_submission(assignment, STUDENT).notebooks
        for grade in notebook.grades:
            outcome.grades[grade.name] = None if grade.needs_manual_grade else grade.auto_score
        for comment in notebook.comments:
            outcome.comments[comment.name] = comment.auto_comment


def _data_access(data: str) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Return the environment variables for `load_mnist`, and the files that it must read."""
    folder = cache.cache_folder().absolute()
    if data in ("full", "sample"):
        environment = {"MNIST_COURSE_DATA": data, "MNIST_COURSE_CACHE": str(folder)}
        return environment, (folder,) if folder.exists() else ()
    path = Path(data).expanduser().absolute()
    return {"MNIST_COURSE_DATA": str(path)}, (path,)
