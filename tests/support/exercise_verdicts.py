"""Run an exercise's cells and its checks on answers: right, wrong and blank ones.

The answers are in ``tests/notebooks/exercise_answers``, one file for each source notebook::

    ANSWERS = {"task": {"right: another way": code, "a mistake": (code, "message of the check")}}

An answer is right if and only if its name begins with "right:".
"""

import contextlib
import io
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from mnist_course.grading.assignments.release import student_notebook

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks" / "exercises").glob("[0-9]*.ipynb"))
ANSWERS = ROOT / "tests" / "notebooks" / "exercise_answers"
SOURCE = "as in the source"
BLANK = "left blank"

# Each answer to one of these tasks trains networks. Their answers are slow tests, apart from one
# wrong answer, a blank one and the source's own, which is right.
TRAINING_TASKS = {"loss-after", "outcome", "budget", "settings", "train"}


def answers(path: Path) -> dict[str, dict]:
    """Read the answers that go with a source notebook, by task."""
    return runpy.run_path(ANSWERS / f"{path.stem}.py")["ANSWERS"]


def is_slow(task: str, answer: str, proposed: dict) -> bool:
    """Return whether an answer to a task is checked in slow tests only."""
    if task not in TRAINING_TASKS or answer in (SOURCE, BLANK):
        return False
    return answer != next(name for name in proposed if not name.startswith("right:"))


def by_id(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """Return nbgrader's cells by their ids."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def tasks(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the ids of the automatically graded tasks, in order."""
    return [
        name
        for name, cell in by_id(notebook).items()
        if cell.cell_type == "code" and cell.metadata.nbgrader.solution
    ]


def run(code: str, names: dict) -> str | None:
    """Run a cell; return the message of its error, or None."""
    code = TransformerManager().transform_cell(code)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "<cell>", "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        plt.close("all")
    return None


def verdicts(notebook: nbformat.NotebookNode, proposed: dict[str, dict]) -> dict[tuple, str | None]:
    """Run the checks on every answer to every task of a source notebook.

    Returns
    -------
    dict
        For each (task, answer) the message of the check, or None where it passed. The source's own
        answer and a blank one are among them.
    """
    cells, blanks = by_id(notebook), by_id(student_notebook(notebook))
    names: dict = {"__name__": "__main__"}
    found = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        name = cell.metadata.nbgrader.grade_id
        if name not in proposed:
            if name.startswith("check-"):
                continue
            error = run(cell.source, names)
            assert error is None, f"{name}: {error}"
            continue
        codes = {
            answer: case if isinstance(case, str) else case[0]
            for answer, case in proposed[name].items()
        }
        codes |= {BLANK: blanks[name].source, SOURCE: cell.source}
        before = dict(names)
        for answer, code in codes.items():
            names.clear()
            names.update(before)
            error = run(code, names)
            # Students run the check also after their cell has failed.
            failed_check = run(cells[f"check-{name}"].source, names)
            found[name, answer] = failed_check or error
    return found
