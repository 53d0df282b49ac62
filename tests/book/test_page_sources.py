"""The button that downloads a page's source: from a server, from disk, from the unpacked zip."""

import json
import re
from pathlib import Path

import pytest

from maintenance.browser import served, wait_until_loaded
from tests.support.browser import record_page_errors
from tests.support.built_book import (
    ADDRESS,
    EXERCISES,
    FORK,
    ROOT,
    built_book,
    documents,
    student_edition,
)

pytestmark = pytest.mark.slow

SOURCES = ("notebooks/05-build.ipynb", f"{EXERCISES[0]}.ipynb", "book/setup.md")


def download(browser, home: str, source: str) -> tuple[str, bytes]:
    """Press the buttons on a page; return name and content of the file that comes."""
    tab = browser.new_page()
    errors = record_page_errors(tab, home)
    address = f"{home}/{source.rpartition('.')[0]}.html"
    tab.goto(address)
    wait_until_loaded(tab)
    tab.get_by_role("button", name="Download this page").click()
    with tab.expect_download() as download:
        tab.locator(".btn-download-source-button").click()
    name, content = download.value.suggested_filename, Path(download.value.path()).read_bytes()
    assert tab.url == address, "the browser left the page"
    assert len(tab.context.pages) == 1, "the browser opened another tab"
    assert errors == []
    tab.context.close()
    return name, content


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("place", ["http", "file", "zip"])
def test_download_is_the_pages_source(browser, homes, unpacked, place, source):
    home = (homes | {"zip": unpacked.as_uri()})[place]
    name, content = download(browser, home, source)
    assert name == source.rpartition("/")[2]
    assert content == (ROOT / source).read_bytes()


def test_download_from_a_fork_is_the_students_notebook_with_the_forks_address(browser):
    source = f"{EXERCISES[0]}.ipynb"
    expected = (ROOT / source).read_bytes().replace(ADDRESS.encode(), FORK.encode())
    with served(student_edition()) as home:
        assert download(browser, home, source)[1] == expected


@pytest.mark.parametrize("document", documents())
def test_sources_of_a_fork_name_only_the_fork(document):
    (source,) = (student_edition() / "_sources").glob(f"{document}.*[!s]")
    original = (ROOT / document).with_suffix(source.suffix).read_text(encoding="utf-8")
    text = source.read_text(encoding="utf-8")
    assert text == original.replace(ADDRESS, FORK)
    assert ADDRESS not in text
    script = source.with_name(f"{source.name}.js").read_text(encoding="utf-8")
    call = re.fullmatch(r'courseDownload\("(.*?)", (.*)\);\n', script)
    assert (call[1], json.loads(call[2])) == (source.name, text)


def test_download_links_open_no_tab_and_name_a_file():
    for document in documents():
        html = (built_book() / f"{document}.html").read_text(encoding="utf-8")
        (link,) = re.findall(r'<a href="([^"]*)" download\s[^>]*btn-download-source-button', html)
        assert (built_book() / document).parent.joinpath(link).is_file()
