import json

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.scoring.class_summary import class_summary
from mnist_course.grading.scoring.student_results import student_results
from tests.support.grading import FULL


def test_class_summary(results, store):
    store("Anna", late=True)
    store("Amy", FULL | {"check-scale": 0})
    store("Bo", FULL | {"explain": None})
    store("Cy", flags=["an answer cell is missing"])
    store("Di", error="The file is not a notebook.")
    store("Ed", error="A cell ran longer than the limit of 300 s.", retry=True)
    assert class_summary(ASSIGNMENT, student_results(results, ASSIGNMENT)).splitlines() == [
        "01-scale: 6 submissions",
        "      2 graded",
        "      2 needs manual grading",
        "      2 failed",
        "  median of the graded submissions: 4 of 6 points",
        "  1 of the failed may be tried again, because a time limit or the machine may be the "
        "reason: run the same grade command with --resume",
        "  1 submitted late",
        "",
        "needs manual grading:",
        "  Bo (bo-): to grade by hand: explain",
        "  Cy (cy-): an answer cell is missing",
        "",
        "failed:",
        "  Di (di-): The file is not a notebook.",
        "  Ed (ed-): A cell ran longer than the limit of 300 s.",
    ]


def test_class_summary_excused_and_late_penalties(results, store):
    options = {ASSIGNMENT: {"late_penalty": "1% per day"}}
    (results.path / "options.json").write_text(json.dumps(options), encoding="utf-8")
    store("Anna", excused=True)
    store("Bo", late=None)
    store("Cy", late=True, seconds_late=1)
    text = class_summary(ASSIGNMENT, student_results(results, ASSIGNMENT))
    assert "1 excused" in text and "late penalties: 1, in their own column; unknown for 1" in text
