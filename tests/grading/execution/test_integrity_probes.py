"""Manipulations of the tests: wrong answers that try to get full points."""

import pytest

from maintenance.demo_class import answer_notebook
from mnist_course.grading.execution import autograde, integrity_probes
from tests.support.grading import FULL

pytestmark = pytest.mark.sandbox

WRONG = {
    "scale": "import numpy as np\ndef scale(images):\n    return np.ones(len(images))",
    "darkest": "def darkest(images):\n    return 200",
}
EQUAL_TO_ALL = """
class EqualToAll:
    def __eq__(self, other): return True
    def __int__(self): return 1
"""
MANIPULATIONS = {
    "np.testing": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None",
    "np.testing through vars": (
        "import sys, numpy.testing\nvars(sys.modules['numpy.testing'])['assert_allclose'] = print"
    ),
    "equality": EQUAL_TO_ALL + "darkest = lambda images: EqualToAll()",
    "hidden equality": (
        "darkest = lambda images: type('A', (), {'__' + 'eq__': lambda s, o: True})()\n"
        "answer = darkest(0)"
    ),
    "input transformer": (
        "get_ipython().input_transformers_post.append("
        "lambda lines: [l for l in lines if 'assert' not in l])"
    ),
    "ast transformer": """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Drop())
""",
    "suppressed errors": (
        "get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: print('fine'))"
    ),
    "builtins": "import builtins\nbuiltins.AssertionError = ZeroDivisionError",
    "run_cell": """
shell = get_ipython()
run = shell.run_cell
def quiet(cell, *args, **kwargs): return run(cell.replace('assert', 'True or'), *args, **kwargs)
shell.run_cell = quiet
""",
    "kernel": """
from ipykernel.ipkernel import IPythonKernel
old = IPythonKernel.do_execute
async def do_execute(self, code, *args, **kwargs):
    return await old(self, 'pass' if 'assert' in code else code, *args, **kwargs)
IPythonKernel.do_execute = do_execute
""",
    "numpy": "import numpy\nnumpy.array = lambda *a: numpy.ones(9)",
    "cell hook": (
        "seen = []\n"
        "get_ipython().events.register('pre_run_cell', lambda info: seen.append(info.raw_cell))"
    ),
}
FAST = ("hidden equality", "input transformer")
# Without an object of this class among the variables, only its code can be found.
ONLY_IN_CODE = {"equality"}


def manipulated(release, name):
    """Return a submission with wrong answers, except where the manipulation is an answer."""
    code = MANIPULATIONS[name]
    answers = WRONG | ({"darkest": ""} if "darkest" in code else {})
    return answer_notebook(release, answers | {"explain": "x"}, code)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in MANIPULATIONS],
)
def test_grade_submission_flags_manipulation(grade, release, name):
    outcome = grade(manipulated(release, name))
    assert outcome.error is None and outcome.flags


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MANIPULATIONS.keys() - ONLY_IN_CODE))
def test_read_probes_flags_manipulation(grade, release, name, monkeypatch):
    monkeypatch.setattr(autograde, "find_suspicious_code", lambda notebook: [])
    outcome = grade(manipulated(release, name))
    assert outcome.error is None and outcome.flags


@pytest.mark.slow
def test_manipulation_succeeds_without_checks(grade, release, monkeypatch):
    """The manipulation gets full points from nbgrader alone, so the flags above matter."""
    monkeypatch.setattr(autograde, "find_suspicious_code", lambda notebook: [])
    monkeypatch.setattr(
        integrity_probes.AddProbes, "preprocess", lambda self, nb, resources: (nb, resources)
    )
    code = MANIPULATIONS["input transformer"]
    outcome = grade(answer_notebook(release, WRONG, code))
    assert (outcome.flags, outcome.grades) == ([], FULL)
