"""One page printed from the browser: it has what the page shows, and no controls."""

import pytest

from maintenance.browser import wait_until_loaded
from tests.support.built_book import built_book

LESSON = "notebooks/05-build.html"


@pytest.fixture
def on_paper(browser):
    """Open a page of the book as it is printed."""
    tabs = []

    def open_page(name):
        tabs.append(tab := browser.new_page())
        tab.goto((built_book() / name).as_uri())
        wait_until_loaded(tab)
        tab.emulate_media(media="print")
        return tab

    yield open_page
    for tab in tabs:
        tab.close()


def test_printed_lesson_has_no_controls(on_paper):
    tab = on_paper(LESSON)
    for control in (".frame-slider", "details:not([open])", ".cell details > summary"):
        found = tab.locator(f".bd-article {control}")
        assert found.count() > 0
        assert not any(each.is_visible() for each in found.all()), control


def test_printed_lesson_has_the_answers_that_are_unfolded(on_paper):
    tab = on_paper(LESSON)
    first = tab.locator(".bd-article details:not([class])").first
    assert not first.is_visible()
    first.evaluate("one => one.open = true")
    assert first.locator("p").first.is_visible()


def test_printed_table_can_continue_on_the_next_page(on_paper):
    tab = on_paper("book/teaching/plan.html")
    table = tab.locator(".bd-article table").first
    style = "(one, name) => getComputedStyle(one)[name]"
    assert table.evaluate(style, "breakInside") == "auto"
    assert table.locator("tr").first.evaluate(style, "breakInside") == "avoid"
    assert table.locator("..").evaluate(style, "overflowX") == "visible"
