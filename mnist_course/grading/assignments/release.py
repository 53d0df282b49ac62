"""Make students' notebooks and solutions out of sources, with nbgrader's own preprocessors."""

import copy
import logging

from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader import utils as nbgrader_utils
from nbgrader.nbgraderformat import ValidationError
from traitlets.config import Config

# What an instructor's edition shows and a student's notebook never holds.
INSTRUCTOR_TAGS = frozenset({"instructor", "answer"})

# A rubric may stand in any cell, not only where nbgrader expects it, and it vanishes from all.
ANYWHERE = {"enforce_metadata": False}
STUB = (
    '# YOUR CODE HERE\nraise NotImplementedError("Write your answer here, in place of this line.")'
)
SETTINGS = Config(
    ClearSolutions={"code_stub": {"python": STUB}},
    ClearMarkScheme=ANYWHERE,
    ClearAnswerRubrics=ANYWHERE,
    ClearOutput={"remove_metadata_fields": {"collapsed", "scrolled", "execution", "ExecuteTime"}},
)


class ReleaseError(ValueError):
    """A source notebook from which no student's notebook can be made."""


class DropInstructorCells(nbgrader.NbGraderPreprocessor):
    """Drop the cells that only an instructor may see: those tagged `instructor` or `answer`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook without these cells, and without the state of its widgets."""
        nb.cells = [
            cell for cell in nb.cells if INSTRUCTOR_TAGS.isdisjoint(cell.metadata.get("tags", ()))
        ]
        nb.metadata.pop("widgets", None)
        return nb, resources


class ClearAnswerRubrics(nbgrader.ClearMarkScheme):
    """Take the rubric out of a question's answer cell before its checksum is stored.

    By that checksum nbgrader knows an answer that was left blank.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Clear one cell, if it is for an answer."""
        if nbgrader_utils.is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        return cell, resources


# Up to here a notebook holds its hidden tests, from here on it is the student's: between the two
# `nbgrader generate_assignment` writes the cells into a gradebook.
WITH_HIDDEN_TESTS = [
    DropInstructorCells,
    nbgrader.LockCells,
    nbgrader.ClearSolutions,
    ClearAnswerRubrics,
    nbgrader.ClearOutput,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
]
FOR_STUDENTS = [
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
]
FOR_READERS = [
    DropInstructorCells,
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ClearOutput,
]


def student_notebook(source: NotebookNode) -> NotebookNode:
    """Make the notebook that a student gets.

    Solutions become "YOUR CODE HERE" or "YOUR ANSWER HERE"; hidden tests, rubrics, outputs and the
    cells tagged `instructor` or `answer` vanish; tests are locked and carry nbgrader's checksums.

    Parameters
    ----------
    source : NotebookNode
        A source notebook in nbgrader's format. It is left as it is.

    Returns
    -------
    NotebookNode
        The student's notebook. The same source always gives the same notebook.

    Raises
    ------
    ReleaseError
        A region is not closed or stands in the wrong kind of cell, or nbgrader's metadata is
        incomplete.
    """
    return after(source, [*WITH_HIDDEN_TESTS, *FOR_STUDENTS])


def solution_notebook(source: NotebookNode) -> NotebookNode:
    """Make the notebook that shows one right way: with solutions, without what only graders see.

    Takes, returns and raises what :func:`student_notebook` does.
    """
    return after(source, FOR_READERS)


def after(source: NotebookNode, steps: list) -> NotebookNode:
    """Return a copy of a notebook after some of nbgrader's steps."""
    notebook, resources = copy.deepcopy(source), {}
    quiet = logging.getLogger(f"{__name__}.quiet")
    quiet.disabled = True  # nbgrader logs what it raises, too
    for step in steps:
        try:
            notebook, resources = step(config=SETTINGS, log=quiet).preprocess(notebook, resources)
        except (RuntimeError, ValidationError, ValueError) as error:
            raise ReleaseError(
                f"nbgrader's step {step.__name__} found a fault: {error}\n"
                "Expected: every '### BEGIN ...' closed by its '### END ...', solutions in "
                "solution cells, hidden tests in test cells, and grade_ids that are unique.\n"
                "What to do: open the source in JupyterLab with the panel 'Create Assignment'."
            ) from error
    return notebook
