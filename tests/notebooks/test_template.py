"""The template of an exercise can be released, but not by accident."""

import shutil

import nbformat
import pytest

from maintenance.addresses import TEMPLATE, WITH_ADDRESS
from maintenance.exercise_verdicts import BLANK, SOURCE, SOURCES, verdicts
from maintenance.notebooks import setup_cell
from mnist_course.grading import cli
from mnist_course.grading.assignments.sources import read_sources

FOLDER = SOURCES[0].parent
IN_PLACE = "def invert(images):\n    images[:] = ~images\n    return images + 0"
ANSWERS = {
    "right": "def invert(images):\n    return ~images",
    "wrong: minus sign alone": "def invert(images):\n    return -images",
    "wrong: dtype should be": "def invert(images):\n    return 255.0 - images",
    "wrong: changes the images": IN_PLACE,
    "wrong: should become": "def invert(images):\n    return 1 - images",
}


def test_template_is_no_exercise_of_the_course():
    assert TEMPLATE.stem not in read_sources(FOLDER)
    assert TEMPLATE not in SOURCES
    assert not (FOLDER / "student" / TEMPLATE.name).exists()


def test_template_set_up_cell():
    cells = nbformat.read(TEMPLATE, as_version=4).cells
    assert next(c for c in cells if c.cell_type == "code").source == setup_cell()
    assert TEMPLATE in WITH_ADDRESS


def test_template_released(tmp_path, capsys):
    (tmp_path / "private").mkdir()
    shutil.copy(TEMPLATE, tmp_path / "private/10-mine.ipynb")
    options = ["--from", str(tmp_path / "private"), "--out", str(tmp_path / "student")]
    assert cli.main(["release", *options]) == 0, capsys.readouterr().err
    released = (tmp_path / "student/10-mine.ipynb").read_text(encoding="utf-8")
    assert "YOUR CODE HERE" in released
    for secret in ("255 - images", "bitwise_not", "Half a", "A byte can be negative"):
        assert secret in TEMPLATE.read_text(encoding="utf-8")
        assert secret not in released


@pytest.mark.parametrize("answer", ANSWERS)
def test_template_verdict(answer):
    notebook = nbformat.read(TEMPLATE, as_version=4)
    found = verdicts(notebook, {"invert": {answer: ANSWERS[answer]}})
    message = found["invert", answer].message
    assert message is None if answer == "right" else answer.removeprefix("wrong: ") in message
    assert found["invert", SOURCE].message is None
    assert found["invert", BLANK].message
