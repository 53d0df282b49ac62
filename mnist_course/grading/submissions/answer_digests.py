"""Tell which answers of a submission have changed since it was graded."""

from collections.abc import Iterable

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from mnist_course.grading.assignments.sources import grade_id
from mnist_course.grading.submissions.text_digest import text_digest


def answer_digests(notebook: NotebookNode, release: NotebookNode) -> dict[str, str]:
    """Return a digest of the answer that each graded cell gives points for.

    A text answer is its own cell. What a test cell tests are the answer cells since the previous
    graded cell, and all code cells that the student added.

    Parameters
    ----------
    notebook : NotebookNode
        The submission.
    release : NotebookNode
        The released student notebook.

    Returns
    -------
    dict of str to str
        SHA-256 by the grade id of each graded cell of the release.
    """
    sources = {grade_id(cell): cell.source for cell in notebook.cells}
    added = [
        cell.source for cell in notebook.cells if cell.cell_type == "code" and not grade_id(cell)
    ]
    digests, answers = {}, []
    for cell in release.cells:
        name = grade_id(cell)
        source = sources.get(name, "")
        if is_solution(cell):
            answers.append(source)
        if is_grade(cell):
            digests[name] = _digest([source] if is_solution(cell) else [*answers, *added])
            answers = []
    return digests


def _digest(sources: Iterable[str]) -> str:
    return text_digest("\0".join(source.strip() for source in sources))
