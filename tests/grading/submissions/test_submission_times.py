import datetime

import pytest

from mnist_course.grading.submissions.submission_times import (
    add_times,
    parse_time,
    read_times,
    unknown_times_message,
)
from mnist_course.grading.submissions.uploaded_files import UploadsError
from tests.grading.submissions.conftest import EDITED

DEADLINE = datetime.datetime(2026, 5, 4, 18, tzinfo=datetime.UTC)
MOODLE = ["Anna_1_assignsubmission_file_/a.ipynb", "Bo_2_assignsubmission_file_/a.ipynb"]


@pytest.fixture
def times(tmp_path):
    """Return a function that reads a table, given by its rows, for the students of an upload."""

    def times(uploaded, *rows, header="student,submitted_at"):
        (tmp_path / "times.csv").write_text("\n".join([header, *rows]), encoding="utf-8-sig")
        found = read_times(tmp_path / "times.csv", uploaded.students)
        return {student.name: time.isoformat() for student, time in found.values.items()}

    return times


def late(select, uploaded, table=None, deadline=DEADLINE):
    selected = add_times(select(uploaded).values(), table or {}, deadline)
    return {each.student.name: (each.late, each.seconds_late) for each in selected}


@pytest.mark.parametrize("key", ["anna-1", "1", "Anna"])
def test_read_times_names_of_students(zipped, times, key):
    time = "2026-05-04T18:30:00+00:00"
    assert times(zipped(MOODLE), f"{key},{time}") == {"Anna": parse_time(time).isoformat()}


def test_read_times_from_excel(zipped, times):
    header = "student;mark;submitted_at"
    assert (
        len(times(zipped(MOODLE), "Anna;x;2026-05-04 18:30", "Bo;;2026-05-04", header=header)) == 2
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["Anna,2026-05-04 18:30", "1,2026-05-04 18:30"], "1: an earlier row has the same student"),
        (["Anna,yesterday"], "Anna: yesterday is not a time"),
        (["Anna,0001-01-01"], "Anna: 0001-01-01 is not a time"),
        (["Anna"], r"Anna: \(empty\) is not a time"),
        ([",2026-05-04"], r"\(empty\): no student is named"),
        ([], "has no rows"),
    ],
)
def test_read_times_errors_name_the_rows(zipped, times, rows, message):
    with pytest.raises(UploadsError, match=message):
        times(zipped(MOODLE), *rows)


def test_read_times_of_students_who_did_not_hand_in(zipped, tmp_path):
    (tmp_path / "t.csv").write_text(
        "student,submitted_at\nCy,2026-05-04\nAnna,2026-05-04", encoding="utf-8"
    )
    found = read_times(tmp_path / "t.csv", zipped(MOODLE).students)
    assert [student.name for student in found.values] == ["Anna"] and found.absent == ["Cy"]


def test_read_times_name_of_two_students(zipped, times):
    uploaded = zipped([MOODLE[0], MOODLE[0].replace("_1_", "_9_")])
    with pytest.raises(UploadsError, match="Anna: 2 students"):
        times(uploaded, "Anna,2026-05-04")


def test_read_times_missing_column(zipped, times):
    with pytest.raises(UploadsError, match=r"has no submitted_at.\nExpected: a CSV table"):
        times(zipped(MOODLE), "Anna,2026-05-04", header="student,time")


def test_add_times_from_the_zip_prove_nothing(zipped, select):
    uploaded = zipped(MOODLE)
    assert late(select, uploaded) == {"Anna": (None, 0), "Bo": (None, 0)}
    assert "2 of 2 students were late is unknown" in unknown_times_message(
        list(select(uploaded).values())
    )


def test_add_times_of_a_folder_prove_nothing(in_folder, select):
    assert late(select, in_folder({"anna.ipynb": EDITED, "bo.ipynb": EDITED})) == {
        "anna": (None, 0),
        "bo": (None, 0),
    }


def test_add_times_from_the_table(zipped, select):
    uploaded = zipped(MOODLE)
    anna = uploaded.students[0]
    table = {anna: DEADLINE + datetime.timedelta(minutes=1)}
    assert late(select, uploaded, table) == {"Anna": (True, 60), "Bo": (None, 0)}
    assert late(select, uploaded, {anna: DEADLINE})["Anna"] == (False, 0)
    assert late(select, uploaded, table, deadline=None)["Anna"] == (None, 0)


def test_add_times_marks_of_canvas(zipped, select):
    uploaded = zipped(["anna_1_7_a.ipynb", "bo_LATE_2_8_a.ipynb", "cy_LATE_3_text.html"])
    expected = {"anna": (False, 0), "bo": (True, 0), "cy": (True, 0)}
    assert late(select, uploaded) == late(select, uploaded, deadline=None) == expected
    table = {uploaded.students[1]: DEADLINE}
    assert late(select, uploaded, table)["bo"] == (False, 0)


def test_add_times_own_deadlines(zipped, select):
    uploaded = zipped(["anna_1_7_a.ipynb", "bo_LATE_2_8_a.ipynb"])
    anna, bo = uploaded.students
    later = {bo: DEADLINE + datetime.timedelta(days=7)}
    # Canvas's mark is for Canvas's deadline.
    selected = add_times(select(uploaded).values(), {}, DEADLINE, later)
    assert [each.late for each in selected] == [False, None]
    assert [each.evidence for each in selected] == ["Canvas's mark", ""]
    times = dict.fromkeys((anna, bo), DEADLINE + datetime.timedelta(days=8))
    selected = add_times(select(uploaded).values(), times, DEADLINE, later, excused=[anna])
    assert [each.seconds_late // 86400 for each in selected] == [8, 1]
    assert [each.deadline == DEADLINE for each in selected] == [True, False]
    assert [each.excused for each in selected] == [True, False]


def test_add_times_of_nbgrader_collect(in_folder, select):
    files = {
        "anna/01-scale/01-scale.ipynb": EDITED,
        "anna/01-scale/timestamp.txt": b"2026-05-04 18:00:30 UTC",
        "bo/01-scale/01-scale.ipynb": EDITED,
        "bo/01-scale/timestamp.txt": b"2026-05-04 18:00:00 UTC",
    }
    assert late(select, in_folder(files)) == {"anna": (True, 30), "bo": (False, 0)}
