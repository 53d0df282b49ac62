import datetime
import errno
import os
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading import cli
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.scoring.points_history import read_history, record_changes
from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.scoring.student_results import student_results
from tests.support.grading import FULL


@pytest.fixture
def full_disk(monkeypatch):
    """Return a function after which the disk has no space for files of some name."""

    def full_disk(name):
        write = Path.write_bytes

        def write_half(path, content):
            if name not in path.name:
                return write(path, content)
            write(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

        monkeypatch.setattr(Path, "write_bytes", write_half)

    return full_disk


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
    (tmp_path / "thesis.tex").write_text("x", encoding="utf-8")
    source = read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]
    with pytest.raises(ResultsError, match=r"it holds sources, thesis\.tex"):
        ResultsFolder(tmp_path).add_assignment(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sources", "thesis.tex"]


@pytest.mark.parametrize("changed", ["c.GenerateFeedback.preprocessors = []", None])
def test_add_assignment_settings_of_an_earlier_version(results, store, tmp_path, changed):
    """It could show hidden tests on feedback pages; its points can still be reported."""
    store("Anna")
    settings = results.path / "nbgrader_config.py"
    settings.write_text(changed, encoding="utf-8") if changed else settings.unlink()
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
    assert timestamp.read_text(encoding="utf-8") == "2026-05-04T18:00:00+00:00"


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


def test_store_opens_a_hand_grade_again_only_if_that_answer_changed(
    results, store, grade_by_hand, result_of
):
    grades, answers = FULL | {"explain": None}, {"explain": "a", "check-scale": "b"}
    anna = store("Anna", grades, answers=answers)
    grade_by_hand(anna, "explain", 1)
    store("Anna", grades, digest="other tests", answers=answers)
    store("Anna", grades, digest="other code", answers=answers | {"check-scale": "c"})
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 6)
    store("Anna", grades, digest="other text", answers={"explain": "d", "check-scale": "c"})
    assert result_of("Anna").details == "to grade by hand: explain"


def test_store_opens_a_hand_grade_again_if_its_test_uses_another_answer(
    results, store, grade_by_hand, result_of
):
    answers = {"check-scale": "a", "check-darkest": "b"}
    wrong = FULL | {"check-darkest": 0}
    anna = store("Anna", wrong, answers=answers)
    grade_by_hand(anna, "check-darkest", 2)
    store("Anna", FULL, digest="other tests", answers=answers)
    store("Anna", FULL, digest="other code", answers=answers | {"check-scale": "c"})
    assert (result_of("Anna").state, result_of("Anna").score) == ("graded", 4)
    store("Anna", wrong, digest="code that it uses", answers=answers | {"check-scale": "d"})
    assert result_of("Anna").details == "to grade by hand: check-darkest"
    assert result_of("Anna").score_so_far == 4


@pytest.mark.parametrize("name", [".ipynb", ".json"])
def test_store_disk_full(results, store, full_disk, monkeypatch, name):
    store("Anna", FULL | {"check-scale": 0})
    full_disk(name)
    for student in ("Anna", "Bo"):
        with pytest.raises(ResultsError, match="No space left on device"):
            store(student)
    monkeypatch.undo()
    assert not list(results.path.rglob("*.part"))
    assert [each.student_name for each in results.statuses(ASSIGNMENT)] == ["Anna"]
    store("Bo")  # with space again
    assert [each.state for each in student_results(results, ASSIGNMENT)] == ["graded"] * 2


def test_store_gradebook_cannot_be_written(results, store, grade_by_hand):
    anna = store("Anna", FULL | {"explain": None})
    (results.path / "gradebook.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(ResultsError, match="file is not a database"):
        store("Bo")
    with pytest.raises(ResultsError, match="file is not a database"):
        student_results(results, ASSIGNMENT)
    assert results.status(ASSIGNMENT, anna).error is None


@pytest.mark.parametrize(
    "name", ["nbgrader_config.py", pytest.param("gradebook.db", marks=pytest.mark.slow)]
)
def test_add_assignment_disk_full(tmp_path, full_disk, monkeypatch, name):
    source = read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT]
    results = ResultsFolder(tmp_path / "results")
    results.path.mkdir()
    full_disk(name)
    with pytest.raises(ResultsError, match="No space left on device"):
        results.add_assignment(source)
    monkeypatch.undo()
    assert results.add_assignment(source)
    assert "FeedbackOutputs" in (results.path / "nbgrader_config.py").read_text(encoding="utf-8")


def test_report_while_another_run_grades(results, store, capsys):
    """Two that write the history would lose entries, and grade lists the changes at its end."""
    store("Anna", FULL | {"check-darkest": 0})
    record_changes(results, ASSIGNMENT, "grade")
    with results.lock():
        store("Anna", digest="2", graded_at="2026-05-06T08:00:00+00:00")
        assert cli.main(["report", str(results.path)]) == 0
        assert "what it has stored so far" in capsys.readouterr().out
        assert len(read_history(results, ASSIGNMENT)) == 1
        assert len(record_changes(results, ASSIGNMENT, "grade")) == 1
    assert cli.main(["report", str(results.path)]) == 0
    assert "so far" not in capsys.readouterr().out


def test_lock_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with (
        pytest.raises(ResultsError, match="Not a directory"),
        ResultsFolder(tmp_path / "file" / "results").lock(),
    ):
        pass


def test_assignments_other_files(results, store):
    store("Anna")
    (results.path / "status" / ".DS_Store").write_text("", encoding="utf-8")
    assert results.assignments() == [ASSIGNMENT]


def test_statuses_damaged_file(results, store):
    anna = store("Anna")
    store("Bo")
    (results.path / "status" / ASSIGNMENT / f"{anna}.json").write_text("{", encoding="utf-8")
    states = [
        (each.status.student_name, each.state) for each in student_results(results, ASSIGNMENT)
    ]
    assert states == [(anna, "failed"), ("Bo", "graded")]
    store("Anna")
    assert results.status(ASSIGNMENT, anna).student_name == "Anna"
