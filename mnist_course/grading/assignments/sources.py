"""Read the source notebooks of assignments."""

import dataclasses
import hashlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode


class AssignmentError(ValueError):
    """An assignment cannot be read, released or added to a gradebook."""


@dataclasses.dataclass(frozen=True)
class SourceNotebook:
    """The source notebook of one assignment.

    Attributes
    ----------
    name : str
        Name of the assignment: the file name without its suffix.
    path : Path
        Path of the file.
    notebook : NotebookNode
        Content, including solutions and hidden tests.
    """

    name: str
    path: Path
    notebook: NotebookNode

    @property
    def grade_ids(self) -> frozenset[str]:
        """The grade ids of its nbgrader cells, which also identify a renamed submission."""
        return frozenset(name for cell in self.notebook.cells if (name := grade_id(cell)))

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def grade_id(cell: NotebookNode) -> str | None:
    """Return the nbgrader grade id of a cell, or None if it has none."""
    metadata = cell.metadata.get("nbgrader")
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else None


def read_sources(folder: Path) -> dict[str, SourceNotebook]:
    """Read the source notebooks of a folder.

    Returns
    -------
    dict of str to SourceNotebook
        The sources by assignment name, sorted.

    Raises
    ------
    AssignmentError
        The folder has no notebook, or one of them cannot be read.
    """
    sources = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as error:
            raise AssignmentError(
                f"{path} is not a readable notebook: {error}\n"
                "Expected: a notebook in nbgrader's format.\n"
                "What to do: open it in JupyterLab, or move it out of the folder."
            ) from error
        sources[path.stem] = SourceNotebook(path.stem, path, notebook)
    if not sources:
        raise AssignmentError(
            f"There is no source notebook in {folder.absolute()}.\n"
            "Expected: one .ipynb file for each assignment.\n"
            "What to do: name the folder with --from, for example --from notebooks/exercises."
        )
    return sources
