"""Grade one submission with nbgrader's autograder and a sandboxed kernel."""

import contextlib
import logging
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from mnist_course.grading.assignments.gradebook import GRADEBOOK
from mnist_course.grading.assignments.nbgrader_converters import NbgraderAutograder
from mnist_course.grading.execution.data_access import data_access
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.notebook_execution import ExecuteInSandbox
from mnist_course.grading.execution.restore_cells import RestoreCells
from mnist_course.grading.execution.sanitize import Sanitize
from mnist_course.grading.execution.student.sandbox_kernel import SandboxKernel
from mnist_course.grading.execution.tester.client import Tester
from mnist_course.grading.submissions.submitted_notebook import (
    SubmissionError,
    read_submitted_notebook,
)

STUDENT = "student"


def grade_submission(job: GradingJob, content: bytes, folder: Path, tester_server: str) -> Outcome:
    """Grade one submission, in a process made by :func:`subprocess_grading.grade_in_subprocess`.

    Parameters
    ----------
    job : GradingJob
        The assignment and how to grade it.
    content : bytes
        The submitted notebook.
    folder : Path
        An empty working folder with a short path.
    tester_server : str
        Address of a `TesterServer`.

    Returns
    -------
    Outcome
        Errors are not raised: they are in `Outcome.error`.
    """
    started, outcome = time.monotonic(), Outcome()
    logging.disable()  # the outcome has the errors that nbgrader logs
    try:
        notebook = read_submitted_notebook(content)
        with contextlib.closing(Tester(tester_server, job.cells, job.limits)) as tester:
            _autograde(job, notebook, folder, tester, outcome)
    except SubmissionError as error:
        outcome.error, outcome.retry = str(error), error.retry
    except Exception as error:
        # Unknown, so it may be the machine: a full disk, too little memory, too many open files.
        outcome.retry = True
        outcome.error = f"nbgrader could not grade it: {type(error).__name__}: {error}"
    outcome.seconds = time.monotonic() - started
    return outcome


def _autograde(
    job: GradingJob, notebook: NotebookNode, folder: Path, tester: Tester, outcome: Outcome
) -> None:
    name = job.assignment
    submitted = folder / "submitted" / STUDENT / name / f"{name}.ipynb"
    submitted.parent.mkdir(parents=True)
    nbformat.write(notebook, submitted)
    (folder / GRADEBOOK).write_bytes(job.gradebook)
    (folder / "kernel").mkdir()
    environment, readable = data_access(job.data)
    kernel = SandboxKernel(
        folder / "kernel", job.limits, readable, environment, job.sandboxed, tester.answer_socket
    )
    release = nbformat.reads(job.release, as_version=4)
    with_hidden_tests = [cell.name for cell in job.cells if cell.hidden_lines()]
    restore = RestoreCells(release, with_hidden_tests)
    execute = ExecuteInSandbox(kernel, tester)
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
        execute,
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
    outcome.flags += [*restore.flags, *execute.flags]
    _read_grades(folder / GRADEBOOK, name, outcome)


def _read_grades(path: Path, assignment: str, outcome: Outcome) -> None:
    with Gradebook(f"sqlite:///{path}") as gradebook:
        (notebook,) = gradebook.find_submission(assignment, STUDENT).notebooks
        for grade in notebook.grades:
            outcome.grades[grade.name] = None if grade.needs_manual_grade else grade.auto_score
        for comment in notebook.comments:
            outcome.comments[comment.name] = comment.auto_comment
