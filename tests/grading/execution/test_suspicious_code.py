import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mnist_course.grading.execution.suspicious_code import (
    find_hidden_tests_in_output,
    find_suspicious_code,
)


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("class A:\n    def __eq__(self, other): return True", "its own comparison (__eq__)"),
        ("name = '__eq__'", "it contains the name __eq__"),
        ("shell = get_ipython()", "it uses get_ipython"),
        ("import sys\nsys.settrace(print)", "it uses settrace"),
        ("from builtins import print", "it imports builtins"),
        ("import numpy as np\nnp.testing.assert_allclose = print", "replaces np.testing.assert"),
        ("import numpy\nsetattr(numpy, 'array', print)", "it uses setattr"),
        ("%matplotlib inline\nexec('1')", "it uses exec"),
        ("%%time\nexec('1')", "it uses exec"),
        ("if True:\n    %pip list\n    exec('1')", "it uses exec"),
        ("x = (1\n  % 2)\n!ls\nexec('1')", "it uses exec"),
        ("get_ipython().run_cell_magic('time', '', '1')", "it uses get_ipython"),
    ],
)
def test_find_suspicious_code(code, finding):
    (found,) = find_suspicious_code(new_notebook(cells=[new_code_cell(code)]))
    assert found.startswith("cell 1: ") and finding in found


@pytest.mark.parametrize("code", ["%matplotlib inline\n!ls\nx = 1", "def (", "net.layers = 2"])
def test_find_suspicious_code_honest(code):
    assert find_suspicious_code(new_notebook(cells=[new_code_cell(code)])) == []


def test_find_suspicious_code_ignores_locked_cells():
    cell = new_code_cell("exec('1')", metadata={"nbgrader": {"locked": True}})
    assert find_suspicious_code(new_notebook(cells=[cell])) == []


@pytest.mark.parametrize(
    ("output", "flags"),
    [
        (new_output("stream", text="assert darkest(x) == 7"), 1),
        (new_output("display_data", data={"text/html": "<b>assert darkest(x) == 7</b>"}), 1),
        (new_output("error", ename="A", evalue="", traceback=["assert darkest(x) == 7"]), 0),
        (new_output("stream", text="else:"), 0),
    ],
    ids=["printed", "displayed", "traceback", "short line"],
)
def test_find_hidden_tests_in_output(output, flags):
    cell = new_code_cell("", outputs=[output])
    lines = ("assert darkest(x) == 7", "else:")
    assert len(find_hidden_tests_in_output(new_notebook(cells=[cell]), lines)) == flags
