"""Fixtures for tests of the whole program."""

import pytest

from maintenance import demo_class
from mnist_course.grading import cli


@pytest.fixture
def submitted(tmp_path):
    """Return a folder with the sources and the submissions of the demo class, not yet graded."""
    sources = demo_class.write_source(tmp_path / "private")
    assert cli.main(["release", "--from", str(sources), "--out", str(tmp_path / "student")]) == 0
    demo_class.write_submissions(tmp_path / "student", sources, tmp_path / "class.zip")
    return tmp_path
