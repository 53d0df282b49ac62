"""Make and grade a demo class of 12 students, for `make class` and for the tests.

The assignment needs only NumPy. Submissions are correct, wrong, blank, late, damaged or malicious.
"""

import copy
import json
import os
import shlex
import subprocess
import sysconfig
import zipfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ASSIGNMENT = "01-scale"
DEADLINE = "2026-05-04 18:00"

SCALE = "import numpy as np\n\n\ndef scale(images):\n    return images / 255"
DARKEST = "def darkest(images):\n    return int(images.max())"
OPENING = """\
# Scale

> **You practise** scaling images.
>
> **Points:** 6, of which 1 is graded by hand.

## 1. From 0 to 1 (2 points)

## 2. The darkest pixel (3 points)

## 3. Why so small? (1 point)
"""
FOR_INSTRUCTORS = """\
20 minutes

| message | misconception |
| --- | --- |
| the largest number | "max" looks at the first row only |
"""
CORRECT = {"scale": SCALE, "darkest": DARKEST}
CORRECT_IN_ANOTHER_STYLE = {
    "scale": "import numpy as np\nscale = lambda images: np.divide(images, 255.0)",
    "darkest": "def darkest(images):\n    return max(images.ravel())",
}

# For each student the answers by grade id, and a code cell inserted before all others.
STUDENTS = {
    "Anna Müller": (CORRECT, ""),
    "anna müller": (CORRECT_IN_ANOTHER_STYLE, ""),
    "José Łukasz": (CORRECT | {"darkest": "def darkest(images):\n    return images[0]"}, ""),
    "محمد": (CORRECT | {"explain": "The weights start small, and so should the inputs."}, ""),
    "李雷": ({}, ""),
    "Zoë Loop": (CORRECT | {"darkest": "while True:\n    pass"}, ""),
    "Pat O'Late": (CORRECT, ""),
    "Kim Cut": (CORRECT, ""),
    "Lee Broken": (CORRECT, ""),
    "Max Exit": (CORRECT, "import os\nos._exit(0)"),
    "Eve Patch": (
        {"scale": "import numpy as np\ndef scale(images):\n    return images * 0 + 1"},
        "import numpy as np\nnp.testing.assert_allclose = lambda *args, **kwargs: None",
    ),
    "Mallory Peek": (CORRECT, "from pathlib import Path\nprint(Path({source_path!r}).read_text())"),
}


def nbgrader_cell(
    kind: str, grade_id: str, source: str, points: int = 0, **flags: bool
) -> NotebookNode:
    """Make a code or markdown cell with nbgrader's metadata."""
    new_cell = new_code_cell if kind == "code" else new_markdown_cell
    metadata = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    metadata |= {"schema_version": 3, "grade_id": grade_id, "points": points, "cell_type": kind}
    return new_cell(source, id=f"cell-{grade_id}", metadata={"nbgrader": metadata})


def region(text: str, name: str) -> str:
    """Wrap text in the markers of an nbgrader region, such as "HIDDEN TESTS"."""
    return f"### BEGIN {name}\n{text}\n### END {name}"


def source_notebook() -> NotebookNode:
    """Return the source notebook: two tasks for 2 and 3 points, and a question for 1."""
    test_scale = "assert scale(np.array([255]))[0] == 1, 'ink is 1'\n" + region(
        "np.testing.assert_allclose(scale(np.array([0, 51])), [0, 0.2])", "HIDDEN TESTS"
    )
    test_darkest = "assert darkest(np.array([3, 200])) == 200, 'the largest number'\n" + region(
        "assert darkest(np.array([[7, 1], [0, 2]])) == 7, 'in two dimensions'", "HIDDEN TESTS"
    )
    question = region("Because weights start small.", "SOLUTION")
    question += "\n" + region("1 point, for the size of the weights.", "MARK SCHEME")
    kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return new_notebook(
        metadata={"kernelspec": kernelspec},
        cells=[
            new_markdown_cell(OPENING, id="title"),
            new_markdown_cell(FOR_INSTRUCTORS, id="minutes", metadata={"tags": ["instructor"]}),
            nbgrader_cell("code", "scale", region(SCALE, "SOLUTION"), solution=True),
            nbgrader_cell("code", "check-scale", test_scale, 2, grade=True, locked=True),
            nbgrader_cell("code", "darkest", region(DARKEST, "SOLUTION"), solution=True),
            nbgrader_cell("code", "check-darkest", test_darkest, 3, grade=True, locked=True),
            nbgrader_cell("markdown", "explain", question, 1, grade=True, solution=True),
        ],
    )


def write_source(folder: Path) -> Path:
    """Write the source notebook into a folder and return the folder."""
    folder.mkdir(exist_ok=True)
    nbformat.write(source_notebook(), folder / f"{ASSIGNMENT}.ipynb")
    return folder


def answer_notebook(
    release: NotebookNode, answers: dict[str, str], first_cell: str = ""
) -> NotebookNode:
    """Return a copy of a student notebook with answers by grade id, and optionally another cell."""
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(grade_id, cell.source)
    if first_cell:
        notebook.cells.insert(1, new_code_cell(first_cell, id="first"))
    return notebook


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """Return a notebook as the content of its file."""
    return json.dumps(notebook).encode()


def write_submissions(release: Path, sources: Path, path: Path) -> None:
    """Write the submissions of the class as a zip in Moodle's format."""
    notebook = nbformat.read(release / f"{ASSIGNMENT}.ipynb", as_version=4)
    source_path = repr(str(sources.absolute() / f"{ASSIGNMENT}.ipynb"))
    with zipfile.ZipFile(path, "w") as archive:
        for platform_id, (name, (answers, first_cell)) in enumerate(STUDENTS.items(), 4711):
            first_cell = first_cell.replace("{source_path!r}", source_path)
            answered = answer_notebook(notebook, answers, first_cell)
            if name == "Eve Patch":
                for cell in answered.cells:
                    cell.metadata["tags"] = ["skip-execution"]
            if name == "Kim Cut":
                answered.cells = [
                    cell
                    for cell in answered.cells
                    if not cell.metadata.get("nbgrader", {}).get("locked")
                ]
            content = notebook_bytes(answered)
            if name == "Lee Broken":
                content = content[: len(content) // 2]
            attempts = {"work.ipynb": content}
            if name == "Pat O'Late":
                # An untouched copy, and the same answers twice.
                attempts |= {
                    f"{ASSIGNMENT}.ipynb": notebook_bytes(notebook),
                    "work (2).ipynb": content,
                }
            for file, attempt in attempts.items():
                member = f"{name}_{platform_id}_assignsubmission_file_/{file}"
                # As in a zip from Moodle, the time is that of the download.
                archive.writestr(zipfile.ZipInfo(member, (2026, 5, 6, 9, 30, 0)), attempt)


def write_times(path: Path) -> None:
    """Write the table of the submission times, as an instructor makes it."""
    rows = ["student,submitted_at"]
    for name in STUDENTS:
        hour = 19 if name == "Pat O'Late" else 17
        rows.append(f"{name},2026-05-04 {hour}:00")
    path.write_text("\n".join(rows), encoding="utf-8")


def grade_demo_class(folder: Path) -> None:
    """Make the class in a new folder, grade it and write feedback pages; print each command."""
    folder.mkdir(parents=True)
    write_source(folder / "private")
    run_command(folder, "mnist-course release --from private --out student")
    write_submissions(folder / "student", folder / "private", folder / "class.zip")
    grade = "mnist-course grade class.zip --from private --out results --cell-seconds 8"
    write_times(folder / "times.csv")
    times = f"--deadline {shlex.quote(DEADLINE)} --submitted-at times.csv"
    run_command(folder, f"{grade} {times}")
    run_command(folder, "mnist-course feedback results")
    jupyter = Path(sysconfig.get_path("scripts"), "jupyter")
    print(f"\nTo grade by hand in the formgrader: cd {folder / 'results'} && {jupyter} lab")


def run_command(folder: Path, command: str) -> None:
    """Print a command and run it in a folder."""
    print(f"\n$ {command}", flush=True)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"}
    subprocess.run(shlex.split(command), cwd=folder, env=environment, check=True)
