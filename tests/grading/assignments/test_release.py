import copy

import nbformat
import pytest

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading.assignments.release import (
    solution_notebook,
    student_notebook,
    write_release,
)
from mnist_course.grading.assignments.sources import AssignmentError, read_sources

INSTRUCTOR_ONLY = ["0.2", "HIDDEN", "two dimensions", "MARK SCHEME", "20 minutes", "1 point,"]
SOLUTIONS = ["/ 255", "images.max", "SOLUTION", "weights"]


def test_student_notebook_has_no_answers():
    source = nbformat.writes(source_notebook())
    released = nbformat.writes(student_notebook(source_notebook()))
    for text in [*INSTRUCTOR_ONLY, *SOLUTIONS]:
        assert text in source
        assert text not in released
    for text in ("YOUR CODE HERE", "YOUR ANSWER HERE", "ink is 1", "# Scale"):
        assert text in released


def test_solution_notebook_has_solutions_only():
    solution = nbformat.writes(solution_notebook(source_notebook()))
    for text in INSTRUCTOR_ONLY:
        assert text not in solution
    for text in SOLUTIONS:
        assert text in solution


@pytest.mark.parametrize("make", [student_notebook, solution_notebook])
def test_release_drops_outputs_widgets_and_answers(make):
    notebook = source_notebook()
    notebook.metadata.widgets = {"state": "secret"}
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="secret")]
    answer = nbformat.v4.new_markdown_cell("secret", metadata={"tags": ["answer"]})
    notebook.cells.append(answer)
    assert "secret" not in nbformat.writes(make(notebook))


def test_student_notebook_keeps_source_and_is_reproducible():
    notebook = source_notebook()
    before = copy.deepcopy(notebook)
    released = student_notebook(notebook)
    assert notebook == before
    assert released == student_notebook(notebook)


def test_student_notebook_locks_tests():
    cells = student_notebook(source_notebook()).cells
    tests = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("locked")]
    assert len(tests) == 2
    for cell in tests:
        assert cell.metadata.editable is False and cell.metadata.nbgrader.checksum


@pytest.mark.parametrize("make", [student_notebook, solution_notebook])
def test_release_refuses_an_unknown_mark(make):
    notebook = source_notebook()
    notebook.cells[3].source = notebook.cells[3].source.replace("HIDDEN TESTS", "HIDDEN TEST")
    with pytest.raises(AssignmentError, match=r"cell 4 \(check-scale\), line 2: '### BEGIN HIDDEN"):
        make(notebook)


def test_student_notebook_duplicate_grade_id():
    notebook = source_notebook()
    notebook.cells[2].metadata.nbgrader.grade_id = "check-scale"
    with pytest.raises(AssignmentError, match="unique"):
        student_notebook(notebook)


def test_write_release(tmp_path):
    sources = read_sources(write_source(tmp_path / "private"))
    (path,) = write_release(sources.values(), tmp_path / "out")
    assert path.name == f"{ASSIGNMENT}.ipynb"
    assert nbformat.read(path, as_version=4) == student_notebook(source_notebook())


def test_write_release_over_sources(tmp_path):
    sources = read_sources(write_source(tmp_path / "private"))
    with pytest.raises(AssignmentError, match="would overwrite their sources"):
        write_release(sources.values(), tmp_path / "private")
    assert "255" in (tmp_path / "private" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")


def test_write_release_error_names_the_file(tmp_path):
    notebook = source_notebook()
    notebook.cells[2].metadata.nbgrader.grade_id = "check-scale"
    nbformat.write(notebook, tmp_path / "02-bad.ipynb")
    with pytest.raises(AssignmentError, match=r"02-bad\.ipynb: nbgrader's preprocessor"):
        write_release(read_sources(tmp_path).values(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
