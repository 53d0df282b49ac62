"""What a student's notebook holds, and above all what it does not."""

import copy

import nbformat
import pytest

from maintenance.demo_class import EXERCISE, source, write_source
from mnist_course.grading.assignments.release import ReleaseError, student_notebook
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.assignments.sources import release as write_release

SECRETS = ["/ 255", "images.max", "0.2", "HIDDEN", "two dimensions", "MARK SCHEME", "weights"]
SECRETS += ["20 minutes", "SOLUTION", "1 point"]


def text(notebook) -> str:
    return nbformat.writes(notebook)


def test_nothing_of_the_answers_is_left():
    made = text(student_notebook(source()))
    for secret in SECRETS:
        assert secret in text(source())
        assert secret not in made
    for kept in ("YOUR CODE HERE", "YOUR ANSWER HERE", "ink is 1", "# Scale"):
        assert kept in made


def test_outputs_widgets_and_answers_vanish():
    notebook = source()
    notebook.metadata.widgets = {"state": "secret"}
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="secret")]
    answer = nbformat.v4.new_markdown_cell("secret", metadata={"tags": ["answer"]})
    notebook.cells.append(answer)
    assert "secret" not in text(student_notebook(notebook))


def test_tests_are_locked_and_the_source_is_left_alone():
    notebook = source()
    before = copy.deepcopy(notebook)
    made = student_notebook(notebook)
    assert notebook == before
    assert made == student_notebook(notebook)
    tests = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    assert len(tests) == 2
    for cell in tests:
        assert cell.metadata.editable is False and cell.metadata.nbgrader.checksum


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("\n### END SOLUTION", "", "no end solution"),
        ("\n### END HIDDEN TESTS", "", "No end hidden"),
        ("\n### END MARK SCHEME", "", "No end mark scheme"),
    ],
)
def test_a_faulty_source_is_refused(old, new, fault):
    notebook = source()
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    with pytest.raises(ReleaseError, match=fault):
        student_notebook(notebook)


def test_two_cells_with_one_id_are_refused():
    notebook = source()
    notebook.cells[2].metadata.nbgrader.grade_id = "test-scale"
    with pytest.raises(ReleaseError, match="unique"):
        student_notebook(notebook)


def test_release_writes_a_notebook_for_each_source_and_never_over_one(tmp_path):
    sources = read_sources(write_source(tmp_path / "private"))
    (path,) = write_release(sources, tmp_path / "out")
    assert path.name == f"{EXERCISE}.ipynb"
    assert nbformat.read(path, as_version=4) == student_notebook(source())
    with pytest.raises(ReleaseError, match="take the place of their sources"):
        write_release(sources, tmp_path / "private")
    assert "255" in (tmp_path / "private" / path.name).read_text()


def test_a_folder_without_sources_is_said(tmp_path):
    with pytest.raises(ReleaseError, match="--from"):
        read_sources(tmp_path)
