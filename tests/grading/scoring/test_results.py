"""What becomes of the grades: the gradebook, the tables, and what survives a later run."""

import csv
import datetime
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import EXERCISE, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.execution.autograde import Outcome
from mnist_course.grading.scoring import report
from mnist_course.grading.scoring.feedback import HideTests
from mnist_course.grading.scoring.results import Record, Results, ResultsError

FULL = {"test-scale": 2.0, "test-darkest": 3.0, "why": 0.0}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return an opened folder of results to copy, for nbgrader takes seconds to make one."""
    folder = tmp_path_factory.mktemp("course")
    results = Results(folder / "results")
    results.folder.mkdir()
    results.open(read_sources(write_source(folder / "sources"))[EXERCISE])
    return results.folder


@pytest.fixture
def results(opened, tmp_path):
    return Results(shutil.copytree(opened, tmp_path / "results"))


def store(results, name="Anna", grades=FULL, digest="1", platform="", number="", **more):
    """Store a submission as a run does, and return its student's id."""
    notebook = None if more.get("cause") else nbformat.writes(nbformat.v4.new_notebook())
    outcome = Outcome(more.get("cause"), more.get("flags", []), grades=grades, notebook=notebook)
    about = {"cause": None, "flags": [], "notes": [], "late": False, "seconds_late": 0, **more}
    about |= {"id": f"{name.lower()}-{number}", "name": name, "digest": digest}
    about |= {"platform": platform, "number": number, "file": f"{name}.ipynb", "graded": "now"}
    about |= {"attempts": 1, "seconds": 1.0, "time": "2026-05-04T18:00:00+00:00"}
    results.store(EXERCISE, Record(**about), b"{}", outcome)
    return about["id"]


def line(results, name="Anna"):
    (found,) = [each for each in report.lines(results, EXERCISE) if each.record.name == name]
    return found


def by_hand(results, student, cell, points, comment=None):
    """Give points and a comment, as the formgrader does."""
    with Gradebook(results.database) as gradebook:
        grade = gradebook.find_grade(cell, EXERCISE, EXERCISE, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            found = gradebook.find_comment(cell, EXERCISE, EXERCISE, student)
            found.manual_comment = comment
        gradebook.db.commit()


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# The three states.


def test_each_submission_is_in_one_of_three_states_and_they_add_up(results):
    store(results, "Anna")
    store(results, "Bo", FULL | {"why": None})
    store(results, "Cy", flags=["np.testing was replaced"])
    store(results, "Di", grades={}, cause="The file is no notebook.")
    states = {each.record.name: each.state for each in report.lines(results, EXERCISE)}
    assert states == {
        "Anna": "graded",
        "Bo": "needs a person",
        "Cy": "needs a person",
        "Di": "failed",
    }
    text = report.summary(EXERCISE, report.lines(results, EXERCISE))
    assert "4 submissions" in text
    for number, state in [(1, "graded"), (2, "needs a person"), (1, "failed")]:
        assert f"{number} {state}\n" in text
    assert "np.testing was replaced" in text and "no notebook" in text


def test_only_what_is_final_has_a_score_in_the_table(results):
    store(results, "Anna")
    store(results, "Bo", FULL | {"why": None})
    store(results, "Di", grades={}, cause="no notebook")
    (path,) = report.write_tables(results, EXERCISE, report.lines(results, EXERCISE))
    scores = {row["student"]: (row["score"], row["points so far"]) for row in table(path)}
    assert scores == {"Anna": ("5", "5"), "Bo": ("", "5"), "Di": ("", "")}


def test_failed_work_is_not_in_nbgraders_gradebook_as_0(results):
    store(results, "Di", grades={}, cause="no notebook")
    with Gradebook(results.database) as gradebook:
        assert gradebook.find_assignment(EXERCISE).num_submissions == 0
        assert not gradebook.students  # nbgrader's own export gives 0 to each of them


# What a person gave.


def test_points_and_comments_by_hand_survive_every_later_run(results):
    answered = FULL | {"why": None}
    anna = store(results, "Anna", answered)
    by_hand(results, anna, "why", 1, "Well argued.")
    assert (line(results).state, line(results).score) == ("graded", 6)
    store(results, "Anna", answered)  # the same again: nothing is to be done anew
    assert (line(results).state, line(results).score) == ("graded", 6)
    store(results, "Anna", answered, digest="2")  # a new attempt: the points stand, look again
    assert (line(results).state, line(results).points) == ("needs a person", 6)
    store(results, "Anna", grades={}, digest="3", cause="no notebook")
    with Gradebook(results.database) as gradebook:
        comment = gradebook.find_comment("why", EXERCISE, EXERCISE, anna)
        assert comment.manual_comment == "Well argued."
        assert gradebook.find_grade("why", EXERCISE, EXERCISE, anna).manual_score == 1


def test_a_person_can_settle_what_was_flagged(results):
    anna = store(results, "Anna", flags=["np.testing was replaced"])
    for cell in FULL:
        assert line(results).state == "needs a person"
        by_hand(results, anna, cell, 0)
    assert (line(results).state, line(results).score) == ("graded", 0)
    store(results, "Anna", flags=["np.testing was replaced"])
    assert (line(results).state, line(results).score) == ("graded", 0)


# Tables for learning platforms.


def test_moodle_gets_its_worksheet(results):
    store(results, "Anna Müller", platform="moodle", number="4711")
    store(results, "Bo", FULL | {"why": None}, platform="moodle", number="4712")
    _, path = report.write_tables(results, EXERCISE, report.lines(results, EXERCISE))
    (row,) = table(path)
    # Moodle's importer needs these three columns, by these names.
    assert (row["Identifier"], row["Grade"]) == ("Participant 4711", "5")
    assert "Last modified (grade)" in row and row["Full name"] == "Anna Müller"


def test_canvas_gets_its_gradebook(results):
    store(results, "mulleranna", platform="canvas", number="123")
    _, path = report.write_tables(results, EXERCISE, report.lines(results, EXERCISE))
    (row,) = table(path)
    # Canvas's importer looks at these columns in this order.
    assert list(row)[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert (row["ID"], row[EXERCISE]) == ("123", "5")


# The folder.


def test_two_runs_never_write_into_one_folder(results):
    with (
        results.locked(),
        pytest.raises(ResultsError, match="Another run"),
        Results(results.folder).locked(),
    ):
        pass


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    source = read_sources(write_source(tmp_path / "sources"))[EXERCISE]
    with pytest.raises(ResultsError, match=r"thesis\.tex"):
        Results(tmp_path).open(source)


def test_lateness_is_recorded(results):
    store(results, "Anna", late=True, seconds_late=90)
    (path,) = report.write_tables(results, EXERCISE, report.lines(results, EXERCISE))
    (row,) = table(path)
    assert (row["late"], row["seconds late"]) == ("yes", "90")
    with Gradebook(results.database) as gradebook:
        submission = gradebook.find_submission(EXERCISE, "anna-")
        assert submission.timestamp == datetime.datetime(2026, 5, 4, 18)


# What nbgrader itself makes of it.


def test_nbgraders_own_feedback_works_and_shows_no_hidden_test(results):
    cell = nbformat.v4.new_code_cell(
        "assert a\n### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS",
        metadata={"nbgrader": {"grade": True}},
    )
    error = {"ename": "AssertionError", "evalue": "too small", "traceback": ["assert secret"]}
    cell.outputs = [nbformat.v4.new_output("error", **error)]
    shown, _ = HideTests().preprocess_cell(cell, {}, 0)
    assert "secret" not in str(shown) and "too small" in str(shown.outputs)
