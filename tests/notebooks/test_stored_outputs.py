"""The proof of the proof: stale outputs are caught, honest runs pass.

A small notebook is run for real and stored by the tool that stores the chapters; each kind of stale
output is then planted in a copy, and nbval runs all copies with the chapters' own `conftest.py`.
"""

import base64
import contextlib
import copy
import io
import os
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
from mnist_course.figures.plots import draw_digits
from tests.support.stored_outputs import differences

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.depends_on_data
TAG = {"tags": ["depends-on-data"]}

# A cell for each kind of output that the chapters store, computed from the digits at hand.
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
        "X = X_test.reshape(len(X_test), -1).astype('float32')\n"
        "found = ((means**2).sum(axis=1) - 2 * X @ means.T).argmin(axis=1)\n"
        "print(f'accuracy {np.mean(found == y_test):.4f} in 0.1 s')",
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


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Run and store the small notebook on the data at hand."""
    cells = [new_markdown_cell("# Probe\n\n> **Time:**")]
    cells += [new_code_cell(source, metadata=metadata) for source, metadata in CELLS.values()]
    path = tmp_path_factory.mktemp("probe") / "honest.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    with contextlib.redirect_stdout(io.StringIO()):
        notebooks.run_notebook(path, load_mnist().name)
    return nbformat.read(path, as_version=4)


def cell(notebook, name):
    return notebook.cells[1 + list(CELLS).index(name)]


def data(notebook, name):
    return cell(notebook, name).outputs[0].data


def replace(notebook, name, old, new):
    """Change a word of the output of a cell; the word must be there."""
    out = cell(notebook, name).outputs[0]
    place, key = (out, "text") if "text" in out else (out.data, next(iter(out.data)))
    assert old in place[key]
    place[key] = place[key].replace(old, new, 1)


def raise_accuracy(notebook, by):
    out = cell(notebook, "accuracy").outputs[0]
    stored = out.text.split()[1]
    out.text = out.text.replace(stored, f"{float(stored) + by:.4f}")


def add_to_count(notebook):
    out = cell(notebook, "count").outputs[0]
    out.text = f"ones: {int(out.text.split()[1]) + 1}\n"


def change_table_cell(notebook):
    html = data(notebook, "table")["text/html"]
    number = html.split("<td>")[4].split("<")[0]
    data(notebook, "table")["text/html"] = html.replace(f">{number}<", f">{int(number) + 1}<", 1)


def draw_another_digit(notebook):
    with contextlib.redirect_stdout(io.StringIO()):
        (_, _), (X_test, y_test) = load_mnist()
    other = X_test[y_test != y_test[0]][:1]
    image = png(draw_digits(other, size=2))
    data(notebook, "figure")["image/png"] = base64.b64encode(image).decode()


def say(notebook, alt):
    data(notebook, "figure")["text/plain"] = alt


def strip(notebook, name):
    cell(notebook, name).update(outputs=[], execution_count=None)


def swap_cells(notebook):
    a, b = cell(notebook, "shape"), cell(notebook, "count")
    a.outputs, b.outputs = b.outputs, a.outputs
    for out in b.outputs:  # an execute_result carries its cell's count
        out.execution_count = b.execution_count


# For each kind of stale output: the cells that must fail, and how it is planted.
STALE = {
    "a shape": (["shape"], lambda nb: replace(nb, "shape", "28)", "27)")),
    "a count": (["count"], add_to_count),
    "an accuracy, half a point too high": (["accuracy"], lambda nb: raise_accuracy(nb, 0.005)),
    "an accuracy, half a point too low": (["accuracy"], lambda nb: raise_accuracy(nb, -0.005)),
    "a table cell": (["table"], change_table_cell),
    "a figure of another digit": (["figure"], draw_another_digit),
    "another alt text": (["figure"], lambda nb: say(nb, "A figure.")),
    "a missing figure": (["figure"], lambda nb: data(nb, "figure").pop("image/png")),
    "a stripped cell": (["count"], lambda nb: strip(nb, "count")),
    "dropped outputs": (["table"], lambda nb: cell(nb, "table").update(outputs=[])),
    "swapped cells": (["shape", "count"], swap_cells),
    "another error": (["error"], lambda nb: cell(nb, "error").outputs[0].update(evalue="no")),
    "no error": (["error"], lambda nb: cell(nb, "error").update(outputs=[])),
    "a word": (["count"], lambda nb: replace(nb, "count", "ones", "twos")),
    "data unknown": (list(CELLS), lambda nb: nb.metadata.mnist_course.pop("data")),
}


def nbval(folder, **environment):
    """Run nbval over a folder of notebooks as `make test` does; return failures by notebook."""
    shutil.copy(ROOT / "notebooks" / "conftest.py", folder)
    options = ["-p", "no:cacheprovider", "-o", f"pythonpath={ROOT}", "-rfE"]
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", *options]
    run = subprocess.run(
        [*command, f"--rootdir={folder}", "-c", os.devnull, str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    summary = run.stdout.partition("short test summary info")[2]
    failed = [line for line in summary.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return {
        path.stem: [f for f in failed if path.name in f] for path in folder.glob("*.ipynb")
    }, run


def shared_copies():
    """Spread the faults over few copies, for each costs a kernel; no two in one cell of a copy."""
    copies = []
    for name, (cells, _) in STALE.items():
        for names in copies:
            if not any(set(cells) & set(STALE[other][0]) for other in names):
                names.append(name)
                break
        else:
            copies.append([name])
    return copies


@pytest.fixture(scope="module")
def verdicts(honest, tmp_path_factory):
    """Let nbval judge the honest notebook and stale copies of it; the cells that fail, by fault."""
    folder = tmp_path_factory.mktemp("stale")
    nbformat.write(honest, folder / "honest.ipynb")
    nbformat.write(made_on_other_data(honest), folder / "other.ipynb")
    nbformat.write(greedy(honest), folder / "greedy.ipynb")
    copies = shared_copies()
    for i, names in enumerate(copies):
        stale = copy.deepcopy(honest)
        for name in names:
            STALE[name][1](stale)
        nbformat.write(stale, folder / f"stale-{i}.ipynb")
    failed, run = nbval(folder)
    found = {name: failed[f"stale-{i}"] for i, names in enumerate(copies) for name in names}
    return found | {name: failed[name] for name in ("honest", "other", "greedy")} | {"run": run}


def test_an_honest_notebook_passes(verdicts):
    assert verdicts["honest"] == []


@pytest.mark.parametrize("name", STALE)
def test_a_stale_output_is_caught(verdicts, name):
    for stale in STALE[name][0]:
        number = list(CELLS).index(stale)
        assert any(
            failure.split("::")[1].split()[:2] == ["Cell", str(number)]
            for failure in verdicts[name]
        )


def test_no_other_cell_is_blamed(verdicts):
    for names in shared_copies():
        planted = {cell for name in names for cell in STALE[name][0]}
        assert len(verdicts[names[0]]) == len(planted)


def made_on_other_data(honest):
    """Return the notebook as a run on other data would have stored it."""
    other = copy.deepcopy(honest)
    other.metadata.mnist_course.data = "another set"
    add_to_count(other)
    raise_accuracy(other, 0.1)
    replace(other, "shape", "28)", "27)")
    for name in ("load", "table"):
        cell(other, name).outputs = []
    data(other, "figure")["text/plain"] = "Another digit."
    return other


def test_on_other_data_what_depends_on_it_is_only_run(verdicts):
    assert verdicts["other"] == [], verdicts["run"].stdout


def greedy(honest):
    """Return a notebook whose kernel takes more memory than Binder gives."""
    greedy = copy.deepcopy(honest)
    greedy.cells = greedy.cells[:2]
    greedy.cells[1].source += "\nmemory = np.ones(220_000_000)  # 1.76 GB"
    return greedy


def test_a_kernel_that_needs_too_much_memory_fails(verdicts):
    assert len(verdicts["greedy"]) == 1
    assert "greedy.ipynb: the kernel needed" in verdicts["run"].stdout


@pytest.mark.slow
def test_stored_outputs_another_thread_count(tmp_path):
    """Sums are taken in another order then; chapter 6 trains longest, so its numbers move most."""
    path = Path(shutil.copy(next((ROOT / "notebooks").glob("06-*.ipynb")), tmp_path))
    store_first_fit(path)
    others = "2" if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else "1"
    verdict, run = nbval(tmp_path, TF_NUM_INTRAOP_THREADS=others, OMP_NUM_THREADS=others)
    assert verdict[path.stem] == [], run.stdout


def store_first_fit(path):
    """Cut a chapter after its first training run, and store a run of it on the data at hand."""
    notebook = nbformat.read(path, as_version=4)
    fit = next(i for i, c in enumerate(notebook.cells) if "model.fit(\n" in c.source)
    assert notebook.cells[fit].cell_type == "code"
    steps = next(i for i, c in enumerate(notebook.cells) if "math.ceil" in c.source)
    notebook.cells = [*notebook.cells[: steps + 1], notebook.cells[fit]]
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
    ],
)
def test_texts_that_agree(stored, new, check):
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
    ],
)
def test_texts_that_differ(stored, new, check):
    assert differences(stream(stored), stream(new), check)


def moving_figure(begins=0, last_digit=3, failure_message="The third digit."):
    """Make an output with three ready frames, each another digit of the sample."""
    with contextlib.redirect_stdout(io.StringIO()):
        (X_train, _), _ = load_mnist("sample")
    pictures = [
        base64.b64encode(png(draw_digits(X_train[[i]], size=2))).decode()
        for i in (1, 2, last_digit)
    ]
    words = ["The first digit.", "The second digit.", failure_message]
    frames = [
        {"value": str(i), "alt": alt, "png": picture}
        for i, (alt, picture) in enumerate(zip(words, pictures, strict=True))
    ]
    about = {"frames": {"name": "digit", "start": begins, "frames": frames}}
    data = {"image/png": pictures[0], "text/plain": words[0]}
    return [{"output_type": "display_data", "data": data, "metadata": {"image/png": about}}]


def test_a_figure_that_moves_agrees_with_itself():
    assert differences(moving_figure(), moving_figure()) == []


@pytest.mark.parametrize(
    "stale", [{"begins": 1}, {"last_digit": 4}, {"failure_message": "The fourth digit."}]
)
def test_a_stale_frame_is_caught(stale):
    assert len(differences(moving_figure(), moving_figure(**stale))) == 1


def test_an_unknown_tolerance_is_refused():
    assert differences(stream("1"), stream("1"), {"absolute": 1})


def stream(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]
