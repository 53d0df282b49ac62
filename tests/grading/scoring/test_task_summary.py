import nbformat

from maintenance.demo_class import ASSIGNMENT, source_notebook
from mnist_course.grading.scoring.student_results import student_results
from mnist_course.grading.scoring.task_summary import misconceptions, task_summary
from tests.support.grading import FULL


def add_message(results, student, cell, message=""):
    """Write a graded notebook in which a test prints and, with a message, fails."""
    notebook = source_notebook()
    (test,) = [each for each in notebook.cells if each.id == f"cell-{cell}"]
    printed = nbformat.v4.new_output("stream", text="Right: two arrays.")
    error = nbformat.v4.new_output("error", ename="Test failed", evalue=message)
    test.metadata.mnist_course = {"feedback": [printed, error] if message else [printed]}
    nbformat.write(notebook, results.notebook_path("autograded", student, ASSIGNMENT))


def test_task_summary(results, store, grade_by_hand):
    students = [store(name, FULL | {"check-darkest": 0, "explain": None}) for name in "ABC"]
    store("Di", error="no notebook")
    for student, message in zip(students, ["of …", "the largest number", "of …"], strict=True):
        add_message(results, student, "check-darkest", message)
    grade_by_hand(students[0], "explain", 1)
    found = student_results(results, ASSIGNMENT)
    assert task_summary(results, ASSIGNMENT, found).splitlines() == [
        "Tasks, of 3 students whose work was graded:",
        "  check-scale: 3 of 3 solved this, mean 2 of 2 points",
        ">>check-darkest: 0 of 3 solved this, mean 0 of 3 points",
        "      2 x of …",
        "      1 x the largest number",
        '          points to: "max" looks at the first row only',
        "  explain: 1 of 1 solved this, mean 1 of 1 points; 2 to grade by hand",
    ]


def test_task_summary_open_answers_are_not_marked_as_unsolved(results, store, grade_by_hand):
    students = [store(name, FULL | {"explain": None}) for name in "AB"]
    grade_by_hand(students[0], "explain", 0)
    text = task_summary(results, ASSIGNMENT, student_results(results, ASSIGNMENT))
    assert "\n  explain: 0 of 1 solved this, mean 0 of 1 points; 1 to grade by hand" in text


def test_task_summary_output_of_a_solved_task(results, store):
    found = [store("Anna")]
    add_message(results, found[0], "check-scale")
    lines = task_summary(results, ASSIGNMENT, student_results(results, ASSIGNMENT)).splitlines()
    assert not [line for line in lines if " x " in line]


def test_task_summary_nobody_graded(results, store):
    store("Di", error="no notebook")
    assert task_summary(results, ASSIGNMENT, student_results(results, ASSIGNMENT)) == ""


def test_misconceptions_only_from_cells_for_instructors(results, store):
    assert misconceptions(results, ASSIGNMENT) == {
        "the largest number": '"max" looks at the first row only'
    }


def test_task_summary_misconceptions_without_a_table(results, store):
    store("Anna")
    source = source_notebook()
    source.cells[1].source = "Bring it out.\n\n**Misconceptions to expect.** One. \nTwo.\n\nAsk."
    nbformat.write(source, results.source_path(ASSIGNMENT))
    text = task_summary(results, ASSIGNMENT, student_results(results, ASSIGNMENT))
    assert text.endswith("Misconceptions to expect, from the source: One. Two.")
