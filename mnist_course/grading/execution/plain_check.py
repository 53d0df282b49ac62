"""Check that the solution of an assignment passes its tests, where submissions are not graded."""

import copy
import os
from unittest import mock

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from mnist_course.grading.assignments.release import DropInstructorCells, apply_preprocessors
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook

CELL_SECONDS = 300


def check_solution_in_one_kernel(source: SourceNotebook, data: str) -> None:
    """Run a source from top to bottom in an ordinary kernel, on Windows and macOS.

    It does not show whether all values can be passed from the answers to the tests, as
    `solution_check` does on Linux.

    Parameters
    ----------
    source : SourceNotebook
        The assignment.
    data : str
        `MNIST_COURSE_DATA` for its code.

    Raises
    ------
    AssignmentError
        A cell fails.
    """
    notebook = apply_preprocessors(copy.deepcopy(source.notebook), [DropInstructorCells])
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3")
    try:
        with mock.patch.dict(os.environ, MNIST_COURSE_DATA=data):
            client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise AssignmentError(
            f"{source.path}: the solution does not pass its tests.\n{error}\n"
            "Expected: every cell runs.\n"
            "What to do: change the solution or the test in the cell shown above."
        ) from error
