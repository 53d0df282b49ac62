import pytest

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.submissions.attempt_selection import identify_assignment, select_attempts
from mnist_course.grading.submissions.class_upload import read_class_upload
from mnist_course.grading.submissions.notebook_contents import read_contents
from mnist_course.grading.submissions.uploaded_files import UploadsError
from tests.grading.submissions.conftest import BLANK, EDITED, EDITED_OTHERWISE

NAME = f"{ASSIGNMENT}.ipynb"
EMPTY = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
SCRATCH = EDITED.replace(b'"grade_id": "', b'"grade_id": "my-')
DAMAGED = EDITED[:-20]
WITH_METADATA = EDITED.replace(b'"metadata": {}', b'"metadata": {"collapsed": true}')
# A second student, so that the folder of the first is not taken as one around the class.
OTHER = {"bo/01-scale.ipynb": EDITED}


@pytest.mark.parametrize(
    ("files", "selected"),
    [
        ({NAME: EDITED}, NAME),
        ({"Homework (2) final.IPYNB": EDITED}, "Homework (2) final.IPYNB"),
        ({f"{NAME}.json": EDITED}, f"{NAME}.json"),
        ({NAME: BLANK, f"{NAME}.txt": EDITED}, f"{NAME}.txt"),
        ({NAME: BLANK, "renamed": EDITED}, "renamed"),
        ({"01-scale-1.ipynb": BLANK, NAME: EDITED}, NAME),
        ({"01-scale-2025.ipynb": BLANK, "01-scale-final.ipynb": EDITED}, "01-scale-final.ipynb"),
        ({f"task/{NAME}": BLANK, "solution.ipynb": EDITED}, "solution.ipynb"),
        ({NAME: EDITED, "scratch.ipynb": SCRATCH}, NAME),
        ({NAME: EDITED, "scratch.ipynb": EDITED_OTHERWISE}, NAME),
        ({NAME: EDITED, "Untitled.ipynb": EMPTY}, NAME),
        ({NAME: BLANK, "Untitled.ipynb": EMPTY}, NAME),
        ({NAME: EDITED, "01-scale (1).ipynb": EDITED}, NAME),
        (
            {"a.ipynb": EDITED, "b.ipynb": EDITED.replace(b'"outputs": []', b'"outputs":[]')},
            "a.ipynb",
        ),
        ({NAME: BLANK}, NAME),
        ({"broken.ipynb": b"{"}, "broken.ipynb"),
        ({NAME: BLANK, "01-scale-final.ipynb": DAMAGED}, "01-scale-final.ipynb"),
        ({NAME: EDITED, "picture.png": b"x", "data.json": b"{}"}, NAME),
    ],
)
def test_select_attempts_evidence_decides(in_folder, select, files, selected):
    uploaded = in_folder(OTHER | {f"anna/{name}": content for name, content in files.items()})
    anna = select(uploaded)["anna"]
    assert anna.error is None
    assert anna.upload.path == f"anna/{selected}"


@pytest.mark.parametrize(
    "files",
    [
        {NAME: EDITED, "01-scale (1).ipynb": EDITED_OTHERWISE},
        {NAME: EDITED, "01-scale-1.ipynb": EDITED_OTHERWISE},
        {NAME: EDITED, "01-scale-final.ipynb": DAMAGED},
        {NAME: BLANK, "scratch.ipynb": SCRATCH},
        {NAME: EDITED, "work.zip": b"damaged"},
    ],
)
def test_select_attempts_a_person_chooses(in_folder, select, files):
    uploaded = in_folder(OTHER | {f"anna/{name}": content for name, content in files.items()})
    anna = select(uploaded)["anna"]
    assert anna.upload is None
    for name in files:
        assert f"anna/{name} (" in anna.error
    assert "--choose" in anna.error
    for name in files:
        assert select(uploaded, [f"anna/{name}"])["anna"].upload.path == f"anna/{name}"


def test_select_attempts_answers_in_an_added_cell(in_folder, select):
    """A notebook with untouched answer cells may hold the answers elsewhere."""
    added = BLANK.replace(b'"cells": [', b'"cells": [{"cell_type": "code", "source": "x = 1"}, ')
    uploaded = in_folder({"anna/a.ipynb": added, "anna/01-scale.ipynb": BLANK})
    assert select(uploaded)["anna"].upload.path == "anna/a.ipynb"


@pytest.mark.parametrize(
    ("files", "selected"),
    [
        (["b_1_10_hw.ipynb", "b_1_11_hw-1.ipynb"], "b_1_11_hw-1.ipynb"),
        (["b_1_10_hw-2.ipynb", "b_1_11_hw-10.ipynb"], "b_1_11_hw-10.ipynb"),
        (["b_1_10_hw-1.ipynb", "b_1_11_hw.ipynb"], None),
        (["b_1_10_draft.ipynb", "b_1_11_final-1.ipynb"], None),
    ],
    ids=["repeated", "tenth", "numbers disagree", "different names"],
)
def test_select_attempts_canvas_numbers(zipped, select, files, selected):
    uploaded = zipped(dict(zip(files, (EDITED, EDITED_OTHERWISE), strict=True)))
    bo = select(uploaded)["b"]
    assert (bo.upload.path if bo.upload else None) == selected
    assert bo.attempts == 2


def test_select_attempts_nothing_to_grade(in_folder, select):
    selected = select(
        in_folder(
            {
                "ann/x.ipynb": EDITED,
                "bo/essay.docx": b"x",
                "cy/": b"",
                "di/.01-scale.ipynb": EDITED,
                "ed/.ipynb_checkpoints/01-scale-checkpoint.ipynb": EDITED,
            }
        )
    )
    errors = {name: submission.error or "" for name, submission in selected.items()}
    assert errors["ann"] == ""
    assert "no notebook among the files: bo/essay.docx" in errors["bo"]
    assert "folder is empty" in errors["cy"]
    assert "di/.01-scale.ipynb (hidden" in errors["di"] and "--choose" in errors["di"]
    assert "01-scale-checkpoint.ipynb" in errors["ed"]


def test_select_attempts_unreadable_member_fails_with_the_error(tmp_path, zipped, select):
    zipped({"ada/a.ipynb": EDITED, "bob/a.ipynb": EDITED, "bob/plot.png": b"x"})
    path = tmp_path / "class.zip"
    content = bytearray(path.read_bytes())
    content[content.rindex(b"bob/a.ipynb", 0, content.index(b"PK\x01\x02")) + 50] ^= 1
    path.write_bytes(content)
    selected = select(read_class_upload(path, [ASSIGNMENT]))
    assert selected["ada"].error is None
    assert "cannot be read: Bad CRC-32" in selected["bob"].error


def test_select_attempts_file_wins_over_link(tmp_path, in_folder, select):
    in_folder({"anna/a.ipynb": EDITED} | OTHER)
    (tmp_path / "class/anna/b.ipynb").symlink_to(tmp_path / "class/anna/a.ipynb")
    uploaded = read_class_upload(tmp_path / "class", [ASSIGNMENT])
    assert select(uploaded)["anna"].upload.path == "anna/a.ipynb"


def test_select_attempts_only_a_link(tmp_path, in_folder, select):
    in_folder(OTHER)
    (tmp_path / "class/cy").symlink_to("/etc")
    (tmp_path / "class/di.ipynb").symlink_to("/etc/hostname")
    selected = select(read_class_upload(tmp_path / "class", [ASSIGNMENT]))
    for name in ("cy", "di"):
        assert "symbolic link" in selected[name].error


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["anna/c.ipynb"], r"--choose anna/c\.ipynb: 0 submitted files"),
        (["anna/a.ipynb", "anna/b.ipynb"], "two files of anna"),
        ([".DS_Store"], "0 submitted files"),
    ],
)
def test_select_attempts_invalid_choice(in_folder, select, chosen, message):
    files = {"anna/a.ipynb": EDITED, "anna/b.ipynb": EDITED, ".DS_Store": b"", "bo/a.ipynb": EDITED}
    with pytest.raises(UploadsError, match=message):
        select(in_folder(files), chosen)


@pytest.fixture
def two_sources(tmp_path):
    folder = write_source(tmp_path / "sources")
    text = (folder / NAME).read_text(encoding="utf-8")
    (folder / "02-other.ipynb").write_text(
        text.replace('"grade_id": "', '"grade_id": "other-'), encoding="utf-8"
    )
    return read_sources(folder)


def test_select_attempts_another_assignment(in_folder, two_sources):
    other = EDITED.replace(b'"grade_id": "', b'"grade_id": "other-')
    uploaded = in_folder({"anna.ipynb": EDITED, "bo.ipynb": other})
    contents = read_contents(uploaded.files)
    anna, bo = select_attempts(uploaded, contents, two_sources, ASSIGNMENT)
    assert anna.error is None
    assert bo.error == "There is no notebook of this assignment: bo.ipynb (belongs to 02-other)."
    with pytest.raises(UploadsError, match="--assignment 01-scale"):
        identify_assignment(contents, two_sources)


def test_select_attempts_ids_that_all_assignments_share_decide_nothing(in_folder, tmp_path):
    folder = write_source(tmp_path / "sources")
    text = (folder / NAME).read_text(encoding="utf-8")
    for task in ("darkest", "explain"):
        text = text.replace(f'"grade_id": "{task}', f'"grade_id": "other-{task}')
    (folder / "02-other.ipynb").write_text(text, encoding="utf-8")
    scratch = EDITED
    for task in ("darkest", "check-darkest", "explain"):
        scratch = scratch.replace(f'"grade_id": "{task}"'.encode(), b'"grade_id": "x"')
    uploaded = in_folder({"anna/01-scale.ipynb": EDITED, "anna/scratch.ipynb": scratch})
    contents = read_contents(uploaded.files)
    (anna,) = select_attempts(uploaded, contents, read_sources(folder), ASSIGNMENT)
    assert anna.upload.path == "anna/01-scale.ipynb"


def test_identify_assignment_unknown(in_folder, sources):
    uploaded = in_folder({"anna.ipynb": b"{}"})
    with pytest.raises(UploadsError, match="--from"):
        identify_assignment(read_contents(uploaded.files), sources)
