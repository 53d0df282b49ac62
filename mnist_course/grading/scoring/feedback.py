"""What nbgrader's own commands do in a results folder: feedback pages, and no grading."""

from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from nbgrader.converters.base import NbGraderException
from traitlets import Bool

from mnist_course.grading.execution.notebook_execution import is_test
from mnist_course.grading.execution.restore_cells import MARK, has_hidden_tests

HIDDEN_OUTPUT = (
    "[The output of this cell is not shown: hidden tests ran before it, and it could print what "
    "they passed to your functions.]"
)


class FeedbackOutputs(Preprocessor):
    """Show no output that could hold a hidden test's code, inputs or expected values.

    A test cell shows what the tester process reports for students. Of the student's own cells,
    those after the first hidden test show no output.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with these outputs."""
        tested = False
        for cell in nb.cells:
            if is_test(cell):
                cell.outputs = from_dict(cell.metadata.get(MARK, {}).get("feedback", []))
            elif tested and cell.get("outputs"):
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
