"""Fixtures that build uploads of a class and select the submissions, without grading them."""

import zipfile

import pytest

from maintenance.demo_class import (
    ASSIGNMENT,
    CORRECT,
    CORRECT_IN_ANOTHER_STYLE,
    answer_notebook,
    notebook_bytes,
    source_notebook,
    write_source,
)
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.submissions.attempt_selection import select_attempts
from mnist_course.grading.submissions.class_upload import read_class_upload
from mnist_course.grading.submissions.file_table import file_rows
from mnist_course.grading.submissions.notebook_contents import read_contents

RELEASE = student_notebook(source_notebook())
BLANK = notebook_bytes(RELEASE)
EDITED = notebook_bytes(answer_notebook(RELEASE, CORRECT))
EDITED_OTHERWISE = notebook_bytes(answer_notebook(RELEASE, CORRECT_IN_ANOTHER_STYLE))
# The time of the download, which Moodle and Canvas write for each file.
DOWNLOADED = (2026, 5, 6, 9, 30, 0)


def write_zip(path, files):
    """Write a zip of files by name; a list of names writes the same notebook for each."""
    files = files if isinstance(files, dict) else dict.fromkeys(files, EDITED)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, DOWNLOADED), content)
    return path


def write_folder(path, files):
    """Write files by name into a new folder; a name that ends in "/" is an empty folder."""
    path.mkdir()
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            (path / name).mkdir(exist_ok=True)
        else:
            (path / name).write_bytes(content)
    return path


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    return read_sources(write_source(tmp_path_factory.mktemp("sources")))


@pytest.fixture
def zipped(tmp_path):
    """Return a function that writes files into a zip of the class and reads the upload."""

    def zipped(files, **options):
        return read_class_upload(write_zip(tmp_path / "class.zip", files), [ASSIGNMENT], **options)

    return zipped


@pytest.fixture
def in_folder(tmp_path):
    """Return a function that writes files into a folder of the class and reads the upload."""

    def in_folder(files, **options):
        return read_class_upload(write_folder(tmp_path / "class", files), [ASSIGNMENT], **options)

    return in_folder


@pytest.fixture
def select(sources):
    """Return a function that selects the submissions of an upload, by the student's name."""

    def select(uploaded, chosen=()):
        contents = read_contents(uploaded.files)
        selected = select_attempts(uploaded, contents, sources, ASSIGNMENT, chosen)
        file_rows(uploaded, selected)  # raises an error if a file or student is not accounted for
        return {submission.student.name: submission for submission in selected}

    return select
