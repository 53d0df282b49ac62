import datetime

import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading import cli
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from tests.support.grading import FULL


def test_lock_another_run(results):
    with (
        results.lock(),
        pytest.raises(ResultsError, match="Another run"),
        ResultsFolder(results.path).lock(),
    ):
        pass
    with ResultsFolder(results.path).lock():  # free again
        pass


def test_add_assignment_folder_with_other_files(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    source = read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]
    with pytest.raises(ResultsError, match=r"it holds sources, thesis\.tex"):
        ResultsFolder(tmp_path).add_assignment(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sources", "thesis.tex"]


@pytest.mark.parametrize("changed", ["c.GenerateFeedback.preprocessors = []", None])
def test_add_assignment_settings_of_an_earlier_version(results, store, tmp_path, changed):
    """It could show hidden tests on feedback pages; its points can still be reported."""
    store("Anna")
    settings = results.path / "nbgrader_config.py"
    settings.write_text(changed) if changed else settings.unlink()
    source = read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]
    with pytest.raises(ResultsError, match="grade into a new folder"):
        results.add_assignment(source)
    assert cli.main(["report", str(results.path)]) == 0


def test_add_assignment_deadline(results, tmp_path):
    source = read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]
    deadline = datetime.datetime.fromisoformat("2026-05-04T18:00:00+02:00")
    results.add_assignment(source, deadline)
    with Gradebook(results.database) as gradebook:
        due = gradebook.find_assignment(ASSIGNMENT).duedate
    assert due == datetime.datetime(2026, 5, 4, 16)  # nbgrader stores UTC


def test_store_and_read_status(results, store):
    anna = store("Anna", notes=["The cell 'a' was missing and was restored."])
    status = results.status(ASSIGNMENT, anna)
    assert (status.student_name, status.notes[0][:12]) == ("Anna", "The cell 'a'")
    assert results.statuses(ASSIGNMENT) == [status]
    assert results.assignments() == [ASSIGNMENT]
    assert results.status(ASSIGNMENT, "nobody") is None


def test_store_failed_submission_is_not_in_gradebook(results, store):
    store("Di", error="no notebook")
    with Gradebook(results.database) as gradebook:
        assert gradebook.find_assignment(ASSIGNMENT).num_submissions == 0
        assert not gradebook.students  # nbgrader's export would give each of them 0 points


def test_store_timestamp(results, store):
    anna = store("Anna")
    with Gradebook(results.database) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, anna)
        assert submission.timestamp == datetime.datetime(2026, 5, 4, 18)
    timestamp = results.path / "submitted" / anna / ASSIGNMENT / "timestamp.txt"
    assert timestamp.read_text() == "2026-05-04T18:00:00+00:00"


def test_store_keeps_points_and_comments_given_by_hand(results, store, grade_by_hand, result_of):
    grades = FULL | {"explain": None}
    anna = store("Anna", grades)
    grade_by_hand(anna, "explain", 1, "Well argued.")
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 6)
    store("Anna", grades)  # unchanged: nothing needs to be graded again
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 6)
    store("Anna", grades, digest="2")  # changed: the points are kept, but must be checked
    assert result_of("Anna").state == "needs manual grading"
    assert result_of("Anna").score_so_far == 6
    store("Anna", digest="3", error="no notebook")
    with Gradebook(results.database) as gradebook:
        comment = gradebook.find_comment("explain", ASSIGNMENT, ASSIGNMENT, anna)
        assert comment.manual_comment == "Well argued."
        assert gradebook.find_grade("explain", ASSIGNMENT, ASSIGNMENT, anna).manual_score == 1
