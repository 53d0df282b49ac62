"""The browser tabs that tests of the digit pad in the built book share."""

import pytest

from maintenance.browser import served
from tests.support.browser import chromium
from tests.support.built_book import built_book
from tests.support.pad_page import open_pad


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def addresses():
    with served(built_book()) as address:
        yield {"http": address, "file": built_book().as_uri()}


@pytest.fixture(scope="module")
def used_tab(browser):
    """Return a tab that tests share: it opens a page in half the time of a new one."""
    return browser.new_page(reduced_motion="reduce")


@pytest.fixture
def tab(browser, request):
    """Return the shared tab, or a new one with a test's own options."""
    options = getattr(request, "param", {})
    if not options:
        yield request.getfixturevalue("used_tab")
        return
    page = browser.new_page(**({"reduced_motion": "reduce"} | options))
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def pad(browser, addresses):
    """Return the page with all layers, opened once, and the list of its errors."""
    page = browser.new_page(reduced_motion="reduce")
    errors = open_pad(page, addresses["http"])
    yield page, errors
    page.context.close()
