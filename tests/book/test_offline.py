"""The book as an object: a zip that opens from a USB stick, and a PDF."""

import re
import shutil
import zipfile

import pytest

from tests.support.browser import chromium, settle, watch
from tests.support.built_book import PAGES, built_book
from tools import pack_book, print_book


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a stick, für alle")
    made = pack_book.pack(built_book(), folder)
    shutil.unpack_archive(made, folder)
    return folder / pack_book.NAME


def test_the_zip_holds_the_book_in_one_folder(unpacked):
    with zipfile.ZipFile(unpacked.with_suffix(".zip")) as file:
        names = file.namelist()
    assert {name.partition("/")[0] for name in names} == {pack_book.NAME}
    for page in ["index.html", *PAGES]:
        assert f"{pack_book.NAME}/{page}" in names
    assert [path.name for path in unpacked.parent.iterdir() if path.is_dir()] == [pack_book.NAME]


def test_from_the_stick_the_pad_reads_and_the_search_finds(unpacked):
    home = unpacked.as_uri()
    with chromium() as browser:
        page = browser.new_page()
        troubles = watch(page, home)
        page.goto(f"{home}/index.html")
        page.wait_for_url(f"{home}/{PAGES[0]}")
        page.locator("[data-state=ready]").wait_for()
        page.keyboard.press("Control+k")
        page.keyboard.type("pooling")
        page.keyboard.press("Enter")
        found = page.locator("#search-results a", has_text="Build").first
        found.wait_for()
        found.click()
        page.wait_for_url("**/05-build.html*")
        settle(page)
        assert troubles == []


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
