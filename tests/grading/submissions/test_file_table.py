import dataclasses

import pytest

from mnist_course.grading.submissions.file_table import file_counts, file_rows
from tests.grading.submissions.conftest import BLANK, EDITED, EDITED_OTHERWISE

FILES = {
    "ann/01-scale.ipynb": EDITED,
    "ann/old.ipynb": BLANK,
    "ann/plot.png": b"x",
    "ann/._x": b"",
    "bo/a.ipynb": EDITED,
    "bo/b.ipynb": EDITED_OTHERWISE,
    "cy/x.txt": b"",
    ".DS_Store": b"",
}


def test_file_rows_say_whose_and_why(in_folder, select):
    uploaded = in_folder(FILES)
    selected = list(select(uploaded).values())
    rows = file_rows(uploaded, selected)
    found = {row["file"]: (row["student id"], row["used"], row["why not"]) for row in rows}
    system = "made by the operating system or by a program"
    assert found == {
        "ann/01-scale.ipynb": ("ann", "yes", ""),
        "ann/old.ipynb": ("ann", "no", "untouched copy of the release"),
        "ann/plot.png": ("ann", "no", "not a notebook"),
        "ann/._x": ("ann", "no", system),
        "bo/a.ipynb": ("bo", "no", "with answers; nothing shows which file counts"),
        "bo/b.ipynb": ("bo", "no", "with answers; nothing shows which file counts"),
        "cy/x.txt": ("cy", "no", "not a notebook"),
        ".DS_Store": ("", "no", system),
    }
    assert file_counts(rows, len(selected)) == (
        "8 files of 3 students: 1 to grade, 6 others of students, 1 of nobody"
    )


def test_file_counts_one():
    rows = [{"used": "yes", "student id": "ann"}]
    assert file_counts(rows, 1).startswith("1 file of 1 student: 1 to grade")


@pytest.mark.parametrize("what", ["files", "students"])
def test_file_rows_notice_what_is_missing(in_folder, select, what):
    uploaded = in_folder(FILES)
    selected = list(select(uploaded).values())
    if what == "files":
        selected[0].unused.popitem()
    else:
        uploaded = dataclasses.replace(uploaded, students=uploaded.students[1:])
    with pytest.raises(RuntimeError, match=f"Internal error.* {what}"):
        file_rows(uploaded, selected)


def test_file_rows_notice_an_id_of_two_students(in_folder, select):
    uploaded = in_folder(FILES)
    selected = list(select(uploaded).values())
    same = [dataclasses.replace(student, id="ann") for student in uploaded.students]
    selected = [
        dataclasses.replace(each, student=student)
        for each, student in zip(selected, same, strict=True)
    ]
    with pytest.raises(RuntimeError, match="ids"):
        file_rows(dataclasses.replace(uploaded, students=same), selected)
