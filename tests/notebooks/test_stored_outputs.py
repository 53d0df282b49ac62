"""nbval fails for each kind of stale output and passes for a notebook as it was stored.

A small notebook is run and stored as the lessons are. Copies with stale outputs are then checked
by nbval with the lessons' own `conftest.py`.
"""

import base64
import contextlib
import copy
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from maintenance import notebooks
from mnist_course.data.loading import load_mnist
from mnist_course.figures.display import png
from mnist_course.figures.drawing import draw_digits
from tests.support.stored_outputs import differences

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow
TAG = {"tags": ["depends-on-data"]}

# A cell for each kind of output that the lessons store, computed from the digits at hand.
CELLS = {
    "import": (
        "import numpy as np\n"
        "from IPython.display import HTML, display\n"
        "from mnist_course import draw_digits, load_mnist, show",
        {},
    ),
    "load": ("(X_train, y_train), (X_test, y_test) = load_mnist()", TAG),
    "shape": ("X_train.shape", TAG),
    "count": ("print('ones:', np.sum(y_train == 1))", TAG),
    "accuracy": (
        "means = np.stack([X_train[y_train == d].mean(axis=0).ravel() for d in range(10)])\n"
        "X = X_test[:500].reshape(500, -1).astype('float32')\n"
        "predicted = ((means**2).sum(axis=1) - 2 * X @ means.T).argmin(axis=1)\n"
        "print(f'accuracy {np.mean(predicted == y_test[:500]):.4f} in 0.1 s')",
        TAG | {"check": {"abs": 0.003}},
    ),
    "table": (
        "cells = ''.join(f'<td>{n}</td>' for n in np.bincount(y_test))\n"
        "display(HTML(f'<table><tr>{cells}</tr></table>'))",
        TAG,
    ),
    "figure": ("show(draw_digits(X_test[:1], size=2), f'A {y_test[0]}.')", TAG),
    "error": ("[][0]", {"tags": ["raises-exception"]}),
}


def replace(cell, old, new):
    """Change a word of the output of a cell; the word must be there."""
    out = cell.outputs[0]
    place, key = (out, "text") if "text" in out else (out.data, next(iter(out.data)))
    assert old in place[key]
    place[key] = place[key].replace(old, new, 1)


def add_to_accuracy(cell, difference):
    stored = cell.outputs[0].text.split()[1]
    replace(cell, stored, f"{float(stored) + difference:.4f}")


def add_to_count(cell):
    out = cell.outputs[0]
    out.text = f"ones: {int(out.text.split()[1]) + 1}\n"


def change_table_cell(cell):
    html = cell.outputs[0].data["text/html"]
    number = html.split("<td>")[4].split("<")[0]
    changed = html.replace(f">{number}<", f">{int(number) + 1}<", 1)
    cell.outputs[0].data["text/html"] = changed


def draw_other_digit(cell):
    with contextlib.redirect_stdout(io.StringIO()):
        (_, _), (X_test, y_test) = load_mnist()
    image = png(draw_digits(X_test[y_test != y_test[0]][:1], size=2))
    cell.outputs[0].data["image/png"] = base64.b64encode(image).decode()


def swap_outputs(a, b):
    a.outputs, b.outputs = b.outputs, a.outputs
    for out in b.outputs:  # an execute_result carries its cell's count
        out.execution_count = b.execution_count


# For each kind of stale output: the cells that must fail, and how their outputs are changed.
STALE = {
    "another shape": (["shape"], lambda cell: replace(cell, "28)", "27)")),
    "another count": (["count"], add_to_count),
    "accuracy 0.005 too high": (["accuracy"], lambda cell: add_to_accuracy(cell, 0.005)),
    "accuracy 0.005 too low": (["accuracy"], lambda cell: add_to_accuracy(cell, -0.005)),
    "another table cell": (["table"], change_table_cell),
    "a figure of another digit": (["figure"], draw_other_digit),
    "another alt text": (["figure"], lambda cell: cell.outputs[0].data.update(OTHER_ALT)),
    "no figure": (["figure"], lambda cell: cell.outputs[0].data.pop("image/png")),
    "a cell without a run": (["count"], lambda cell: cell.update(outputs=[], execution_count=None)),
    "no outputs": (["table"], lambda cell: cell.update(outputs=[])),
    "swapped outputs": (["shape", "count"], swap_outputs),
    "another error": (["error"], lambda cell: cell.outputs[0].update(evalue="no")),
    "no error": (["error"], lambda cell: cell.update(outputs=[])),
    "another word": (["count"], lambda cell: replace(cell, "ones", "twos")),
}
OTHER_ALT = {"text/plain": "Another digit."}
# Each kind of stale output has cells of its own in the notebook, so that one kernel shows all.
KINDS = ["import", "load", *[kind for kinds, _ in STALE.values() for kind in kinds]]


def stale_cells(name: str) -> list[int]:
    """Return the positions of the cells of a kind of stale output among all code cells."""
    before = list(STALE)[: list(STALE).index(name)]
    first = 2 + sum(len(STALE[other][0]) for other in before)
    return list(range(first, first + len(STALE[name][0])))


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """Run and store the notebook on the data at hand."""
    cells = [new_markdown_cell("# Small\n\n> **Time:**")]
    cells += [new_code_cell(CELLS[kind][0], metadata=CELLS[kind][1]) for kind in KINDS]
    path = tmp_path_factory.mktemp("small") / "valid.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    with contextlib.redirect_stdout(io.StringIO()):
        notebooks.run_notebook(path, load_mnist().name)
    return nbformat.read(path, as_version=4)


def stale(valid):
    """Return the notebook with every kind of stale output."""
    changed = copy.deepcopy(valid)
    for name, (_, change) in STALE.items():
        change(*[changed.cells[1 + i] for i in stale_cells(name)])
    return changed


def made_on_unknown_data(valid):
    """Return the notebook without the name of its data set."""
    unknown = copy.deepcopy(valid)
    del unknown.metadata.mnist_course["data"]
    return unknown


def made_on_other_data(valid):
    """Return the notebook as a run on other data would have stored it."""
    other = copy.deepcopy(valid)
    other.metadata.mnist_course.data = "another set"
    changes = {
        "load": lambda cell: cell.update(outputs=[]),
        "shape": STALE["another shape"][1],
        "count": add_to_count,
        "accuracy": lambda cell: add_to_accuracy(cell, 0.1),
        "table": lambda cell: cell.update(outputs=[]),
        "figure": STALE["another alt text"][1],
    }
    for kind, cell in zip(KINDS, other.cells[1:], strict=True):
        changes.get(kind, lambda cell: None)(cell)
    return other


def memory_hungry(valid):
    """Return a notebook whose kernel takes more memory than Binder provides."""
    hungry = copy.deepcopy(valid)
    hungry.cells = hungry.cells[:2]
    hungry.cells[1].source += "\nmemory = np.ones(220_000_000)  # 1.76 GB"
    return hungry


def nbval(folder, **environment):
    """Run nbval over a folder of notebooks as `make test-all` does; return failures by notebook."""
    shutil.copy(ROOT / "notebooks" / "conftest.py", folder)
    options = ["-p", "no:cacheprovider", "-o", f"pythonpath={ROOT}", "-rfE"]
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", *options]
    run = subprocess.run(
        [*command, f"--rootdir={folder}", "-c", os.devnull, str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        encoding="utf-8",
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    summary = run.stdout.partition("short test summary info")[2]
    failed = [line for line in summary.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return {
        path.stem: [f for f in failed if path.name in f] for path in folder.glob("*.ipynb")
    }, run


@pytest.fixture(scope="module")
def failures(valid, tmp_path_factory):
    """Let nbval check the notebook and changed copies; return the failures by notebook."""
    folder = tmp_path_factory.mktemp("copies")
    nbformat.write(valid, folder / "valid.ipynb")
    for copied in (stale, made_on_unknown_data, made_on_other_data, memory_hungry):
        nbformat.write(copied(valid), folder / f"{copied.__name__}.ipynb")
    failed, run = nbval(folder)
    return failed | {"output": run.stdout}


def failed_cells(failures: list[str]) -> set[int]:
    """Return the positions of the failed cells among all code cells."""
    return {int(re.search(r"::Cell (\d+)", failure)[1]) for failure in failures}


def test_nbval_valid_notebook(failures):
    assert failures["valid"] == [], failures["output"]


@pytest.mark.parametrize("name", STALE)
def test_nbval_stale_output(failures, name):
    assert set(stale_cells(name)) <= failed_cells(failures["stale"])


def test_nbval_unchanged_cells(failures):
    changed = {cell for name in STALE for cell in stale_cells(name)}
    assert changed | {0, 1} == set(range(len(KINDS)))
    assert {0, 1}.isdisjoint(failed_cells(failures["stale"]))
    assert len(failures["stale"]) == len(changed)


def test_nbval_unknown_data(failures):
    assert failed_cells(failures["made_on_unknown_data"]) == set(range(len(KINDS)))


def test_nbval_other_data(failures):
    assert failures["made_on_other_data"] == [], failures["output"]


def test_nbval_peak_memory(failures):
    assert len(failures["memory_hungry"]) == 1
    assert "memory_hungry.ipynb: the kernel needed" in failures["output"]


def test_run_notebook_folded_cell_and_peak_memory(tmp_path):
    """The array is deleted before the last cell ends, but counts at its peak."""
    folded = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}
    cells = [
        new_markdown_cell("# Small\n\n> **Time:**\n\n<details data-answer='2'>\n</details>"),
        new_code_cell("a = bytearray(400_000_000)", metadata=folded | {"scrolled": True}),
        new_code_cell("del a"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "small.ipynb")
    notebooks.run_notebook(tmp_path / "small.ipynb", "MNIST")
    stored = nbformat.read(tmp_path / "small.ipynb", as_version=4)
    assert stored.cells[1].metadata == folded
    assert stored.metadata["mnist_course"]["questions"] == 1
    if sys.platform == "linux":
        assert 0.4 < stored.metadata["mnist_course"]["peak_memory_gb"] < 1


def test_stored_outputs_another_thread_count(tmp_path):
    """Sums are taken in another order then; lesson 6 trains longest, so its numbers move most."""
    path = Path(shutil.copy(next((ROOT / "notebooks").glob("06-*.ipynb")), tmp_path))
    store_first_fit(path)
    others = "2" if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else "1"
    failed, run = nbval(tmp_path, TF_NUM_INTRAOP_THREADS=others, OMP_NUM_THREADS=others)
    assert failed[path.stem] == [], run.stdout


def store_first_fit(path):
    """Cut a lesson after its first training run, and store a run of it on the data at hand."""
    notebook = nbformat.read(path, as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    data, fit = (
        next(i for i in code if call in notebook.cells[i].source)
        for call in ("load_mnist()", "model.fit(")
    )
    notebook.cells = [*notebook.cells[: data + 1], notebook.cells[fit]]
    nbformat.write(notebook, path)
    with contextlib.redirect_stdout(io.StringIO()):
        notebooks.run_notebook(path, load_mnist().name)


@pytest.mark.parametrize(
    ("stored", "new", "check"),
    [
        ("loss 0.1234", "loss 0.1235", {"abs": 0.001}),
        ("loss 0.1234", "loss 0.1240", {"rel": 0.01}),
        ("took 3.2 s, 17ms/step", "took 11 s, 4ms/step", {}),
        ("a   1.0\nb  10.0", "a 1.0\nb 10.0", {}),
        ("1,234 of 10,000", "1,236 of 10,000", {"abs": 2}),
        ("1e-07 off", "2e-07 off", {"abs": 1e-6}),
        ("[8.  8.5 8. ]", "[8.1 8.5 8.3]", {"abs": 0.5}),
        ("[ 8.6 10.2]", "[8.6 9.9]", {"abs": 0.5}),
    ],
)
def test_differences_equal_texts(stored, new, check):
    assert differences(stream(stored), stream(new), check) == []


@pytest.mark.parametrize(
    ("stored", "new", "check"),
    [
        ("loss 0.1234", "loss 0.1250", {"abs": 0.001}),
        ("loss 0.1234", "lost 0.1234", {"abs": 1}),
        ("400 steps", "401 steps", {"rel": 0.1}),
        ("400 steps", "401 steps", {"abs": 0.5}),
        ("0.50", "-0.50", {"abs": 0.1}),
        ("(4, 28, 28)", "(4, 28)", {"abs": 100}),
        ("28x28", "28x29", {"abs": 100}),
        ("1 2", "1", {}),
        ("[8.  8.5 8. ]", "[8.1 8.5 9.3]", {"abs": 0.5}),
    ],
)
def test_differences_other_texts(stored, new, check):
    assert differences(stream(stored), stream(new), check)


@pytest.fixture(scope="module")
def pictures() -> list[str]:
    """Four pictures, each of another digit of the sample, in base64."""
    with contextlib.redirect_stdout(io.StringIO()):
        (X_train, _), _ = load_mnist("sample")
    return [base64.b64encode(png(draw_digits(X_train[[i]], size=2))).decode() for i in (1, 2, 3, 4)]


def figure_with_frames(pictures, start=0, last=2, last_alt="The third digit."):
    """Make an output with three frames; the last one is that of the given picture."""
    texts = ["The first digit.", "The second digit.", last_alt]
    shown = [pictures[0], pictures[1], pictures[last]]
    frames = [
        {"value": str(i), "alt": alt, "png": picture}
        for i, (alt, picture) in enumerate(zip(texts, shown, strict=True))
    ]
    metadata = {"frames": {"name": "digit", "start": start, "frames": frames}}
    data = {"image/png": pictures[0], "text/plain": texts[0]}
    return [{"output_type": "display_data", "data": data, "metadata": {"image/png": metadata}}]


def test_differences_equal_frames(pictures):
    assert differences(figure_with_frames(pictures), figure_with_frames(pictures)) == []


@pytest.mark.parametrize(
    "change", [{"start": 1}, {"last": 3}, {"last_alt": "The fourth digit."}], ids=str
)
def test_differences_other_frame(pictures, change):
    stored, new = figure_with_frames(pictures), figure_with_frames(pictures, **change)
    assert len(differences(stored, new)) == 1


def test_differences_unknown_tolerance():
    assert differences(stream("1"), stream("1"), {"absolute": 1})


def stream(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]
