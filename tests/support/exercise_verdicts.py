"""Run an exercise's cells and let its checks judge answers, right, wrong and blank ones.

The answers lie in ``tests/notebooks/exercise_answers``, one file for each source notebook::

    ANSWERS = {"task": {"right: another way": code, "a mistake": (code, "what the check says")}}

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

# Each answer to one of these tasks trains networks. All but one wrong answer, a blank one and the
# source's own, which is right, are slow tests.
TRAINING_TASKS = {"loss-after", "outcome", "budget", "settings", "train"}


def answers(path: Path) -> dict[str, dict]:
    """Read the answers that go with a source notebook, by task."""
    return runpy.run_path(ROOT / "tests" / "notebooks" / "exercise_answers" / f"{path.stem}.py")[
        "ANSWERS"
    ]


def is_slow(task: str, answer: str, proposed: dict) -> bool:
    """Return whether an answer to a task is judged in slow tests alone."""
    if task not in TRAINING_TASKS or answer in (SOURCE, BLANK):
        return False
    return answer != next(name for name in proposed if not name.startswith("right:"))


def by_id(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """Return the cells that nbgrader knows by their ids."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def tasks(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the ids of the cells that a program grades, in order."""
    return [
        name
        for name, cell in by_id(notebook).items()
        if cell.cell_type == "code" and cell.metadata.nbgrader.solution
    ]


def run(code: str, names: dict) -> str | None:
    """Run a cell; return what its error says, or None."""
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
    """Judge every answer to every task of a source notebook.

    Returns
    -------
    dict
        For each (task, answer) what the check said, or None where it was content. The answer of the
        source itself and a blank one are among them.
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
            said = run(cell.source, names)
            assert said is None, f"{name}: {said}"
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
            said = run(code, names)
            # A learner whose cell fails goes on to the check all the same.
            checked = run(cells[f"check-{name}"].source, names)
            found[name, answer] = checked or said
    return found
