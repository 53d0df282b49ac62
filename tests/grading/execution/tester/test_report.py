import numpy as np
import pytest

from maintenance.demo_class import region
from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.execution.tester.report import Failure, did_not_run


def failure(source):
    """Run a test cell in this process; return its failure."""
    cell = SourceCell("test", "check-scale", source, ())
    try:
        exec(compile(source, "<check-scale>", "exec"), {"np": np, "value": 1234})
    except BaseException as error:
        return Failure(error, {"<check-scale>": cell})
    raise AssertionError("the cell did not fail")


def hidden(source):
    return region(source, "HIDDEN TESTS")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("assert value == 1, 'too large'", "too large"),
        ("assert (\n    value == 1\n), (\n    'too '\n    'large'\n)", "too large"),
        ("assert value == 1, f'{value} is not {1:.2f}'", "… is not …"),
        ("advice = 'divide'\nassert value == 1, advice", "divide"),
        ("assert value == 1, str(value)", "A hidden test failed."),
        ("assert value == 1", "A hidden test failed."),
        ("raise AssertionError('too large')", "too large"),
        ("np.testing.assert_allclose(value, 1, err_msg='too large')", "too large"),
        ("np.testing.assert_allclose(value, 1)", "A hidden test failed."),
        ("value.shape", "A hidden test failed with AttributeError."),
        ("def check():\n    assert value == 1, 'too large'\ncheck()", "too large"),
    ],
)
def test_failure_feedback_of_hidden_tests(source, text):
    found = failure(hidden(source))
    assert found.is_hidden
    assert found.feedback()["evalue"] == text
    assert "1234" not in str(found.feedback())


def test_failure_is_hidden_by_line():
    visible = "assert value == 1, f'it is {value}'"
    assert not failure(f"{visible}\n{hidden('pass')}").is_hidden
    assert failure(f"{hidden('pass')}\n{visible}").is_hidden


def test_failure_output():
    output = failure("x = 1\nassert value == x, f'it is {value}'").output()
    assert (output["ename"], output["evalue"]) == ("AssertionError", "it is 1234")
    assert output["traceback"] == [
        "check-scale, line 2",
        "    assert value == x, f'it is {value}'",
        "AssertionError: it is 1234",
    ]


def test_failure_output_is_printable():
    output = failure("raise ValueError('\\x1b[2J' + 5000 * 'a')").output()
    assert "\x1b" not in output["evalue"] and len(output["evalue"]) == 2000


def test_did_not_run():
    found = did_not_run("no answer")
    assert found.outputs[0]["output_type"] == "error" and "no answer" in found.outputs[0]["evalue"]
