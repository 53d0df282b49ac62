"""The code and the printed text of a stored lesson, by the lesson's name."""

from pathlib import Path

import nbformat

from tests.support.lesson_rules import output_texts
from tests.support.notebook_parts import code_cells

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def sources(lesson: str) -> list[str]:
    """Return the source of each code cell of a lesson, apart from the set-up cell."""
    return [cell.source for cell in code_cells(stored(lesson))[1:]]


def output_that_says(lesson: str, words: str) -> str:
    """Return the only text in the outputs of a lesson that has these words."""
    [text] = [text for text in output_texts(stored(lesson)) if words in text]
    return text


def printed_by(lesson: str) -> str:
    """Return all texts in the outputs of a lesson, alt texts included."""
    return "\n".join(output_texts(stored(lesson)))


def stored(lesson: str) -> nbformat.NotebookNode:
    """Return a lesson as it is stored."""
    return nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4)
