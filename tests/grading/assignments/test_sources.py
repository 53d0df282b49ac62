import pytest

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading.assignments.sources import AssignmentError, read_sources


def test_read_sources(tmp_path):
    source = read_sources(write_source(tmp_path))[ASSIGNMENT]
    assert source.grade_ids == {"scale", "test-scale", "darkest", "test-darkest", "explain"}


def test_read_sources_empty_folder(tmp_path):
    with pytest.raises(AssignmentError, match="--from"):
        read_sources(tmp_path)


def test_read_sources_damaged_notebook(tmp_path):
    (tmp_path / "01-bad.ipynb").write_text("{")
    with pytest.raises(AssignmentError, match=r"01-bad\.ipynb is not a readable notebook"):
        read_sources(tmp_path)
