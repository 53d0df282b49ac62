"""Start Chromium, serve a folder, wait until a page has loaded."""

import contextlib
import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS = (
    "--no-sandbox",  # as root, as in containers, Chromium does not start with its sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names of other hosts are not resolved, so a request to another host fails at once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class BrowserNotFoundError(RuntimeError):
    """No Chromium is installed; the message says how to install one."""


def executable(playwright: Playwright) -> str:
    """Return the path of the system's Chromium, or else of Playwright's.

    Raises
    ------
    BrowserNotFoundError
        If there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
    if not Path(found).exists():
        raise BrowserNotFoundError(
            "no Chromium found: `sudo apt-get install chromium` on Debian and Ubuntu, or "
            "`.venv/bin/playwright install chromium` anywhere"
        )
    return found


def find_chromium() -> str:
    """Return the path of Chromium.

    Raises
    ------
    BrowserNotFoundError
        If there is none.
    """
    with sync_playwright() as playwright:
        return executable(playwright)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window; close it at the end of the block.

    Raises
    ------
    BrowserNotFoundError
        If there is none.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=FLAGS)
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a line on stderr for each."""

    def log_message(self, *arguments: object) -> None:
        """Write nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine until the end of the block; yield its address."""
    handler = functools.partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def wait_until_loaded(page: Page) -> None:
    """Wait until the page and its fonts have loaded."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => null)")


def load_lazy_pictures(page: Page) -> None:
    """Load all lazily loaded pictures and wait until they are complete."""
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every((image) => image.complete)")
