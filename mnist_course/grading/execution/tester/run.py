"""Run the set-up and test cells of a source, with the answers of a student in another process."""

import ast
import contextlib
import io
import random
import sys
import time
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from mnist_course.grading.assignments.code_cells import parse_code_cell
from mnist_course.grading.assignments.source_cells import ANSWER, SETUP, SourceCell
from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.peer import Peer, PeerLost
from mnist_course.grading.execution.isolation.limits import Limits
from mnist_course.grading.execution.tester.report import CellReport, Failure, did_not_run
from mnist_course.grading.submissions.printable import printable

# A report must fit into the buffer of its socket, because it is read only after the student's cell
# has ended.
MAX_TEXT_CHARACTERS = 10_000
MAX_RESULT_CHARACTERS = 200


class SetupError(Exception):
    """A set-up cell failed that does not depend on any answer."""


class TesterRun:
    """The run of the tests of one submission.

    Parameters
    ----------
    cells : sequence of SourceCell
        The code cells of the source.
    peer : Peer
        Connected to the student's process.
    limits : Limits
        Limits of the submission.
    """

    def __init__(self, cells: Sequence[SourceCell], peer: Peer, limits: Limits):
        self.cells, self.peer, self.limits = cells, peer, limits
        self._shell = _make_shell()
        self._shell.compile.get_code_name = lambda *code: self._file
        self._next = 0  # index of the next cell to run
        self._files: dict[str, SourceCell] = {}
        self._answer_names: set[str] = set()
        self._refused: dict[str, str] = {}
        self._notes: list[str] = []
        self._hidden_test_has_run = False

    def run_until_answer(self) -> None:
        """Run the cells before the first answer cell; raise `SetupError` if one fails."""
        while self._next < len(self.cells) and self.cells[self._next].kind == SETUP:
            self._run_next_cell()

    def run_test(self, index: int) -> CellReport:
        """Run the cells up to a test cell, then this cell.

        Parameters
        ----------
        index : int
            Index of the test cell in `cells`.

        Raises
        ------
        SetupError
            A set-up cell before the first answer cell failed.
        """
        self.peer.deadline = time.monotonic() + self.limits.total_seconds
        try:
            while self._next < index:
                self._run_next_cell()
            self.peer.undo.pop_all()
            self._fetch_answers()
            return self._run_test_cell(self.cells[index])
        except PeerLost as error:
            return did_not_run(str(error))
        finally:
            self._next = index + 1
            # Later tests get their own arguments as they were.
            self.peer.undo.close()

    def _run_next_cell(self) -> None:
        cell = self.cells[self._next]
        self._next += 1
        if cell.kind == ANSWER:
            self._execute(cell, io.StringIO())  # its imports
            self._answer_names.update(cell.names)
            return
        self._fetch_answers()
        error = _error_of(self._execute(cell, io.StringIO()))
        # A student can move a test behind a later one.
        self._hidden_test_has_run |= bool(cell.hidden_lines())
        if error is not None:
            note = f"The set-up cell {cell.name} raised {type(error).__name__}: {printable(error)}"
            if not any(each.kind == ANSWER for each in self.cells[: self._next]):
                raise SetupError(note)
            self._notes.append(note)

    def _fetch_answers(self) -> None:
        """Bind the names that answer cells define to what the student's process has."""
        namespace = self._shell.user_ns
        self._refused.clear()
        for name in sorted(self._answer_names):
            namespace.pop(name, None)
            with contextlib.suppress(NameError):
                try:
                    namespace[name] = self.peer.global_variable(name)
                except TransferError as error:
                    self._refused[name] = f"{name}: {error}"

    def _run_test_cell(self, cell: SourceCell) -> CellReport:
        tree = parse_code_cell(cell.source) or ast.Module([], [])
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if refused := "; ".join(self._refused[name] for name in sorted(used & set(self._refused))):
            return did_not_run(refused, refused=refused)
        text = _VisibleOutput(_file_name(cell), cell.hidden_lines())
        result = self._execute(cell, text)
        error = _error_of(result)
        report = CellReport()
        if text.getvalue():
            report.outputs.append(_stream(text.getvalue()))
        if not self._hidden_test_has_run:
            report.feedback += report.outputs
        if self._notes:
            report.outputs.append(_stream("\n".join(self._notes)))
        if isinstance(error, TransferError):
            report.refused = f"{cell.name}: {printable(error)}"
        elif isinstance(error, NameError):  # a helper of a set-up cell used the name
            report.refused = self._refused.get(error.name)
        if error is not None:
            failure = Failure(error, self._files)
            report.outputs.append(failure.output())
            in_full = not (self._hidden_test_has_run or failure.is_hidden)
            report.feedback.append(failure.output() if in_full else failure.feedback())
        elif result.result is not None:
            value = {"text/plain": printable(_points(result.result), MAX_RESULT_CHARACTERS)}
            output = {"output_type": "execute_result", "data": value, "metadata": {}}
            report.outputs.append({**output, "execution_count": None})
        self._hidden_test_has_run |= bool(cell.hidden_lines())
        return report

    def _execute(self, cell: SourceCell, stdout: io.StringIO) -> ExecutionResult:
        self._file = _file_name(cell)
        self._files[self._file] = cell
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(io.StringIO()):
            result = self._shell.run_cell(cell.source, store_history=False)
        if isinstance(error := _error_of(result), PeerLost):
            raise error
        self._answer_names.difference_update(() if cell.kind == ANSWER else cell.names)
        self._shell.display_pub.outputs.clear()
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        return result


class _VisibleOutput(io.StringIO):
    """Printed text, without what the lines of hidden tests print."""

    def __init__(self, file: str, hidden_lines: frozenset[int]):
        super().__init__()
        self._file, self._hidden_lines = file, hidden_lines

    def write(self, text: str) -> int:
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self._file and frame.f_lineno in self._hidden_lines:
                return len(text)
            frame = frame.f_back
        return super().write(text)


class _QuietDisplayHook(DisplayHook):
    """Keep the value of a cell's last expression, without printing it."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, *data) -> None:
        """Print no value."""

    def finish_displayhook(self) -> None:
        """Print no line break."""


def new_seeds() -> Callable[[], int | None]:
    """Return a function that derives a seed from the global random number generators.

    It returns None as long as nothing has used or seeded the generators since the last call. With
    it, a test that calls `keras.utils.set_random_seed(1)` gets the same answer each time.
    """
    last = None

    def new_seed() -> int | None:
        nonlocal last
        _, keys, position, *_ = np.random.get_state()  # noqa: NPY002 (tests may seed it)
        words = np.array([*random.getstate()[1], *keys, position], dtype=np.uint32)
        changed, last = last not in (None, seed := zlib.crc32(words)), seed
        return seed if changed else None

    new_seed()
    return new_seed


def _make_shell() -> InteractiveShell:
    """Return an IPython shell for magics, with quiet output and without history."""
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = InteractiveShell.instance(
        config=settings,
        displayhook_class=_QuietDisplayHook,
        display_pub_class=CapturingDisplayPublisher,
    )
    # Errors are reported by `tester_report`.
    shell.showtraceback = shell.showsyntaxerror = lambda *arguments, **keywords: None
    return shell


def _file_name(cell: SourceCell) -> str:
    return f"<{cell.name}>"


def _error_of(result: ExecutionResult) -> BaseException | None:
    return result.error_before_exec or result.error_in_exec


def _points(result: object) -> str:
    """Return the text of a test cell's result, which is partial credit if it is a number.

    nbgrader gives full points for NaN, for a negative number, and for a number that is not written
    as Python writes a float, as that of NumPy.
    """
    if isinstance(result, int | float | np.integer | np.floating) and not isinstance(result, bool):
        # More than any number of points, where a float has no such number.
        return str(float(min(result, sys.maxsize))) if result >= 0 else "0"
    return repr(result)


def _stream(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": printable(text, MAX_TEXT_CHARACTERS)}
