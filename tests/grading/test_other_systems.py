"""What runs on Windows and macOS too; here by taking away what only Linux has."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading.assignments.sources import AssignmentError, read_sources
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.execution.plain_check import check_solution_in_one_kernel
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from tests.support.built_book import ROOT
from tests.support.grading import FULL

RUN = """
import sys
import tests.support.no_posix
from mnist_course.grading import cli, commands
commands.IS_LINUX = False
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the program as on Windows, with a console in cp1252."""

    def run(*arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"}
        command = [sys.executable, "-W", "ignore", "-c", RUN, *arguments]
        options = {"cwd": tmp_path, "env": environment, "capture_output": True}
        return subprocess.run(command, text=True, encoding="cp1252", **options)

    return run


@pytest.fixture
def results(tmp_path):
    """Write results as `mnist-course grade` does on Linux."""
    results = ResultsFolder(tmp_path / "results")
    results.path.mkdir()
    results.add_assignment(read_sources(write_source(tmp_path / "private"))[ASSIGNMENT])
    status = SubmissionStatus("student-1", "1", None, student_name="李雷", file="a.ipynb")
    notebook = nbformat.writes(source_notebook())
    results.store(ASSIGNMENT, status, b"{}", Outcome(grades=FULL, notebook=notebook))
    (results.path / f"{ASSIGNMENT}-files.csv").write_text(
        "file,student id,used,why not\na,b,c,d", encoding="utf-8"
    )
    return results


def test_release_on_other_systems(run, tmp_path):
    write_source(tmp_path / "private")
    done = run("release", "--from", "private", "--out", "student")
    assert done.returncode == 0, done.stderr
    assert "running the solution and its tests" in done.stdout
    assert (tmp_path / f"student/{ASSIGNMENT}.ipynb").exists()


@pytest.mark.parametrize("command", [["report"], ["feedback"], ["why", "student-1"]])
def test_results_on_other_systems(run, results, command):
    done = run(command[0], "results", *command[1:])
    assert done.returncode == 0, done.stderr
    assert ASSIGNMENT in done.stdout
    with Gradebook(results.database) as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "student-1").score == 5


def test_grade_on_other_systems_names_the_way(run):
    done = run("grade", "class.zip", "--out", "results")
    assert done.returncode == 1
    assert "needs Linux" in done.stderr and "WSL" in done.stderr and "container" in done.stderr
    assert "apt-get" not in done.stderr


def test_check_solution_in_one_kernel_fails(tmp_path):
    write_source(tmp_path)
    notebook = source_notebook()
    notebook.cells[5].source = notebook.cells[5].source.replace("== 7", "== 8")
    nbformat.write(notebook, tmp_path / f"{ASSIGNMENT}.ipynb")
    with pytest.raises(AssignmentError, match="does not pass its tests") as error:
        check_solution_in_one_kernel(read_sources(tmp_path)[ASSIGNMENT], "sample")
    assert "in two dimensions" in str(error.value)


def test_collection_on_other_systems_skips_with_the_reason():
    how = ["-p", "tests.support.no_posix", "--collect-only", "-q", "-n", "0", "-rs"]
    command = [sys.executable, "-m", "pytest", *how, "-p", "no:cacheprovider", "tests/grading"]
    # The caller's options, such as -v, would change what is printed.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    options = {"cwd": ROOT, "env": environment, "capture_output": True}
    done = subprocess.run(command, text=True, encoding="utf-8", **options)
    assert "mnist-course grade needs Linux" in done.stdout
    assert " error" not in done.stdout.splitlines()[-1] and done.returncode == 0
    assert "test_other_systems.py::" in done.stdout
    assert "test_attacks.py::" not in done.stdout and "test_term.py::" not in done.stdout
