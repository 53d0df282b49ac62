"""What tests of the page "Watch it learn" share."""

from playwright.sync_api import Page

from tests.support.browser import record_page_errors

LEARN = "book/watch-it-learn.html"
STATE = ".watch-it-learn__state"


def open_training(tab: Page, address: str, query: str = "") -> list[str]:
    """Open the page; return the list to which its errors are added."""
    errors = record_page_errors(tab, address)
    tab.goto(f"{address}/{LEARN}{query}")
    tab.locator(".watch-it-learn[data-state=ready]").wait_for()
    return errors


def press(tab: Page, name: str) -> None:
    """Press a button of the training."""
    tab.locator(".watch-it-learn__buttons").get_by_role("button", name=name, exact=True).click()


def wait_for_epochs(tab: Page, count: int) -> None:
    """Wait until the table of the run has that many epochs."""
    tab.locator(f".watch-it-learn__table tbody tr:nth-child({count})").wait_for(timeout=120_000)


def steps(tab: Page) -> int:
    """Return the number of steps of the run so far."""
    text = tab.locator(STATE).text_content()
    return int(text.partition("step ")[2].partition(",")[0])


def errors_of_epochs(tab: Page) -> list[str]:
    """Return the held-out errors in the table."""
    return tab.locator(".watch-it-learn__table tbody td:last-child").all_text_contents()
