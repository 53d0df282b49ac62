"""The book in a real browser: every page, from a server and from disk, in light and in dark."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from maintenance.browser import load_lazy_pictures, wait_until_loaded
from tests.support.browser import (
    axe_violations,
    cut_code,
    icon_faults,
    missing_pictures,
    overflow,
    raw_formulas,
    record_page_errors,
    symbols_in_other_fonts,
)
from tests.support.built_book import EXERCISES, LESSONS, PAGES, ROOT

LAPTOP = {"width": 1280, "height": 720}
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def tab(browser, request):
    # Half-way through a fade every text is faint.
    page = browser.new_page(reduced_motion="reduce", **getattr(request, "param", {}))
    yield page
    page.context.close()


# Each page is opened in one of two ways, in turn; with all rows asked for, as in CI, in both.
# Exercises are text and code, which lessons have too: two of them stand for all.
WAYS = [("http", "light"), ("file", "dark")]
SPARED = [f"{name}.html" for name in EXERCISES[2:]]
OPENED = [
    pytest.param(
        (name, protocol, scheme),
        id=f"{name}-{protocol}-{scheme}",
        marks=[]
        if i % 2 == WAYS.index((protocol, scheme)) and name not in SPARED
        else pytest.mark.slow,
    )
    for i, name in enumerate(PAGES)
    for protocol, scheme in WAYS
]


@pytest.fixture(scope="module")
def tabs(browser):
    """Give a tab for each way to open a page; a tab that has shown one shows the next for less."""
    return {
        protocol: browser.new_page(reduced_motion="reduce", color_scheme=scheme)
        for protocol, scheme in WAYS
    }


@pytest.fixture(params=["http", "file"])
def at_home(tabs, homes, request):
    """Give a tab and the book's address, from a server and from disk."""
    tab = tabs[request.param]
    tab.set_viewport_size(LAPTOP)
    return tab, homes[request.param]


@dataclass(frozen=True)
class Opened:
    """A page of the book, its tab, what the reader prefers and what went wrong so far."""

    name: str
    tab: Page
    scheme: str
    errors: list[str]


@pytest.fixture(scope="module", params=OPENED)
def opened(tabs, homes, request):
    """Open a page once for all tests of it, which come in this file's order."""
    name, protocol, scheme = request.param
    tab = tabs[protocol]
    tab.set_viewport_size(LAPTOP)
    errors = record_page_errors(tab, homes[protocol])
    tab.goto(f"{homes[protocol]}/{name}")
    wait_until_loaded(tab)
    return Opened(name, tab, scheme, errors)


def test_page_needs_nothing_but_the_book(opened):
    load_lazy_pictures(opened.tab)
    assert opened.errors == []
    assert missing_pictures(opened.tab) == []
    assert raw_formulas(opened.tab) == []


def test_page_shows_its_icons(opened):
    assert icon_faults(opened.tab) == []


def test_page_follows_the_readers_scheme(opened):
    shade = opened.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = max(int(part) for part in shade.removeprefix("rgb(").rstrip(")").split(", ")) < 64
    assert dark == (opened.scheme == "dark")


def test_code_fits_a_laptop(opened):
    assert opened.tab.viewport_size == LAPTOP
    assert cut_code(opened.tab) == []


def test_page_has_no_axe_violations(opened):
    everything_unfolded = "all => all.forEach((one) => one.open = true)"
    opened.tab.eval_on_selector_all("main details", everything_unfolded)
    assert axe_violations(opened.tab) == []


def test_formulas_are_drawn_in_the_books_font(opened):
    # Folded answers are open by now.
    assert symbols_in_other_fonts(opened.tab) == []


WITH_SLIDER = [
    f"{name}.html"
    for name in LESSONS
    if '"frames": {' in (ROOT / f"{name}.ipynb").read_text(encoding="utf-8")
]


def test_each_lesson_that_should_has_a_frame_slider():
    assert [int(name[10:12]) for name in WITH_SLIDER] == [2, 4, 5, 7, 10, 11, 13, 16]


SHOWN = """() => {
  const [box] = document.querySelectorAll(".frame-slider");
  const image = document.querySelector("img:has(+ .frame-slider)");
  return image.decode().then(() => ({
    picture: image.src,
    drawn: image.naturalWidth > 0,
    alt: image.alt,
    text: box.querySelector(".frame-slider-alt").textContent,
    output: box.querySelector("output").textContent,
    valuetext: box.querySelector("input").getAttribute("aria-valuetext"),
  }));
}"""


def test_frame_slider_follows_the_arrow_keys(opened):
    tab = opened.tab
    assert (tab.locator(".frame-slider").count() > 0) == (opened.name in WITH_SLIDER)
    if opened.name not in WITH_SLIDER:
        return
    slider = tab.locator(".frame-slider input").first
    steps = int(slider.get_attribute("max")) + 1
    slider.focus()
    tab.keyboard.press("Home")
    seen = set()
    for _ in range(steps):
        shown = tab.evaluate(SHOWN)
        assert shown["drawn"]
        assert shown["alt"] == shown["text"]
        assert shown["output"] == shown["valuetext"]
        seen.add((shown["picture"], shown["text"]))
        tab.keyboard.press("ArrowRight")
    assert len(seen) == steps
    assert opened.errors == []


def test_page_fits_a_phone(opened):
    opened.tab.set_viewport_size(PHONE)
    assert overflow(opened.tab) == []


def test_front_door_leads_to_the_welcome(at_home):
    tab, home = at_home
    errors = record_page_errors(tab, home)
    tab.goto(f"{home}/index.html")
    tab.wait_for_url(f"{home}/{PAGES[0]}")
    wait_until_loaded(tab)
    assert errors == []


def test_search_finds_a_lesson(at_home):
    tab, home = at_home
    errors = record_page_errors(tab, home)
    tab.goto(f"{home}/{PAGES[0]}")
    tab.keyboard.press("Control+k")
    # A word of few pages, for each that has it is fetched and read.
    tab.keyboard.type("moveaxis")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=moveaxis*")
    # Results are added one by one, and a link that still moves is easily missed by a click.
    tab.locator("#search-results .search-summary", has_text="found").wait_for()
    tab.locator("#search-results a[href*='notebooks/02-reshape']").first.click()
    tab.wait_for_url("**/notebooks/02-reshape.html*")
    wait_until_loaded(tab)
    assert errors == []


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_the_first_picture_is_there_and_no_dead_control(homes, tab):
    tab.goto(f"{homes['http']}/{WITH_SLIDER[0]}")
    assert tab.locator("img:has(+ .frame-slider)").first.is_visible()
    assert not tab.locator(".frame-slider").first.is_visible()


FAULTY = r"""<!doctype html><html lang="en"><title>Faults</title><main><h1>Faults</h1>
<script src="https://unpkg.com/thebe"></script><script>console.error("a fault")</script>
<img src="nowhere.png"><p style="color: #aaa; background: #fff">Faint</p>
<p style="width: 3000px">Wide</p><i class="fas fa-star"></i><p>The mean $\mu$ is raw.</p>
<math><mrow><mi>\foo</mi></mrow></math>
<button aria-label="Go">Stay</button></main><p>In no landmark</p></html>"""


def test_checks_see_a_page_with_faults(browser, tab, tmp_path):
    (tmp_path / "faults.html").write_text(FAULTY, encoding="utf-8")
    errors = record_page_errors(tab, tmp_path.as_uri())
    tab.goto(f"{tmp_path.as_uri()}/faults.html")
    wait_until_loaded(tab)
    assert "console error: a fault" in errors
    assert "outside request: https://unpkg.com/thebe" in errors
    assert "failed: https://unpkg.com/thebe" in errors
    assert len(missing_pictures(tab)) == 1
    assert raw_formulas(tab) == ["<math><mrow><mi>\\foo</mi></mrow></math>", "$\\mu$"]
    assert symbols_in_other_fonts(tab) == ["<mi>\\foo</mi>"]
    assert len(overflow(tab)) == 1
    assert icon_faults(tab) == ["no picture: fas fa-star"]
    assert {finding.partition(":")[0] for finding in axe_violations(tab)} == {
        "image-alt",
        "color-contrast",
        "label-content-name-mismatch",
        "region",
    }


def test_a_page_left_before_all_has_come_is_no_trouble(homes, tab):
    """A busy machine fetches the tab's icon late; a click that goes on then ends that request."""
    errors = record_page_errors(tab, homes["http"])
    given_up = []
    tab.on("requestfailed", lambda request: given_up.append(request.url.rpartition("/")[2]))
    tab.route("**/late.png", lambda route: None)
    tab.goto(f"{homes['http']}/{PAGES[0]}")
    with tab.expect_request("**/late.png"):
        tab.evaluate("new Image().src = 'late.png'")
    tab.goto(f"{homes['http']}/{PAGES[1]}")
    wait_until_loaded(tab)
    assert "late.png" in given_up
    assert errors == []
