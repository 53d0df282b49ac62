"""Run an exercise's cells and its checks on answers: right, wrong and blank ones.

The answers are in ``tests/notebooks/exercise_answers``, one file for each source notebook::

    ANSWERS = {"task": {"right: another way": code, "a mistake": (code, "message of the check")}}

An answer is right if and only if its name begins with "right:". The name of a wrong answer that
only the hidden tests refuse begins with "when graded:".
"""

import contextlib
import io
import runpy
import signal
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import nbformat
import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

from book._ext.exercise_sources import source_paths
from mnist_course.grading.assignments.release import student_notebook

ROOT = Path(__file__).parents[1]
SOURCES = source_paths(ROOT)
ANSWERS = ROOT / "tests" / "notebooks" / "exercise_answers"
SOURCE = "as in the source"
BLANK = "left blank"

# Each answer to one of these tasks trains networks. Their answers are slow tests, apart from one
# wrong answer, a blank one and the source's own, which is right.
TRAINING_TASKS = {"loss-after", "outcome", "budget", "settings", "train"}


class Verdict(NamedTuple):
    """What a check says of an answer.

    ``message`` is that of the failed check, or of the answer's own error, and None where both ran
    to their end. ``hidden``: a hidden test failed, not one that students see. ``raw``: the check
    ended in an error that neither it nor the answer raised on purpose. ``printed`` is the check's
    output.
    """

    message: str | None
    hidden: bool = False
    raw: bool = False
    printed: str = ""


class TimeUp(BaseException):
    """An answer has used up its seconds; answers that catch exceptions do not catch this one."""


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
    cells = by_id(notebook)
    return [name for name, cell in by_id(notebook).items() if f"check-{name}" in cells]


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp in the body after some seconds, where the system has such an alarm."""
    if not (seconds and hasattr(signal, "setitimer")) or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_):
        raise TimeUp(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_cell(code: str, names: dict, file: str = "<cell>") -> tuple[BaseException | None, str]:
    """Run a cell; return its error, or None, and what it printed."""
    code = TransformerManager().transform_cell(code)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(code, file, "exec"), names)
    except (Exception, TimeUp) as error:
        return error, output.getvalue()
    finally:
        plt.close("all")
    return None, output.getvalue()


def message_of(error: BaseException | None) -> str | None:
    """Return an error as Jupyter shows it in its last line, or None."""
    return None if error is None else f"{type(error).__name__}: {error}"


def run(code: str, names: dict) -> str | None:
    """Run a cell; return the message of its error, or None."""
    return message_of(run_cell(code, names)[0])


def judge(code: str, check: str, names: dict, seconds: float | None = None) -> Verdict:
    """Run an answer in a namespace, then the check; return the verdict."""
    try:
        with time_limit(seconds):
            own, _ = run_cell(code, names, "<answer>")
            # Students run the check also after their cell has failed.
            error, printed = run_cell(check, names, "<check>")
    except TimeUp as late:
        own, error, printed = None, late, ""
    if error is None:
        return Verdict(message_of(own), printed=printed)
    frames = traceback.extract_tb(error.__traceback__)
    hidden_from = check.find("### BEGIN HIDDEN TESTS")
    failed_at = next((frame.lineno for frame in frames if frame.filename == "<check>"), 0)
    in_answer = own is not None or any(frame.filename == "<answer>" for frame in frames)
    raw = not isinstance(error, AssertionError | TimeUp) and not in_answer
    hidden = hidden_from >= 0 and failed_at > check[:hidden_from].count("\n")
    return Verdict(message_of(error), hidden, raw, printed)


def verdicts(
    notebook: nbformat.NotebookNode, proposed: dict[str, dict], seconds: float | None = None
) -> dict[tuple[str, str], Verdict]:
    """Run the checks on every answer to every task of a source notebook.

    Where answers to some tasks only are proposed, the cells after the last of these are not run.

    Parameters
    ----------
    seconds
        The time for one answer and its check; without it there is no limit.

    Returns
    -------
    dict
        The verdict for each (task, answer). The source's own answer and a blank one are among them.
    """
    cells, blanks = by_id(notebook), by_id(student_notebook(notebook))
    names: dict = {"__name__": "__main__"}
    found = {}
    all_proposed = set(proposed) >= set(tasks(notebook))
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if not all_proposed and set(proposed) == {task for task, _ in found}:
            break
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
            # Copies, because an answer may write into an array that it is given.
            names.update(
                {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in before.items()}
            )
            found[name, answer] = judge(code, cells[f"check-{name}"].source, names, seconds)
    return found
