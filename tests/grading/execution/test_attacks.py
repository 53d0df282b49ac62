"""Submissions that try to get points for wrong work, hidden tests, or time; each is a kind."""

import contextlib
import copy
import dataclasses
import multiprocessing
from concurrent.futures import ThreadPoolExecutor, wait

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from maintenance.demo_class import ASSIGNMENT, nbgrader_cell, notebook_bytes, region
from mnist_course.grading.assignments.release import release_notebook
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import SourceNotebook
from mnist_course.grading.execution.subprocess_grading import MEMORY_BYTES, grade_in_subprocess
from mnist_course.grading.scoring.feedback import FeedbackOutputs
from mnist_course.grading.scoring.results_folder import ResultsFolder
from tests.support.grading import LIMITS

pytestmark = pytest.mark.sandbox

# For each answer its solution, a visible test and a hidden one.
EXERCISES = {
    "scale": (
        "def scale(images):\n    return images / 255",
        "assert scale(np.array([255]))[0] == 1, 'ink is 1'",
        "np.testing.assert_allclose(scale(np.array([0, 51])), [0, 0.2])",
    ),
    "square": (
        "def square(x):\n    return x * x",
        "for got, want in zip(map(square, [1, 2]), [1, 4]):\n    assert got == want",
        "for got, want in zip(map(square, [3, 5]), [9, 25]):\n    assert got == want",
    ),
    "settings": ("settings = {'classes': 10}", "assert is_complete()", "assert is_complete(10)"),
    "apply": (
        "def apply(f, x):\n    return [f(each) for each in x]",
        "assert apply(lambda x: x + 1, [1, 2]) == [2, 3]",
        "calls = []\nassert apply(lambda x: calls.append(x) or 7 * x, [4, 5]) == [28, 35]\n"
        "assert calls == [4, 5]",
    ),
    "share": ("def share(x):\n    return x / 2", "share(np.float64(2))", ""),
}
SETUP = "import numpy as np\ndef is_complete(number=10):\n    return settings['classes'] == number"
# Student code with the connection to the tests.
CONNECTION = """
from mnist_course.grading.execution.student import answer_server
from mnist_course.grading.execution.exchange.messages import receive_message, send_message
connection = answer_server._peer.connection
"""
# Student code that gives the same reply, `{each}`, to all requests.
REPLY = f"""{CONNECTION}
def serve(namespace):
    while "finished" not in receive_message(connection, None)[0]:
        send_message(connection, {{each}})
answer_server.serve = serve
"""
ALL_WRONG = dict.fromkeys(EXERCISES, "pass")
ANY = "class Any:\n    __eq__ = __call__ = __getitem__ = lambda self, *values: self\n"

# It writes frames of a message without end to the client's connection for outputs.
MANY_PARTS = """
import os, socket, struct
for descriptor in map(int, os.listdir("/proc/self/fd")):
    try:
        connection = socket.socket(fileno=os.dup(descriptor))
        connection.getpeername()
        if not connection.getsockname().endswith("s-2"): continue
    except (OSError, AttributeError):
        continue
    connection.settimeout(20)
    for _ in range(90):
        connection.sendall(b"\\x03" + struct.pack("!Q", 30_000_000) + bytes(30_000_000))
"""

# Name, first cell, answers, exercises with points. `share` is worth one point by its result.
ATTACKS = [
    ("honest", "", {}, set(EXERCISES)),
    ("early end", CONNECTION + "answer_server.serve = lambda namespace: None", ALL_WRONG, set()),
    ("plain replies", REPLY.replace("{each}", "{'reply': {'encoded': 1}}"), ALL_WRONG, set()),
    (
        "own functions of the tests",
        REPLY.replace(
            "{each}", "{'reply': {'encoded': ['reference', {'own': False, 'number': 0}]}}"
        ),
        ALL_WRONG,
        set(),
    ),
    (
        "replies before requests",
        CONNECTION + "for _ in range(99): send_message(connection, {'reply': {'encoded': 1}})",
        ALL_WRONG,
        set(),
    ),
    ("malformed", CONNECTION + "connection.sendall(b'x' * 5000)", {}, set()),
    (
        "equal to all",
        ANY,
        {each: f"{each} = Any()" for each in EXERCISES.keys() - {"share"}},
        {"share"},
    ),
    (
        "types",
        "import numpy as np",
        {"scale": "scale = np.ndarray", "square": "square = int", "apply": "apply = list"},
        {"settings", "share"},
    ),
    (
        "loop ended",
        "",
        {"square": "def square(x): raise StopIteration"},
        set(EXERCISES) - {"square"},
    ),
    (
        "patched process",
        "import builtins, sys, numpy as np\nnp.testing.assert_allclose = lambda *x, **y: None\n"
        "builtins.print = None\nsys.displayhook = sys.excepthook = None",
        ALL_WRONG,
        set(),
    ),
    (
        "replaced cells",
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['3\\n'])",
        ALL_WRONG,
        set(),
    ),
    (
        "not a number",
        "",
        {"share": "def share(x): return float('nan')"},
        set(EXERCISES) - {"share"},
    ),
    ("negative", "", {"share": "def share(x): return -1"}, set(EXERCISES) - {"share"}),
    (
        "callback misused",
        "",
        {"apply": "def apply(f, x):\n    return [f(each) for each in [range(10**9), *x, 3]]"},
        set(EXERCISES) - {"apply"},
    ),
]
# Those that wait for a report that does not come, or that are like others.
SLOW = {
    "early end",
    "malformed",
    "negative",
    "own functions of the tests",
    "replaced cells",
    "types",
}


@pytest.fixture(scope="module")
def attacked_job(job, tmp_path_factory):
    """Return the job of an assignment with all exercises."""
    cells = [new_code_cell(SETUP, id="setup")]
    for name, (solution, visible, hidden) in EXERCISES.items():
        test = visible if not hidden else region(hidden, "HIDDEN TESTS").join([visible + "\n", ""])
        flags = {"grade": True, "locked": True}
        cells.append(nbgrader_cell("code", name, region(solution, "SOLUTION"), solution=True))
        cells.append(nbgrader_cell("code", f"test-{name}", test, 1, **flags))
    kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = new_notebook(metadata={"kernelspec": kernelspec}, cells=cells)
    folder = tmp_path_factory.mktemp("attacked")
    path = folder / f"{ASSIGNMENT}.ipynb"
    nbformat.write(notebook, path)
    source = SourceNotebook(ASSIGNMENT, path, notebook)
    results = ResultsFolder(folder / "results")
    results.path.mkdir()
    return dataclasses.replace(
        job,
        release=nbformat.writes(release_notebook(source)),
        gradebook=results.add_assignment(source),
        cells=source_cells(notebook),
    )


@pytest.fixture
def attack(grade, attacked_job):
    """Return a function that grades answers."""

    def attack(first_cell, answers, *, cells=lambda cells: cells, **limits):
        notebook = nbformat.reads(attacked_job.release, as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in EXERCISES:
                cell.source = answers.get(name, EXERCISES[name][0])
        notebook.cells = cells([new_code_cell(first_cell, id="first"), *notebook.cells])
        limits = dataclasses.replace(LIMITS, **limits)
        return grade(notebook, dataclasses.replace(attacked_job, limits=limits))

    return attack


@pytest.mark.parametrize(
    ("first_cell", "answers", "expected"),
    [
        pytest.param(*each[1:], id=each[0], marks=pytest.mark.slow if each[0] in SLOW else ())
        for each in ATTACKS
    ],
)
def test_attack_points(attack, first_cell, answers, expected):
    outcome = attack(first_cell, answers)
    assert outcome.error is None
    assert {name.removeprefix("test-") for name, points in outcome.grades.items() if points} == (
        expected
    )


def test_attack_moved_test_shows_no_hidden_input(attack):
    """The tests of `square` come before those of `scale` in the student's notebook only."""

    def moved(cells):
        names = [each.metadata.get("nbgrader", {}).get("grade_id") for each in cells]
        cells.insert(1, cells.pop(names.index("test-square")))
        return cells

    first_cell = (
        "seen = []\ndef scale(images):\n    seen.append(images.tolist())\n    return images / 255\n"
        "def square(x): raise ValueError(seen)"
    )
    outcome = attack(first_cell, {}, cells=moved)
    assert "[0, 51]" in outcome.notebook  # what the instructor sees
    notebook = nbformat.reads(outcome.notebook, as_version=4)
    shown, _ = FeedbackOutputs().preprocess(copy.deepcopy(notebook), {})
    assert "[0, 51]" not in str([cell.get("outputs") for cell in shown.cells])


def test_attack_refused_value_used_by_set_up_code_is_flagged(attack):
    outcome = attack("", {"settings": "settings = iter([('classes', 10)])"})
    assert outcome.grades["test-settings"] == 0
    assert "settings: The other process reports: Cannot pass settings" in outcome.flags[0]


@pytest.mark.slow
def test_attack_message_of_many_parts_takes_limited_memory(attacked_job):
    """The process that receives it runs as the user who grades, outside the sandbox."""
    notebook = nbformat.reads(attacked_job.release, as_version=4)
    notebook.cells.insert(0, new_code_cell(MANY_PARTS, id="first"))
    job = dataclasses.replace(attacked_job, limits=dataclasses.replace(LIMITS, cell_seconds=60))
    with ThreadPoolExecutor() as executor:
        grading = executor.submit(grade_in_subprocess, job, notebook_bytes(notebook))
        sizes = [0]
        while not wait([grading], 0.1).done:
            with contextlib.suppress(psutil.NoSuchProcess):
                pids = [each.pid for each in multiprocessing.active_children()]
                sizes += [psutil.Process(pid).memory_info().rss for pid in pids]
    assert grading.result().error
    assert 1_000_000_000 < max(sizes) < MEMORY_BYTES + 200_000_000


@pytest.mark.slow
def test_attack_endless_test_ends_after_limit_of_cell(attack):
    outcome = attack("", {"scale": "def scale(images):\n    while True: pass"}, cell_seconds=2)
    assert "ran longer than the limit of 2 s" in outcome.error and outcome.retry
