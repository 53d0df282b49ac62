"""Check the rules for an exercise that the book, the tests and the graders rely on."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from mnist_course.grading.assignments.marks import INSTRUCTOR_TAGS
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook, grade_id

CHECK = "check-"
HEADING_POINTS = re.compile(r"^#{2,} .*\((\d+(?:\.\d+)?) points?\b", re.MULTILINE)
BOX = {
    "a title, '# ...'": re.compile(r"^# \S", re.MULTILINE),
    "'> **You practise** ...'": re.compile(r"^> \*\*You practise\*\* ?\S", re.MULTILINE),
}


def check_exercises(sources: list[SourceNotebook]) -> None:
    """Check the rules for each source.

    Raises
    ------
    AssignmentError
        The message names the file, the cell and the rule for each problem.
    """
    problems = [
        f"{source.path}: {problem}"
        for source in sources
        for problem in exercise_problems(source.notebook)
    ]
    if problems:
        raise AssignmentError(
            "\n".join(problems) + "\nExpected: the rules on the page 'Write an exercise'.\n"
            "What to do: correct the cells named above, in JupyterLab with the panel 'Create "
            "Assignment', or begin with the template in notebooks/exercises/template."
        )


def exercise_problems(source: NotebookNode) -> Iterator[str]:
    """Yield a message for each rule that a source does not follow."""
    # Numbered as in the file, without the cells that students do not get.
    cells = {
        f"cell {number}" + (f" ({name})" if (name := grade_id(cell)) else ""): cell
        for number, cell in enumerate(source.cells, 1)
        if INSTRUCTOR_TAGS.isdisjoint(cell.metadata.get("tags", ()))
    }
    graded = {place: cell for place, cell in cells.items() if is_grade(cell)}
    if not graded:
        yield "no cell has points, so there is nothing to grade"
    yield from _box_problems(source, list(graded.values()))
    yield from _heading_problems(cells, graded)
    yield from _id_problems(cells)
    for place, cell in graded.items():
        region = "MARK SCHEME" if is_solution(cell) else "HIDDEN TESTS"
        if f"### BEGIN {region}" not in cell.source:
            yield f"{place}: a cell with points needs ### BEGIN {region} ... ### END {region}"


def _points(cell: NotebookNode) -> float:
    return cell.metadata.nbgrader.get("points") or 0


def _box_problems(source: NotebookNode, graded: list[NotebookNode]) -> Iterator[str]:
    first = source.cells[0].source if source.cells else ""
    for part, pattern in BOX.items():
        if not pattern.search(first):
            yield f"cell 1, the opening box: {part} is missing"
    total = sum(map(_points, graded))
    by_hand = sum(_points(cell) for cell in graded if is_solution(cell))
    verb = "is" if by_hand == 1 else "are"
    line = f"> **Points:** {total:g}, of which {by_hand:g} {verb} graded by hand."
    stated = next((each for each in first.splitlines() if each.startswith("> **Points:**")), None)
    if stated != line:
        yield f"cell 1, the opening box: the line is {stated!r}, but the metadata gives {line!r}"


def _heading_problems(cells: dict, graded: dict) -> Iterator[str]:
    text = "\n".join(cell.source for cell in cells.values() if cell.cell_type == "markdown")
    stated = [f"{float(points):g}" for points in HEADING_POINTS.findall(text)]
    if stated != [f"{_points(cell):g}" for cell in graded.values()]:
        found = ", ".join(f"{place} {_points(cell):g}" for place, cell in graded.items())
        yield (
            f"the headings of the tasks state {', '.join(stated) or 'no'} points, in this order, "
            f"but the metadata has: {found}. A heading is like '## 1. Title (2 points)'"
        )


def _id_problems(cells: dict) -> Iterator[str]:
    answers = set()
    for place, cell in cells.items():
        name = grade_id(cell)
        if is_solution(cell):
            answers.add(name)
        elif name is None and cell.cell_type == "code":
            yield f"{place}: the cell has no id. Make it read-only in the panel, with an id"
        elif is_grade(cell) and (
            not name.startswith(CHECK) or name.removeprefix(CHECK) not in answers
        ):
            yield (
                f"{place}: the id of a test is {CHECK!r} and the id of an answer cell above it, "
                f"such as {CHECK}scale below scale"
            )
