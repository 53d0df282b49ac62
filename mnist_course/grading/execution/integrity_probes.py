"""Add probe cells that detect manipulated tests while a notebook runs."""

import ast
import inspect
import random
import secrets

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from mnist_course.grading.execution import interpreter_inspection


class AddProbes(NbGraderPreprocessor):
    """Add two cells before each test: a false assertion, and an inspection of the interpreter.

    The false assertion must fail. The test itself follows in the same cell, so that a hook in the
    kernel cannot distinguish the cell from the test. Its numbers and words are random for each
    submission.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with probes; their metadata has the expected error message."""
        cells = []
        for cell in nb.cells:
            if utils.is_grade(cell) and cell.cell_type == "code":
                cells += [_false_assertion(cell.source), _inspection()]
            cells.append(cell)
        nb.cells = [*cells, _inspection()]
        return nb, resources


class ReadProbes(NbGraderPreprocessor):
    """Read the results of the probes and remove them.

    Attributes
    ----------
    flags : list of str
        Manipulations that the probes detected.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flags: list[str] = []

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook without the probes."""
        for cell in nb.cells:
            expected = cell.metadata.get("probe")
            if expected is None:
                continue
            errors = [output for output in cell.outputs if output.output_type == "error"]
            message = errors[-1].evalue if errors else None
            if message == expected and errors[-1].ename == "AssertionError":
                continue
            token = expected.partition(" ")[0]
            if message and message.startswith(f"{token} ["):
                found = ast.literal_eval(message.removeprefix(token).strip())
            else:
                found = [f"a false assertion did not fail as expected, but gave: {message}"[:200]]
            self.flags += [flag for flag in found if flag not in self.flags]
        nb.cells = [cell for cell in nb.cells if "probe" not in cell.metadata]
        return nb, resources


def _false_assertion(test: str) -> NotebookNode:
    token = secrets.token_hex(8)
    left, right = random.sample(range(10, 1000), 2)
    return _probe(f"assert {left} == {right}, {token!r}\n{test}", token)


def _inspection() -> NotebookNode:
    token = secrets.token_hex(8)
    function = inspect.getsource(interpreter_inspection.find_replaced_objects)
    # In its own namespace, because honest students may have a variable named `list`.
    code = f"{function}\nassert False, '{token} ' + repr(find_replaced_objects())"
    return _probe(f"exec({code!r}, {{}})", f"{token} []")


def _probe(source: str, expected: str) -> NotebookNode:
    return new_code_cell(source, metadata={"probe": expected})
