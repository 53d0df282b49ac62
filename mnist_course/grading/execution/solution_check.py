"""Check that the solution of an assignment passes its tests in the two processes that grade."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from mnist_course.grading.assignments.gradebook import assignment_gradebook, create_gradebook
from mnist_course.grading.assignments.release import release_notebook
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook, grade_id
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.subprocess_grading import grade_in_subprocess


def check_solution(
    source: SourceNotebook, data: str = "sample", *, sandboxed: bool = False
) -> None:
    """Run the solution of a source and its tests, as for a submission.

    Parameters
    ----------
    source : SourceNotebook
        The assignment.
    data : str
        `MNIST_COURSE_DATA` for its code.
    sandboxed : bool, optional
        True runs it in the sandbox, which opens no port on this machine; it must be available.

    Raises
    ------
    AssignmentError
        A cell fails. Among the reasons is a value that cannot be passed between the student's
        process and the tests.
    """
    release = release_notebook(source)
    with tempfile.TemporaryDirectory() as folder:
        create_gradebook(empty := Path(folder) / "empty.db")
        job = GradingJob(
            assignment=source.name,
            release=nbformat.writes(release),
            gradebook=assignment_gradebook(source, empty),
            cells=source_cells(source.notebook),
            data=data,
            sandboxed=sandboxed,
        )
    outcome = grade_in_subprocess(job, nbformat.writes(_solved(release, source)).encode())
    failures = [outcome.error] if outcome.error else list(_failures(outcome.notebook))
    if failures:
        raise AssignmentError(
            f"{source.path}: the solution does not pass its tests.\n"
            + "\n".join(failures)
            + "\nExpected: every cell runs, with answers in one process and tests in another. The "
            "tests get numbers, text, lists, dictionaries, arrays, functions and Keras networks "
            "from the answers, and nothing else.\n"
            "What to do: change the solution or the test in the cell named above."
        )


def _solved(release: NotebookNode, source: SourceNotebook) -> NotebookNode:
    """Put the solutions of a source into its student notebook."""
    solutions = {grade_id(cell): cell.source for cell in source.notebook.cells if is_solution(cell)}
    for cell in release.cells:
        cell.source = solutions.get(grade_id(cell), cell.source)
    return release


def _failures(notebook: str) -> Iterator[str]:
    """Yield the errors of each cell, with the lines that led to them."""
    for number, cell in enumerate(nbformat.reads(notebook, as_version=4).cells, 1):
        for output in cell.get("outputs", ()):
            if output.output_type != "error":
                continue
            if "nbgrader" in cell.metadata and cell.metadata.nbgrader.grade:
                yield "\n".join(output.traceback)
            else:
                name = grade_id(cell) or f"cell {number}"
                yield f"{name}: {output.ename}: {output.evalue}"
