"""A course with another title and author: every page shows them, and still names the source."""

import re

import pytest

from tests.support.built_book import ADDRESS, PAGES, build, copy_sources

FORMER, TITLE, AUTHOR = "MNIST, understood", "Networks and digits", "Ada Arendt"
SOURCE_LINE = re.compile(r'<div class="extra_footer">.*?</div>', re.DOTALL)


@pytest.fixture(scope="module")
def renamed(tmp_path_factory):
    """Return the pages of a book with another title and author, as text."""
    source = copy_sources(tmp_path_factory.mktemp("renamed"))
    config = source / "_config.yml"
    text = config.read_text(encoding="utf-8")
    text = re.sub(r"^title: .*", f"title: {TITLE}", text, flags=re.MULTILINE)
    text = re.sub(r"^author: .*", f"author: {AUTHOR}", text, flags=re.MULTILINE)
    config.write_text(text, encoding="utf-8")
    result = build(tmp_path_factory.mktemp("book"), source)
    assert result.passed, result.log
    return {
        name: (result.html / name).read_text(encoding="utf-8") for name in ["index.html", *PAGES]
    }


@pytest.mark.parametrize("name", ["index.html", *PAGES])
def test_renamed_page(renamed, name):
    html = renamed[name]
    shown = SOURCE_LINE.sub("", html)
    assert FORMER not in shown
    assert f"{TITLE}</title>" in shown
    assert name == "index.html" or AUTHOR in shown


@pytest.mark.parametrize("name", PAGES)
def test_renamed_page_names_the_source(renamed, name):
    (line,) = SOURCE_LINE.findall(renamed[name])
    assert FORMER in line and ADDRESS in line and "licenses/by/4.0" in line


def test_renamed_welcome_page_heading(renamed):
    assert f"<h1>{TITLE}<" in renamed["book/index.html"]
