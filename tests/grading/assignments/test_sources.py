import nbformat
import pytest

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading.assignments.sources import AssignmentError, read_sources


def test_read_sources(tmp_path):
    source = read_sources(write_source(tmp_path))[ASSIGNMENT]
    assert source.grade_ids == {"scale", "check-scale", "darkest", "check-darkest", "explain"}


def test_read_sources_empty_folder(tmp_path):
    with pytest.raises(AssignmentError, match="--from"):
        read_sources(tmp_path)


def test_read_sources_damaged_notebook(tmp_path):
    (tmp_path / "01-bad.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"01-bad\.ipynb is not a readable notebook"):
        read_sources(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a+b",
        ".a",
        "._01-a",
        "[1] a",
        "a*b",
        "a ",
        "01-a-moodle",
        "01-a-files",
        "term-table",
        "x" * 101,
    ],
)
def test_read_sources_name_that_nbgrader_cannot_match(tmp_path, name):
    folder = write_source(tmp_path)
    (folder / f"{name}.ipynb").write_bytes((folder / f"{ASSIGNMENT}.ipynb").read_bytes())
    with pytest.raises(AssignmentError, match="cannot have the name"):
        read_sources(folder)


@pytest.mark.parametrize("name", ["01-scale", "Übung_2", "1.2"])
def test_read_sources_valid_name(tmp_path, name):
    (write_source(tmp_path) / f"{ASSIGNMENT}.ipynb").rename(tmp_path / f"{name}.ipynb")
    assert set(read_sources(tmp_path)) == {name}


@pytest.mark.parametrize("drop", [0, 1])
def test_read_sources_copy_of_a_source(tmp_path, drop):
    """JupyterLab's "Duplicate" copies the grade ids; a cell may have been deleted since."""
    notebook = source_notebook()
    del notebook.cells[len(notebook.cells) - drop :]
    write_source(tmp_path)
    nbformat.write(notebook, tmp_path / "01-scale-Copy1.ipynb")
    with pytest.raises(AssignmentError, match=r"01-scale-Copy1\.ipynb and .*01-scale\.ipynb have"):
        read_sources(tmp_path)


def test_read_sources_ids_shared_by_all_assignments(tmp_path):
    notebook = source_notebook()
    notebook.cells[2].metadata.nbgrader.grade_id = "other"
    write_source(tmp_path)
    nbformat.write(notebook, tmp_path / "02-other.ipynb")
    assert len(read_sources(tmp_path)) == 2
