"""Define substitutions for numbers, such as ``{{ mean_error }}``: no page contains a typed number.

The numbers come from the record of the reference model (``make model``) and from the metadata that
each lesson's last run stored in its notebook (``make notebooks``).
"""

import json
import re
from pathlib import Path

from _ext.exercise_sources import source_paths
from _ext.exercises import points
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

RECORD = Path("mnist_course/weights/guide_cnn.json")

HEADING = re.compile(r"^# (.+)$", re.MULTILINE)

# The opening box starts with "> **You will be able to** ..." and goes on to the next label.
AIM = re.compile(r"^> \*\*.+?\*\*:?(.+?)(?=^> *(?:\*\*|$)|\Z)", re.MULTILINE | re.DOTALL)


def read_record(root: Path) -> dict[str, str]:
    """Return the reference model's numbers, formatted for the pages."""
    path = root / RECORD
    if not path.exists():
        raise ConfigError(f"{RECORD} is missing: `make model` trains the model and writes it.")
    record = json.loads(path.read_text(encoding="utf-8"))
    errors = record["errors"]
    return {
        "mean_error": f"{record['mean_error']:.2f}",
        "sd_error": f"{record['sd_error']:.2f}",
        "best_error": f"{min(errors):.2f}",
        "worst_error": f"{max(errors):.2f}",
        "errors": ", ".join(f"{error:.2f}" for error in errors),
        "runs": str(len(errors)),
        "parameters": f"{record['parameters']:,}",
        "epochs": str(record["epochs"]),
        "batch_size": str(record["batch_size"]),
    } | {f"{name}_version": version for name, version in record["versions"].items()}


def read_lesson(path: Path) -> dict:
    """Return a lesson's title, its aim, and the minutes of its reader and of computing."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    opening = "".join(notebook["cells"][0]["source"])
    heading, aim = HEADING.search(opening), AIM.search(opening)
    if not heading or not aim:
        raise ConfigError(f"{path.name}: the first cell needs a heading and a box with the aim.")
    facts = notebook["metadata"].get("mnist_course")
    if not facts:
        raise ConfigError(f"{path.name} has no measured times: `make notebooks` stores them.")
    return {
        # The number stays on the same line as its name.
        "title": heading[1].replace(" ", "\N{NO-BREAK SPACE}"),
        "aim": " ".join(re.sub(r"^>", "", aim[1], flags=re.MULTILINE).split()),
        "minutes": facts["minutes"],
        "machine_seconds": facts["machine_seconds"],
    }


def lessons_table(root: Path) -> str:
    """Return a Markdown table of all lessons with their aims and minutes."""
    lines = [
        "| Lesson | You will be able to | Your time | Computing |",
        "| --- | --- | ---: | ---: |",
    ]
    minutes = machine_seconds = 0
    for path in sorted(root.glob("notebooks/[0-9]*.ipynb")):
        lesson = read_lesson(path)
        minutes += lesson["minutes"]
        machine_seconds += lesson["machine_seconds"]
        lines.append(
            f"| [{lesson['title']}](/notebooks/{path.name}) | {lesson['aim']} "
            f"| {lesson['minutes']} min | {table_minutes(lesson['machine_seconds'])} |"
        )
    lines.append(
        f"| **All** | | **{minutes / 60:.0f} hours** | **{table_minutes(machine_seconds)}** |"
    )
    return "\n".join(lines)


def table_minutes(seconds: int) -> str:
    """Return a duration in whole minutes, as it stands in a table."""
    return f"{round(seconds / 60)} min" if seconds >= 60 else "< 1 min"


def exercises_table(root: Path) -> str:
    """Return a Markdown table of the exercises: what each practises, points graded by hand."""
    lines = ["| Set | You practise | Points graded by hand |", "| --- | --- | ---: |"]
    for path in source_paths(root):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        opening = "".join(notebook["cells"][0]["source"])
        title = (
            HEADING.search(opening)[1].removeprefix("Exercises ").replace(" ", "\N{NO-BREAK SPACE}")
        )
        aim = " ".join(re.sub(r"^>", "", AIM.search(opening)[1], flags=re.MULTILINE).split())
        lines.append(
            f"| [{title}](/notebooks/exercises/student/{path.name}) | {aim} "
            f"| {points(notebook, 'markdown')} of {points(notebook)} |"
        )
    return "\n".join(lines)


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Set the substitutions; MyST warns if a page uses a name that is not among them."""
    root = Path(app.srcdir)
    config.myst_substitutions = read_record(root) | {
        "lessons_table": lessons_table(root),
        "exercises_table": exercises_table(root),
    }


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("config-inited", add_substitutions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
