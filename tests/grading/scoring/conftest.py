"""Fixtures that store submissions in a results folder, without running them."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.execution.grading_job import Outcome
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.student_results import student_results
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from tests.support.grading import FULL


@pytest.fixture(scope="session")
def prepared_results(tmp_path_factory):
    """Return a results folder with an assignment; nbgrader takes seconds to make one."""
    folder = tmp_path_factory.mktemp("course")
    results = ResultsFolder(folder / "results")
    results.path.mkdir()
    results.add_assignment(read_sources(write_source(folder / "sources"))[ASSIGNMENT])
    return results.path


@pytest.fixture
def results(prepared_results, tmp_path):
    return ResultsFolder(shutil.copytree(prepared_results, tmp_path / "results"))


@pytest.fixture
def store(results):
    """Return a function that stores a submission and returns the student id."""

    def store(name="Anna", grades=FULL, error=None, flags=(), platform_id="", **changes):
        notebook = None if error else nbformat.writes(nbformat.v4.new_notebook())
        outcome = Outcome(error, list(flags), grades={} if error else grades, notebook=notebook)
        student = f"{name.lower()}-{platform_id}"
        fields = {
            "student_id": student,
            "student_name": name,
            "platform": "",
            "platform_id": platform_id,
            "digest": "1",
            "error": error,
            "flags": list(flags),
            "notes": [],
            "file": f"{name}.ipynb",
            "attempts": 1,
            "seconds_late": 0,
            "late": False,
            "submitted_at": "2026-05-04T18:00:00+00:00",
            "grading_seconds": 1.0,
            "graded_at": "2026-05-05T08:00:00+00:00",
        }
        status = SubmissionStatus(**(fields | changes))
        results.store(ASSIGNMENT, status, b"{}", outcome)
        return student

    return store


@pytest.fixture
def grade_by_hand(results):
    """Return a function that gives points and a comment, as the formgrader does."""

    def grade_by_hand(student, cell, points, comment=None):
        with Gradebook(results.database) as gradebook:
            grade = gradebook.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            if comment:
                found = gradebook.find_comment(cell, ASSIGNMENT, ASSIGNMENT, student)
                found.manual_comment = comment
            gradebook.db.commit()

    return grade_by_hand


@pytest.fixture
def result_of(results):
    """Return a function that returns the result of a student by name."""

    def result_of(name="Anna"):
        found = {each.status.student_name: each for each in student_results(results, ASSIGNMENT)}
        return found[name]

    return result_of
