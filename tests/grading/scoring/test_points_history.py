import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.scoring.points_history import (
    BY_HAND,
    changes_text,
    read_history,
    record_changes,
)
from mnist_course.grading.scoring.results_folder import ResultsError
from tests.support.grading import FULL


def test_record_changes_lists_each_grade_that_changed(results, store):
    store("Anna", FULL | {"check-darkest": 0})
    store("Bo")
    assert record_changes(results, ASSIGNMENT, "grade") == []  # nothing was there before
    assert record_changes(results, ASSIGNMENT, "grade") == []
    store("Anna", digest="2")
    store("Bo", error="no notebook", digest="2")
    changes = record_changes(results, ASSIGNMENT, "grade")
    assert changes_text(changes).splitlines() == [
        "Grades that changed: 2",
        "  Anna: 2 -> 5 (check-darkest 0 -> 3)",
        "  Bo: 5 -> failed",
    ]
    assert changes_text([]) == ""


def test_record_changes_keeps_all_entries(results, store, grade_by_hand):
    anna = store("Anna", FULL | {"explain": None})
    record_changes(results, ASSIGNMENT, "grade")
    grade_by_hand(anna, "explain", 1)
    record_changes(results, ASSIGNMENT)
    first, second = read_history(results, ASSIGNMENT)
    assert (first["cause"], first["state"], first["score"]) == ("grade", "needs manual grading", 5)
    assert (second["cause"], second["state"], second["score"]) == (BY_HAND, "graded", 6)
    assert (first["by_hand"], second["by_hand"]) == ([], ["explain"])
    assert first["source_digest"] == results.source_digest(ASSIGNMENT)
    assert second["user"] and second["time"]


def test_record_changes_of_an_interrupted_run(results, store):
    store("Anna", FULL | {"check-darkest": 0})
    record_changes(results, ASSIGNMENT)
    store("Anna", graded_at="2026-05-06T08:00:00+00:00")
    record_changes(results, ASSIGNMENT)
    assert [each["cause"] for each in read_history(results, ASSIGNMENT)] == ["grade", "grade"]


def test_record_changes_by_hand_while_another_submission_is_graded(results, store, grade_by_hand):
    anna = store("Anna", FULL | {"explain": None})
    record_changes(results, ASSIGNMENT, "grade")
    grade_by_hand(anna, "explain", 1)
    store("Bo")
    record_changes(results, ASSIGNMENT, "grade")
    causes = [(each["student_id"], each["cause"]) for each in read_history(results, ASSIGNMENT)]
    assert causes == [("anna-", "grade"), ("anna-", BY_HAND), ("bo-", "grade")]


def test_read_history_damaged(results, store):
    store("Anna")
    record_changes(results, ASSIGNMENT)
    path = results.path / "history" / f"{ASSIGNMENT}.jsonl"
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    with pytest.raises(ResultsError, match=r"history.* cannot be read: .*\n.*\n.*restore the file"):
        read_history(results, ASSIGNMENT)
