"""Restore the cells of the release in a submitted notebook."""

import copy

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from mnist_course.grading.assignments.sources import grade_id


class RestoreCells(NbGraderPreprocessor):
    """Restore each released cell that is missing, duplicated or has changed metadata.

    nbgrader stops at duplicated, unknown or missing cells; here the rest is graded.

    Parameters
    ----------
    release : NotebookNode
        The released student notebook.

    Attributes
    ----------
    notes : list of str
        Repairs without consequences, such as a deleted test.
    flags : list of str
        What an instructor must check: the answer of a missing answer cell may be elsewhere.
    """

    def __init__(self, release: NotebookNode, **kwargs):
        super().__init__(**kwargs)
        self.release, self.notes, self.flags = release, [], []

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with each released cell exactly once."""
        released = {name: cell for cell in self.release.cells if (name := grade_id(cell))}
        found: set[str] = set()
        # As in nbgrader, the last of several copies counts.
        for cell in reversed(nb.cells):
            name = grade_id(cell)
            if name in released and name not in found:
                found.add(name)
                cell.metadata.nbgrader = copy.deepcopy(released[name].metadata.nbgrader)
                continue
            if name in released:
                self.notes.append(f"The cell '{name}' was there twice; the last one counts.")
            elif name:
                self.flags.append(f"The cell id '{name}' is not in this assignment.")
            cell.metadata.pop("nbgrader", None)
        self._add_missing_cells(nb, released, found)
        return nb, resources

    def _add_missing_cells(self, nb: NotebookNode, released: dict, found: set[str]) -> None:
        position = -1  # of the released cell before the missing one
        for name, cell in released.items():
            if name in found:
                position = next(i for i, each in enumerate(nb.cells) if grade_id(each) == name)
                continue
            position += 1
            nb.cells.insert(position, copy.deepcopy(cell))
            if cell.metadata.nbgrader.get("solution"):
                self.flags.append(f"The answer cell '{name}' is missing, or its id was changed.")
            else:
                self.notes.append(f"The cell '{name}' was missing and was restored.")
