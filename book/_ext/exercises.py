"""Add folded answers to the pages of the exercises, depending on the edition of the book.

The pages are the students' notebooks. ``course_edition`` in ``_config.yml`` names the edition, and
``MNIST_COURSE_EDITION`` another one for one build:

``student``
    the notebooks as they are; no file of the book contains an answer;
``reader``
    each check is followed by its answer, folded;
``instructor``
    the answers, and for grading also the hidden tests, rubrics, minutes and misconceptions.
"""

import copy
import json
import os
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

EDITIONS = ("student", "reader", "instructor")
STUDENT = "notebooks/exercises/student/"
WORDS_A_MINUTE = 200
MINUTES_A_POINT = 6


def region(source: str, name: str) -> str:
    """Return the lines between all ``### BEGIN name`` and ``### END name`` of a cell."""
    return "\n".join(
        re.findall(rf"^[ \t]*### BEGIN {name}\n(.*?)\n[ \t]*### END {name}", source, re.S | re.M)
    )


def without_marks(source: str) -> str:
    """Return a cell's code without the lines that mark regions in it."""
    return re.sub(r"^[ \t]*### (BEGIN|END) .*\n?", "", source, flags=re.M).strip()


def folded(title: str, name: str, text: str) -> dict:
    """Make a Markdown cell with folded text; `name` makes its id unique."""
    source = f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"
    cell_id = f"{title.split()[0].lower()}-{name}"
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def python(code: str) -> str:
    """Put code into a fenced block."""
    return f"```python\n{code}\n```"


def points(source: dict, *kinds: str) -> int:
    """Return the sum of the points of a set, for cells of some kinds or of all."""
    return sum(
        cell["metadata"].get("nbgrader", {}).get("points", 0)
        for cell in source["cells"]
        if cell["cell_type"] in (kinds or ("code", "markdown"))
    )


def estimated_minutes(source: dict) -> int:
    """Estimate from words and points how many minutes a set takes a student."""
    prose = [text(cell) for cell in source["cells"] if cell["cell_type"] == "markdown"]
    words = len(" ".join(prose).split())
    return round(words / WORDS_A_MINUTE) + MINUTES_A_POINT * points(source)


def time_line(source: dict) -> str:
    """Return the line with a set's estimated minutes and how they were estimated."""
    return (
        f"**Time:** about {estimated_minutes(source)} minutes (estimated: {WORDS_A_MINUTE} words "
        f"a minute, {MINUTES_A_POINT} minutes a point)."
    )


def text(cell: dict) -> str:
    """Return a cell's source as one text; in the file it may be a list of lines."""
    return "".join(cell["source"])


def with_answers(student: dict, source: dict, edition: str) -> dict:
    """Return a student's notebook with the answers that an edition adds.

    Parameters
    ----------
    student, source
        The two notebooks as read from JSON.
    edition
        One of ``EDITIONS``.
    """
    if edition == "student":
        return student
    answers = {
        cell["metadata"]["nbgrader"]["grade_id"]: text(cell)
        for cell in source["cells"]
        if "nbgrader" in cell["metadata"]
    }
    page = copy.deepcopy(student)
    page["cells"] = []
    for cell in student["cells"]:
        page["cells"].append(cell)
        about = cell["metadata"].get("nbgrader", {})
        name = about.get("grade_id", "")
        if name.startswith("check-"):
            solution = answers[name.removeprefix("check-")]
            page["cells"].append(folded("Answer", name, python(without_marks(solution))))
        if edition == "instructor" and about.get("grade"):
            hidden = region(answers[name], "HIDDEN TESTS")
            rubric = region(answers[name], "MARK SCHEME")
            if hidden:
                page["cells"].append(folded("Tested when it is graded", name, python(hidden)))
            if rubric:
                page["cells"].append(folded("Rubric", name, rubric))
    if edition == "instructor":
        page["cells"] += [
            {**cell, "source": f"{text(cell)}\n\n{time_line(source)}"}
            for cell in source["cells"]
            if "instructor" in cell["metadata"].get("tags", [])
        ]
    return page


def fold_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add the edition's answers to the page of an exercise."""
    if not docname.startswith(STUDENT):
        return
    path = Path(app.srcdir, "notebooks/exercises", Path(docname).name + ".ipynb")
    app.env.note_dependency(str(path))
    original = json.loads(path.read_text(encoding="utf-8"))
    page = with_answers(json.loads(source[0]), original, app.config.course_edition)
    source[0] = json.dumps(page)


def choose_edition(app: Sphinx, config: Config) -> None:
    """Let ``MNIST_COURSE_EDITION`` override the edition; raise a ConfigError on another value."""
    config.course_edition = os.environ.get("MNIST_COURSE_EDITION") or config.course_edition
    if config.course_edition not in EDITIONS:
        raise ConfigError(
            f"The edition is {config.course_edition!r}, but the editions of the book are "
            f"{', '.join(EDITIONS)}. What to do: correct course_edition in _config.yml, or "
            "MNIST_COURSE_EDITION. Example: make book EDITION=student"
        )


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # "env": for another edition Sphinx reads all pages again. Without an entry, no answer leaks.
    app.add_config_value("course_edition", "student", "env")
    app.connect("config-inited", choose_edition)
    app.connect("source-read", fold_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
