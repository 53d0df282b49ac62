"""Each kind of submission, graded for real: what an instructor relies on for each.

`make test` has one of each kind in the made-up class (test_grading_command.py) and here what that
does not show; `.ci/run` runs every row.

Every attack is run: first with the protection, and for the sandbox also once without, to show that
the attack is one.
"""

import dataclasses
import logging
import os
import re
import shutil
import socket
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell

from maintenance.demo_class import EXERCISE, RIGHT, answered, as_bytes, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.execution import autograde, integrity_checks, sandbox
from mnist_course.grading.execution.autograde import Exercise, Outcome, grade
from mnist_course.grading.execution.fork_server import WarmKernels
from mnist_course.grading.scoring.results import Results

pytestmark = pytest.mark.sandbox
slow = pytest.mark.slow

FULL = {"test-scale": 2, "test-darkest": 3, "why": 0}
SHORT = sandbox.Limits(cell_seconds=2, seconds=60, memory=600_000_000, processes=60, output=20_000)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a folder with sources and with results, which students' code must not reach."""
    folder = tmp_path_factory.mktemp("course")
    write_source(folder / "sources")
    return folder


@pytest.fixture(scope="module")
def exercise(course):
    """Return the exercise as it travels to a worker."""
    source = read_sources(course / "sources")[EXERCISE]
    results = Results(course / "results")
    results.folder.mkdir()
    return Exercise(
        name=EXERCISE,
        release=nbformat.writes(source.released()),
        gradebook=results.open(source),
        hidden=source.hidden_lines(),
        limits=SHORT,
    )


@pytest.fixture
def graded(exercise, tmp_path_factory):
    """Return a function that grades a notebook, here and now."""

    def run(content, exercise=exercise, warm=None) -> Outcome:
        if not isinstance(content, bytes):
            content = as_bytes(content)
        folder = tmp_path_factory.mktemp("x", numbered=True)
        # A short path, for the sockets.
        short = sandbox.Path("/tmp") / f"mct-{os.getpid()}-{time.monotonic_ns()}"
        folder.rename(short)
        try:
            return grade(exercise, content, short, warm)
        finally:
            shutil.rmtree(short, ignore_errors=True)
            logging.disable(logging.NOTSET)

    return run


@pytest.fixture
def release(exercise):
    """Return the student's notebook."""
    return nbformat.reads(exercise.release, as_version=4)


def printed(outcome: Outcome) -> str:
    """Return all text that a graded notebook shows."""
    notebook = nbformat.reads(outcome.notebook, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") + output.get("evalue", "") for output in outputs)


# Honest work.


@slow
def test_right_wrong_and_blank_get_their_points(graded, release):
    right = graded(answered(release, RIGHT))
    assert (right.cause, right.flags, right.notes, right.grades) == (None, [], [], FULL)
    wrong = graded(answered(release, RIGHT | {"scale": "import numpy as np\nscale = np.negative"}))
    assert (wrong.cause, wrong.flags) == (None, [])
    assert wrong.grades == FULL | {"test-scale": 0}
    assert "ink is 1" in printed(wrong)
    blank = graded(release)
    assert blank.cause is None and set(blank.grades.values()) == {0}
    assert blank.comments["why"] == "No response."


@slow
def test_an_answer_in_words_waits_for_a_person(graded, release):
    outcome = graded(answered(release, RIGHT | {"why": "They start small."}))
    assert outcome.grades == FULL | {"why": None}


@slow
def test_text_on_stderr_costs_no_points(graded, release):
    noisy = "import sys, warnings\nprint('oh', file=sys.stderr)\nwarnings.warn('so what')\n"
    answers = {"scale": f"{RIGHT['scale']} + 0 * len(str(print('x', file=sys.stderr)))"}
    assert graded(answered(release, RIGHT | answers, noisy)).grades == FULL


def test_honest_habits_raise_no_flag(graded, release):
    """Names like sum, magics, monkeys that are none: no false alarm."""
    code = """
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
    outcome = graded(answered(release, RIGHT, code))
    assert (outcome.flags, outcome.grades) == ([], FULL)


# Damage to the notebook itself.


@slow
def test_a_duplicated_test_cell_stops_nothing(graded, release):
    notebook = answered(release, RIGHT)
    notebook.cells.append(notebook.cells[2].copy() | {"id": "copy"})
    outcome = graded(notebook)
    assert outcome.grades == FULL and outcome.flags == []
    assert "stood there twice" in outcome.notes[0]


@slow
@pytest.mark.parametrize("deleted", [{"test-scale"}, {"test-scale", "test-darkest"}])
def test_deleted_tests_are_put_back(graded, release, deleted):
    notebook = answered(release, RIGHT)
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in deleted
    ]
    outcome = graded(notebook)
    assert outcome.grades == FULL and len(outcome.notes) == len(deleted)


@slow
def test_a_changed_test_is_put_right(graded, release):
    outcome = graded(answered(release, {"test-scale": "pass", "test-darkest": "pass"}))
    assert outcome.grades["test-scale"] == outcome.grades["test-darkest"] == 0


@slow
def test_changed_ids_need_a_person(graded, release):
    notebook = answered(release, RIGHT)
    notebook.cells[1].metadata.nbgrader.grade_id = "mine"
    outcome = graded(notebook)
    assert any("'mine'" in flag for flag in outcome.flags)
    assert any("'scale' is gone" in flag for flag in outcome.flags)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b'{"cells": [', "no notebook"),
        (b"\xff\xfe\x00{", "not UTF-8"),
        (b"[" * 100_000, "no notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "no notebook"),
        (b"", "no notebook"),
        (b" " * 31_000_000, "larger than"),
    ],
)
def test_a_file_that_is_no_notebook_fails_with_its_cause(graded, content, cause):
    outcome = graded(content)
    assert cause in outcome.cause and outcome.grades == {}


@slow
@pytest.mark.parametrize(
    "metadata", [None, [], {"nbgrader": 3}, {"nbgrader": {"grade": True}}, {"tags": 5}]
)
def test_strange_metadata_harms_nothing(graded, release, metadata):
    notebook = answered(release, RIGHT)
    content = nbformat.from_dict(notebook)
    content["cells"].append({**new_code_cell("1"), "metadata": metadata or {}})
    outcome = graded(content)
    assert outcome.grades == FULL or "no notebook" in outcome.cause


# Code that does not end, or ends too much.


@slow
def test_an_endless_loop_costs_its_own_cell_only(graded, release):
    outcome = graded(answered(release, RIGHT | {"scale": "import numpy as np\nwhile True: pass"}))
    assert outcome.grades == FULL | {"test-scale": 0}


@slow
def test_a_loop_that_ignores_interrupts_fails_with_its_cause(graded, release):
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    outcome = graded(answered(release, RIGHT | {"scale": stubborn}))
    assert "could not be interrupted" in outcome.cause


@slow
def test_ending_the_kernel_fails_with_its_cause(graded, release):
    outcome = graded(answered(release, RIGHT, "import os\nos._exit(0)"))
    assert "ended the kernel" in outcome.cause and outcome.grades == {}


@slow
def test_sys_exit_is_no_crash(graded, release):
    assert graded(answered(release, RIGHT, "import sys\nsys.exit()")).grades == FULL


def test_too_much_memory_fails_with_its_cause(graded, release):
    hog = "hoard = []\nwhile True: hoard.append(bytearray(b'x' * 20_000_000))"
    assert "more memory" in graded(answered(release, RIGHT, hog)).cause


@slow
def test_one_huge_array_is_refused_at_once(graded, release):
    huge = "try:\n    x = bytearray(50_000_000_000)\nexcept MemoryError:\n    print('refused')"
    outcome = graded(answered(release, RIGHT, huge))
    assert outcome.grades == FULL and "refused" in printed(outcome)


BOMB = """
import os, time
made = 0
try:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        made += 1
except OSError:
    print("refused after", made)
"""


@slow
def test_a_fork_bomb_is_stopped(graded, release):
    before = len(psutil.pids())
    outcome = graded(answered(release, RIGHT, BOMB))
    if outcome.cause:
        assert "more than the 60 processes" in outcome.cause
    else:
        assert "refused" in printed(outcome)
    assert len(psutil.pids()) < before + 30


@slow
def test_all_cells_together_have_a_limit(graded, release, exercise):
    limits = dataclasses.replace(SHORT, seconds=4)
    slow = dataclasses.replace(exercise, limits=limits)
    notebook = answered(release, RIGHT)
    notebook.cells += [new_code_cell("import time; time.sleep(1.5)", id=f"s{i}") for i in range(9)]
    assert "longer than the 4 s" in graded(notebook, slow).cause


# Output.


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(20_000): print(i, 'x' * 20)",
        pytest.param(
            "from IPython.display import display, HTML\n"
            "for i in range(40): display(HTML('x' * 5000))",
            marks=slow,
        ),
        pytest.param("print('x' * 500_000_000)", marks=slow),
        pytest.param("for _ in range(500): print('x' * 1_000_000)", marks=slow),
        pytest.param("import os\nfor _ in range(500): os.write(1, b'x' * 99_999)", marks=slow),
        pytest.param("raise ValueError('x' * 9_000_000)", marks=slow),
    ],
)
def test_output_is_cut_by_bytes(graded, release, code):
    outcome = graded(answered(release, RIGHT, code))
    assert outcome.grades == FULL
    assert len(outcome.notebook) < 100_000
    assert "Cut here" in outcome.notebook or "ValueError" in outcome.notebook


# The sandbox.

ESCAPES = """
import os, socket, subprocess
from pathlib import Path
def attempt(what, action):
    try:
        print("ESCAPED", what, action())
    except Exception as error:
        print("held", what, type(error).__name__)
attempt("gradebook", lambda: open({database!r}, "r+b").write(b"spoilt"))
attempt("sources", lambda: Path({source!r}).read_text()[:9])
attempt("network", lambda: socket.create_connection(("127.0.0.1", {port}), 2))
attempt("repository", lambda: sorted(os.listdir({repository!r})).index("tests"))
attempt("processes", lambda: next(p for p in os.listdir("/proc") if p == str({pid})))
attempt("temporary files", lambda: [n for n in os.listdir("/tmp") if n == {marker!r}][0])
attempt("environment", lambda: os.environ["SECRET"])
attempt("environment of old", lambda: open("/proc/self/environ").read().index("SECRET"))
attempt("arguments", lambda: open("/proc/self/cmdline").read().index({marker!r}))
attempt("rights", lambda: [line for line in open("/proc/self/status")
    if line.startswith(("CapPrm", "CapEff", "CapAmb")) and int(line.split()[1], 16)
    or line.split() == ["NoNewPrivs:", "0"]][0])
attempt("users", lambda: open("/etc/shadow").read(3))
attempt("signals", lambda: os.kill({pid}, 0))
attempt("packages", lambda: Path(os.__file__).with_name("evil.py").write_text("x"))
attempt("course", lambda: Path(__import__("mnist_course").__file__).open("a").write(""))
attempt("root", lambda: Path("/evil").write_text("x"))
attempt("devices", lambda: Path("/dev/evil").write_text("x"))
attempt("root again", lambda: os.setuid(0))
attempt("mounts", lambda: subprocess.run(
    ["mount", "-t", "tmpfs", "x", "/tmp"], check=True, capture_output=True))
attempt("disk", lambda: [Path(f"/tmp/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
attempt("shared memory",
    lambda: [Path(f"/dev/shm/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
"""
# These need no sandbox to be held back from one who is not root, or are harmless to try for real.
HARMFUL = ("packages", "course", "root", "devices", "mounts", "disk", "shared memory")


@pytest.fixture
def escapes(course, monkeypatch):
    """Return code that tries to get out, at things that are there."""
    monkeypatch.setenv("SECRET", "x")
    marker = sandbox.Path("/tmp/mnist-course-marker")
    marker.write_text("x")
    database = course / "spare.db"
    database.write_bytes(b"grades")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield ESCAPES.format(
            database=str(database),
            source=str(course / "sources" / f"{EXERCISE}.ipynb"),
            port=server.getsockname()[1],
            repository=str(sandbox.Path(__file__).parents[3]),
            pid=os.getpid(),
            marker=marker.name,
        )
    marker.unlink()


@pytest.mark.parametrize("kernel", ["warm", "cold"])
def test_student_code_reaches_nothing_of_ours(graded, release, escapes, exercise, course, kernel):
    """However the kernel was started: forked into the room, or from nothing in it."""
    patient = dataclasses.replace(exercise, limits=dataclasses.replace(SHORT, cell_seconds=30))
    address = WarmKernels(["numpy"]).address if kernel == "warm" else None
    outcome = graded(answered(release, RIGHT, escapes), patient, address)
    text = printed(outcome)
    assert "ESCAPED" not in text
    tried = re.findall(r'attempt\("(.+?)"', escapes)
    assert [what for what in tried if f"held {what} " not in text] == []
    assert (course / "spare.db").read_bytes() == b"grades"
    assert outcome.grades == FULL


def test_without_the_sandbox_the_same_code_does(graded, release, escapes, exercise, course):
    """The attempts above are real ones."""
    lines = escapes.split("\nattempt(")
    harmless = "\nattempt(".join(
        line for line in lines if not line.startswith(tuple(f'"{word}"' for word in HARMFUL))
    )
    open_house = dataclasses.replace(exercise, sandboxed=False)
    text = printed(graded(answered(release, RIGHT, harmless), open_house))
    for what in ("gradebook", "sources", "network", "repository", "processes", "environment"):
        assert f"ESCAPED {what} " in text
    assert "ESCAPED rights" in text and "ESCAPED environment of old" in text
    assert (course / "spare.db").read_bytes() == b"spoilt"


def test_no_process_outlives_grading(graded, release):
    daemon = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "mnist-course-daemon"],
                 start_new_session=True)
"""
    assert graded(answered(release, RIGHT, daemon)).grades == FULL
    deadline = time.monotonic() + 60
    while left := [
        p
        for p in psutil.process_iter(["cmdline"])
        if "mnist-course-daemon" in (p.info["cmdline"] or ())
    ]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@slow
def test_one_submission_leaves_nothing_for_the_next(graded, release):
    notes = (
        "from pathlib import Path\nnotes = [Path(d, 'note') for d in ('/tmp', '/dev/shm', '.')]\n"
    )
    write = notes + "print([note.touch() for note in notes])"
    read = notes + "print([note.exists() for note in notes])"
    assert "[None, None, None]" in printed(graded(answered(release, RIGHT, write)))
    assert "[False, False, False]" in printed(graded(answered(release, RIGHT, read)))


def test_where_bubblewrap_is_missing_grading_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "")
    sandbox._means.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxError, match="apt-get install bubblewrap"):
            sandbox.require()
    finally:
        monkeypatch.undo()
        sandbox._means.cache_clear()


# Work on the checks instead of on the task.

WRONG = {
    "scale": "import numpy as np\ndef scale(images):\n    return np.ones(len(images))",
    "darkest": "def darkest(images):\n    return 200",
}
ALWAYS = """
class Always:
    def __eq__(self, other): return True
    def __int__(self): return 1
"""
TRICKS = {
    "np.testing": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None",
    "np.testing, by hand": (
        "import sys, numpy.testing\nvars(sys.modules['numpy.testing'])['assert_allclose'] = print"
    ),
    "equals all": ALWAYS + "darkest = lambda images: Always()",
    "equals all, hidden": (
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
    "errors swallowed": (
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
    "numpy itself": "import numpy\nnumpy.array = lambda *a: numpy.ones(9)",
    "hidden tests read": """
seen = []
get_ipython().events.register('pre_run_cell', lambda info: seen.append(info.raw_cell))
import atexit
""",
}
QUICK = ("equals all, hidden", "input transformer")


@pytest.mark.parametrize(
    "trick", [pytest.param(t, marks=() if t in QUICK else slow) for t in TRICKS]
)
def test_work_on_the_checks_is_flagged(graded, release, trick):
    answers = WRONG | ({"darkest": ""} if "darkest" in TRICKS[trick] else {})
    outcome = graded(answered(release, answers | {"why": "x"}, TRICKS[trick]))
    assert outcome.flags, outcome.grades


@slow
@pytest.mark.parametrize(
    "trick", [t for t in TRICKS if not t.startswith("equals all") or "hidden" in t]
)
def test_the_probes_find_it_even_where_reading_the_code_does_not(
    graded, release, trick, monkeypatch
):
    monkeypatch.setattr(autograde, "suspicions", lambda notebook: [])
    outcome = graded(answered(release, WRONG, TRICKS[trick]))
    assert outcome.flags


@slow
def test_without_the_search_a_trick_would_pay(graded, release, monkeypatch):
    """Stock nbgrader gives full marks here: the flags above are not there by chance."""
    monkeypatch.setattr(autograde, "suspicions", lambda notebook: [])
    monkeypatch.setattr(
        integrity_checks.AddProbes, "preprocess", lambda self, nb, resources: (nb, resources)
    )
    outcome = graded(answered(release, WRONG, TRICKS["input transformer"]))
    assert (outcome.flags, outcome.grades) == ([], FULL)


@slow
def test_hidden_tests_in_the_output_are_flagged(graded, release):
    spy = "def darkest(images):\n    import sys\n    print(In[-1])\n    return int(images.max())"
    outcome = graded(answered(release, RIGHT | {"darkest": spy}))
    assert "its output shows lines of the hidden tests" in outcome.flags
