"""Read the source notebooks of assignments."""

import dataclasses
import hashlib
import itertools
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

DEFAULT_SOURCES = "notebooks/exercises"
# nbgrader takes names as patterns of paths, and strips spaces from their ends.
NAME = re.compile(r"[^\W_][\w.-]{0,99}")
# Tables of results are named after the assignment, with these endings.
TABLE_ENDINGS = ("-moodle", "-canvas", "-files", "-table")


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
        The folder has no notebook, one of them cannot be read or has a name that nbgrader cannot
        use, or two have the same grade ids.
    """
    sources = {}
    for path in sorted(folder.glob("*.ipynb")):
        _check_name(path)
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
    for first, second in itertools.combinations(sources.values(), 2):
        _check_grade_ids(first, second)
    return sources


def _check_name(path: Path) -> None:
    if NAME.fullmatch(path.stem) is None or path.stem.endswith(TABLE_ENDINGS):
        raise AssignmentError(
            f"{path}: an assignment cannot have the name {path.stem!r}, because nbgrader or a "
            "table of results could not be named after it.\n"
            "Expected: letters, digits and - _ . after a letter or digit, at most 100, not ending "
            f"in {', '.join(TABLE_ENDINGS)}.\n"
            "What to do: rename the notebook, or move it out of the folder if it is none."
        )


def _check_grade_ids(first: SourceNotebook, second: SourceNotebook) -> None:
    """Raise an error if the ids of one source do not tell its submissions from the other's."""
    small, large = sorted([first.grade_ids, second.grade_ids], key=len)
    if small and small <= large:
        raise AssignmentError(
            f"{first.path} and {second.path} have the same grade ids "
            f"({', '.join(sorted(small)[:5])}), so submissions to one cannot be told from "
            "submissions to the other.\n"
            "What to do: if one is a copy, move it out of the folder; else change grade ids in "
            "JupyterLab with the panel 'Create Assignment'."
        )
