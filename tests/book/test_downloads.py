"""Links of the published book to its zip and its PDF."""

import pytest

from maintenance import pack_book
from tests.support.built_book import FORKS_SITE, ROOT, built_book, page, student_edition

WELCOME = "book/index.html"


def downloads(path) -> list[str]:
    links = [link["href"] for link in page(path).select("article a[href]")]
    return [link for link in links if link.endswith((".zip", ".pdf"))]


def test_published_book_links_zip_and_pdf():
    expected = [f"{FORKS_SITE}/{pack_book.NAME}.{kind}" for kind in ("zip", "pdf")]
    assert downloads(student_edition() / WELCOME) == expected


def test_book_built_elsewhere_links_neither():
    assert downloads(built_book() / WELCOME) == []


@pytest.mark.parametrize("kind", ["zip", "pdf"])
def test_make_site_publishes_the_files_that_are_linked(kind):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    copies = next(line for line in makefile.splitlines() if "pdf _build/site" in line)
    assert f"/{pack_book.NAME}.{kind} " in copies
