"""Check the marks in a source notebook that decide what students get to see."""

import difflib
import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from mnist_course.grading.assignments.sources import AssignmentError, grade_id

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
# The instructor edition of the book shows these cells; a student notebook never has them.
INSTRUCTOR_TAGS = frozenset({"instructor", "answer"})
# They change how a cell is shown or checked, not who may see it.
OTHER_TAGS = frozenset(
    {"depends-on-data", "hide-cell", "hide-input", "hide-output", "parameters", "raises-exception"}
    | {"remove-cell", "remove-input", "remove-output", "skip-execution"}
)
EXPECTED = (
    "Expected: these marks, each alone on its line, in capital letters:\n"
    + "".join(f"  ### BEGIN {name} ... ### END {name}\n" for name in REGIONS)
    + f"and these tags: {', '.join(sorted(INSTRUCTOR_TAGS))} (the cell is for instructors), "
    f"{', '.join(sorted(OTHER_TAGS))}.\n"
    "What to do: write the mark as it stands here, or remove it."
)
MARK = re.compile(rf"### (BEGIN|END) ({'|'.join(REGIONS)})")
# A comment or heading that begins or ends something, or names a region in capital letters.
BEGIN_OR_END = re.compile(r"\s*#{2,}\s*(BEGIN|END)\b")
NAMES_REGION = re.compile(r"[\s#]*(SOLUTIONS?|ANSWERS?|HIDDEN|MARK ?SCHEMES?|RUBRICS?)[A-Z #]*")
SIMILARITY = 0.75


def check_marks(source: NotebookNode) -> None:
    """Check that each mark of a source is one that a release knows, and that regions are closed.

    Raises
    ------
    AssignmentError
        The message names the cells and lines, and lists the marks.
    """
    problems = [
        f"cell {number}{f' ({name})' if (name := grade_id(cell)) else ''}, {problem}"
        for number, cell in enumerate(source.cells, 1)
        for problem in (*_tag_problems(cell), *_line_problems(cell))
    ]
    if problems:
        raise AssignmentError("\n".join(problems) + f"\n{EXPECTED}")


def _tag_problems(cell: NotebookNode) -> Iterator[str]:
    for tag in cell.metadata.get("tags", ()):
        if tag not in INSTRUCTOR_TAGS | OTHER_TAGS:
            yield f"tag {tag!r}: this tag is not known"


def _line_problems(cell: NotebookNode) -> Iterator[str]:
    begun, begun_at = None, 0
    for number, line in enumerate(cell.source.splitlines(), 1):
        mark = MARK.fullmatch(line.strip())
        if mark is None:
            if _looks_like_mark(line):
                yield f"line {number}: {line.strip()!r} looks like a mark, but is not known"
            continue
        kind, name = mark.groups()
        if begun != (name if kind == "END" else None):
            yield f"line {number}: {line.strip()!r}, but the open region is {begun or 'none'}"
        elif problem := _wrong_cell(cell, name) if kind == "BEGIN" else None:
            yield f"line {number}: {problem}"
        begun, begun_at = (name, number) if kind == "BEGIN" else (None, 0)
    if begun:
        yield f"line {begun_at}: '### BEGIN {begun}' has no '### END {begun}' below it"


def _wrong_cell(cell: NotebookNode, name: str) -> str | None:
    if name == "SOLUTION" and not is_solution(cell):
        return "a solution in a cell that nbgrader does not know as an answer"
    if name == "HIDDEN TESTS" and (not is_grade(cell) or is_solution(cell)):
        return "hidden tests in a cell that nbgrader does not know as a test"
    return None


def _looks_like_mark(line: str) -> bool:
    if BEGIN_OR_END.match(line) or NAMES_REGION.fullmatch(line):
        return True
    # nbgrader takes any line that contains one of these as a mark.
    if any(f"{kind} {name}" in line for kind in ("BEGIN", "END") for name in REGIONS):
        return True
    letters = re.sub(r"[^a-z]", "", line.lower())
    rest = re.sub(r"^(begin|end|start|stop)|(begin|end|start|stop)$", "", letters)
    known = [re.sub(r"[^a-z]", "", name.lower()) for name in REGIONS]
    return rest != letters and bool(difflib.get_close_matches(rest, known, 1, SIMILARITY))
