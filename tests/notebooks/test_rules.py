"""Every lesson keeps the rules, and each rule finds a violation planted in a lesson."""

import copy

import nbformat
import pytest

from maintenance import notebooks
from tests.support.notebook_parts import code_cells
from tests.support.notebook_rules import LESSONS, ONE_PAGE, ROOT, problems

LESSON_NAMES = ["00-one-page", "01-load", "02-reshape", "03-normalize", "04-one-hot", "05-build"]
LESSON_NAMES += ["06-train", "07-evaluate", "08-relu", "09-initialization"]
LESSON_NAMES += ["10-filters", "11-pixels", "12-calibration", "13-seeds", "14-more-data"]
LESSON_NAMES += ["15-better", "16-corruptions", "17-reject", "18-ship", "19-faster"]
LESSON_NAMES += ["20-machines"]


def read(path):
    return nbformat.read(path, as_version=4)


def test_lessons_names():
    assert [path.stem for path in LESSONS] == LESSON_NAMES


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_problems_stored_lesson(path):
    assert problems(read(path), path.name) == []


def first_figure(notebook):
    return next(
        out
        for cell in notebook["cells"]
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    )


def append(notebook, text):
    """Add text to the lesson's last cell."""
    notebook["cells"][-1]["source"] += "\n\n" + text


def stderr(notebook, text):
    code_cells(notebook)[1]["outputs"] = [{"output_type": "stream", "name": "stderr", "text": text}]


def error(notebook, name):
    output = {"output_type": "error", "ename": name, "evalue": "no", "traceback": [name]}
    code_cells(notebook)[1]["outputs"] = [output]


def replace(notebook, text, other):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = cell["source"].replace(text, other)


def remove(notebook, text):
    replace(notebook, text, "")


def change_duration(notebook, seconds):
    """Store another duration of the run, in the metadata and in the opening box."""
    facts, first = notebook["metadata"]["mnist_course"], notebook["cells"][0]
    old = notebooks.time_line(facts)
    facts["machine_seconds"] = seconds
    new = notebooks.time_line(facts)
    assert old in first["source"]
    first["source"] = first["source"].replace(old, new)


def add_frames(notebook, **changes):
    """Give the first figure frames, with the same change in each."""
    figure = first_figure(notebook)
    frame = {"value": "1", "png": figure["data"]["image/png"]}
    frames = [{**frame, "alt": f"State {i}.", **changes} for i in range(6)]
    figure["metadata"]["image/png"]["frames"] = {"name": "step", "start": 0, "frames": frames}


VIOLATIONS = {
    "title": (lambda nb: nb["cells"][0].update(source="# Load"), "does not begin with"),
    "no opening box": (lambda nb: remove(nb, "> **You need**"), "opening box lacks"),
    "run on the sample": (
        lambda nb: nb["metadata"]["mnist_course"].update(data="MNIST sample"),
        "not stored by a run on the full set",
    ),
    "other minutes than measured": (
        lambda nb: nb["metadata"]["mnist_course"].update(machine_seconds=6000),
        "minutes in the opening box",
    ),
    "run on a busy machine": (lambda nb: change_duration(nb, 598), "on a quiet machine"),
    "text edited after the run": (lambda nb: append(nb, "One more word."), "text has changed"),
    "no questions": (lambda nb: remove(nb, "<details>"), "folded answers"),
    "no section": (lambda nb: remove(nb, "## Summary"), "no section"),
    "no next lesson": (lambda nb: remove(nb, "**Next:**"), "next lesson"),
    "stripped cell": (
        lambda nb: code_cells(nb)[2].update(execution_count=None, outputs=[]),
        "top to bottom",
    ),
    "run twice": (lambda nb: code_cells(nb)[2].update(execution_count=99), "top to bottom"),
    "widget state": (lambda nb: nb["metadata"].update(widgets={}), "widget state"),
    "live widget": (
        lambda nb: first_figure(nb)["data"].update({notebooks.WIDGET_VIEW: {}}),
        "live widget",
    ),
    "start-up log": (lambda nb: stderr(nb, "cpu_feature_guard"), "cpu_feature_guard"),
    "a warning": (lambda nb: stderr(nb, "UserWarning: no"), "UserWarning"),
    "a path": (
        lambda nb: code_cells(nb)[1].update(
            outputs=[{"output_type": "stream", "name": "stdout", "text": "/home/ada/x"}]
        ),
        "/home/",
    ),
    "stored error": (lambda nb: error(nb, "ValueError"), "stored error"),
    "two backslashes": (lambda nb: append(nb, r"$p\\,(1-p)$"), "two backslashes"),
    "no alt text": (lambda nb: first_figure(nb).update(metadata={}), "without alt text"),
    "other alt text": (
        lambda nb: first_figure(nb)["data"].update({"text/plain": "another"}),
        "differ",
    ),
    "another first frame": (lambda nb: add_frames(nb, png=""), "start frame is not"),
    "frames with the same alt text": (
        lambda nb: add_frames(nb, alt="The same."),
        "different alt text",
    ),
    "two figures": (
        lambda nb: code_cells(nb)[1].update(outputs=2 * [copy.deepcopy(first_figure(nb))]),
        "more than one figure",
    ),
    "directive": (lambda nb: append(nb, "```{note}\nraw\n```"), "raw"),
    "role": (lambda nb: append(nb, "see {ref}`there`"), "raw"),
    "typed number": (lambda nb: append(nb, "The error is 1.13 %."), "typed into prose"),
    "exclamation mark": (lambda nb: append(nb, "Great!"), "exclamation"),
    "unknown tag": (
        lambda nb: code_cells(nb)[1]["metadata"].update(tags=["depend-on-data"]),
        "unknown tags",
    ),
    "unknown tolerance": (
        lambda nb: code_cells(nb)[1]["metadata"].update(check={"absolute": 1}),
        "unknown keys",
    ),
    "long cell": (lambda nb: code_cells(nb)[1].update(source="x = 1\n" * 16), "16 lines"),
    "other setup cell": (lambda nb: code_cells(nb)[0].update(source="pass"), "set-up cell"),
    "other code than the package": (
        lambda nb: code_cells(nb)[1].update(source="def normalize(X):\n    return X / 256"),
        "normalize() differs",
    ),
    "dead link": (lambda nb: append(nb, "[there](09-nowhere.ipynb)"), "leads to no file"),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_problems_violation(violation):
    plant, message = VIOLATIONS[violation]
    assert_found(plant, message, "01-load.ipynb")


ONE_PAGE_VIOLATIONS = {
    "no reason to measure on the test set": (
        lambda nb: remove(nb, "**Why the test set is used here.**"),
        "no section '**Why the test set",
    ),
    "no exercise": (lambda nb: remove(nb, "## Your turn"), "no section '## Your turn'"),
    "one step without its lesson": (lambda nb: remove(nb, "(03-normalize.ipynb)"), "steps link to"),
    "step to another lesson": (
        lambda nb: replace(nb, "(03-normalize.ipynb)", "(10-filters.ipynb)"),
        "steps link to",
    ),
    "too many words": (lambda nb: append(nb, "word " * 100), "words; "),
    "too many lines": (
        lambda nb: code_cells(nb)[-1].update(source="x = 1\n" * 15),
        "lines of code",
    ),
}


@pytest.mark.parametrize("violation", ONE_PAGE_VIOLATIONS)
def test_problems_violation_one_page(violation):
    assert_found(*ONE_PAGE_VIOLATIONS[violation], ONE_PAGE)


def assert_found(plant, message, name):
    """Plant a violation in a copy of a lesson and look for its message."""
    notebook = read(ROOT / "notebooks" / name)
    assert not any(message in problem for problem in problems(notebook, name))
    plant(notebook)
    assert any(message in problem for problem in problems(notebook, name))
