"""Restore the cells of the release in a submitted notebook."""

import copy
from collections.abc import Iterable

from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from mnist_course.grading.assignments.sources import grade_id
from mnist_course.grading.submissions.printable import printable

MARK = "mnist_course"


def has_hidden_tests(cell: NotebookNode) -> bool:
    """Return whether `RestoreCells` marked a cell as one with hidden tests."""
    return bool(cell.metadata.get(MARK, {}).get("hidden_tests"))


class RestoreCells(NbGraderPreprocessor):
    """Restore the metadata, types, tests and missing cells of the release.

    Only answers and additional cells remain as submitted. Additional cells get empty metadata, so
    that no tag of the student decides what is run.

    Parameters
    ----------
    release : NotebookNode
        The released student notebook.
    cells_with_hidden_tests : iterable of str
        Grade ids of the cells to mark as cells with hidden tests.

    Attributes
    ----------
    notes : list of str
        Repairs without consequences, such as a deleted test.
    flags : list of str
        What only a person can judge: the answer of a missing answer cell may be elsewhere.
    """

    def __init__(
        self, release: NotebookNode, cells_with_hidden_tests: Iterable[str] = (), **kwargs
    ):
        super().__init__(**kwargs)
        self.release, self.notes, self.flags = copy.deepcopy(release), [], []
        self.released = {name: cell for cell in self.release.cells if (name := grade_id(cell))}
        for name in cells_with_hidden_tests:
            self.released[name].metadata[MARK] = {"hidden_tests": True}
        self.unnamed = [cell for cell in self.release.cells if not grade_id(cell)]

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with each released cell exactly once."""
        found: set[str] = set()
        # As in nbgrader, the last of several copies counts.
        nb.cells = [self._restored(cell, found) for cell in reversed(nb.cells)][::-1]
        self._add_missing_cells(nb, found)
        self._flag_text_elsewhere(nb)
        nb.metadata = copy.deepcopy(self.release.metadata)
        nb.nbformat_minor = 5  # the first version with cell ids
        ids: set[str] = set()
        for cell in nb.cells:
            if not cell.get("id") or cell.id in ids:
                cell.id = generate_corpus_id()
            ids.add(cell.id)
        return nb, resources

    def _restored(self, cell: NotebookNode, found: set[str]) -> NotebookNode:
        name = grade_id(cell)
        if name not in self.released or name in found:
            if name in found:
                self.notes.append(f"The cell '{name}' was there twice; the last one counts.")
            elif name:
                name = printable(name, 100, one_line=True)
                self.flags.append(f"The cell id '{name}' is not in this assignment.")
            cell.metadata = self._unnamed_metadata(cell)
            return cell
        found.add(name)
        released = copy.deepcopy(self.released[name])
        if cell.cell_type != released.cell_type:
            self.notes.append(
                f"The cell '{name}' was changed from {released.cell_type} to {cell.cell_type} and "
                "was changed back."
            )
        if not utils.is_locked(released):
            released.source = cell.source
        released.id = cell.get("id")
        return released

    def _flag_text_elsewhere(self, nb: NotebookNode) -> None:
        """Flag text answers that are untouched in a notebook with added text."""
        texts = {cell.source.strip() for cell in self.release.cells} | {""}
        added = any(
            cell.cell_type == "markdown" and cell.source.strip() not in texts
            for cell in nb.cells
            if not grade_id(cell)
        )
        for cell in nb.cells if added else ():
            name = grade_id(cell)
            is_answer = cell.cell_type == "markdown" and utils.is_solution(cell)
            if is_answer and cell.source == self.released[name].source:
                self.flags.append(
                    f"The text answer '{name}' is untouched, but there is text in another cell."
                )

    def _unnamed_metadata(self, cell: NotebookNode) -> dict:
        """Return the metadata of the released cell without grade id that a cell comes from."""
        same_type = [each for each in self.unnamed if each.cell_type == cell.cell_type]
        for key in ("id", "source"):
            for released in same_type:
                if cell.get(key) and cell[key] == released.get(key):
                    return copy.deepcopy(released.metadata)
        return NotebookNode()

    def _add_missing_cells(self, nb: NotebookNode, found: set[str]) -> None:
        position = -1  # of the released cell before the missing one
        for name, cell in self.released.items():
            if name in found:
                position = next(i for i, each in enumerate(nb.cells) if grade_id(each) == name)
                continue
            position += 1
            nb.cells.insert(position, copy.deepcopy(cell))
            if utils.is_solution(cell):
                self.flags.append(f"The answer cell '{name}' is missing, or its id was changed.")
            else:
                self.notes.append(f"The cell '{name}' was missing and was restored.")
