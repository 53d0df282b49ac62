import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from maintenance.demo_class import CORRECT, answer_notebook, notebook_bytes, source_notebook
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.assignments.sources import grade_id
from mnist_course.grading.execution.restore_cells import RestoreCells, has_hidden_tests
from tests.support.grading import FULL


def grading_test(function):
    """Mark a test that grades a notebook."""
    return pytest.mark.sandbox(pytest.mark.slow(function))


TAGS = ["skip-execution", "raises-exception", "remove-input", "injected-parameters"]


@pytest.fixture
def released():
    """Return a student notebook with tags, and with a set-up cell that has no grade id."""
    release = student_notebook(source_notebook())
    release.cells.insert(1, new_code_cell("import os", id="setup", metadata={"tags": ["slow"]}))
    release.cells[2].metadata["tags"] = ["answer-tag"]
    return release


@pytest.fixture
def restore(released):
    """Return a function that restores a notebook; tests may change `released`."""
    release = copy.deepcopy(released)

    def restore(notebook):
        restorer = RestoreCells(release, ["check-scale"])
        nb, _ = restorer.preprocess(copy.deepcopy(notebook), {})
        nbformat.validate(nb)
        return nb, restorer

    return restore


def test_restore_cells_unchanged_notebook(restore, released):
    nb, restorer = restore(released)
    assert (restorer.notes, restorer.flags) == ([], [])
    assert [cell.source for cell in nb.cells] == [cell.source for cell in released.cells]
    marked = [grade_id(cell) for cell in nb.cells if has_hidden_tests(cell)]
    assert marked == ["check-scale"]


def test_restore_cells_all_metadata(restore, released):
    expected = restore(released)[0]
    forged = copy.deepcopy(released)
    forged.metadata = {"kernelspec": {"name": "bash", "display_name": "x"}, "widgets": {"a": 1}}
    for cell in forged.cells:
        cell.metadata.update(tags=TAGS, mnist_course={"hidden_tests": False}, name="x")
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(points=99, grade=False, locked=False, solution=True)
    assert restore(forged)[0] == expected


def test_restore_cells_additional_cells_have_no_metadata(restore, released):
    metadata = {"tags": TAGS, "mnist_course": {"hidden_tests": True}}
    for new_cell in (new_code_cell, new_markdown_cell, new_raw_cell):
        released.cells.insert(0, new_cell("mine", metadata=copy.deepcopy(metadata)))
    nb, restorer = restore(released)
    assert [cell.metadata for cell in nb.cells[:3]] == [{}, {}, {}]
    assert restorer.notes == []


@pytest.mark.parametrize("key", ["id", "source"])
def test_restore_cells_cell_without_grade_id(restore, released, key):
    """Its metadata is restored where the id, or else the code, is that of the release."""
    cell = released.cells[1].copy() | {"metadata": {"tags": TAGS}}
    released.cells[1] = nbformat.from_dict(cell | {key: "another"})
    assert restore(released)[0].cells[1].metadata == {"tags": ["slow"]}


@pytest.mark.parametrize("new_cell", [new_markdown_cell, new_raw_cell])
def test_restore_cells_answer_of_another_type(restore, released, new_cell):
    old = released.cells[2]
    released.cells[2] = new_cell("x = 1", id=old.id, metadata=old.metadata)
    nb, restorer = restore(released)
    cell = nb.cells[2]
    assert (cell.cell_type, cell.source, cell.outputs) == ("code", "x = 1", [])
    (note,) = restorer.notes
    assert "'scale' was changed from code to" in note


def test_restore_cells_text_answer_as_code(restore, released):
    old = released.cells[-1]
    released.cells[-1] = new_code_cell("my answer", id=old.id, metadata=old.metadata)
    nb, restorer = restore(released)
    assert (nb.cells[-1].cell_type, nb.cells[-1].source) == ("markdown", "my answer")
    assert restorer.notes and not restorer.flags


def test_restore_cells_tests_have_released_source(restore, released):
    expected = released.cells[3].source
    released.cells[3].source = "pass"
    assert restore(released)[0].cells[3].source == expected


def test_restore_cells_notebook_without_cell_ids(restore, released):
    released.nbformat_minor = 4
    for cell in released.cells:
        del cell["id"]
    del released.cells[2]
    nb, _ = restore(released)
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)


def test_restore_cells_foreign_id_is_printable(restore, released):
    released.cells[2].metadata.nbgrader.grade_id = "\x1b[31m" + "x" * 9000
    _, restorer = restore(released)
    assert all(len(flag) < 200 and flag.isprintable() for flag in restorer.flags)
    assert len(restorer.flags) == 2


@grading_test
def test_restore_cells_duplicated_test(grade, release):
    notebook = answer_notebook(release, CORRECT)
    notebook.cells.append(notebook.cells[2].copy() | {"id": "copy"})
    outcome = grade(notebook)
    assert outcome.grades == FULL and outcome.flags == []
    assert "was there twice" in outcome.notes[0]


@grading_test
@pytest.mark.parametrize("deleted", [{"check-scale"}, {"check-scale", "check-darkest"}])
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


@grading_test
def test_restore_cells_changed_test(grade, release):
    outcome = grade(answer_notebook(release, {"check-scale": "pass", "check-darkest": "pass"}))
    assert outcome.grades["check-scale"] == outcome.grades["check-darkest"] == 0


@grading_test
def test_restore_cells_changed_grade_id(grade, release):
    notebook = answer_notebook(release, CORRECT)
    notebook.cells[1].metadata.nbgrader.grade_id = "mine"
    outcome = grade(notebook)
    assert "The cell id 'mine' is not in this assignment." in outcome.flags
    assert any("answer cell 'scale' is missing" in flag for flag in outcome.flags)


@grading_test
@pytest.mark.parametrize("metadata", [{"nbgrader": 3}, {"nbgrader": {"grade": True}}])
def test_restore_cells_invalid_nbgrader_metadata(grade, release, metadata):
    notebook = json.loads(notebook_bytes(answer_notebook(release, CORRECT)))
    notebook["cells"].append({**new_code_cell("1"), "metadata": metadata})
    outcome = grade(json.dumps(notebook).encode())
    assert (outcome.error, outcome.grades, outcome.flags) == (None, FULL, [])


def test_restore_cells_text_answer_in_another_cell(restore, released):
    released.cells.append(new_markdown_cell("Small weights need small inputs."))
    assert restore(released)[1].flags == [
        "The text answer 'explain' is untouched, but there is text in another cell."
    ]
    answered = answer_notebook(released, {"explain": "Small."})
    assert restore(answered)[1].flags == []
