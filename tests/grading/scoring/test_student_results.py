from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.scoring.student_results import student_result, student_results
from tests.support.grading import FULL


def test_student_results_states(results, store):
    store("Anna")
    store("Bo", FULL | {"explain": None})
    store("Cy", flags=["an answer cell is missing"])
    store("Di", error="The file is not a notebook.")
    found = student_results(results, ASSIGNMENT)
    assert {each.status.student_name: (each.state, each.details) for each in found} == {
        "Anna": ("graded", ""),
        "Bo": ("needs manual grading", "to grade by hand: explain"),
        "Cy": ("needs manual grading", "an answer cell is missing"),
        "Di": ("failed", "The file is not a notebook."),
    }


def test_student_results_scores(results, store):
    store("Anna")
    store("Bo", FULL | {"explain": None})
    store("Di", error="no notebook")
    found = student_results(results, ASSIGNMENT)
    scores = {each.status.student_name: (each.score, each.score_so_far) for each in found}
    assert scores == {"Anna": (5, 5), "Bo": (None, 5), "Di": (None, None)}
    assert {each.max_score for each in found} == {6}


def test_student_result_same_as_in_student_results(results, store):
    store("Anna", FULL | {"explain": None})
    (expected,) = student_results(results, ASSIGNMENT)
    assert student_result(results, ASSIGNMENT, expected.status) == expected


def test_student_results_flag_settled_by_hand(store, grade_by_hand, result_of):
    anna = store("Anna", flags=["an answer cell is missing"])
    for cell in FULL:
        assert result_of("Anna").state == "needs manual grading"
        grade_by_hand(anna, cell, 0)
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 0)
    store("Anna", flags=["an answer cell is missing"])  # graded again, unchanged
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 0)


def test_student_results_not_in_gradebook(results, store, result_of):
    """The gradebook was removed or replaced."""
    anna = store("Anna")
    store("Bo")
    with Gradebook(results.database) as gradebook:
        gradebook.remove_student(anna)
    assert (result_of("Anna").state, result_of("Bo").state) == ("failed", "graded")
    assert "grade again, without --resume" in result_of("Anna").details
