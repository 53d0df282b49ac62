"""Fixtures that grade a notebook of the demo assignment in this process."""

import contextlib
import logging
import os
import shutil
import time
from pathlib import Path

import nbformat
import pytest

from maintenance.demo_class import ASSIGNMENT, notebook_bytes, write_source
from mnist_course.grading.assignments.release import release_notebook
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.execution.autograde import grade_submission
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.tester.client import Tester, tester_server
from mnist_course.grading.scoring.results_folder import ResultsFolder
from tests.support.grading import LIMITS


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """Return a folder with sources and results, which student code must not reach."""
    folder = tmp_path_factory.mktemp("course")
    write_source(folder / "sources")
    return folder


@pytest.fixture(scope="session")
def job(course):
    source = read_sources(course / "sources")[ASSIGNMENT]
    results = ResultsFolder(course / "results")
    results.path.mkdir()
    return GradingJob(
        assignment=ASSIGNMENT,
        release=nbformat.writes(release_notebook(source)),
        gradebook=results.add_assignment(source),
        cells=source_cells(source.notebook),
        limits=LIMITS,
    )


@pytest.fixture
def tester(job):
    """Return a connection to a tester process."""
    with contextlib.closing(Tester(tester_server(job).address, job.cells, job.limits)) as tester:
        yield tester


@pytest.fixture
def release(job):
    """Return the student notebook."""
    return nbformat.reads(job.release, as_version=4)


@pytest.fixture
def work_folder():
    """Return the path of the grading folder: a short one, because of the Unix sockets in it."""
    return Path(f"/tmp/mct-{os.getpid()}-{time.monotonic_ns()}")


@pytest.fixture
def grade(job, work_folder):
    """Return a function that grades a notebook in this process."""

    def grade(content, job=job) -> Outcome:
        content = content if isinstance(content, bytes) else notebook_bytes(content)
        work_folder.mkdir()
        try:
            return grade_submission(job, content, work_folder, tester_server(job).address)
        finally:
            shutil.rmtree(work_folder, ignore_errors=True)
            logging.disable(logging.NOTSET)

    return grade
