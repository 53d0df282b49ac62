import json
import os
import zipfile

import pytest

from maintenance.demo_class import source_notebook
from mnist_course.grading.submissions.uploaded_files import UploadsError, read_uploads

NOTEBOOK = json.dumps(source_notebook())


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "class"
    path.mkdir()
    return path


def write_zip(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 18, 0, 0)), NOTEBOOK)
    return path


def test_read_uploads_one_notebook_for_each_student(folder):
    names = {"Anna Müller", "محمد", "anna", "Anna"}
    for name in names:
        (folder / f"{name}.ipynb").write_text(NOTEBOOK)
    uploads = read_uploads(folder)
    assert {upload.student.name for upload in uploads} == names
    assert {upload.read().decode() for upload in uploads} == {NOTEBOOK}


def test_read_uploads_links_and_pipes_are_not_read(folder, tmp_path):
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (folder / "Bo.ipynb").symlink_to(folder / "Anna.ipynb")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.ipynb").write_text(NOTEBOOK)
    (folder / "Cy").symlink_to(tmp_path / "elsewhere")
    (folder / "Di").mkdir()
    os.mkfifo(folder / "Di" / "x.ipynb")
    errors = {upload.student.name: upload.error for upload in read_uploads(folder)}
    assert set(errors) == {"Anna", "Bo.ipynb", "Cy", "Di"}
    assert errors["Anna"] is None
    assert "symbolic link" in errors["Bo.ipynb"] and "symbolic link" in errors["Cy"]
    assert "not a regular file" in errors["Di"]


def test_read_uploads_replaced_by_link_after_listing(folder):
    (folder / "Anna.ipynb").write_text(NOTEBOOK)
    (upload,) = read_uploads(folder)
    (folder / "Anna.ipynb").unlink()
    (folder / "Anna.ipynb").symlink_to("/etc/hostname")
    with pytest.raises(OSError):
        upload.read()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no file or folder"),
        (lambda path: path.mkdir(), "it has no files"),
        (lambda path: path.write_text("x"), "not a readable zip"),
    ],
    ids=["missing", "empty folder", "not a zip"],
)
def test_read_uploads_unreadable(tmp_path, make, message):
    make(tmp_path / "x")
    with pytest.raises(UploadsError, match=message):
        read_uploads(tmp_path / "x")


@pytest.mark.parametrize(
    "name",
    [
        "Anna Müller_4711_assignsubmission_file_/work.ipynb",
        "Anna Müller_4711_assignsubmission_file/work.ipynb",
        "Anna Müller_4711_assignsubmission_file_work.ipynb",
    ],
)
def test_read_uploads_moodle_zip(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", [name, name.replace("4711", "4712")])
    first, second = (upload.student for upload in read_uploads(path))
    assert (first.name, first.platform, first.platform_id) == ("Anna Müller", "moodle", "4711")
    assert (first.id, second.id) == ("anna-muller-4711", "anna-muller-4712")


def test_read_uploads_canvas_zip(tmp_path):
    names = ["mulleranna_123_4567_work.ipynb", "bobo_LATE_124_4569_work-10.ipynb"]
    anna, bo = read_uploads(write_zip(tmp_path / "a.zip", names))
    assert (anna.student.name, anna.student.platform_id) == ("mulleranna", "123")
    assert (anna.late, anna.attempt_number) == (False, 0)
    assert (bo.late, bo.attempt_number) == (True, 10)


def test_read_uploads_zip_with_unmarked_utf8_names(tmp_path):
    path = write_zip(tmp_path / "a.zip", ["AnnaXYler.ipynb"])
    path.write_bytes(path.read_bytes().replace(b"AnnaXYler", "Annaüler".encode()))
    assert [upload.student.name for upload in read_uploads(path)] == ["Annaüler"]
