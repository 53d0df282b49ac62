import json

import pytest
from nbformat.v4 import new_code_cell

from maintenance.demo_class import CORRECT, answer_notebook, notebook_bytes
from tests.support.grading import FULL

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]


def test_restore_cells_duplicated_test(grade, release):
    notebook = answer_notebook(release, CORRECT)
    notebook.cells.append(notebook.cells[2].copy() | {"id": "copy"})
    outcome = grade(notebook)
    assert outcome.grades == FULL and outcome.flags == []
    assert "was there twice" in outcome.notes[0]


@pytest.mark.parametrize("deleted", [{"test-scale"}, {"test-scale", "test-darkest"}])
def test_restore_cells_deleted_test(grade, release, deleted):
    notebook = answer_notebook(release, CORRECT)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in deleted
    ]
    outcome = grade(notebook)
    assert outcome.grades == FULL
    assert sorted(outcome.notes) == [
        f"The cell '{name}' was missing and was restored." for name in sorted(deleted)
    ]


def test_restore_cells_changed_test(grade, release):
    outcome = grade(answer_notebook(release, {"test-scale": "pass", "test-darkest": "pass"}))
    assert outcome.grades["test-scale"] == outcome.grades["test-darkest"] == 0


def test_restore_cells_changed_grade_id(grade, release):
    notebook = answer_notebook(release, CORRECT)
    notebook.cells[1].metadata.nbgrader.grade_id = "mine"
    outcome = grade(notebook)
    assert "The cell id 'mine' is not in this assignment." in outcome.flags
    assert any("answer cell 'scale' is missing" in flag for flag in outcome.flags)


@pytest.mark.parametrize("metadata", [{"nbgrader": 3}, {"nbgrader": {"grade": True}}])
def test_restore_cells_invalid_nbgrader_metadata(grade, release, metadata):
    notebook = json.loads(notebook_bytes(answer_notebook(release, CORRECT)))
    notebook["cells"].append({**new_code_cell("1"), "metadata": metadata})
    outcome = grade(json.dumps(notebook).encode())
    assert (outcome.error, outcome.grades, outcome.flags) == (None, FULL, [])
