import datetime
import json
import os
import zipfile

import pytest

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.submissions.attempt_selection import identify_assignment, select_attempts
from mnist_course.grading.submissions.uploaded_files import UploadsError, read_uploads

NOTEBOOK = json.dumps(source_notebook())
DEADLINE = datetime.datetime(2026, 5, 4, 18, tzinfo=datetime.UTC)


@pytest.fixture
def sources(tmp_path):
    return read_sources(write_source(tmp_path / "sources"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "class"
    path.mkdir()
    return path


def by_student(path, sources, deadline=None):
    """Return the selected submissions by the student's name."""
    uploads = read_uploads(path)
    name = identify_assignment(uploads, sources)
    selected = select_attempts(uploads, sources, name, deadline)
    return {submission.student.name: submission for submission in selected}


def write_attempt(path, submitted_at):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(NOTEBOOK)
    os.utime(path, (submitted_at.timestamp(),) * 2)


def test_select_submissions_last_attempt_before_deadline(folder, sources):
    hour = datetime.timedelta(hours=1)
    for attempt, hours in [("a", -2), ("b", -1), ("c", 1)]:
        write_attempt(folder / "Anna" / f"{attempt}.ipynb", DEADLINE + hours * hour)
    write_attempt(folder / "Bo" / "only.ipynb", DEADLINE + 2 * hour)
    selected = by_student(folder, sources, DEADLINE)
    anna, bo = selected["Anna"], selected["Bo"]
    assert (anna.upload.file, anna.attempts, anna.late) == ("Anna/b.ipynb", 3, False)
    assert (bo.upload.file, bo.late, bo.seconds_late) == ("Bo/only.ipynb", True, 7200)


def test_select_submissions_last_attempt_without_deadline(folder, sources):
    for attempt, minutes in [("a", 2), ("b", 1)]:
        submitted_at = DEADLINE + datetime.timedelta(minutes=minutes)
        write_attempt(folder / "Anna" / f"{attempt}.ipynb", submitted_at)
    anna = by_student(folder, sources)["Anna"]
    assert (anna.upload.file, anna.late, anna.seconds_late) == ("Anna/a.ipynb", False, 0)


def test_select_submissions_canvas_attempt_number(tmp_path, sources):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("bobo_124_4568_work-10.ipynb", "bobo_124_4569_work-2.ipynb"):
            archive.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 18, 0, 0)), NOTEBOOK)
    upload = by_student(tmp_path / "a.zip", sources)["bobo"].upload
    assert upload.file == "bobo_124_4568_work-10.ipynb"


def test_select_submissions_marked_late_by_canvas(tmp_path, sources):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("bobo_LATE_124_4568_work.ipynb", NOTEBOOK)
    assert by_student(tmp_path / "a.zip", sources)["bobo"].late


def test_select_submissions_nbgrader_timestamp_before_file_time(folder, sources):
    write_attempt(folder / "anna" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", DEADLINE)
    (folder / "anna" / ASSIGNMENT / "timestamp.txt").write_text("2026-05-04 18:00:30 UTC")
    assert by_student(folder, sources, DEADLINE)["anna"].seconds_late == 30


def test_select_submissions_time_in_zip(tmp_path, sources):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        member = zipfile.ZipInfo("A_1_assignsubmission_file_/a.ipynb", (2026, 5, 4, 18, 0, 0))
        archive.writestr(member, NOTEBOOK)
    deadline = datetime.datetime(2026, 5, 4, 17, 59).astimezone()
    assert by_student(tmp_path / "a.zip", sources, deadline)["A"].seconds_late == 60


def test_select_submissions_renamed_file(folder, sources):
    (folder / "Anna").mkdir()
    (folder / "Anna" / "Homework (2) final.IPYNB").write_text(NOTEBOOK)
    assert by_student(folder, sources)["Anna"].error is None


def test_select_submissions_nothing_to_grade(folder, sources):
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo").mkdir()
    (folder / "Bo" / "essay.docx").write_text("x")
    (folder / "Cy").mkdir()
    (folder / "Cy" / "broken.ipynb").write_text("{")
    selected = by_student(folder, sources)
    assert "no notebook among the files: Bo/essay.docx" in selected["Bo"].error
    # A damaged notebook is selected: reading it reports what is wrong.
    assert selected["Cy"].error is None and selected["Cy"].upload.file == "Cy/broken.ipynb"


def test_select_submissions_file_wins_over_link(folder, sources):
    write_attempt(folder / "Anna" / "a.ipynb", DEADLINE)
    (folder / "Anna" / "b.ipynb").symlink_to(folder / "Anna" / "a.ipynb")
    assert by_student(folder, sources)["Anna"].upload.file == "Anna/a.ipynb"


def test_select_submissions_another_assignment(folder, tmp_path):
    write_source(tmp_path / "sources")
    other = NOTEBOOK.replace('"grade_id": "', '"grade_id": "other-')
    (tmp_path / "sources" / "02-other.ipynb").write_text(other)
    sources = read_sources(tmp_path / "sources")
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo.ipynb").write_text(other)
    uploads = read_uploads(folder)
    selected = {s.student.name: s for s in select_attempts(uploads, sources, ASSIGNMENT)}
    assert selected["Anna"].error is None
    assert selected["Bo"].error == "There is no notebook of 01-scale, only of 02-other."
    with pytest.raises(UploadsError, match="--assignment 01-scale"):
        identify_assignment(uploads, sources)


def test_identify_assignment_unknown(folder, sources):
    (folder / "Anna.ipynb").write_text("{}")
    with pytest.raises(UploadsError, match="--from"):
        identify_assignment(read_uploads(folder), sources)
