"""What the tests of grading share."""

import nbformat

from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.execution.limits import Limits

# Points for correct code in the demo assignment, with the question left blank.
FULL = {"test-scale": 2, "test-darkest": 3, "explain": 0}
LIMITS = Limits(
    cell_seconds=2,
    total_seconds=60,
    memory_bytes=600_000_000,
    processes=60,
    cell_output_bytes=20_000,
)


def output_text(outcome: Outcome) -> str:
    """Return the printed text and the error messages in a graded notebook."""
    notebook = nbformat.reads(outcome.notebook, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") + output.get("evalue", "") for output in outputs)
