"""Run the chapters from a fresh kernel and store their outputs (``make notebooks``).

    python tools/run_notebooks.py [NOTEBOOK ...]

The outputs are stored as the book and GitHub show them: no live widget, no machine's path. What a
run measures, and what is computed from the text, goes into the line ``> **Time:** ...`` of the
chapter's opening box and into the notebook's metadata.
"""

import argparse
import contextlib
import io
import re
import sys
import time
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient

from mnist_course.data.loading import load_mnist

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXERCISES = sorted((ROOT / "notebooks" / "exercises").glob("[0-9]*.ipynb"))
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

WORDS_A_MINUTE = 200
SECONDS_A_LINE_OF_CODE = 6
MINUTES_A_QUESTION = 2

# TensorFlow's start-up log tells of this machine's processor, not of the chapter.
START_UP_LOG = re.compile(
    r"^(WARNING: All log messages before absl|[IWE]\d{4} |"
    r"\d{4}-\d\d-\d\d .*(oneDNN|cpu_feature_guard|cuda)|To enable the following instructions).*\n?",
    flags=re.MULTILINE,
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def estimate(notebook: nbformat.NotebookNode) -> dict:
    """Estimate minutes from what there is to read and to answer.

    Returns
    -------
    dict
        ``words``, ``questions`` (folded answers), ``reading_minutes``, ``exercise_minutes``.
    """
    prose = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    # The line with the minutes must not change the minutes.
    text = "\n".join(line for p in prose for line in p.splitlines() if "**Time:**" not in line)
    words = len(re.sub(r"<[^>]*>", " ", text).split())
    lines = sum(
        1
        for c in notebook.cells
        if c.cell_type == "code"
        for line in c.source.splitlines()
        if line.strip()
    )
    questions = text.count("<details>")
    reading = words / WORDS_A_MINUTE + lines * SECONDS_A_LINE_OF_CODE / 60
    return {
        "words": words,
        "questions": questions,
        "reading_minutes": round(reading),
        "exercise_minutes": questions * MINUTES_A_QUESTION,
    }


def time_line(facts: dict) -> str:
    """Write the line of the opening box that says how long a chapter takes."""
    return (
        f"> **Time:** about {facts['reading_minutes']} minutes to read and "
        f"{facts['exercise_minutes']} for the questions (estimated from {facts['words']:,} words "
        f"and {facts['questions']} questions); {facts['machine_seconds'] / 60:.1f} minutes of "
        "computing (measured on two cores)."
    )


def setup_cell() -> str:
    """Write the cell that brings the helper package in on Colab, with `_config.yml`'s address."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return (
        "# Brings in the course's helper package on Colab; does nothing where it is installed.\n"
        "from importlib.util import find_spec\n"
        "\n"
        'if find_spec("mnist_course") is None:\n'
        f"    %pip install -q --no-deps git+{config['repository']['url']}"
    )


def write_address(path: Path) -> None:
    """Write the repository's address into a notebook's setup cell; run nothing."""
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.source = setup_cell()
    nbformat.write(notebook, path)
    print(f"{path.name}: the setup cell has the address of _config.yml")


def run(path: Path, data_name: str) -> None:
    """Execute one notebook in place and store what a reader needs of it."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
    ).execute()
    seconds = time.perf_counter() - start
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02d}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "check")}
        if cell.cell_type == "code":
            cell.outputs = [out for out in map(for_readers, cell.outputs) if out is not None]
    facts = estimate(notebook) | {"machine_seconds": round(seconds), "data": data_name}
    opening = notebook.cells[0]
    opening.source, found = re.subn(r"> \*\*Time:\*\*.*", time_line(facts), opening.source)
    if found != 1:
        sys.exit(f"{path.name}: the first cell needs one line that starts with '> **Time:**'.")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mnist_course": facts,
    }
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    print(f"{path.name}: {seconds:.0f} s, stored with outputs on {data_name}", flush=True)


def for_readers(output: dict) -> dict | None:
    """Keep what a reader without a kernel can use of an output, or None if that is nothing."""
    if output["output_type"] == "error":
        output["traceback"] = short_traceback(output["traceback"])
    if output.get("name") == "stderr":
        output["text"] = START_UP_LOG.sub("", output["text"])
        return output if output["text"].strip() else None
    data = output.get("data", {})
    if data.pop(WIDGET_VIEW, None) is not None and "image/png" not in data:
        return None
    return output


def short_traceback(frames: list[str]) -> list[str]:
    """Keep a traceback's own cell and last words; frames of libraries name paths."""
    plain = [ANSI.sub("", frame).rstrip("\n") for frame in frames]
    kept, left_out = [], False
    for frame in plain:
        if frame.startswith("File "):
            if not left_out:
                kept.append("    (frames inside libraries left out)\n")
            left_out = True
        else:
            kept.append(frame)
    return kept


def main() -> None:
    """Run the notebooks that are named, or all chapters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every chapter")
    parser.add_argument(
        "--address", action="store_true", help="only write the repository's address, run nothing"
    )
    parser.add_argument(
        "--any-data", action="store_true", help="store a run on whatever data is there, for a test"
    )
    arguments = parser.parse_args()
    if arguments.address:
        for path in arguments.notebooks or [*CHAPTERS, *EXERCISES]:
            write_address(path)
        return
    with contextlib.redirect_stdout(io.StringIO()):
        data_name = load_mnist().name
    if data_name != "MNIST" and not arguments.any_data:
        sys.exit(
            f"Stored outputs come from the full MNIST, but the data at hand is {data_name}. "
            "Set MNIST_COURSE_DATA to 'full' (downloads it) or to the path of an mnist.npz."
        )
    for path in arguments.notebooks or CHAPTERS:
        run(path, data_name)


if __name__ == "__main__":
    main()
