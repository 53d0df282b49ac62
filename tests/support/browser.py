"""A real browser for tests, and what it can find wrong with a page."""

import contextlib
import os
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from maintenance import browser


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; skip the test where there is none.

    With ``MNIST_COURSE_REQUIRE_BROWSER=1`` the test fails instead.
    """
    try:
        with browser.chromium() as started:
            yield started
    except browser.BrowserNotFoundError as error:
        give_up = pytest.fail if os.environ.get("MNIST_COURSE_REQUIRE_BROWSER") else pytest.skip
        give_up(str(error))


LISTENERS: WeakKeyDictionary[Page, dict[str, Callable]] = WeakKeyDictionary()


def record_page_errors(page: Page, home: str) -> list[str]:
    """Record from now on the errors of a page and its requests to other places than its home.

    Returns
    -------
    list of str
        Grows while the page is used. A second call for the same page replaces the first.
    """
    errors: list[str] = []

    def record_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(f"console {message.type}: {message.text}")

    def record_request(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            errors.append(f"outside request: {request.url}")

    def record_response(response: Response) -> None:
        if response.status >= 400:
            errors.append(f"status {response.status}: {response.url}")

    def record_failure(request: Request) -> None:
        # Given up by the browser itself, as when the reader goes on before the tab's icon is there.
        if request.failure != "net::ERR_ABORTED":
            errors.append(f"failed: {request.url}")

    for event, listener in LISTENERS.pop(page, {}).items():
        page.remove_listener(event, listener)
    LISTENERS[page] = {
        "console": record_message,
        "pageerror": lambda error: errors.append(f"error: {error}"),
        "request": record_request,
        "requestfailed": record_failure,
        "response": record_response,
    }
    for event, listener in LISTENERS[page].items():
        page.on(event, listener)
    return errors


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
FIND_VIOLATIONS = """async () => {
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


def axe_violations(page: Page) -> list[str]:
    """Return the serious and critical findings of axe-core; of coloured code it leaves a sample."""
    page.evaluate(LEAVE_A_SAMPLE_OF_COLOURED_CODE)
    page.evaluate(Axe().axe_script)
    page.evaluate(REMEMBER_COLOURS)
    return page.evaluate(FIND_VIOLATIONS)


def icon_faults(page: Page) -> list[str]:
    """Return the icons that show no picture, and the texts in an icon font, which no page has."""
    return page.evaluate(
        """() => {
          const isEmpty = (icon) => {
            const { backgroundColor, maskImage } = getComputedStyle(icon);
            const { width, height } = icon.getBoundingClientRect();
            return !maskImage.startsWith("url(") || backgroundColor.endsWith(", 0)")
              || (icon.checkVisibility() && Math.min(width, height) < 8);
          };
          const icons = [...document.querySelectorAll('[class*=" fa-"]')].filter(isEmpty);
          const characters = [...document.querySelectorAll("body *")].filter((element) =>
            ["::before", "::after"].some((part) =>
              /[\\ue000-\\uf8ff]/.test(getComputedStyle(element, part).content)));
          return [
            ...icons.map((icon) => `no picture: ${icon.className}`),
            ...characters.map((element) => `icon font: ${element.outerHTML.slice(0, 200)}`),
          ];
        }"""
    )


def record_layout_shifts(page: Page) -> Callable[[], list[str]]:
    """Record from the next address on what moves by itself; return a function that lists it.

    Each item begins with the shift's score, as in Cumulative Layout Shift.
    """
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
          for (const { value, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput)
              shifts.push(`${value.toFixed(4)} ${sources.map((source) =>
                (source.node?.outerHTML ?? "?").slice(0, 80)).join(" | ")}`);
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    return lambda: page.evaluate("shifts")


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
