"""A real browser for tests, and what it can find wrong with a page."""

import contextlib
import functools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS = (
    "--no-sandbox",  # Chromium refuses to start as root with it, and containers run tests as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing outside this machine has an address, so a page that asks for it fails at once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

HOW_TO_GET_IT = (
    "no Chromium found: `sudo apt-get install chromium` on Debian and Ubuntu, or "
    "`.venv/bin/playwright install chromium` anywhere"
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window; skip the test where there is none.

    With ``MNIST_COURSE_REQUIRE_BROWSER=1`` the test fails instead.
    """
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
        if not Path(found).exists():
            give_up = pytest.fail if os.environ.get("MNIST_COURSE_REQUIRE_BROWSER") else pytest.skip
            give_up(HOW_TO_GET_IT)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine for as long as the block runs; gives its address."""
    handler = functools.partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


WATCHING: WeakKeyDictionary[Page, dict[str, Callable]] = WeakKeyDictionary()


def watch(page: Page, home: str) -> list[str]:
    """Note from now on what goes wrong in a page or leaves its home; returns the growing list.

    Who watches a page anew takes the place of who did before.
    """
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            troubles.append(f"console {message.type}: {message.text}")

    def see_request(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            troubles.append(f"outside request: {request.url}")

    def see_response(response: Response) -> None:
        if response.status >= 400:
            troubles.append(f"status {response.status}: {response.url}")

    def see_failure(request: Request) -> None:
        # Given up by the browser itself, as when the reader goes on before the tab's icon is there.
        if request.failure != "net::ERR_ABORTED":
            troubles.append(f"failed: {request.url}")

    for event, listener in WATCHING.pop(page, {}).items():
        page.remove_listener(event, listener)
    WATCHING[page] = {
        "console": hear,
        "pageerror": lambda error: troubles.append(f"error: {error}"),
        "request": see_request,
        "requestfailed": see_failure,
        "response": see_response,
    }
    for event, listener in WATCHING[page].items():
        page.on(event, listener)
    return troubles


def settle(page: Page) -> None:
    """Wait until the page and its fonts have loaded."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => null)")


# One token of each colour in each kind of block: thousands more take half a minute and tell
# nothing new.
LEAVE_A_SAMPLE_OF_COLOURED_CODE = """() => {
  const seen = new Set();
  for (const token of document.querySelectorAll("pre span[class]")) {
    const block = token.closest("[class*=highlight-]");
    const kind = block?.className + token.className;
    if (seen.has(kind)) token.replaceWith(token.textContent);
    seen.add(kind);
  }
}"""

# A page has a dozen colours, and axe-core takes each of them apart for each word that has it: more
# than a third of its work.
REMEMBER_COLOURS = """() => {
  const colour = axe.commons.color.Color.prototype;
  const parse = colour.parseString;
  const known = new Map();
  colour.parseString = function (text) {
    if (!known.has(text)) {
      const { r, g, b, alpha } = parse.call(this, text);
      known.set(text, { r, g, b, alpha });
    }
    return Object.assign(this, known.get(text));
  };
}"""

# Most rules name the impact that all their findings have: what would be dropped is not looked for.
FIND_BARRIERS = """async () => {
  const slight = ({ id, impact }) => id !== "region" && ["minor", "moderate"].includes(impact);
  const rules = { "label-content-name-mismatch": { enabled: true } };
  for (const rule of axe._audit.rules) if (slight(rule)) rules[rule.id] = { enabled: false };
  // To preload is to fetch each style sheet a second time, for nothing but screen rotation.
  const options = { rules, resultTypes: ["violations"], preload: false };
  const { violations } = await axe.run(options);
  return violations
    .filter((finding) => !slight(finding))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}"""


def barriers(page: Page) -> list[str]:
    """Return the serious and critical findings of axe-core; of coloured code it leaves a sample."""
    page.evaluate(LEAVE_A_SAMPLE_OF_COLOURED_CODE)
    page.evaluate(Axe().axe_script)
    page.evaluate(REMEMBER_COLOURS)
    return page.evaluate(FIND_BARRIERS)


def overflow(page: Page) -> list[str]:
    """Return the elements that make a page wider than its window."""
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("main *")]
            .filter((element) => element.getBoundingClientRect().right > width + 1)
            .map((element) => element.outerHTML.slice(0, 200));
        }"""
    )


def cut_code(page: Page) -> list[str]:
    """Return the code cells that must be scrolled sideways to be read."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".cell_input pre")]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => element.textContent)"""
    )


def raw_formulas(page: Page) -> list[str]:
    """Return the formulas that are shown as LaTeX, wholly or in part."""
    return page.evaluate(
        r"""() => {
          const commands = [...document.querySelectorAll("math")]
            .filter((element) => /\\[a-zA-Z]/.test(element.textContent))
            .map((element) => element.outerHTML);
          const prose = document.querySelector("main").cloneNode(true);
          prose.querySelectorAll("pre, code, math, script").forEach((e) => e.remove());
          const raw = prose.textContent.match(/\$[^$\n]+\$|\\[(\[].*/g) ?? [];
          return [...commands, ...raw];
        }"""
    )


def symbols_in_other_fonts(page: Page) -> list[str]:
    """Return the shown symbols of formulas that need another font than the book's own."""
    if not page.locator("math").count():
        return []
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    # Chromium looks for text in a node's children only.
    where = {"nodeId": root, "selector": "math :is(mi, mn, mo, mtext)"}
    found = []
    for node in session.send("DOM.querySelectorAll", where)["nodeIds"]:
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        if not all(font["isCustomFont"] for font in fonts):
            found.append(session.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"])
    session.detach()
    return found


def missing_pictures(page: Page) -> list[str]:
    """Return the pictures that did not load."""
    return page.evaluate(
        """() => [...document.images]
          .filter((image) => !image.complete || image.naturalWidth === 0)
          .map((image) => image.src)"""
    )
