"""Remove hidden tests from nbgrader's feedback pages."""

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from mnist_course.grading.assignments.sources import hidden_test_lines


class HideHiddenTestsInFeedback(ClearHiddenTests):
    """Remove hidden tests from the cells and tracebacks of a graded notebook."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Clear one cell; the message of a failed hidden test stays, because it is for students."""
        if hidden_test_lines([cell.source]):
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return super().preprocess_cell(cell, resources, cell_index)
