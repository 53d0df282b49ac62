"""What a class hands in: names, attempts, deadlines, and the zips of learning platforms."""

import datetime
import json
import os
import zipfile

import pytest

from maintenance.demo_class import EXERCISE, source, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.submissions.attempts import collect, exercise_of
from mnist_course.grading.submissions.student_ids import student_id
from mnist_course.grading.submissions.uploads import UploadsError, read_uploads

NOTEBOOK = json.dumps(source())


@pytest.fixture
def sources(tmp_path):
    return read_sources(write_source(tmp_path / "sources"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "class"
    path.mkdir()
    return path


def handed_in(path, sources, deadline=None):
    """Return the submissions of a class by student's name."""
    uploads = read_uploads(path)
    chosen = collect(uploads, sources, exercise_of(uploads, sources), deadline)
    return {submission.student.name: submission for submission in chosen}


def make_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 18, 0, 0)), content)
    return path


# Names.


def test_every_name_gets_an_id_of_its_own_that_any_system_takes():
    names = ["anna", "Anna", "ANNA", "Anna Müller", "Anna Muller", "محمد", "מרים", "李雷", "O'Neil"]
    names += ["a/../b", "..", "x" * 300, "José", "Łukasz", "anna "]
    ids = [student_id(name) for name in names]
    assert len({i.lower() for i in ids}) == len(names) - 1  # "anna " is anna
    for name in ids:
        assert name.isascii() and name == name.lower() and len(name) <= 75
        assert name.replace("-", "").isalnum() and not name.startswith("-")
    assert ids[0] == "anna"


def test_an_accent_is_the_same_however_it_is_written():
    assert student_id("Jos\u00e9") == student_id("Jose\u0301") != student_id("Jose")


def test_namesakes_are_told_apart_by_their_number():
    assert student_id("Anna", "7") == "anna-7" != student_id("Anna", "8")


def test_one_notebook_for_each_student(folder, sources):
    for name in ("Anna Müller", "محمد", "anna", "Anna"):
        (folder / f"{name}.ipynb").write_text(NOTEBOOK)
    assert set(handed_in(folder, sources)) == {"Anna Müller", "محمد", "anna", "Anna"}


# Attempts.


def touch(path, when):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(NOTEBOOK)
    os.utime(path, (when.timestamp(),) * 2)


def test_the_last_attempt_before_the_deadline_counts(folder, sources):
    deadline = datetime.datetime(2026, 5, 4, 18, tzinfo=datetime.UTC)
    hour = datetime.timedelta(hours=1)
    for attempt, when in [("a", -2), ("b", -1), ("c", 1)]:
        touch(folder / "Anna" / f"{attempt}.ipynb", deadline + when * hour)
    touch(folder / "Bo" / "only.ipynb", deadline + 2 * hour)
    found = handed_in(folder, sources, deadline)
    anna, bo = found["Anna"], found["Bo"]
    assert (anna.upload.file, anna.attempts, anna.late) == ("Anna/b.ipynb", 3, False)
    assert (bo.upload.file, bo.late, bo.seconds_late) == ("Bo/only.ipynb", True, 7200)
    assert handed_in(folder, sources)["Anna"].upload.file == "Anna/c.ipynb"


def test_a_timestamp_of_nbgraders_own_counts_more_than_the_files_date(folder, sources):
    deadline = datetime.datetime(2026, 5, 4, 18, tzinfo=datetime.UTC)
    touch(folder / "anna" / EXERCISE / f"{EXERCISE}.ipynb", deadline)
    (folder / "anna" / EXERCISE / "timestamp.txt").write_text("2026-05-04 18:00:30 UTC")
    assert handed_in(folder, sources, deadline)["anna"].seconds_late == 30


# Files that are not what they should be.


def test_a_renamed_file_is_known_by_what_is_in_it(folder, sources):
    (folder / "Anna").mkdir()
    (folder / "Anna" / "Homework (2) final.IPYNB").write_text(NOTEBOOK)
    assert handed_in(folder, sources)["Anna"].cause is None


def test_who_handed_in_nothing_useful_is_not_forgotten(folder, sources):
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo").mkdir()
    (folder / "Bo" / "essay.docx").write_text("x")
    (folder / "Cy").mkdir()
    (folder / "Cy" / "broken.ipynb").write_text("{")
    found = handed_in(folder, sources)
    assert "no notebook among the files: Bo/essay.docx" in found["Bo"].cause
    assert found["Cy"].cause is None  # grading says what is wrong with it


def test_a_link_out_of_the_folder_is_not_followed(folder, sources, tmp_path):
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo.ipynb").symlink_to(folder / "Anna.ipynb")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.ipynb").write_text(NOTEBOOK)
    (folder / "Cy").symlink_to(tmp_path / "elsewhere")
    (folder / "Di").mkdir()
    os.mkfifo(folder / "Di" / "x.ipynb")
    found = handed_in(folder, sources)
    assert set(found) == {"Anna", "Bo.ipynb", "Cy", "Di"}
    for name in ("Bo.ipynb", "Cy"):
        assert "symbolic link" in found[name].cause
    assert "no regular file" in found["Di"].cause


def test_a_notebook_of_another_exercise_is_not_graded_as_this_one(folder, tmp_path):
    write_source(tmp_path / "sources")
    other = NOTEBOOK.replace('"grade_id": "', '"grade_id": "other-')
    (tmp_path / "sources" / "02-other.ipynb").write_text(other)
    sources = read_sources(tmp_path / "sources")
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo.ipynb").write_text(other)
    uploads = read_uploads(folder)
    with pytest.raises(UploadsError, match="--exercise 01-scale"):
        exercise_of(uploads, sources)
    found = {s.student.name: s for s in collect(uploads, sources, EXERCISE)}
    assert found["Anna"].cause is None
    assert found["Bo"].cause == "There is no notebook of 01-scale, only of 02-other."


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_nothing_to_read_is_said(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(UploadsError):
        read_uploads(tmp_path / "x")


# Learning platforms.


@pytest.mark.parametrize(
    "name",
    [
        "Anna Müller_4711_assignsubmission_file_/work.ipynb",
        "Anna Müller_4711_assignsubmission_file/work.ipynb",
        "Anna Müller_4711_assignsubmission_file_work.ipynb",
    ],
)
def test_a_moodle_zip_is_read_as_it_comes(tmp_path, sources, name):
    path = make_zip(tmp_path / "a.zip", {name: NOTEBOOK, name.replace("4711", "4712"): NOTEBOOK})
    uploads = read_uploads(path)
    first, second = collect(uploads, sources, EXERCISE)
    assert (first.student.name, first.student.number) == ("Anna Müller", "4711")
    assert (first.student.id, second.student.id) == ("anna-muller-4711", "anna-muller-4712")
    assert first.student.platform == "moodle" and first.cause is None


def test_a_canvas_zip_is_read_as_it_comes(tmp_path, sources):
    files = ["mulleranna_123_4567_work.ipynb", "bobo_LATE_124_4568_work-2.ipynb"]
    files.append("bobo_LATE_124_4569_work-10.ipynb")
    path = make_zip(tmp_path / "a.zip", dict.fromkeys(files, NOTEBOOK))
    found = handed_in(path, sources)
    assert found["mulleranna"].student.number == "123" and not found["mulleranna"].late
    assert found["bobo"].late and found["bobo"].upload.attempt == 10


def test_a_zip_whose_names_are_utf8_without_saying_so(tmp_path, sources):
    path = make_zip(tmp_path / "a.zip", {"AnnaXYler.ipynb": NOTEBOOK})
    path.write_bytes(path.read_bytes().replace(b"AnnaXYler", "Annaüler".encode()))
    assert set(handed_in(path, sources)) == {"Annaüler"}


def test_the_time_in_a_zip_counts(tmp_path, sources):
    path = make_zip(tmp_path / "a.zip", {"A_1_assignsubmission_file_/a.ipynb": NOTEBOOK})
    deadline = datetime.datetime(2026, 5, 4, 17, 59).astimezone()
    assert handed_in(path, sources, deadline)["A"].seconds_late == 60
