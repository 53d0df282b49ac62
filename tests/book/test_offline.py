"""The book as an object: a zip that opens from a USB stick, and a PDF."""

import re
import zipfile

import pytest

from maintenance import browser, pack_book, print_book
from maintenance.browser import wait_until_loaded
from tests.support.browser import chromium, record_page_errors
from tests.support.built_book import PAGES, built_book, page

pytestmark = pytest.mark.slow


def test_the_zip_holds_the_book_in_one_folder(unpacked):
    with zipfile.ZipFile(unpacked.with_suffix(".zip")) as file:
        names = file.namelist()
    assert {name.partition("/")[0] for name in names} == {pack_book.NAME}
    for name in ["index.html", *PAGES]:
        assert f"{pack_book.NAME}/{name}" in names
    assert [path.name for path in unpacked.parent.iterdir() if path.is_dir()] == [pack_book.NAME]


def test_zip_is_under_12_megabytes(unpacked):
    assert unpacked.with_suffix(".zip").stat().st_size < 12e6


def test_from_the_stick_the_pad_reads_and_the_search_finds(unpacked):
    home = unpacked.as_uri()
    with chromium() as started:
        tab = started.new_page()
        errors = record_page_errors(tab, home)
        tab.goto(f"{home}/index.html")
        tab.wait_for_url(f"{home}/{PAGES[0]}")
        tab.locator("[data-state=ready]").wait_for()
        tab.keyboard.press("Control+k")
        tab.keyboard.type("pooling")
        tab.keyboard.press("Enter")
        found = tab.locator("#search-results a", has_text="Build").first
        found.wait_for()
        found.click()
        tab.wait_for_url("**/05-build.html*")
        wait_until_loaded(tab)
        assert errors == []


def test_without_a_book_there_is_nothing_to_pack(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        pack_book.pack(tmp_path, tmp_path)


def test_a_page_prints_as_pdf_with_an_outline(tmp_path):
    pdf = tmp_path / "page.pdf"
    print_book.print_page(built_book() / "book/watch-it-think.html", pdf)
    printed = pdf.read_bytes()
    assert printed.startswith(b"%PDF") and b"/Outlines" in printed
    assert b"/Title (Watch it think)" in printed
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 3


def test_print_page_prints_the_pictures_below_the_first_screen(tmp_path):
    lesson = built_book() / "notebooks/05-build.html"
    print_book.print_page(lesson, tmp_path / "lesson.pdf")
    pictures = {image["src"] for image in page(lesson).select("article img")}
    assert len(pictures) > 3
    printed = re.findall(rb"/Subtype\s*/Image", (tmp_path / "lesson.pdf").read_bytes())
    assert len(printed) >= len(pictures)


def test_print_book_without_chromium_says_how_to_install_it_before_it_builds(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "NAMES", ())
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setattr(print_book, "build", lambda folder: pytest.fail("it builds"))
    with pytest.raises(SystemExit, match="sudo apt-get install chromium"):
        print_book.main(tmp_path)
