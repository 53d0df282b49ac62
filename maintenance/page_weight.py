"""Measure the bytes that a browser downloads for a page from a server with compression."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response

from maintenance.browser import wait_until_loaded

# Formats that are compressed already; servers send them as they are.
COMPRESSED = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".woff2", ".zip")


@dataclass(frozen=True)
class PageWeight:
    """Hold the bytes of each file that a visit requests, by path; text compressed by gzip."""

    files: dict[str, int]

    @property
    def total(self) -> int:
        """Return the bytes of all files."""
        return sum(self.files.values())

    @property
    def without_pictures(self) -> int:
        """Return the bytes of all files but pictures and frames, which are in ``_images``."""
        return sum(size for path, size in self.files.items() if "/_images/" not in path)


def compressed_size(path: str, body: bytes) -> int:
    """Return the bytes that a server with compression sends for a file."""
    if PurePosixPath(path).suffix in COMPRESSED:
        return len(body)
    return len(gzip.compress(body, 6))


def open_page(page: Page, address: str) -> None:
    """Open a page and wait for its last request: a digit pad loads its weights after the page."""
    page.goto(address)
    wait_until_loaded(page)
    page.wait_for_load_state("networkidle")


def scroll_to_end(page: Page) -> None:
    """Scroll through a page, which loads all its pictures and frames."""
    for top in range(0, page.evaluate("document.documentElement.scrollHeight"), 600):
        page.evaluate("top => scrollTo({ top, behavior: 'instant' })", top)
        # An IntersectionObserver has reported by the second animation frame.
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
    page.wait_for_load_state("networkidle")


def weigh_page(
    browser: Browser, address: str, then: Callable[[Page], None] | None = None
) -> PageWeight:
    """Measure a first visit, with an empty cache.

    Parameters
    ----------
    browser
        Chromium.
    address
        Address of the page, beginning with http.
    then
        Called with the open page, for example ``scroll_to_end``.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    open_page(page, address)
    if then:
        then(page)
    files = {}
    for response in responses:
        path = urlsplit(response.url).path
        if response.url.startswith("http"):
            files[path] = compressed_size(path, response.body())
    page.context.close()
    return PageWeight(files)
