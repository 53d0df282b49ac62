"""Fixtures for tests of the whole program."""

import pytest

from maintenance import demo_class
from mnist_course.grading import grade_command
from mnist_course.grading.assignments.release import write_release
from mnist_course.grading.assignments.sources import read_sources


@pytest.fixture
def submitted(tmp_path):
    """Return a folder with the sources and the submissions of the demo class, not yet graded."""
    sources = demo_class.write_source(tmp_path / "private")
    write_release(read_sources(sources).values(), tmp_path / "student")
    demo_class.write_submissions(tmp_path / "student", sources, tmp_path / "class.zip")
    return tmp_path


@pytest.fixture
def solution_not_run(monkeypatch):
    """Let `mnist-course grade` take the solution of each source as correct, without running it."""
    monkeypatch.setattr(grade_command, "check_solution", lambda source, data: None)
