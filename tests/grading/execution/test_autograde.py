"""Grading honest work: points, comments and no false alarms."""

import errno
import os

import nbformat
import pytest

from maintenance.demo_class import CORRECT, answer_notebook
from mnist_course.grading.execution import autograde
from tests.support.grading import FULL, output_text

pytestmark = pytest.mark.sandbox

# The picture is one black pixel.
DISPLAYS = """
from base64 import b64decode
from IPython.display import HTML, Javascript, display
display(HTML("<script>hostile</script>"), Javascript("hostile"))
display({"image/svg+xml": "<svg onload='hostile'/>"}, raw=True, metadata={"hostile": 1})
print("\\x1b[38mtext")
png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
display({"image/png": b64decode(png)}, raw=True)
"""


@pytest.mark.slow
def test_grade_submission_correct(grade, release):
    outcome = grade(answer_notebook(release, CORRECT))
    assert (outcome.error, outcome.flags, outcome.notes) == (None, [], [])
    assert outcome.grades == FULL


@pytest.mark.slow
def test_grade_submission_wrong(grade, release):
    wrong = CORRECT | {"scale": "import numpy as np\nscale = np.negative"}
    outcome = grade(answer_notebook(release, wrong))
    assert (outcome.error, outcome.flags) == (None, [])
    assert outcome.grades == FULL | {"check-scale": 0}
    assert "ink is 1" in output_text(outcome)


@pytest.mark.slow
def test_grade_submission_blank(grade, release):
    outcome = grade(release)
    assert outcome.error is None and set(outcome.grades.values()) == {0}
    assert outcome.comments["explain"] == "No response."


@pytest.mark.slow
def test_grade_submission_text_answer_needs_manual_grade(grade, release):
    outcome = grade(answer_notebook(release, CORRECT | {"explain": "They start small."}))
    assert outcome.grades == FULL | {"explain": None}


@pytest.mark.slow
def test_grade_submission_stderr_costs_no_points(grade, release):
    first_cell = "import sys, warnings\nprint('a', file=sys.stderr)\nwarnings.warn('b')\n"
    scale = f"{CORRECT['scale']} + 0 * len(str(print('c', file=sys.stderr)))"
    outcome = grade(answer_notebook(release, CORRECT | {"scale": scale}, first_cell))
    assert outcome.grades == FULL


def test_grade_submission_honest_habits_raise_no_flag(grade, release):
    """Builtin names as variables, magics, new attributes and arrays in containers."""
    first_cell = """
%matplotlib inline
import numpy as np
from dataclasses import dataclass
sum, list, input = 3, [1], "x"
images = np.arange(4); images.shape = (2, 2)
@dataclass
class Net:
    layers: int = 1
net = Net(); net.layers = 2
table = {"a": np.zeros(3), "b": None}
def main(): return 1
!echo hello
"""
    outcome = grade(answer_notebook(release, CORRECT, first_cell))
    assert (outcome.flags, outcome.grades) == ([], FULL)


def test_grade_submission_damaged_file(grade):
    outcome = grade(b'{"cells": [')
    assert "not a valid notebook" in outcome.error
    assert outcome.grades == {} and outcome.notebook is None
    assert not outcome.retry


def test_grade_submission_disk_full(grade, release, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(autograde.nbformat, "write", fail)
    outcome = grade(release)
    assert "No space left on device" in outcome.error and outcome.retry


@pytest.mark.slow
def test_grade_submission_stores_text_and_pictures_only(grade, release):
    answers = CORRECT | {"explain": "**bold** <script>hostile</script>"}
    notebook = answer_notebook(release, answers, DISPLAYS)
    notebook.metadata.title = "hostile"
    outcome = grade(notebook)
    assert outcome.grades == FULL | {"explain": None}
    stored = nbformat.reads(outcome.notebook, as_version=4)
    outputs = next(cell.outputs for cell in stored.cells if cell.source == DISPLAYS)
    assert {mime for output in outputs for mime in output.get("data", ())} == {
        "text/plain",
        "image/png",
    }
    assert [output.text for output in outputs if output.output_type == "stream"] == ["text"]
    assert "hostile" not in str([outputs, stored.metadata])
    assert "<strong>bold</strong> &lt;script&gt;" in stored.cells[-1].source


def test_grade_submission_tags_do_not_skip_tests(grade, release):
    notebook = answer_notebook(release, CORRECT | {"darkest": "def darkest(images): return 0"})
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    outcome = grade(notebook)
    assert (outcome.grades, outcome.flags) == (FULL | {"check-darkest": 0}, [])
