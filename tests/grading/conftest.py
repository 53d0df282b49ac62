"""Fixtures for tests of the whole program."""

import importlib.util
import sys
from pathlib import Path

import pytest

from maintenance import demo_class
from mnist_course.grading.assignments.release import write_release
from mnist_course.grading.assignments.sources import read_sources

# Grading needs Linux; what these tests import exists nowhere else.
IS_LINUX = sys.platform == "linux" and importlib.util.find_spec("fcntl") is not None
NEED_LINUX = ("execution/**/*.py", "test_*.py", "scoring/test_shown_pages.py")
NEED_NO_LINUX = ("test_other_systems.py",)


class SkippedModule(pytest.Module):
    """A test module that is skipped before it is imported."""

    def collect(self):
        pytest.skip("mnist-course grade needs Linux", allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    folder = Path(__file__).parent
    needs_linux = any(module_path in folder.glob(pattern) for pattern in NEED_LINUX)
    if not IS_LINUX and needs_linux and module_path.name not in NEED_NO_LINUX:
        return SkippedModule.from_parent(parent, path=module_path)
    return None


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
    check = "mnist_course.grading.grade_command.check_solution"
    monkeypatch.setattr(check, lambda source, data, sandboxed: None)
