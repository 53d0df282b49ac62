"""Read a submitted notebook, which may be damaged or malicious."""

import nbformat
from nbformat import NotebookNode

MAX_NOTEBOOK_BYTES = 30_000_000


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
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        for cell in notebook.cells:
            # Outputs are computed again, so invalid ones must not make the submission fail.
            cell.pop("attachments", None)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        _, notebook = nbformat.validator.normalize(notebook)
        nbformat.validate(notebook)
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The file is not a notebook: it is not UTF-8 ({error}).") from None
    except RecursionError:
        raise SubmissionError("The file is not a notebook: it is nested too deeply.") from None
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise SubmissionError(f"The file is not a valid notebook: {reason}") from None
    return notebook
