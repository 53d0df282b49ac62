"""A small exercise that needs NumPy alone, and what good, wrong and hostile students make of it."""

import copy
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

EXERCISE = "01-scale"

SCALE = "import numpy as np\n\n\ndef scale(images):\n    return images / 255"
DARKEST = "def darkest(images):\n    return int(images.max())"
RIGHT = {"scale": SCALE, "darkest": DARKEST}


def cell(kind: str, name: str, source: str, points: int = 0, **marks: bool) -> NotebookNode:
    """Make a cell with nbgrader's metadata."""
    new = new_code_cell if kind == "code" else new_markdown_cell
    about = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    about |= {"schema_version": 3, "grade_id": name, "points": points, "cell_type": kind}
    return new(source, id=f"cell-{name}", metadata={"nbgrader": about})


def source() -> NotebookNode:
    """Return the source notebook: two tasks for 2 and 3 points, a question for 1."""
    begin, end = "### BEGIN {}\n", "\n### END {}"
    wrap = lambda text, word: begin.format(word) + text + end.format(word)  # noqa: E731
    test_scale = "assert scale(np.array([255]))[0] == 1, 'ink is 1'\n" + wrap(
        "np.testing.assert_allclose(scale(np.array([0, 51])), [0, 0.2])", "HIDDEN TESTS"
    )
    test_darkest = "assert darkest(np.array([3, 200])) == 200, 'the largest number'\n" + wrap(
        "assert darkest(np.array([[7, 1], [0, 2]])) == 7, 'in two dimensions'", "HIDDEN TESTS"
    )
    question = wrap("Because weights start small.", "SOLUTION")
    question += "\n" + wrap("1 point for the size of the weights.", "MARK SCHEME")
    return new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}
        },
        cells=[
            new_markdown_cell("# Scale", id="title"),
            new_markdown_cell("20 minutes", id="minutes", metadata={"tags": ["instructor"]}),
            cell("code", "scale", wrap(SCALE, "SOLUTION"), solution=True),
            cell("code", "test-scale", test_scale, 2, grade=True, locked=True),
            cell("code", "darkest", wrap(DARKEST, "SOLUTION"), solution=True),
            cell("code", "test-darkest", test_darkest, 3, grade=True, locked=True),
            cell("markdown", "why", question, 1, grade=True, solution=True),
        ],
    )


def write_source(folder: Path) -> Path:
    """Write the source notebook into a folder and return the folder."""
    folder.mkdir(exist_ok=True)
    nbformat.write(source(), folder / f"{EXERCISE}.ipynb")
    return folder


def answered(release: NotebookNode, answers: dict[str, str], first: str = "") -> NotebookNode:
    """Return the student's notebook with answers, and if asked for a cell of code before all."""
    notebook = copy.deepcopy(release)
    for each in notebook.cells:
        name = each.metadata.get("nbgrader", {}).get("grade_id")
        each.source = answers.get(name, each.source)
    if first:
        notebook.cells.insert(1, new_code_cell(first, id="first"))
    return notebook


def as_bytes(notebook: NotebookNode) -> bytes:
    """Return a notebook as a file holds it."""
    return json.dumps(notebook).encode()
