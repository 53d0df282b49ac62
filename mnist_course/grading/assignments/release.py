"""Make student notebooks and solution notebooks from sources, with nbgrader's preprocessors."""

import copy
import logging
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader import utils as nbgrader_utils
from nbgrader.nbgraderformat import ValidationError
from traitlets.config import Config

from mnist_course.grading.assignments.marks import INSTRUCTOR_TAGS, check_marks
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook

# nbgrader expects mark schemes in some cell types only; here they are removed from every cell.
ANY_CELL = {"enforce_metadata": False}
CODE_STUB = (
    '# YOUR CODE HERE\nraise NotImplementedError("Write your answer here, in place of this line.")'
)
SETTINGS = Config(
    ClearSolutions={"code_stub": {"python": CODE_STUB}},
    ClearMarkScheme=ANY_CELL,
    ClearAnswerMarkScheme=ANY_CELL,
    ClearOutput={"remove_metadata_fields": {"collapsed", "scrolled", "execution", "ExecuteTime"}},
)


class DropInstructorCells(nbgrader.NbGraderPreprocessor):
    """Drop the cells tagged `instructor` or `answer`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook without these cells and without widget state."""
        nb.cells = [
            cell for cell in nb.cells if INSTRUCTOR_TAGS.isdisjoint(cell.metadata.get("tags", ()))
        ]
        nb.metadata.pop("widgets", None)
        return nb, resources


class ClearAnswerMarkScheme(nbgrader.ClearMarkScheme):
    """Remove the mark scheme from answer cells before their checksum is stored.

    nbgrader compares this checksum with the submission to find answers left blank.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Clear one cell if it is an answer cell."""
        if nbgrader_utils.is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        return cell, resources


# `nbgrader generate_assignment` saves the cells to the gradebook after the first list and before
# the second. Graded notebooks get their test cells from the gradebook, so it has no hidden tests.
BEFORE_GRADEBOOK = [
    DropInstructorCells,
    nbgrader.LockCells,
    nbgrader.ClearSolutions,
    ClearAnswerMarkScheme,
    nbgrader.ClearOutput,
    nbgrader.ClearHiddenTests,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
]
AFTER_GRADEBOOK = [nbgrader.ClearMarkScheme, nbgrader.ComputeChecksums, nbgrader.CheckCellMetadata]
FOR_SOLUTION = [
    DropInstructorCells,
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ClearOutput,
]


def student_notebook(source: NotebookNode) -> NotebookNode:
    """Make the student notebook of an assignment.

    Solutions are replaced by "YOUR CODE HERE" or "YOUR ANSWER HERE". Hidden tests, mark schemes,
    outputs and cells tagged `instructor` or `answer` are removed. Test cells are locked and have
    nbgrader's checksums.

    Parameters
    ----------
    source : NotebookNode
        Source notebook in nbgrader's format; not modified.

    Returns
    -------
    NotebookNode
        The student notebook, the same for the same source.

    Raises
    ------
    AssignmentError
        A mark is not known, a region is not closed or is in the wrong kind of cell, or nbgrader's
        metadata is incomplete.
    """
    check_marks(source)
    return apply_preprocessors(source, [*BEFORE_GRADEBOOK, *AFTER_GRADEBOOK])


def solution_notebook(source: NotebookNode) -> NotebookNode:
    """Make the notebook with solutions, without hidden tests, mark schemes and instructor cells.

    Parameters, return value and errors are those of :func:`student_notebook`.
    """
    check_marks(source)
    return apply_preprocessors(source, FOR_SOLUTION)


def apply_preprocessors(source: NotebookNode, preprocessors: list[type]) -> NotebookNode:
    """Return a copy of a notebook after applying nbgrader preprocessors in order."""
    notebook, resources = copy.deepcopy(source), {}
    silent_logger = logging.getLogger(f"{__name__}.silent")
    silent_logger.disabled = True  # nbgrader also logs the errors that it raises
    for preprocessor in preprocessors:
        try:
            notebook, resources = preprocessor(config=SETTINGS, log=silent_logger).preprocess(
                notebook, resources
            )
        except (RuntimeError, ValidationError, ValueError) as error:
            raise AssignmentError(
                f"nbgrader's preprocessor {preprocessor.__name__} reports an error: {error}\n"
                "Expected: complete metadata in each cell of nbgrader, and unique grade ids.\n"
                "What to do: open the source in JupyterLab with the panel 'Create Assignment'."
            ) from error
    return notebook


def release_notebook(source: SourceNotebook) -> NotebookNode:
    """Return the student notebook of a source; an error names the source file."""
    try:
        return student_notebook(source.notebook)
    except AssignmentError as error:
        raise AssignmentError(f"{source.path}: {error}") from error


def write_release(sources: Iterable[SourceNotebook], folder: Path) -> list[Path]:
    """Write the student notebook of each source into a folder and return the paths.

    Raises
    ------
    AssignmentError
        A source is invalid, or is in that folder and would be overwritten.
    """
    sources = list(sources)
    released = {folder / f"{source.name}.ipynb": release_notebook(source) for source in sources}
    if folder.resolve() in {source.path.parent.resolve() for source in sources}:
        raise AssignmentError(
            f"The student notebooks would overwrite their sources in {folder}.\n"
            "What to do: name another folder with --out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, notebook in released.items():
        nbformat.write(notebook, path)
    return list(released)
