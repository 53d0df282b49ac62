import nbformat
import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading.assignments.gradebook import (
    GRADEBOOK,
    add_assignment,
    assignment_gradebook,
    create_gradebook,
)
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.assignments.sources import AssignmentError, grade_id, read_sources


@pytest.fixture
def source(tmp_path):
    return read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]


def test_assignment_gradebook(source, tmp_path):
    create_gradebook(tmp_path / "empty.db")
    path = tmp_path / "assignment.db"
    path.write_bytes(assignment_gradebook(source, tmp_path / "empty.db"))
    with Gradebook(f"sqlite:///{path}") as gradebook:
        assert gradebook.find_assignment(ASSIGNMENT).max_score == 6
        assert not gradebook.students
    with Gradebook(f"sqlite:///{tmp_path / 'empty.db'}") as gradebook:
        assert not gradebook.assignments


def test_add_assignment_stores_no_hidden_test(source, tmp_path):
    add_assignment(source, tmp_path)
    content = (tmp_path / GRADEBOOK).read_bytes()
    assert b"ink is 1" in content
    for text in (b"HIDDEN TESTS", b"in two dimensions", b"0.2"):
        assert text not in content
    assert "in two dimensions" in (tmp_path / "source" / ASSIGNMENT / source.path.name).read_text(
        encoding="utf-8"
    )


def test_add_assignment_same_checksums_as_release(source, tmp_path):
    """nbgrader compares them with the submission, to find blank answers and changed tests."""
    add_assignment(source, tmp_path)
    released = {
        grade_id(cell): cell.metadata.nbgrader.checksum
        for cell in student_notebook(source.notebook).cells
        if grade_id(cell)
    }
    with Gradebook(f"sqlite:///{tmp_path / GRADEBOOK}") as gradebook:
        (notebook,) = gradebook.find_assignment(ASSIGNMENT).notebooks
        assert {cell.name: cell.checksum for cell in notebook.source_cells} == released


def test_add_assignment_cells_removed_after_a_submission(source, tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    add_assignment(source, course)
    with Gradebook(f"sqlite:///{course / GRADEBOOK}") as gradebook:
        gradebook.add_student("anna")
        gradebook.add_submission(ASSIGNMENT, "anna")
    notebook = source_notebook()
    del notebook.cells[3]
    nbformat.write(notebook, source.path)
    with pytest.raises(AssignmentError, match="grade into a new folder"):
        add_assignment(source, course)
