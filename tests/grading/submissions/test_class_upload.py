import datetime

import pytest

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.submissions.uploaded_files import UploadsError
from tests.grading.submissions.conftest import EDITED, write_zip

NAME = f"{ASSIGNMENT}.ipynb"


def names(uploaded):
    return sorted(student.name for student in uploaded.students)


@pytest.mark.parametrize(
    "name",
    [
        "Anna Müller_4711_assignsubmission_file_/work.ipynb",
        "Anna Müller_4711_assignsubmission_file/work.ipynb",
        "Anna Müller_4711_assignsubmission_file/HW/1/work.ipynb",
        "Anna Müller_4711_assignsubmission_file_work.ipynb",
        "Anna Müller_4711_assignsubmission_onlinetext/onlinetext.html",
    ],
)
def test_read_class_upload_moodle(zipped, name):
    uploaded = zipped([name, name.replace("4711", "4712")])
    first, second = uploaded.students
    assert (first.name, first.platform, first.platform_id) == ("Anna Müller", "moodle", "4711")
    assert (first.id, second.id) == ("anna-muller-4711", "anna-muller-4712")
    assert uploaded.files[0].name in ("work.ipynb", "onlinetext.html")


def test_read_class_upload_moodle_blind_marking(zipped):
    uploaded = zipped(["Teilnehmer/in_7_assignsubmission_file_/a.ipynb".replace("/in", "in")])
    assert [student.platform_id for student in uploaded.students] == ["7"]


@pytest.mark.parametrize(
    ("files", "options"),
    [
        (["Team_55_assignsubmission_file/a.ipynb", "Standard_assignsubmission_file/a.ipynb"], {}),
        (["Team_55_assignsubmission_file/a.ipynb"], {"teams": True}),
    ],
    ids=["default group", "option"],
)
def test_read_class_upload_moodle_groups_are_no_participants(zipped, files, options):
    for student in zipped(files, **options).students:
        assert student.platform == "moodle group"
        assert "Moodle's table has rows for students only" in student.note


def test_read_class_upload_file_name_chooses_no_participant(zipped):
    uploaded = zipped(
        [
            "Ann_4700_assignsubmission_file_a.ipynb",
            "Eve_4710_assignsubmission_file_x_4700_assignsubmission_file_a.ipynb",
            "Bo_4720_assignsubmission_file_/Ann_4700_assignsubmission_file_/a.ipynb",
        ]
    )
    assert [student.id for student in uploaded.students] == ["ann-4700", "bo-4720", "eve-4710"]


def test_read_class_upload_file_name_like_another_platform(zipped):
    uploaded = zipped(["eve_12_90_x_4700_assignsubmission_file_a.ipynb", "bo_13_91_a.ipynb"])
    assert {student.id for student in uploaded.students} == {"bo-13", "eve-12"}
    uploaded = zipped(["Eve_12_assignsubmission_file_x_1_2_a.ipynb"])
    assert {student.id for student in uploaded.students} == {"eve-12"}


def test_read_class_upload_number_of_two_names_is_in_no_table(zipped):
    """In Canvas, a student may be called "eve_4700"."""
    uploaded = zipped(["ann_4700_1_a.ipynb", "eve_4700_4710_2_a.ipynb"])
    assert names(uploaded) == ["ann", "eve"]
    for student in uploaded.students:
        assert student.platform == "" and "several names have the number 4700" in student.note


def test_read_class_upload_canvas(zipped):
    uploaded = zipped(
        [
            "mulleranna_123_4567_work.ipynb",
            "bobo_LATE_124_4569_work-10.ipynb",
            "cy_126_text.html",
            "di_LATE_127_link.html",
            "o_neil_128_4570_2026_1.ipynb",
        ]
    )
    found = {
        file.student.name: (file.student.platform_id, file.late, file.upload_number, file.name)
        for file in uploaded.files
    }
    assert found == {
        "mulleranna": ("123", False, 4567, "work.ipynb"),
        "bobo": ("124", True, 4569, "work-10.ipynb"),
        "cy": ("126", False, None, "text.html"),
        "di": ("127", True, None, "link.html"),
        "o_neil": ("128", False, 4570, "2026_1.ipynb"),
    }
    assert {student.platform for student in uploaded.students} == {"canvas"}


def test_read_class_upload_canvas_anonymous(zipped):
    uploaded = zipped(
        ["anon_aB3xY_1_a.ipynb", "anon_aB3xY_2_a-1.ipynb", "LATE_anon_ab3xy_3_a.ipynb"]
    )
    late, first = sorted(uploaded.students, key=lambda student: student.name, reverse=True)
    assert (late.name, first.name) == ("anon ab3xy", "anon aB3xY")
    assert late.id != first.id and late.platform == "canvas anonymous"
    assert [file.late for file in uploaded.files] == [False, False, True]


def test_read_class_upload_canvas_student_called_anon(zipped):
    """Only a capital letter shows an anonymous code, which stands before the file's number."""
    uploaded = zipped(["anon_ab3xy_1_70_a.ipynb", "anon_ab3xy_2_71_a.ipynb", "bo_3_72_a.ipynb"])
    assert {student.platform_id for student in uploaded.students} == {"1", "2", "3"}
    uploaded = zipped(["anon_ab3xy_1_70_a.ipynb", "anon_ab3xy_2_71_a.ipynb", "anon_Zx3xy_3_a.py"])
    assert {student.platform_id for student in uploaded.students} == {"ab3xy", "Zx3xy"}


def test_read_class_upload_canvas_quiz(zipped):
    """The number follows the name without anything between them, so it is not read."""
    uploaded = zipped(["dale_tom21_question_5_9_a.ipynb", "dale_tom21_question_6_9_b.ipynb"])
    (student,) = uploaded.students
    assert (student.name, student.platform) == ("dale_tom21", "")


def test_read_class_upload_one_name_like_canvas_by_chance(in_folder):
    files = ["anna_2026_05_hand-in.ipynb", "bo.ipynb", "cy.ipynb"]
    assert names(in_folder(dict.fromkeys(files, EDITED))) == ["anna_2026_05_hand-in", "bo", "cy"]


@pytest.mark.parametrize(
    ("files", "students"),
    [
        (["out/A_1_assignsubmission_file/a.ipynb", "out/B_2_assignsubmission_file/a.ipynb"], "AB"),
        (["out/A_1_assignsubmission_file/a.ipynb"], "A"),
        (["x/y/A_1_assignsubmission_file_a.ipynb"], "A"),
        (["out/A_1_assignsubmission_file/a.ipynb", "notes.txt", ".DS_Store"], "A"),
        (["g1/A_1_assignsubmission_file/a.ipynb", "g2/B_2_assignsubmission_file/a.ipynb"], "AB"),
        (["out/a_1_7_x.ipynb", "out/b_2_8_x.ipynb"], "ab"),
        (["out/a/x.ipynb", "out/b/x.ipynb", "__MACOSX/out/a/._x.ipynb"], "ab"),
        (["out/in/a/x.ipynb", "out/in/b/x.docx"], "ab"),
        (["out\\", "out\\a\\", "out\\b\\x.ipynb"], "ab"),
        (["a/x.ipynb"], "a"),
        (["a/HW/x.ipynb"], "a"),
        (["a/01-scale.ipynb", "a/scratch.ipynb"], "a"),
        (["a/x.docx"], "a"),
    ],
)
def test_read_class_upload_folders_around_the_class(zipped, files, students):
    assert names(zipped(files)) == list(students)


def test_read_class_upload_one_folder_of_one_or_several_students(zipped):
    with pytest.raises(UploadsError, match="one student, or of one student each"):
        zipped(["class/anna.ipynb", "class/bo.ipynb"])


def test_read_class_upload_zip_in_zip(zipped):
    with pytest.raises(UploadsError, match=r"only one file, a zip: class\.zip"):
        zipped({"class.zip": b""})


@pytest.mark.parametrize("files", [[], [".DS_Store", "__MACOSX/._x", "."]])
def test_read_class_upload_nothing(zipped, files):
    with pytest.raises(UploadsError, match="no submissions"):
        zipped(files)


def test_read_class_upload_litter_at_each_depth(zipped):
    litter = [".DS_Store", "desktop.ini", "Thumbs.db", "__MACOSX/x", "._a.ipynb", "~$a.docx"]
    litter += [".git/config", ".ipynb_checkpoints/a-checkpoint.ipynb", "Icon\r"]
    real = ["ada/a.ipynb", "bob/HW/a.ipynb"]
    uploaded = zipped(
        [*real, *litter, *(f"{place}/{x}" for place in ("ada/x", "bob/HW") for x in litter)]
    )
    assert names(uploaded) == ["ada", "bob"]
    assert [file.path for file in uploaded.files if not file.ignored] == real
    assert len(uploaded.files) == 2 + 3 * len(litter)


def test_read_class_upload_litter_in_flat_downloads(zipped):
    uploaded = zipped(
        ["A_1_assignsubmission_file_._a.ipynb", "A_1_assignsubmission_file_.DS_Store"]
    )
    assert names(uploaded) == ["A"] and all(file.ignored for file in uploaded.files)


def test_read_class_upload_lists_students_without_files(in_folder):
    uploaded = in_folder(
        {
            "ann/a.ipynb": EDITED,
            "hidden/.a.ipynb": EDITED,
            "checkpoint/.ipynb_checkpoints/a-checkpoint.ipynb": EDITED,
            "empty/": b"",
            ".dot/a.ipynb": EDITED,
        }
    )
    assert names(uploaded) == [".dot", "ann", "checkpoint", "empty", "hidden"]
    assert [file.path for file in uploaded.files if not file.ignored] == [
        ".dot/a.ipynb",
        "ann/a.ipynb",
    ]


def test_read_class_upload_paths_that_leave_the_class(zipped):
    uploaded = zipped(["../ada/a.ipynb", "/bob/a.ipynb", "cy/../ada/b.ipynb", ".", "ada//./c.txt"])
    assert names(uploaded) == ["ada", "bob", "cy"]
    assert [file.student.name for file in uploaded.files if file.student][2] == "cy"


def test_read_class_upload_accents_of_macos_and_others(zipped):
    uploaded = zipped(["Jose\u0301/a.ipynb", "Jos\u00e9/b.ipynb", "Jose/c.ipynb", "JOSE/d.ipynb"])
    assert len(uploaded.students) == 3


def test_read_class_upload_ids_never_collide(zipped):
    uploaded = zipped(
        [
            "Anna/a.ipynb",
            "anna-bf4fccd6/a.ipynb",
            "x-1/a.ipynb",
            "x_1_assignsubmission_file/a.ipynb",
        ]
    )
    assert len({student.id for student in uploaded.students}) == 4


def test_read_class_upload_zip_of_a_student(tmp_path, zipped):
    inner = write_zip(tmp_path / "i.zip", {f"HW/{NAME}": EDITED, "HW/._x": b"", "y.zip": b""})
    uploaded = zipped(
        {"A_1_assignsubmission_file/hw.zip": inner.read_bytes(), "b_2_3_hw.zip": b"damaged"}
    )
    first = [file for file in uploaded.files if file.student.name == "A"]
    assert [file.name for file in first] == ["hw.zip", NAME, "._x", "y.zip"]
    assert next(file.path for file in first if not file.ignored).endswith(f"hw.zip/HW/{NAME}")
    assert first[1].read(10_000) == EDITED
    assert "not a readable zip" in uploaded.files[-1].error


def test_read_class_upload_time_of_nbgrader_collect(in_folder):
    time = b"2026-05-04 18:00:30 UTC"
    uploaded = in_folder(
        {
            f"anna/{ASSIGNMENT}/{NAME}": EDITED,
            f"anna/{ASSIGNMENT}/timestamp.txt": time,
            f"bo/{ASSIGNMENT}/{NAME}": EDITED,
            f"bo/{ASSIGNMENT}/timestamp.txt": b"yesterday",
        }
    )
    times = {file.student.name: file.submitted_at for file in uploaded.files if file.name == NAME}
    expected = datetime.datetime(2026, 5, 4, 18, 0, 30, tzinfo=datetime.UTC)
    assert times == {"anna": expected, "bo": None}


@pytest.mark.parametrize(
    "folder", ["anna", "anna/other", f"Anna_1_assignsubmission_file/{ASSIGNMENT}"]
)
def test_read_class_upload_time_that_a_student_may_have_written(in_folder, folder):
    time = b"2026-05-04 18:00:30 UTC"
    uploaded = in_folder(
        {f"{folder}/{NAME}": EDITED, f"{folder}/timestamp.txt": time, "bo/a.ipynb": EDITED}
    )
    assert {file.submitted_at for file in uploaded.files} == {None}
