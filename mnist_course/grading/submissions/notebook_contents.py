"""Compare submitted notebooks with each other and with the release, without running them."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from mnist_course.grading.assignments.sources import SourceNotebook, grade_id
from mnist_course.grading.submissions.class_upload import Upload
from mnist_course.grading.submissions.submitted_notebook import (
    SubmissionError,
    read_submitted_notebook,
    text_encoding,
)
from mnist_course.grading.submissions.text_digest import text_digest
from mnist_course.grading.submissions.uploaded_files import READ_ERRORS
from mnist_course.grading.submissions.zip_files import reason

GRADE_ID = re.compile(r'"grade_id"\s*:\s*"([^"\\]+)"')
START_BYTES = 1000


@dataclass(frozen=True)
class NotebookContent:
    """What identifies the content of a submitted file that is a notebook, or should be one.

    Attributes
    ----------
    digest : str
        SHA-256 of the text of all cells; of the bytes if the notebook is damaged.
    grade_ids : frozenset of str
        The grade ids in it.
    cells : frozenset of (str or None, str)
        Grade id and digest of the source of each code cell and each nbgrader cell.
    damaged : bool
        True if it cannot be read as a notebook; grading reports why.
    error : str or None
        Reason why the file itself cannot be read.
    """

    digest: str
    grade_ids: frozenset[str] = frozenset()
    cells: frozenset[tuple[str | None, str]] = frozenset()
    damaged: bool = False
    error: str | None = None


def read_contents(files: Iterable[Upload]) -> dict[Upload, NotebookContent]:
    """Read the files that are notebooks by their content or by their name."""
    contents = {}
    for file in files:
        if file.ignored is None and (content := _read_content(file)):
            contents[file] = content
    return contents


def _read_content(file: Upload) -> NotebookContent | None:
    named = ".ipynb" in file.name.lower()
    if file.error:
        # A zip that cannot be opened may hold the submission; a link to a picture does not.
        error = file.error if named or file.name.lower().endswith(".zip") else None
        return error and NotebookContent(file.path, damaged=True, error=error)
    try:
        if not named and not _looks_like_notebook(file.read(START_BYTES)):
            return None
        content = file.read()
    except READ_ERRORS as error:
        text = f"The file cannot be read: {reason(error)}."
        return NotebookContent(file.path, damaged=True, error=text) if named else None
    try:
        notebook = read_submitted_notebook(content)
    except SubmissionError:
        text = content.decode(text_encoding(content), "replace")
        if not named and '"nbformat"' not in text:
            return None
        digest = hashlib.sha256(content).hexdigest()
        return NotebookContent(digest, frozenset(GRADE_ID.findall(text)), damaged=True)
    return notebook_content(notebook)


def _looks_like_notebook(start: bytes) -> bool:
    return start.decode(text_encoding(start), "replace").lstrip().startswith("{")


def notebook_content(notebook: NotebookNode) -> NotebookContent:
    """Return what identifies the content of a notebook."""
    cells = [
        (cell.cell_type, grade_id(cell), _source_digest(cell.source)) for cell in notebook.cells
    ]
    empty = _source_digest("")
    filled = [cell for cell in cells if cell[1:] != (None, empty)]
    return NotebookContent(
        text_digest(repr(filled)),
        frozenset(identifier for _, identifier, _ in cells if identifier),
        frozenset(cell[1:] for cell in filled if cell[0] == "code" or cell[1]),
    )


def _source_digest(source: str) -> str:
    return text_digest("\n".join(line.rstrip() for line in source.strip().splitlines()))


class ReleasedNotebook:
    """The released student notebook, to find untouched copies of it.

    Parameters
    ----------
    release : NotebookNode
        The student notebook.
    """

    def __init__(self, release: NotebookNode):
        answers = {
            grade_id(cell)
            for cell in release.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        content = notebook_content(release)
        self.not_answers = content.grade_ids - answers
        self.cells = content.cells
        self.sources = {digest for _, digest in content.cells}

    def is_untouched(self, content: NotebookContent) -> bool:
        """Return True if no answer cell was changed, and no code cell was added."""
        return not content.damaged and all(
            identifier in self.not_answers
            or (identifier, digest) in self.cells
            or (identifier is None and digest in self.sources)
            for identifier, digest in content.cells
        )


def assignment_of(
    file: Upload, content: NotebookContent, sources: dict[str, SourceNotebook]
) -> str | None:
    """Return the assignment with most of the notebook's grade ids, else the one in its name.

    Some ids, such as "setup", may stand in all assignments: on a tie, the name decides.
    """
    shared = {name: len(source.grade_ids & content.grade_ids) for name, source in sources.items()}
    most = max(shared.values())
    best = [name for name, number in shared.items() if number == most]
    if most and len(best) == 1:
        return best[0]
    named = [name for name in best if name.lower() in file.name.lower()]
    return max(named, key=len, default=None)
