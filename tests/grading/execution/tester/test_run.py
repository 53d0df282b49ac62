"""Run tests in this process, with the answers in a thread."""

import random

import numpy as np
import pytest
from nbformat.v4 import new_notebook

from maintenance.demo_class import nbgrader_cell, region
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.execution.tester.run import SetupError, new_seeds
from tests.support import answers_in_thread

ANSWER = {"solution": True}
TEST = {"grade": True, "locked": True}
SCALE = nbgrader_cell("code", "scale", "import numpy as np\ndef scale(x):\n    return x", **ANSWER)


def test_cell(source, name="check-scale"):
    return nbgrader_cell("code", name, source, 1, **TEST)


test_cell.__test__ = False


def running(*cells, answers=""):
    """Run answers; return a context manager that yields a run of the cells."""
    namespace: dict = {}
    exec(answers, namespace)
    return answers_in_thread.running(source_cells(new_notebook(cells=cells)), namespace)


def report(*cells, answers=""):
    """Return the report of the last cell."""
    with running(*cells, answers=answers) as run:
        return run.run_test(len(cells) - 1)


def errors(outputs):
    return [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]


def test_run_test_passes():
    test = test_cell("assert scale(np.array([255]))[0] == 1\nprint('correct')")
    found = report(SCALE, test, answers="scale = lambda x: x / 255")
    assert [output.get("text") for output in found.outputs] == ["correct"]
    assert found.feedback == found.outputs and found.refused is None


def test_run_test_fails():
    test = test_cell("print(1)\nassert scale(2) == 3, f'2 gives {scale(2)}'")
    found = report(SCALE, test, answers="def scale(x): return x")
    assert errors(found.outputs) == ["AssertionError: 2 gives 2"] == errors(found.feedback)
    lines = ["check-scale, line 2", "    assert scale(2) == 3, f'2 gives {scale(2)}'"]
    assert found.outputs[-1]["traceback"][:2] == lines


def test_run_test_answer_missing():
    assert errors(report(SCALE, test_cell("scale(1)")).outputs) == [
        "NameError: name 'scale' is not defined"
    ]


def test_run_test_answer_raises():
    found = report(SCALE, test_cell("scale(1)"), answers="def scale(x): return x.shape")
    assert errors(found.outputs) == ["AttributeError: 'int' object has no attribute 'shape'"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("0.5", "0.5"),
        ("np.float64(0.5)", "0.5"),
        ("-1", "0"),
        ("float('nan')", "0"),
        ("10**400", "9.223372036854776e+18"),
        ("1j", "1j"),
        ("True", "True"),
    ],
)
def test_run_test_number_is_partial_credit(result, text):
    answers = f"import numpy as np\nscale = lambda x: {result}"
    (output,) = report(SCALE, test_cell("scale(1)"), answers=answers).outputs
    assert (output["output_type"], output["data"]["text/plain"]) == ("execute_result", text)


def test_run_test_refuses_value():
    answer = nbgrader_cell("code", "a", "equal = 1", **ANSWER)
    answers = "class Equal:\n    __eq__ = lambda self, other: True\nequal = Equal()"
    found = report(answer, test_cell("assert equal == 7"), answers=answers)
    assert "equal: The other process reports: Cannot pass equal" in found.refused and errors(
        found.outputs
    )


def test_run_test_refuses_result():
    answers = "def scale(x):\n    yield x"
    found = report(SCALE, test_cell("assert list(scale(7))"), answers=answers)
    assert (
        "check-scale: The other process reports: Cannot pass the result of scale" in found.refused
    )
    assert errors(found.outputs)[0].startswith("TransferError")


def test_run_test_runs_set_up_with_answers():
    cells = [
        nbgrader_cell("code", "first", "start = 10", locked=True),
        SCALE,
        nbgrader_cell("code", "second", "scaled = scale(start)", locked=True),
        test_cell("assert scaled == 20"),
    ]
    assert report(*cells, answers="scale = lambda x: 2 * x").outputs == []


def test_run_test_set_up_keeps_its_names():
    cells = [
        nbgrader_cell("code", "answer", "value = 1", **ANSWER),
        nbgrader_cell("code", "later", "value = 5", locked=True),
        test_cell("assert value == 5"),
    ]
    assert report(*cells, answers="value = 1").outputs == []


def test_run_test_set_up_fails_with_answer():
    cells = [
        SCALE,
        nbgrader_cell("code", "set-up", "y = scale(1)", locked=True),
        test_cell("assert y"),
    ]
    found = report(*cells, answers="def scale(x): raise ValueError('dark')")
    assert errors(found.outputs) == ["NameError: name 'y' is not defined"]
    assert "The set-up cell set-up raised ValueError: dark" in found.outputs[0]["text"]


def test_run_until_answer_set_up_fails():
    cells = [nbgrader_cell("code", "set-up", "1 / 0", locked=True), SCALE, test_cell("1")]
    with running(*cells) as run, pytest.raises(SetupError, match="set-up raised ZeroDivision"):
        run.run_until_answer()


def test_run_test_undoes_changes_of_arguments():
    cells = [
        nbgrader_cell("code", "set-up", "import numpy as np\nX = np.ones(3)", locked=True),
        SCALE,
        test_cell("scale(X)\nassert X.sum() == 0", "first"),
        test_cell("assert X.sum() == 3", "second"),
    ]
    with running(*cells, answers="def scale(x): x[:] = 0") as run:
        assert run.run_test(2).outputs == run.run_test(3).outputs == []


HIDDEN = region(
    "assert scale(1234) == 5678, f'{scale(1234)} is wrong'\nprint(1234)", "HIDDEN TESTS"
)


def test_run_test_hidden_fails():
    test = test_cell(f"print('shown')\n{HIDDEN}")
    found = report(SCALE, test, answers="def scale(x): return x")
    assert errors(found.outputs) == ["AssertionError: 1234 is wrong"]
    assert errors(found.feedback) == ["Test failed: … is wrong"]
    assert "1234" not in str(found.feedback) and found.feedback[0]["text"] == "shown"


def test_run_test_hidden_prints_nothing():
    found = report(SCALE, test_cell(HIDDEN), answers="def scale(x): return 5678")
    assert found.outputs == []


def test_run_test_after_hidden_shows_no_values():
    cells = [SCALE, test_cell(HIDDEN, "a"), test_cell("print(scale(0))\nassert 0, scale(0)", "b")]
    answers = "seen = []\ndef scale(x):\n    seen.append(x)\n    return str(seen)"
    with running(*cells, answers=answers) as run:
        run.run_test(1)
        found = run.run_test(2)
    assert "1234" in str(found.outputs) and "1234" not in str(found.feedback)
    assert errors(found.feedback) == [
        "Test failed: A test failed. Run it in your notebook to see why."
    ]


def test_run_test_magics():
    found = report(SCALE, test_cell("%pwd\nassert True"), answers="scale = 1")
    assert errors(found.outputs) == []


def test_new_seeds():
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - another test may have left the seed 3
    new_seed = new_seeds()
    assert new_seed() is None
    random.seed(2)
    first = new_seed()
    assert new_seed() is None
    np.random.random()  # noqa: NPY002 - the global generator
    second = new_seed()
    random.seed(2)
    np.random.seed(3)  # noqa: NPY002
    assert len({None, first, second, new_seed()}) == 4
