"""What nbgrader's own commands do in a results folder: feedback pages, and no grading."""

from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.converters.base import NbGraderException
from traitlets import Bool

from mnist_course.grading.execution.restore_cells import has_hidden_tests

HIDDEN_OUTPUT = (
    "[The output of this cell is not shown: hidden tests ran before it, and it could print what "
    "they passed to your functions.]"
)


class HideLaterOutputs(Preprocessor):
    """Hide the outputs of the student's own cells after the first cell with hidden tests.

    Outputs of test cells stay: they come from the process that runs the tests, and hold the
    messages for students.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with one sentence in place of such outputs."""
        tested = False
        for cell in nb.cells:
            is_test = utils.is_grade(cell) and not utils.is_solution(cell)
            if tested and not is_test and cell.get("outputs"):
                cell.outputs = [new_output("stream", text=HIDDEN_OUTPUT)]
            tested = tested or has_hidden_tests(cell)
            if tested and cell.cell_type == "code":
                cell.execution_count = None  # student code can set it to any number
        return nb, resources


class RefusingExporter(NotebookExporter):
    """Refuse `nbgrader autograde` and `generate_assignment`, before they change a file."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        message = (
            "This command of nbgrader is switched off in a results folder: it would run student "
            "code without a sandbox and without hidden tests, or store hidden tests in the "
            "gradebook.\nWhat to do: use 'mnist-course grade' or 'mnist-course release'."
        )
        self.log.error(message)  # the command line shows only what is logged
        raise NbGraderException(message)
