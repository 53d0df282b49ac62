"""What tests of the digit pad in the built book share: its pages and what a reader does there."""

from playwright.sync_api import Locator, Page

from maintenance.strokes import DIGITS
from tests.support.browser import record_page_errors

WELCOME, ALL_LAYERS = "book/index.html", "book/watch-it-think.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

TWO_DIGITS = [[(x * 0.5 + dx, y * 0.7 + 0.15) for x, y in DIGITS[1][0]] for dx in (0, 0.45)]


def open_pad(tab: Page, address: str, name: str = ALL_LAYERS) -> list[str]:
    """Open a page and wait until its pad is ready; return the list to which errors are added."""
    errors = record_page_errors(tab, address)
    tab.goto(f"{address}/{name}")
    tab.locator("[data-state=ready]").wait_for()
    return errors


def canvas(tab: Page) -> Locator:
    """Return the canvas on which a reader draws."""
    return tab.locator(".digit-pad__canvas")


def press(tab: Page, name: str) -> None:
    """Press a button of the pad."""
    tab.get_by_role("button", name=name, exact=True).click()


def text(tab: Page, part: str) -> str:
    """Return the text of a part of the pad, once the drawing has been predicted."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return tab.locator(f".digit-pad__{part}").text_content()
