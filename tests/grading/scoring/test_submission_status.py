import dataclasses
import json

import pytest

from mnist_course.grading.scoring.submission_status import SubmissionStatus

STATUS = SubmissionStatus("anna-1", "abc", None, student_name="Anna", flags=["a"], notes=["b"])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "anna-1.json"
    path.write_text(STATUS.to_json(), encoding="utf-8")
    return path


def change(path, **changes):
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(stored | changes), encoding="utf-8")


def test_submission_status_read(path):
    assert SubmissionStatus.read(path) == STATUS


def test_submission_status_text_is_printable(path):
    status = SubmissionStatus(
        "anna-1",
        "",
        "\x1b[2J\nfailed: Bob",
        student_name="\u202eAnna\x07",
        flags=[["\ud800"], {"\x1b": 1}, None],
        file="a\nb" + "c" * 5000,
    )
    assert (status.error, status.student_name) == ("�[2J failed: Bob", "�Anna�")
    assert status.flags == [r"['\ud800']", r"{'\x1b': 1}", "None"]
    assert status.file.startswith("a b") and len(status.file) == 2000
    change(path, error="\x1b[2J", notes=["\ud800"])
    assert (SubmissionStatus.read(path).error, SubmissionStatus.read(path).notes) == ("�[2J", ["�"])


@pytest.mark.parametrize(
    "name",
    [f.name for f in dataclasses.fields(STATUS) if f.name not in ("student_id", "digest", "error")],
)
def test_submission_status_read_old_file(path, name):
    stored = json.loads(path.read_text(encoding="utf-8"))
    del stored[name]
    path.write_text(json.dumps(stored | {"a field of a later version": 1}), encoding="utf-8")
    assert SubmissionStatus.read(path).error is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (STATUS.to_json()[:50].encode(), "Unterminated string"),
        (b"\xff\xfe", "can't decode"),
        (b"[" * 100_000, "recursion"),
        (b"[]", "it is not an object"),
        (b"{}", "it has no student_id"),
        (b'{"student_id": "a", "digest": ""}', "it has no error"),
        (b'{"student_id": "a", "digest": "", "error": 3}', "error is 3"),
        (b'{"student_id": "a", "digest": "", "error": null, "notes": "text"}', "notes is 'text'"),
        (b'{"student_id": "a", "digest": "", "error": null, "attempts": {}}', "attempts is {}"),
    ],
)
def test_submission_status_read_damaged_file(path, content, reason):
    path.write_bytes(content)
    status = SubmissionStatus.read(path)
    assert reason in status.error and "The file anna-1.json in" in status.error
    assert (status.student_id, status.student_name, status.retry) == ("anna-1", "anna-1", True)


def test_submission_status_read_unreadable_file(path):
    path.unlink()
    path.mkdir()
    assert "Is a directory" in SubmissionStatus.read(path).error
