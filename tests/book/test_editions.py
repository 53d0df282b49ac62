"""The editions of the book: who sees the answers to the exercises, and who must not."""

import functools
import importlib
import json
import re
import shutil
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from maintenance import pack_book, print_book
from tests.support.built_book import EXERCISES, LESSONS, ROOT, built_book, page, student_edition

SOURCES = {
    name: ROOT / "notebooks/exercises" / (name.split("/")[-1] + ".ipynb") for name in EXERCISES
}

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")


@pytest.fixture(scope="module")
def exercises():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        yield importlib.import_module("_ext.exercises")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def squeezed(text: str) -> str:
    """Leave letters and digits alone: markup and highlighting come between the rest."""
    return re.sub(r"[^0-9a-zA-Z]", "", text)


@functools.cache
def public() -> str:
    """Return all that students may read: the lessons and their own notebooks."""
    names = [*LESSONS, *EXERCISES]
    cells = [cell for name in names for cell in read(ROOT / f"{name}.ipynb")["cells"]]
    return squeezed("".join("".join(cell["source"]) for cell in cells))


def secrets(exercises, name: str, *regions: str, checked: bool = False) -> list[str]:
    """Return the lines of a source's regions that stand in nothing public.

    With ``checked``, without the solutions that no check follows, such as predictions: the book
    shows the answer to a check.
    """
    cells = read(SOURCES[name])["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    lines = [
        line.strip()
        for cell, own in zip(cells, ids, strict=True)
        for region in regions
        if not (checked and region == "SOLUTION" and f"check-{own}" not in ids)
        for line in exercises.region(exercises.text(cell), region).splitlines()
    ]
    return [line for line in lines if len(line) > 20 and squeezed(line) not in public()]


def files_that_tell(lines: list[str], folder: Path) -> set[str]:
    """Return the names of the files of a built book that hold any of these lines."""
    found = set()
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".md", ".js", ".txt", ".json"):
            raw = path.read_text(encoding="utf-8", errors="replace")
            held = squeezed(page(path).get_text() if path.suffix == ".html" else raw)
            if any(squeezed(line) in held for line in lines):
                found.add(path.name)
    return found


def test_no_file_of_the_student_edition_holds_an_answer(exercises):
    told = [line for name in EXERCISES for line in secrets(exercises, name, *REGIONS)]
    assert len(told) > 15 * len(EXERCISES)
    assert files_that_tell(told, student_edition()) == set()
    # The same search finds them where they are.
    pages = {name.split("/")[-1] + ".html" for name in EXERCISES}
    assert files_that_tell(told, built_book() / EXERCISES[0].rpartition("/")[0]) == pages


def every_answer(exercises) -> list[str]:
    """Return the lines that no file for students may hold."""
    return [line for name in EXERCISES for line in secrets(exercises, name, *REGIONS)]


def test_zip_of_the_student_edition_holds_no_answer(exercises, tmp_path):
    for edition, leaks in ((student_edition(), False), (built_book(), True)):
        packed = pack_book.pack(edition, tmp_path / edition.parts[-3])
        shutil.unpack_archive(packed, tmp_path / "unpacked" / edition.parts[-3])
        told = files_that_tell(every_answer(exercises), tmp_path / "unpacked" / edition.parts[-3])
        assert bool(told) == leaks


@pytest.mark.slow
def test_pdf_of_the_student_edition_is_printed_from_a_page_without_answers(
    exercises, tmp_path, monkeypatch
):
    monkeypatch.setenv("MNIST_COURSE_EDITION", "student")
    print_book.build(tmp_path / "student")
    assert files_that_tell(every_answer(exercises), tmp_path / "student") == set()
    monkeypatch.setenv("MNIST_COURSE_EDITION", "reader")
    page = print_book.build(tmp_path / "reader")
    assert page.name in files_that_tell(every_answer(exercises), tmp_path / "reader")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_readers_edition_folds_the_answers_and_keeps_what_grades_to_itself(exercises, name):
    html = page(built_book() / f"{name}.html")
    folded = [one for one in html.select("details") if one.summary.text == "Answer"]
    checks = [c for c in read(SOURCES[name])["cells"] if "HIDDEN TESTS" in exercises.text(c)]
    assert len(folded) == len(checks) and not any(one.has_attr("open") for one in folded)
    words = squeezed(" ".join(one.text for one in folded))
    for line in secrets(exercises, name, "SOLUTION", checked=True):
        assert squeezed(line) in words
    for line in secrets(exercises, name, "HIDDEN TESTS", "MARK SCHEME"):
        assert squeezed(line) not in squeezed(html.text)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_instructors_edition_adds_tests_rubric_minutes_and_misconceptions(exercises, name):
    student, source = read(ROOT / f"{name}.ipynb"), read(SOURCES[name])
    cells = exercises.with_answers(student, source, "instructor")["cells"]
    told = "\n".join(exercises.text(cell) for cell in cells)
    assert "**Misconceptions to expect.**" in told
    assert re.search(r"\*\*Time:\*\* about \d+ minutes \(estimated", told)
    for line in secrets(exercises, name, *REGIONS, checked=True):
        assert line in told


def chosen(exercises, configured: str) -> str:
    config = type("Config", (), {"course_edition": configured})()
    exercises.choose_edition(None, config)
    return config.course_edition


def test_choose_edition_of_the_configuration_or_the_environment(exercises, monkeypatch):
    monkeypatch.delenv("MNIST_COURSE_EDITION", raising=False)
    assert chosen(exercises, "student") == "student"
    monkeypatch.setenv("MNIST_COURSE_EDITION", "instructor")
    assert chosen(exercises, "student") == "instructor"


@pytest.mark.parametrize(("configured", "environment"), [("teacher", ""), ("reader", "teacher")])
def test_choose_edition_that_does_not_exist(exercises, monkeypatch, configured, environment):
    monkeypatch.setenv("MNIST_COURSE_EDITION", environment)
    with pytest.raises(ConfigError, match="'teacher', but the editions"):
        chosen(exercises, configured)
