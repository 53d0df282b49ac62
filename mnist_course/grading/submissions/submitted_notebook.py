"""Read a submitted notebook, which may be damaged or malicious."""

import codecs
import json
import re

import nbformat
from nbformat import NotebookNode

MAX_NOTEBOOK_BYTES = 30_000_000
# One byte more than allowed, so that a file that is too large is noticed.
READ_LIMIT = MAX_NOTEBOOK_BYTES + 1
# Windows PowerShell redirects output into files with these marks; UTF-32's begins with UTF-16's.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CELL_FIELDS = frozenset(
    {"cell_type", "id", "metadata", "source", "outputs", "execution_count", "attachments"}
)
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class SubmissionError(Exception):
    """A submission cannot be graded.

    Parameters
    ----------
    message : str
        The reason, for the instructor and the student.
    retry : bool
        True if the machine or a time limit may be the reason, so that it may be graded again.
    """

    def __init__(self, message: str, retry: bool = False):
        super().__init__(message)
        self.retry = retry


def text_encoding(content: bytes) -> str:
    """Return the encoding that the byte order mark tells; "utf-8" without one."""
    marks = (name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark))
    return next(marks, "utf-8")


def read_submitted_notebook(content: bytes) -> NotebookNode:
    """Read a notebook without its outputs and attachments.

    Raises
    ------
    SubmissionError
        The file is too large or is not a valid notebook.
    """
    if len(content) > MAX_NOTEBOOK_BYTES:
        raise SubmissionError(
            f"The file is larger than the limit of {MAX_NOTEBOOK_BYTES // 1_000_000} MB."
        )
    try:
        notebook = json.loads(content.decode(text_encoding(content)))
        _accept_other_minor_versions(notebook)
        # Unlike nbformat.reads, this logs nothing: errors quote what a student wrote.
        notebook = nbformat.convert(nbformat.reader.reads(json.dumps(notebook)), 4)
        for cell in notebook.cells:
            # Outputs are computed again, so invalid ones must not make the submission fail.
            cell.pop("attachments", None)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        _, notebook = nbformat.validator.normalize(notebook)
        nbformat.validate(notebook)
    except UnicodeDecodeError as error:
        raise SubmissionError(
            f"The file is not a notebook: it is neither UTF-8 nor UTF-16 ({error})."
        ) from None
    except RecursionError:
        raise SubmissionError("The file is not a notebook: it is nested too deeply.") from None
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise SubmissionError(f"The file is not a valid notebook: {reason}") from None
    return notebook


def _accept_other_minor_versions(notebook: object) -> None:
    """Make a notebook valid that some programs write and all open.

    Some write version 4.4 with cell ids, some leave out the metadata of cells, and a program
    newer than nbformat writes a minor version and fields that nbformat does not know.
    """
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        return
    notebook |= {"nbformat": 4, "nbformat_minor": nbformat.current_nbformat_minor}
    notebook.setdefault("metadata", {})
    cells = notebook.get("cells")
    seen: set[str] = set()
    for position, cell in enumerate(cells if isinstance(cells, list) else ()):
        if isinstance(cell, dict):
            cell.setdefault("metadata", {})
            for field in cell.keys() - CELL_FIELDS:
                del cell[field]
            identifier = cell.get("id")
            if not isinstance(identifier, str) or not CELL_ID.fullmatch(identifier):
                identifier = f"cell-{position}"
            cell["id"] = identifier if identifier not in seen else f"again-{position}"
            seen.add(cell["id"])
