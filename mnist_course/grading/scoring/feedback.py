"""What nbgrader's feedback pages must not show."""

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from mnist_course.grading.assignments.sources import hidden_lines


class HideTests(ClearHiddenTests):
    """Takes hidden tests out of a graded notebook: out of its cells and out of tracebacks."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Clear one cell; of an error in a hidden test the message stays, which is for students."""
        if hidden_lines([cell.source]):
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return super().preprocess_cell(cell, resources, cell_index)
