import io
import os
import zipfile

import pytest

from mnist_course.grading.submissions import uploaded_files
from mnist_course.grading.submissions.uploaded_files import (
    UploadsError,
    list_upload,
    list_zip_inside,
)
from tests.grading.submissions.conftest import EDITED, write_zip


def test_list_upload_links_and_pipes_are_not_read(tmp_path):
    folder, elsewhere = tmp_path / "class", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "x.ipynb").write_bytes(EDITED)
    (folder / "anna.ipynb").write_bytes(EDITED)
    (folder / "bo.ipynb").symlink_to(folder / "anna.ipynb")
    (folder / "cy").symlink_to(elsewhere)
    os.mkfifo(folder / "di.ipynb")
    errors = {file.path: file.error or "" for file in list_upload(folder)}
    assert set(errors) == {"anna.ipynb", "bo.ipynb", "cy", "di.ipynb"}
    assert errors["anna.ipynb"] == ""
    assert "symbolic link" in errors["bo.ipynb"] and "symbolic link" in errors["cy"]
    assert "not a regular file" in errors["di.ipynb"]


def test_list_upload_replaced_by_link_after_listing(tmp_path):
    (tmp_path / "anna.ipynb").write_bytes(EDITED)
    (file,) = list_upload(tmp_path)
    (tmp_path / "anna.ipynb").unlink()
    (tmp_path / "anna.ipynb").symlink_to("/etc/hostname")
    with pytest.raises(OSError):
        file.read(100)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no file or folder"),
        (lambda path: path.write_text("x", encoding="utf-8"), "not a readable zip"),
        (lambda path: path.write_bytes(write_zip(path, ["a"]).read_bytes()[:60]), "not a readable"),
    ],
    ids=["missing", "not a zip", "cut zip"],
)
def test_list_upload_unreadable(tmp_path, make, message):
    make(tmp_path / "x")
    with pytest.raises(UploadsError, match=message):
        list_upload(tmp_path / "x")


def test_list_upload_zip_with_undecodable_name(tmp_path):
    path = write_zip(tmp_path / "a.zip", ["Annaü.ipynb"])
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xff"))
    with pytest.raises(UploadsError, match="not a readable zip"):
        list_upload(path)


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "Annaüler"), ("cp437", "Annaüéñ"), ("cp850", "JoãoÁvØ")]
)
def test_list_upload_zip_names_of_other_systems(tmp_path, encoding, name):
    encoded = name.encode(encoding)
    path = write_zip(tmp_path / "a.zip", ["X" * len(encoded)])
    path.write_bytes(path.read_bytes().replace(b"X" * len(encoded), encoded))
    assert [file.path for file in list_upload(path)] == [name]


@pytest.mark.parametrize("damage", ["content", "encrypted", "method"])
def test_list_upload_damaged_member_leaves_others_readable(tmp_path, damage):
    path = write_zip(tmp_path / "a.zip", {"ada.ipynb": b"right", "bob.ipynb": b"right"})
    content = bytearray(path.read_bytes())
    if damage == "content":
        content[content.rindex(b"right")] = ord("w")
    else:
        entry = content.rindex(b"PK\x01\x02")
        position = entry + (8 if damage == "encrypted" else 10)
        content[position] = 1 if damage == "encrypted" else 99
    path.write_bytes(content)
    ada, bob = list_upload(path)
    assert ada.read(100) == b"right"
    with pytest.raises(uploaded_files.READ_ERRORS):
        bob.read(100)


def test_list_upload_deep_folders_end(tmp_path):
    path = tmp_path
    for _ in range(60):
        path = path / "d"
        path.mkdir()
    listed = list_upload(tmp_path)
    assert "nested too deeply" in listed[-1].error and len(listed) < 60


def zip_file(files, path="ada/work.zip"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    parts = tuple(path.split("/"))
    return uploaded_files.UploadedFile(path, parts, lambda limit: stream.getvalue()[:limit])


def test_list_zip_inside():
    (first, second) = list_zip_inside(zip_file({"HW/01-scale.ipynb": b"{}", "../x": b""}))
    assert first.path == "ada/work.zip/HW/01-scale.ipynb" and first.read(1) == b"{"
    assert second.parts == ("ada", "work.zip", "x")


def test_list_zip_inside_is_bounded(monkeypatch):
    bomb = zip_file({f"{number}.txt": b"" for number in range(1001)})
    with pytest.raises(UploadsError, match="1001 files; at most 1000"):
        list_zip_inside(bomb)
    monkeypatch.setattr(uploaded_files, "MAX_ZIP_BYTES", 1000)
    with pytest.raises(UploadsError, match="not a readable zip: it is larger than the limit"):
        list_zip_inside(zip_file({"a": os.urandom(2000)}))


def test_list_zip_inside_unpacked_size_is_bounded(monkeypatch):
    monkeypatch.setattr(uploaded_files, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(UploadsError, match="Unpacked, the zip is larger than the limit of 1 MB"):
        list_zip_inside(zip_file({f"{number}.ipynb": bytes(300_000) for number in range(4)}))


def test_list_zip_inside_reads_at_most_the_limit():
    (file,) = list_zip_inside(zip_file({"a.ipynb": bytes(10_000_000)}))
    assert len(file.read(1000)) == 1000
