import nbformat

from maintenance.demo_class import region
from mnist_course.grading.scoring.feedback import HideHiddenTestsInFeedback


def test_hide_hidden_tests():
    cell = nbformat.v4.new_code_cell(
        "assert a\n" + region("assert secret", "HIDDEN TESTS"),
        metadata={"nbgrader": {"grade": True}},
    )
    error = {"ename": "AssertionError", "evalue": "too small", "traceback": ["assert secret"]}
    cell.outputs = [nbformat.v4.new_output("error", **error)]
    shown, _ = HideHiddenTestsInFeedback().preprocess_cell(cell, {}, 0)
    assert "secret" not in str(shown)
    assert "assert a" in shown.source and "too small" in str(shown.outputs)


def test_hide_hidden_tests_keeps_other_tracebacks():
    cell = nbformat.v4.new_code_cell("assert a", metadata={"nbgrader": {"grade": True}})
    error = {"ename": "AssertionError", "evalue": "", "traceback": ["assert a"]}
    cell.outputs = [nbformat.v4.new_output("error", **error)]
    shown, _ = HideHiddenTestsInFeedback().preprocess_cell(cell, {}, 0)
    assert shown.outputs[0].traceback == ["assert a"]
