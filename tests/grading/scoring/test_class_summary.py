from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.scoring.class_summary import class_summary
from mnist_course.grading.scoring.student_results import student_results
from tests.support.grading import FULL


def test_class_summary(results, store):
    store("Anna", late=True)
    store("Amy", FULL | {"test-scale": 0})
    store("Bo", FULL | {"explain": None})
    store("Cy", flags=["an answer cell is missing"])
    store("Di", error="The file is not a notebook.")
    assert class_summary(ASSIGNMENT, student_results(results, ASSIGNMENT)).splitlines() == [
        "01-scale: 5 submissions",
        "      2 graded",
        "      2 needs manual grading",
        "      1 failed",
        "  median of the graded submissions: 4 of 6 points",
        "  1 submitted late",
        "",
        "needs manual grading:",
        "  Bo (bo-): to grade by hand: explain",
        "  Cy (cy-): an answer cell is missing",
        "",
        "failed:",
        "  Di (di-): The file is not a notebook.",
    ]
