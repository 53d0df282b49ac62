"""The parts of a stored notebook that rules look at."""

import re


def code_cells(notebook: dict) -> list[dict]:
    """Return the code cells in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def markdown(notebook: dict) -> str:
    """Return all prose as one text."""
    return "\n\n".join(c["source"] for c in notebook["cells"] if c["cell_type"] == "markdown")


def lesson_code(notebook: dict) -> list[tuple[int, dict, str]]:
    """Return number, cell and plain Python of each code cell after the set-up cell."""
    cells = [(i, c) for i, c in enumerate(notebook["cells"]) if c["cell_type"] == "code"]
    magic = re.compile(r"^(\s*)%.*", flags=re.MULTILINE)
    return [(i, c, magic.sub(r"\1pass", c["source"])) for i, c in cells[1:]]


def is_folded(cell: dict) -> bool:
    """Return whether a cell's code is folded in the book."""
    return "hide-input" in cell["metadata"].get("tags", [])
