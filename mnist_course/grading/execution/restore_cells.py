"""Bring a submitted notebook back to the shape that was released, and note what was amiss."""

import copy

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor


def grade_id(cell: NotebookNode) -> str | None:
    """Return a cell's nbgrader id, or None where it has none."""
    about = cell.metadata.get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name else None


class RestoreCells(NbGraderPreprocessor):
    """Give every cell of the release its place and its metadata again.

    nbgrader stops at a duplicated, foreign or lost cell; here the work is graded all the same.

    Attributes
    ----------
    notes : list of str
        What was put right without any doubt, such as a deleted test.
    flags : list of str
        What only a person can judge: an answer cell that is gone may stand elsewhere.
    """

    def __init__(self, release: NotebookNode, **kwargs):
        super().__init__(**kwargs)
        self.release, self.notes, self.flags = release, [], []

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with each released cell in it exactly once."""
        wanted = {name: cell for cell in self.release.cells if (name := grade_id(cell))}
        seen: set[str] = set()
        # As nbgrader does: of several copies the last one counts.
        for cell in reversed(nb.cells):
            name = grade_id(cell)
            if name in wanted and name not in seen:
                seen.add(name)
                cell.metadata.nbgrader = copy.deepcopy(wanted[name].metadata.nbgrader)
                continue
            if name in wanted:
                self.notes.append(f"The cell '{name}' stood there twice; the last one counts.")
            elif name:
                self.flags.append(f"The cell id '{name}' is none of this exercise.")
            cell.metadata.pop("nbgrader", None)
        self._add_missing(nb, wanted, seen)
        return nb, resources

    def _add_missing(self, nb: NotebookNode, wanted: dict, seen: set[str]) -> None:
        before = -1  # where the released cell before the missing one stands
        for name, cell in wanted.items():
            if name in seen:
                before = next(i for i, own in enumerate(nb.cells) if grade_id(own) == name)
                continue
            before += 1
            nb.cells.insert(before, copy.deepcopy(cell))
            if cell.metadata.nbgrader.get("solution"):
                self.flags.append(f"The answer cell '{name}' is gone, or its id was changed.")
            else:
                self.notes.append(f"The cell '{name}' was gone and was put back.")
