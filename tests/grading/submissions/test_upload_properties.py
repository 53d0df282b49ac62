r"""Uploads of random classes: each student and each file is accounted for, once.

Hypothesis makes classes with unusual names and files, and writes them as the platforms and
computers do.
"""

import functools
import os
import re
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.demo_class import ASSIGNMENT, write_source
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.submissions.attempt_selection import select_attempts
from mnist_course.grading.submissions.class_upload import read_class_upload
from mnist_course.grading.submissions.file_names import SYSTEM_FILE_STARTS
from mnist_course.grading.submissions.file_table import file_rows
from mnist_course.grading.submissions.notebook_contents import read_contents
from mnist_course.grading.submissions.uploaded_files import UploadsError
from tests.grading.submissions.conftest import (
    BLANK,
    EDITED,
    EDITED_OTHERWISE,
    write_folder,
    write_zip,
)

ODD_NAMES = [
    "Anna Müller",
    "Jose\u0301",
    "李雷",
    "محمد \u202e",
    "👩‍🚀",
    "O'Neil, Pat",
    "J. R. R.",
    "..x",
    ".dot",
    "-",
    "con",
    "NUL",
    "4711",
    "a_b_12",
    "x_7_8_y",
    "LATE_",
    "anon_aB3xY_9",
    "name ",
    " name",
    "name.",
    "name.ipynb.",
    "Eve_4711_assignsubmission_file_x",
    "__MACOSX_",
    "=1+1",
    "a\tb\x1b[31m",
    "%s{}",
    "x" * 120,
]
CONTENTS = {
    "edited": EDITED,
    "edited otherwise": EDITED_OTHERWISE,
    "blank": BLANK,
    "damaged": EDITED[:-9],
    "empty": b"",
    "no notebook": b"{}",
    "picture": b"\x89PNG",
    "UTF-16": b"\xff\xfe{",
}
LITTER = ["._x", ".DS_Store", "Thumbs.db", "__MACOSX/._y", ".ipynb_checkpoints/x.ipynb", ".git/c"]

text = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1)
names = st.one_of(st.sampled_from(ODD_NAMES), text.map(lambda name: name[:60]))
file_names = st.sampled_from(
    [
        "01-scale.ipynb",
        "01-scale (1).ipynb",
        "01-scale.ipynb.json",
        "a-1.ipynb",
        "plot.png",
        "HW/01-scale.ipynb",
        "b_1_2_c.ipynb",
        "x_3_assignsubmission_file_y.ipynb",
        "work.zip",
    ]
)
files = st.dictionaries(file_names, st.sampled_from(sorted(CONTENTS)), min_size=1, max_size=4)
classes = st.lists(st.tuples(names, files), min_size=2, max_size=5)


@functools.cache
def demo_sources():
    with tempfile.TemporaryDirectory() as folder:
        return read_sources(write_source(Path(folder)))


def plain_folders(students):
    """One folder for each student; two are sure to have names that are not from Moodle."""
    two = [(name, {"01-scale.ipynb": "edited"}) for name in ("zz one", "zz two")]
    written = {}
    for name, submitted in [*students, *two]:
        if name.startswith(SYSTEM_FILE_STARTS) or name in (".", ".."):
            name = f"x{name}"
        if name.lower() in ("__macosx", ".git") or re.search("_assignsubmission_[a-z]+_?$", name):
            continue
        written |= {f"{name}/{file}": content for file, content in submitted.items()}
    return written, {unicodedata.normalize("NFC", path.split("/")[0]) for path in written}


def plain_notebooks(students):
    """One notebook for each student."""
    written = {f"st {name} x.ipynb": "edited" for name, _ in students}
    written |= dict.fromkeys(["zz 1.ipynb", "zz 2.ipynb"], "edited")
    written = {path: content for path, content in written.items() if "_" not in path}
    return written, {unicodedata.normalize("NFC", path) for path in written}


def moodle(students, flat):
    """Moodle replaces underscores, and drops what file systems do not allow."""
    written, people = {}, set()
    for number, (name, submitted) in enumerate(students, 4700):
        name = re.sub(r'[:*?"<>|\x00-\x1f\x7f]', "", name.replace("_", " ")).strip() or "user"
        # A student called "." looks like a file of macOS; such files are listed as ignored.
        if f"{name}_".startswith(SYSTEM_FILE_STARTS):
            name = f"x{name}"
        people.add(number)
        for file, content in submitted.items():
            separator = "_" if flat else "/"
            file = file.replace("/", "-") if flat else file
            written[f"{name}_{number}_assignsubmission_file{separator}{file}"] = content
    return written, people


def canvas(students, anonymous):
    """Canvas keeps letters, digits and underscores of a name, and no number between underscores."""
    written, people = {}, set()
    for number, (name, submitted) in enumerate(students, 4700):
        name = re.sub(r"_([0-9]+)_", r"\1", name).lower()
        name = "".join(each for each in name if each.isalnum() or each == "_")
        # At the end of a name, Canvas itself cannot tell a number from the student's.
        name = re.sub(r"(_[0-9]+|[0-9]_question)$", "", name)
        late = "LATE_" if number % 2 else ""
        person = f"{late}anon_aB{number % 1000}" if anonymous else f"{name}_{late}{number}"
        people.add(number)
        for upload, (file, content) in enumerate(submitted.items(), 90 + 10 * number):
            written[f"{person}_{upload}_{file.replace('/', '_')}"] = content
    return written, people


SHAPES = {
    "plain folders": plain_folders,
    "plain notebooks": plain_notebooks,
    "moodle": lambda students: moodle(students, flat=False),
    "moodle flat": lambda students: moodle(students, flat=True),
    "canvas": lambda students: canvas(students, anonymous=False),
    "canvas anonymous": lambda students: canvas(students, anonymous=True),
}


def repack(written, wrapper, backslashes, litter):
    """Return the files as they are after a computer of the class has packed them again."""
    tops = sorted({path.split("/")[0] for path in written if "/" in path})
    for place in ["", *(f"{top}/" for top in tops)]:
        written = written | {f"{place}{name}": "empty" for name in litter}
    written = {f"{wrapper}{path}": content for path, content in written.items()}
    if backslashes:
        written = {path.replace("/", "\\"): content for path, content in written.items()}
    return written


def check_accounting(path, written, people):
    sources = demo_sources()
    uploaded = read_class_upload(path, sources)
    contents = read_contents(uploaded.files)
    selected = select_attempts(uploaded, contents, sources, ASSIGNMENT)
    rows = file_rows(uploaded, selected)
    assert len(uploaded.students) == len(people) == len(selected)
    assert len(rows) == len(written)
    assert len({student.id.lower() for student in uploaded.students}) == len(people)
    for submission in selected:
        assert submission.upload or submission.error
        if submission.upload in contents and contents[submission.upload].cells:
            has_answers = any(
                contents[file].digest != contents[submission.upload].digest
                for file, reason in submission.unused.items()
                if reason == "with answers"
            )
            assert not has_answers
    for row in rows:
        assert bool(row["used"] == "yes") != bool(row["why not"])
        assert "".join(row.values()).isprintable() or "\u200d" in "".join(row.values())


def check_shape(shape, students, wrapper, backslashes, litter, as_folder):
    written, people = SHAPES[shape](students)
    if wrapper and shape == "plain notebooks":
        wrapper = ""  # such a folder is refused, because it may be one student's
    written = repack(written, wrapper, backslashes, litter)
    with tempfile.TemporaryDirectory() as folder:
        write = write_folder if as_folder else write_zip
        contents = {path: CONTENTS[content] for path, content in written.items()}
        path = write(Path(folder) / "class", contents)
        check_accounting(path, written, people)


uploads = given(
    shape=st.sampled_from(sorted(SHAPES)),
    students=classes,
    wrapper=st.sampled_from(["", "submissions/", "a/b/"]),
    backslashes=st.booleans(),
    litter=st.lists(st.sampled_from(LITTER), max_size=3, unique=True),
    as_folder=st.booleans(),
)


@uploads
@settings(max_examples=80, deadline=None, derandomize=True)
def test_class_upload_accounts_for_everything(**upload):
    check_shape(**upload)


@pytest.mark.slow
@uploads
@settings(max_examples=1000, deadline=None, derandomize=True)
def test_class_upload_accounts_for_everything_many(**upload):
    check_shape(**upload)


paths = st.lists(
    st.one_of(
        st.sampled_from([".", "..", "/", "\\", "a//b", "../../x", "C:\\a\\b", "a/../../b", "CON"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
        st.lists(names, min_size=1, max_size=4).map("/".join),
    ),
    min_size=1,
    max_size=6,
)


@given(paths=paths, content=st.sampled_from(sorted(CONTENTS)))
@settings(max_examples=100, deadline=None, derandomize=True)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_class_upload_any_paths(paths, content):
    """Whatever the members of a zip are called, there is a result or an expected error."""
    sources = demo_sources()
    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(Path(folder) / "class.zip", dict.fromkeys(paths, CONTENTS[content]))
        try:
            uploaded = read_class_upload(path, sources)
        except UploadsError:
            return
        contents = read_contents(uploaded.files)
        rows = file_rows(uploaded, select_attempts(uploaded, contents, sources, ASSIGNMENT))
        assert len(rows) == len(uploaded.files)


def test_class_upload_names_that_are_no_text(tmp_path):
    folder = tmp_path / "class"
    for name in (b"J\xf6rg", b"J\xe4rg", "Jörg".encode()):
        (folder / os.fsdecode(name)).mkdir(parents=True)
        (folder / os.fsdecode(name) / "01-scale.ipynb").write_bytes(EDITED)
    check_accounting(folder, [1, 2, 3], [1, 2, 3])
