import subprocess
import sys

import pytest
from nbformat.v4 import new_notebook, new_output

from maintenance.demo_class import ASSIGNMENT, nbgrader_cell
from mnist_course.grading.scoring.feedback import HIDDEN_OUTPUT, FeedbackOutputs


def cell(name, text, *, hidden=False, **flags):
    cell = nbgrader_cell("code", name, "", 1, **flags)
    cell.execution_count = 7
    cell.outputs = [
        new_output("stream", text=text),
        new_output("error", ename="ValueError", evalue=text, traceback=[text]),
    ]
    report = [new_output("error", ename="Test failed", evalue=f"for students: {name}")]
    cell.metadata["mnist_course"] = {"hidden_tests": hidden, "feedback": report}
    return cell


TEST = {"grade": True, "locked": True}


@pytest.fixture
def shown():
    """Return the cells of the feedback page, by grade id."""
    cells = [
        cell("before", "early", solution=True),
        cell("test-open", "0.2", **TEST),
        cell("also-before", "early too", solution=True),
        cell("test-hidden", "0.2", hidden=True, **TEST),
        cell("after", "input: 0.2", solution=True),
        cell("locked", "input: 0.2", locked=True),
        cell("by-hand", "input: 0.2", grade=True, solution=True),
        cell("test-last", "0.2", **TEST),
    ]
    nb, _ = FeedbackOutputs().preprocess(new_notebook(cells=cells), {})
    return {each.metadata.nbgrader.grade_id: each for each in nb.cells}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("before", "early"),
        ("also-before", "early too"),
        ("test-open", "for students: test-open"),
        ("test-hidden", "for students: test-hidden"),
        ("test-last", "for students: test-last"),
    ],
)
def test_feedback_outputs_keeps(shown, name, text):
    assert text in str(shown[name].outputs) and "0.2" not in str(shown[name].outputs)


@pytest.mark.parametrize("name", ["after", "locked", "by-hand"])
def test_feedback_outputs_hides(shown, name):
    assert "0.2" not in str(shown[name])
    assert HIDDEN_OUTPUT in str(shown[name].outputs)


def test_feedback_outputs_execution_counts(shown):
    counted = [name for name, cell in shown.items() if cell.execution_count]
    assert counted == ["before", "test-open", "also-before"]


def test_feedback_outputs_cell_without_output():
    cells = [cell("test", "", hidden=True, **TEST), nbgrader_cell("code", "a", "", solution=True)]
    nb, _ = FeedbackOutputs().preprocess(new_notebook(cells=cells), {})
    assert nb.cells[1].outputs == []


@pytest.mark.parametrize("command", ["autograde", "generate_assignment"])
def test_refusing_exporter_changes_nothing(results, store, command):
    store("Anna")
    files = {path: path.read_bytes() for path in results.path.rglob("*") if path.is_file()}
    nbgrader = [sys.executable, "-m", "nbgrader", command, ASSIGNMENT, "--force"]
    run = subprocess.run(
        nbgrader, cwd=results.path, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode != 0
    assert "use 'mnist-course grade'" in run.stderr
    logs = {results.path / ".nbgrader.log"}
    after = {path for path in results.path.rglob("*") if path.is_file()} - logs
    assert files == {path: path.read_bytes() for path in after}
