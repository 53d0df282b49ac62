"""Run notebooks from a fresh kernel, store their outputs, and write their generated cells.

Outputs are stored without live widgets and without paths of this machine. The measured run time and
the estimated minutes are written into the line ``> **Time:** ...`` of the lesson's opening box
and into the notebook's metadata; there, the kernel's peak memory is stored as well.
"""

import re
import sys
import time
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient

from book._ext.exercise_sources import source_paths
from book._ext.repository import clean_address
from mnist_course.figures.display import WIDGET_VIEW

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXERCISES = source_paths(ROOT)

WORDS_A_MINUTE = 200
SECONDS_A_LINE_OF_CODE = 6
# A question that asks for a number or a choice, and one that asks for more.
MINUTES_A_PREDICTION = 1
MINUTES_A_QUESTION = 2
# An estimate is no more precise than this.
ROUNDED_TO = 5

# The metadata of cells that a run keeps; `jupyter` has `source_hidden`.
KEPT = ("tags", "check", "jupyter")

# TensorFlow's start-up log describes this machine's processor.
START_UP_LOG = re.compile(
    r"^(WARNING: All log messages before absl|[IWE]\d{4} |"
    r"\d{4}-\d\d-\d\d .*(oneDNN|cpu_feature_guard|cuda)|To enable the following instructions).*\n?",
    flags=re.MULTILINE,
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def estimate(notebook: nbformat.NotebookNode) -> dict:
    """Estimate the minutes for reading a notebook and for its questions.

    Folded code is not counted: nobody has to read it.

    Returns
    -------
    dict
        ``words``, ``questions`` (folded answers), ``minutes`` (a multiple of 5).
    """
    prose = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    # Without the time line, so that the estimate does not depend on its own result.
    text = "\n".join(line for p in prose for line in p.splitlines() if "**Time:**" not in line)
    words = len(re.sub(r"<[^>]*>", " ", text).split())
    lines = sum(
        1
        for c in notebook.cells
        if c.cell_type == "code" and "hide-input" not in c.metadata.get("tags", [])
        for line in c.source.splitlines()
        if line.strip()
    )
    questions = len(re.findall(r"<details\b", text))
    predictions = len(re.findall(r"<details\b[^>]* data-answer=", text))
    minutes = words / WORDS_A_MINUTE + lines * SECONDS_A_LINE_OF_CODE / 60
    minutes += MINUTES_A_PREDICTION * predictions + MINUTES_A_QUESTION * (questions - predictions)
    rounded = max(ROUNDED_TO, ROUNDED_TO * round(minutes / ROUNDED_TO))
    return {"words": words, "questions": questions, "minutes": rounded}


def computing_time(seconds: int) -> str:
    """Return the duration of a lesson's run in words."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} minutes" if minutes > 1 else "about a minute"


def time_line(facts: dict) -> str:
    """Return the line of the opening box with the minutes that a lesson takes."""
    return (
        f"> **Time:** about {facts['minutes']} minutes with the questions; "
        f"{computing_time(facts['machine_seconds'])} of computing on two processor cores."
    )


def setup_cell(address: str | None = None) -> str:
    """Return the cell that installs the helper package on Colab, from _config.yml's address."""
    address = address or clean_address(read_config()["repository"]["url"])
    return (
        "# Installs the course's helper package on Colab; does nothing where it is installed.\n"
        "from importlib.util import find_spec\n"
        "\n"
        'if find_spec("mnist_course") is None:\n'
        f"    %pip install -q --no-deps git+{address}"
    )


def read_config() -> dict:
    """Return the settings of the book."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def peak_memory(process: int) -> float | None:
    """Return the peak memory of a running process in GB, or None where there is no /proc."""
    if sys.platform != "linux":
        return None
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def run_notebook(path: Path, data_name: str) -> None:
    """Run one notebook in place and store its outputs.

    Parameters
    ----------
    path
        The notebook.
    data_name
        Name of the data set that its cells load, which is stored in its metadata.

    Raises
    ------
    ValueError
        If the opening box has no line for the time.
    """
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    peaks = []
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        # After each cell, because the kernel has ended when `execute` returns.
        on_cell_executed=lambda **_: peaks.append(peak_memory(client.km.provisioner.process.pid)),
    )
    client.execute()
    seconds = time.perf_counter() - start
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02d}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT}
        if cell.cell_type == "code":
            cell.outputs = [out for out in map(stored_output, cell.outputs) if out is not None]
    facts = estimate(notebook) | {"machine_seconds": round(seconds), "data": data_name}
    if peaks[-1] is not None:
        facts["peak_memory_gb"] = round(peaks[-1], 2)
    opening = notebook.cells[0]
    opening.source, found = re.subn(r"> \*\*Time:\*\*.*", time_line(facts), opening.source)
    if found != 1:
        raise ValueError(
            f"{path.name}: the first cell needs one line that starts with '> **Time:**'."
        )
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mnist_course": facts,
    }
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    print(f"{path.name}: {seconds:.0f} s, stored with outputs on {data_name}", flush=True)


def stored_output(output: dict) -> dict | None:
    """Return an output without its live widget and start-up log, or None if nothing remains."""
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
    """Shorten a traceback to the frame of its cell and the message: other frames contain paths."""
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
