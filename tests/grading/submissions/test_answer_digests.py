import nbformat
import pytest
from nbformat.v4 import new_code_cell

from maintenance.demo_class import CORRECT, answer_notebook, source_notebook
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.submissions.answer_digests import answer_digests

RELEASE = student_notebook(source_notebook())
EXPLAINED = CORRECT | {"explain": "They start small."}


def changed(answers, first_cell=""):
    before = answer_digests(answer_notebook(RELEASE, EXPLAINED), RELEASE)
    after = answer_digests(answer_notebook(RELEASE, EXPLAINED | answers, first_cell), RELEASE)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        ({}, set()),
        ({"explain": "They start small. \n"}, set()),
        ({"explain": "Because."}, {"explain"}),
        ({"darkest": "darkest = max"}, {"check-darkest"}),
        ({"scale": "scale = None"}, {"check-scale"}),
        ({"check-scale": "pass"}, set()),  # a test cell is restored before it is run
    ],
)
def test_answer_digests_change_with_their_answer(answers, names):
    assert changed(answers) == names


def test_answer_digests_added_code_may_change_what_is_tested():
    assert changed({}, "helper = 1") == {"check-scale", "check-darkest"}


def test_answer_digests_missing_cells():
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell("x = 1")])
    assert set(answer_digests(notebook, RELEASE)) == {"check-scale", "check-darkest", "explain"}
