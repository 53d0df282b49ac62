"""Report a test cell: in full for the instructor, and reduced for the student's feedback page.

A feedback page must not show a hidden test's code, inputs or expected values. Once a hidden test
has run, student code knows its inputs and can put them into results and errors. From then on, a
message has only the text that the instructor wrote, without the values filled in.
"""

import ast
import builtins
import dataclasses
import traceback

from mnist_course.grading.assignments.code_cells import parse_code_cell
from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.submissions.printable import printable

MESSAGE_KEYWORDS = {"err_msg", "msg"}  # of the functions in numpy.testing and unittest
VALUE = "…"  # in place of a value in a message


@dataclasses.dataclass
class CellReport:
    """What a test cell has given.

    Attributes
    ----------
    outputs : list of dict
        Its outputs in nbformat's form, for the instructor.
    feedback : list of dict
        Its outputs for the student.
    refused : str or None
        Why a value of the answer could not be sent to the tests; a person must look at it.
    """

    outputs: list[dict] = dataclasses.field(default_factory=list)
    feedback: list[dict] = dataclasses.field(default_factory=list)
    refused: str | None = None


class Failure:
    """The failure of a test cell.

    Parameters
    ----------
    error : BaseException
        The error that ended the cell.
    cells : dict of str to SourceCell
        The cells that have run, by the file names of their code.
    """

    def __init__(self, error: BaseException, cells: dict[str, SourceCell]):
        self.error, self.name, self.message = error, type(error).__name__, printable(error)
        walked = traceback.walk_tb(error.__traceback__)
        frames = [(frame.f_code.co_filename, line) for frame, line in walked]
        self._places = [(cells[file], line) for file, line in frames if file in cells]
        self._raised_in_cell = bool(frames) and frames[-1][0] in cells
        self._literals = [
            node.value
            for cell in cells.values()
            for node in ast.walk(parse_code_cell(cell.source) or ast.Module([], []))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]

    @property
    def is_hidden(self) -> bool:
        """True if a line of a hidden test failed, or a line below one."""
        if not self._places:
            return False
        cell, line = self._places[0]
        return line >= min(cell.hidden_lines(), default=line + 1)

    def output(self) -> dict:
        """Return the error output for the instructor, with the lines that led to the error."""
        lines = []
        for cell, number in self._places:
            code = cell.source.splitlines()[number - 1 : number]
            lines += [f"{cell.name}, line {number}", *(f"    {line.strip()}" for line in code)]
        return _error_output(self.name, self.message, lines)

    def feedback(self) -> dict:
        """Return the error output for the student, with nothing but the instructor's text."""
        text = self._written_message()
        if not text:
            text = "A hidden test failed" if self.is_hidden else "A test failed"
            is_general = isinstance(self.error, AssertionError) or not hasattr(builtins, self.name)
            text += "." if is_general else f" with {self.name}."
            if not self.is_hidden:
                text += " Run it in your notebook to see why."
        return _error_output("Test failed", text, [])

    def _written_message(self) -> str:
        if not self._places or not isinstance(self.error, AssertionError):
            return ""
        cell, line = self._places[-1]
        for node in ast.walk(parse_code_cell(cell.source) or ast.Module([], [])):
            if hasattr(node, "lineno") and node.lineno <= line <= node.end_lineno:
                expression = self._message_expression(node)
                if expression is not None:
                    return self._literal_text(expression)
        return ""

    def _message_expression(self, node: ast.AST) -> ast.expr | None:
        if self._raised_in_cell:
            if isinstance(node, ast.Assert):
                return node.msg
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                return node.exc.args[0]
        elif isinstance(node, ast.Call):
            found = [each.value for each in node.keywords if each.arg in MESSAGE_KEYWORDS]
            return found[0] if found else None
        return None

    def _literal_text(self, expression: ast.expr) -> str:
        if isinstance(expression, ast.Constant):
            return str(expression.value)
        if isinstance(expression, ast.JoinedStr):
            return "".join(
                part.value if isinstance(part, ast.Constant) else VALUE
                for part in expression.values
            )
        # A variable: its text is the instructor's if it stands in one of the cells.
        return self.message if self.message in self._literals else ""


def did_not_run(reason: str, refused: str | None = None) -> CellReport:
    """Return the report of a test cell that did not run to its end, which is a failure."""
    output = _error_output("Test did not run", reason, [])
    return CellReport([output], [_error_output("Test did not run", "", [])], refused)


def _error_output(name: str, message: str, lines: list[str]) -> dict:
    trace = [*lines, f"{name}: {message}"]
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": trace}
