"""Show the whole way on a made-up class of 12: release, grade, report and feedback pages.

The exercise needs NumPy alone. Among the students are good, wrong, blank and hostile ones; the
tests grade the same class.

Usage: python tools/made_up_class.py FOLDER
"""

import copy
import json
import os
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

EXERCISE = "01-scale"

SCALE = "import numpy as np\n\n\ndef scale(images):\n    return images / 255"
DARKEST = "def darkest(images):\n    return int(images.max())"
RIGHT = {"scale": SCALE, "darkest": DARKEST}


def cell(kind: str, name: str, source: str, points: int = 0, **marks: bool) -> NotebookNode:
    """Make a cell with nbgrader's metadata."""
    new = new_code_cell if kind == "code" else new_markdown_cell
    about = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    about |= {"schema_version": 3, "grade_id": name, "points": points, "cell_type": kind}
    return new(source, id=f"cell-{name}", metadata={"nbgrader": about})


def wrap(text: str, word: str) -> str:
    """Put text between nbgrader's marks."""
    return f"### BEGIN {word}\n{text}\n### END {word}"


def source() -> NotebookNode:
    """Return the source notebook: two tasks for 2 and 3 points, a question for 1."""
    test_scale = "assert scale(np.array([255]))[0] == 1, 'ink is 1'\n" + wrap(
        "np.testing.assert_allclose(scale(np.array([0, 51])), [0, 0.2])", "HIDDEN TESTS"
    )
    test_darkest = "assert darkest(np.array([3, 200])) == 200, 'the largest number'\n" + wrap(
        "assert darkest(np.array([[7, 1], [0, 2]])) == 7, 'in two dimensions'", "HIDDEN TESTS"
    )
    question = wrap("Because weights start small.", "SOLUTION")
    question += "\n" + wrap("1 point for the size of the weights.", "MARK SCHEME")
    return new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}
        },
        cells=[
            new_markdown_cell("# Scale", id="title"),
            new_markdown_cell("20 minutes", id="minutes", metadata={"tags": ["instructor"]}),
            cell("code", "scale", wrap(SCALE, "SOLUTION"), solution=True),
            cell("code", "test-scale", test_scale, 2, grade=True, locked=True),
            cell("code", "darkest", wrap(DARKEST, "SOLUTION"), solution=True),
            cell("code", "test-darkest", test_darkest, 3, grade=True, locked=True),
            cell("markdown", "why", question, 1, grade=True, solution=True),
        ],
    )


def write_source(folder: Path) -> Path:
    """Write the source notebook into a folder and return the folder."""
    folder.mkdir(exist_ok=True)
    nbformat.write(source(), folder / f"{EXERCISE}.ipynb")
    return folder


def answered(release: NotebookNode, answers: dict[str, str], first: str = "") -> NotebookNode:
    """Return the student's notebook with answers, and if asked for a cell of code before all."""
    notebook = copy.deepcopy(release)
    for each in notebook.cells:
        name = each.metadata.get("nbgrader", {}).get("grade_id")
        each.source = answers.get(name, each.source)
    if first:
        notebook.cells.insert(1, new_code_cell(first, id="first"))
    return notebook


def as_bytes(notebook: NotebookNode) -> bytes:
    """Return a notebook as a file holds it."""
    return json.dumps(notebook).encode()


def same_in_another_style() -> dict[str, str]:
    """Return right answers that look different."""
    scale = "import numpy as np\nscale = lambda images: np.divide(images, 255.0)"
    return {"scale": scale, "darkest": "def darkest(images):\n    return max(images.ravel())"}


# What each student hands in: answers, and a cell of code before all others.
STUDENTS = {
    "Anna Müller": (RIGHT, ""),
    "anna müller": (same_in_another_style(), ""),
    "José Łukasz": (RIGHT | {"darkest": "def darkest(images):\n    return images[0]"}, ""),
    "محمد": (RIGHT | {"why": "The weights start small, and so should what they multiply."}, ""),
    "李雷": ({}, ""),
    "Zoë Loop": (RIGHT | {"darkest": "while True:\n    pass"}, ""),
    "Pat O'Late": (RIGHT, ""),
    "Kim Cut": (RIGHT, ""),
    "Lee Broken": (RIGHT, ""),
    "Max Exit": (RIGHT, "import os\nos._exit(0)"),
    "Eve Patch": (
        {"scale": "import numpy as np\ndef scale(images):\n    return images * 0 + 1"},
        "import numpy as np\nnp.testing.assert_allclose = lambda *given, **more: None",
    ),
    "Mallory Peek": (RIGHT, "from pathlib import Path\nprint(Path({secret!r}).read_text())"),
}
DEADLINE = "2026-05-04 18:00"


def hand_in(release: Path, sources: Path, path: Path) -> None:
    """Write what the class hands in as the zip that Moodle gives to a teacher."""
    notebook = nbformat.read(release / f"{EXERCISE}.ipynb", as_version=4)
    secret = str(sources.absolute() / f"{EXERCISE}.ipynb")
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, (answers, first)) in enumerate(STUDENTS.items(), 4711):
            work = answered(notebook, answers, first.replace("{secret!r}", repr(secret)))
            if name == "Kim Cut":
                work.cells = [
                    c for c in work.cells if not c.metadata.get("nbgrader", {}).get("locked")
                ]
            content = as_bytes(work)
            if name == "Lee Broken":
                content = content[: len(content) // 2]
            folder = f"{name}_{number}_assignsubmission_file_"
            attempts = [("work.ipynb", 17)]
            if name == "Pat O'Late":
                attempts = [("work.ipynb", 16), ("work (2).ipynb", 17), ("too late.ipynb", 19)]
            for file, hour in attempts:
                archive.writestr(
                    zipfile.ZipInfo(f"{folder}/{file}", (2026, 5, 4, hour, 0, 0)), content
                )


def main(folder: Path) -> None:
    """Make the class and run each command as a teacher would, showing it first."""
    folder.mkdir(parents=True)
    write_source(folder / "private")
    run(folder, "mnist-course release --from private --out student")
    hand_in(folder / "student", folder / "private", folder / "class.zip")
    grade = "mnist-course grade class.zip --from private --out results --cell-seconds 3"
    run(folder, f"{grade} --deadline {shlex.quote(DEADLINE)}")
    run(folder / "results", f"nbgrader generate_feedback {EXERCISE} --log-level ERROR")
    pages = sorted((folder / "results" / "feedback").glob("*/*/*.html"))
    print(f"\n{len(pages)} feedback pages, the first: {pages[0]}")
    print(f"To grade by hand in the formgrader: cd {folder / 'results'} && jupyter lab")


def run(folder: Path, command: str) -> None:
    """Show a command and run it."""
    print(f"\n$ {command}", flush=True)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"}
    subprocess.run(shlex.split(command), cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        sys.exit("Usage: python tools/made_up_class.py FOLDER, a new one")
    main(Path(sys.argv[1]))
