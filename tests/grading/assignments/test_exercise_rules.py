import re

import pytest

from maintenance.demo_class import source_notebook, write_source
from maintenance.exercise_verdicts import SOURCES
from mnist_course.grading.assignments.exercise_rules import check_exercises, exercise_problems
from mnist_course.grading.assignments.sources import AssignmentError, read_sources

BOX, ANSWER, TEST, QUESTION = 0, 2, 3, 6


def test_exercise_problems_correct_source():
    assert list(exercise_problems(source_notebook())) == []


@pytest.mark.parametrize("name", [path.stem for path in SOURCES])
def test_exercise_problems_of_the_course(name):
    assert list(exercise_problems(read_sources(SOURCES[0].parent)[name].notebook)) == []


@pytest.mark.parametrize(
    ("number", "old", "new", "message"),
    [
        (BOX, "# Scale", "Scale", "cell 1, the opening box: a title, '# ...' is missing"),
        (BOX, "> **You practise**", "> You learn", r"'> \*\*You practise\*\* ...' is missing"),
        (BOX, "Points:** 6", "Points:** 5", r"the line is '.* 5, .*gives '.* 6, of which 1 is"),
        (BOX, "of which 1", "of which 2", "the line is '.* which 2 is .*gives '.* which 1 is"),
        (BOX, "> **Points:** 6, of which 1 is graded by hand.", "", "the line is None"),
        (BOX, "(3 points)", "(2 points)", r"state 2, 2, 1 points.* cell 6 \(check-darkest\) 3"),
        (BOX, " (1 point)", "", "state 2, 3 points"),
        (TEST, "HIDDEN TESTS", "TESTS", r"cell 4 \(check-scale\): .* ### BEGIN HIDDEN TESTS"),
        (QUESTION, "MARK SCHEME", "X", r"cell 7 \(explain\): .* ### BEGIN MARK SCHEME"),
    ],
)
def test_exercise_problems_in_text(number, old, new, message):
    notebook = source_notebook()
    assert old in notebook.cells[number].source
    notebook.cells[number].source = notebook.cells[number].source.replace(old, new)
    (problem,) = exercise_problems(notebook)
    assert re.search(message, problem), problem


@pytest.mark.parametrize("grade_id", ["test-scale", "check-other", "check-darkest"])
def test_exercise_problems_test_without_its_answer_above(grade_id):
    notebook = source_notebook()
    notebook.cells[TEST].metadata.nbgrader.grade_id = grade_id
    (problem,) = exercise_problems(notebook)
    assert problem.startswith(f"cell 4 ({grade_id}): the id of a test is 'check-' and the id of an")


def test_exercise_problems_points_in_metadata():
    notebook = source_notebook()
    notebook.cells[TEST].metadata.nbgrader.points = 2.5
    box, headings = exercise_problems(notebook)
    assert "6.5, of which 1" in box
    assert "cell 4 (check-scale) 2.5" in headings


def test_exercise_problems_cell_without_id():
    notebook = source_notebook()
    del notebook.cells[ANSWER].metadata["nbgrader"]
    without_id, other = exercise_problems(notebook)
    assert without_id.startswith("cell 3: the cell has no id")
    assert other.startswith("cell 4 (check-scale): the id of a test")


def test_exercise_problems_nothing_to_grade():
    notebook = source_notebook()
    notebook.cells = notebook.cells[:3]
    assert "no cell has points, so there is nothing to grade" in list(exercise_problems(notebook))


def test_check_exercises_names_the_file(tmp_path):
    (source,) = read_sources(write_source(tmp_path)).values()
    check_exercises([source])
    source.notebook.cells[TEST].source = "assert True"
    with pytest.raises(AssignmentError, match=r"01-scale\.ipynb: cell 4 \(check-scale\)(.|\n)*Wha"):
        check_exercises([source])
