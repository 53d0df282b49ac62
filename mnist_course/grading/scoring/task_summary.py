"""Summarize each task of an assignment: who solved it, and which messages were most frequent."""

import statistics
from collections import Counter, defaultdict

import nbformat
from nbformat import NotebookNode

from mnist_course.grading.assignments.marks import INSTRUCTOR_TAGS
from mnist_course.grading.assignments.sources import grade_id
from mnist_course.grading.execution.restore_cells import MARK
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.student_results import CellPoints, StudentResult
from mnist_course.grading.submissions.printable import printable

MESSAGES_SHOWN = 3
TABLE_HEADER = ["message", "misconception"]
EXPECTED_MISCONCEPTIONS = "**Misconceptions to expect.**"


def task_summary(results: ResultsFolder, assignment: str, students: list[StudentResult]) -> str:
    """Return the summary of all tasks as text; "" if nobody's work was graded.

    Counts are of the students whose work was graded. A task that needs grading by hand is counted
    without those whose answer is still open, and not marked as unsolved while there are any.
    """
    graded = [student for student in students if student.cells]
    if not graded:
        return ""
    messages = _messages(results, assignment, graded)
    known = misconceptions(results, assignment)
    lines = [f"Tasks, of {len(graded)} students whose work was graded:"]
    for cell in _cells_in_order(results, assignment, graded):
        points = [student.cells[cell] for student in graded if cell in student.cells]
        lines += [_task_line(cell, points), *_message_lines(messages[cell], known)]
    if not known and (expected := _expected_misconceptions(results, assignment)):
        lines.append(f"  Misconceptions to expect, from the source: {expected}")
    return "\n".join(lines)


def misconceptions(results: ResultsFolder, assignment: str) -> dict[str, str]:
    """Return the misconception that each message points to, by a part of the message.

    They stand in cells of the source for instructors, in a table with the columns `message` and
    `misconception`.
    """
    return misconceptions_in(_instructor_texts(results, assignment))


def misconceptions_in(texts: list[str]) -> dict[str, str]:
    """Return the misconceptions in the tables of some texts, by a part of the message."""
    found, in_table = {}, False
    for text in texts:
        for line in text.splitlines():
            columns = [part.strip() for part in line.strip().strip("|").split("|")]
            in_table = line.lstrip().startswith("|") and (in_table or columns == TABLE_HEADER)
            if (
                in_table
                and len(columns) == 2
                and columns[0].strip("-: ")
                and columns[0] != "message"
            ):
                found[columns[0]] = columns[1]
    return found


def _expected_misconceptions(results: ResultsFolder, assignment: str) -> str:
    """Return the paragraph of a source that lists misconceptions without their messages."""
    paragraphs = "\n\n".join(_instructor_texts(results, assignment)).split("\n\n")
    found = [text for text in paragraphs if text.startswith(EXPECTED_MISCONCEPTIONS)]
    return " ".join(" ".join(found).replace(EXPECTED_MISCONCEPTIONS, "").split())


def _instructor_texts(results: ResultsFolder, assignment: str) -> list[str]:
    return [
        cell.source
        for cell in _source(results, assignment).cells
        if not INSTRUCTOR_TAGS.isdisjoint(cell.metadata.get("tags", ()))
    ]


def _task_line(cell: str, points: list[CellPoints]) -> str:
    closed = [each for each in points if not each.is_open]
    still_open = (
        f"; {len(points) - len(closed)} to grade by hand" if len(closed) < len(points) else ""
    )
    if not closed:
        return f"  {cell}: {still_open.removeprefix('; ')}"
    max_points = closed[0].max_points
    solved = sum(each.points >= each.max_points for each in closed)
    mean = statistics.fmean(each.points for each in closed)
    stands_out = "  " if solved or still_open else ">>"
    return (
        f"{stands_out}{cell}: {solved} of {len(closed)} solved this, mean {mean:.2g} of "
        f"{max_points:g} points{still_open}"
    )


def _message_lines(messages: Counter, known: dict[str, str]) -> list[str]:
    lines = []
    for message, count in messages.most_common(MESSAGES_SHOWN):
        lines.append(f"      {count} x {message}")
        lines += [f"          points to: {known[part]}" for part in known if part in message]
    return lines


def _messages(
    results: ResultsFolder, assignment: str, graded: list[StudentResult]
) -> dict[str, Counter]:
    """Count the messages of each test cell, as the students see them: without their values."""
    messages = defaultdict(Counter)
    for student in graded:
        path = results.notebook_path("autograded", student.status.student_id, assignment)
        if not path.exists():
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.metadata.get(MARK, {}).get("feedback", []):
                if output.get("output_type") == "error":  # not what the test prints
                    text = printable(output.get("evalue", ""), 300, one_line=True)
                    messages[grade_id(cell)][text or output.get("ename", "")] += 1
    return messages


def _cells_in_order(
    results: ResultsFolder, assignment: str, graded: list[StudentResult]
) -> list[str]:
    names = {name for student in graded for name in student.cells}
    in_source = [grade_id(cell) for cell in _source(results, assignment).cells]
    return [name for name in in_source if name in names]


def _source(results: ResultsFolder, assignment: str) -> NotebookNode:
    with results.access():
        return nbformat.read(results.source_path(assignment), as_version=4)
