import csv
import json

import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.scoring.grade_tables import write_grade_tables
from mnist_course.grading.scoring.student_results import student_results
from tests.support.grading import FULL


@pytest.fixture
def tables(results):
    """Return a function that writes the tables and returns their rows by file name."""

    def tables():
        found = student_results(results, ASSIGNMENT)
        paths = write_grade_tables(results.path, ASSIGNMENT, found)
        return {path.name: list(csv.DictReader(_lines(path))) for path in paths}

    return tables


def _lines(path):
    return path.read_text(encoding="utf-8-sig").splitlines()


def test_write_grade_tables_only_final_scores(tables, store):
    store("Anna")
    store("Bo", FULL | {"explain": None})
    store("Di", error="no notebook")
    (rows,) = tables().values()
    scores = {row["student"]: (row["state"], row["score"], row["score so far"]) for row in rows}
    assert scores == {
        "Anna": ("graded", "5", "5"),
        "Bo": ("needs manual grading", "", "5"),
        "Di": ("failed", "", ""),
    }


def test_write_grade_tables_late(tables, store):
    store("Anna", late=True, seconds_late=90)
    store("Bo")
    store("Cy", late=None)
    anna, bo, cy = tables()[f"{ASSIGNMENT}.csv"]
    assert (anna["late"], anna["seconds late"]) == ("yes", "90")
    assert (bo["late"], bo["seconds late"]) == ("no", "")
    assert cy["late"] == "unknown"


@pytest.fixture
def late_penalty(results):
    """Store a rule for late work, as a run of grade does."""
    rule = {ASSIGNMENT: {"late_penalty": "10% per day"}}
    (results.path / "options.json").write_text(json.dumps(rule), encoding="utf-8")


def test_write_grade_tables_late_penalty_has_its_own_column(tables, store, late_penalty):
    moodle = {"platform": "moodle", "platform_id": "1"}
    store("Anna", late=True, seconds_late=90_000, **moodle)
    store("Bo", late=None, **moodle)
    store("Cy", late=False, **moodle)
    found = tables()
    columns = ("score", "late penalty", "score after penalty")
    assert [[row[name] for name in columns] for row in found[f"{ASSIGNMENT}.csv"]] == [
        ["5", "1.2", "3.8"],
        ["5", "unknown", ""],
        ["5", "0", "5"],
    ]
    anna, cy = found[f"{ASSIGNMENT}-moodle.csv"]
    assert (anna["Grade"], anna["Late penalty, in Grade already"], cy["Grade"]) == (
        ("3.8", "1.2", "5")
    )
    assert anna["Feedback comments"] == "Late penalty: 1.2 points."


def test_write_grade_tables_comments(tables, store, grade_by_hand):
    anna = store("Anna", FULL | {"explain": None}, platform="moodle", platform_id="1")
    grade_by_hand(anna, "explain", 1, "Well argued.\nGo on.")
    rows = tables()
    assert rows[f"{ASSIGNMENT}.csv"][0]["comments"] == "explain: Well argued. Go on."
    assert rows[f"{ASSIGNMENT}-moodle.csv"][0]["Feedback comments"].endswith("Go on.")


def test_write_grade_tables_excused_student_has_no_score(tables, store):
    store("Anna", excused=True, platform="moodle", platform_id="1", deadline="2026-05-11")
    found = tables()
    (anna,) = found[f"{ASSIGNMENT}.csv"]
    assert (anna["state"], anna["score"], anna["score so far"]) == ("excused", "", "5")
    assert anna["deadline"] == "2026-05-11" and found[f"{ASSIGNMENT}-moodle.csv"] == []


def test_write_grade_tables_groups_are_no_participants(tables, store, results):
    (results.path / f"{ASSIGNMENT}-moodle.csv").write_text("of an earlier run", encoding="utf-8")
    store("Team", platform="moodle group", platform_id="55", student_note="a group", notes=["n"])
    found = tables()
    assert set(found) == {f"{ASSIGNMENT}.csv"}
    assert found[f"{ASSIGNMENT}.csv"][0]["notes"] == "a group; n"
    assert not (results.path / f"{ASSIGNMENT}-moodle.csv").exists()


def test_write_grade_tables_moodle(tables, store):
    store("Anna Müller", platform="moodle", platform_id="4711")
    store("Bo", FULL | {"explain": None}, platform="moodle", platform_id="4712")
    (row,) = tables()[f"{ASSIGNMENT}-moodle.csv"]
    # Moodle's importer needs these three columns by name.
    assert (row["Identifier"], row["Grade"]) == ("Participant 4711", "5")
    assert "Last modified (grade)" in row and row["Full name"] == "Anna Müller"


def test_write_grade_tables_canvas(tables, store):
    store("mulleranna", platform="canvas", platform_id="123")
    (row,) = tables()[f"{ASSIGNMENT}-canvas.csv"]
    # Canvas's importer needs these columns in this order.
    assert list(row)[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert (row["ID"], row[ASSIGNMENT]) == ("123", "5")


def test_write_grade_tables_text_of_students(tables, store):
    store("=HYPERLINK(1)", platform="moodle", platform_id="1", file="-a\x1b[2J\nb")
    moodle, table = (rows[0] for _, rows in sorted(tables().items()))
    assert moodle["Full name"] == table["student"] == "'=HYPERLINK(1)"
    assert table["file"] == "'-a�[2J b"


def test_write_grade_tables_retry(tables, store):
    store("Di", error="A cell ran too long.", retry=True)
    store("Ed", error="The file is not a notebook.")
    (rows,) = tables().values()
    assert [row["may be tried again"] for row in rows] == ["yes", ""]
