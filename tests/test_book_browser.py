"""The book in a real browser: every page, from a server and from disk, in light and in dark."""

import pytest
from browser import (
    barriers,
    chromium,
    cut_code,
    missing_pictures,
    overflow,
    raw_formulas,
    served,
    settle,
    watch,
)
from built_book import CHAPTERS, PAGES, ROOT, built_book

SCHEMES = ["light", "dark"]
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def homes(browser):
    with served(built_book()) as address:
        yield {"http": address, "file": built_book().as_uri()}


@pytest.fixture
def home(homes, request):
    return homes[getattr(request, "param", "http")]


@pytest.fixture
def tab(browser, request):
    # Half-way through a fade every text is faint.
    page = browser.new_page(reduced_motion="reduce", **getattr(request, "param", {}))
    yield page
    page.context.close()


def both(test):
    """Run a test from a server and from disk."""
    return pytest.mark.parametrize("home", ["http", "file"], indirect=True)(test)


def in_each_scheme(test):
    """Run a test for readers who prefer light, and for those who prefer dark."""
    options = [pytest.param({"color_scheme": scheme}, id=scheme) for scheme in SCHEMES]
    return pytest.mark.parametrize("tab", options, indirect=True)(test)


# Each page is opened in one of two ways, in turn; with all rows asked for, as in CI, in both.
WAYS = [("http", "light"), ("file", "dark")]
OPENED = [
    pytest.param(
        (name, protocol, scheme),
        id=f"{name}-{protocol}-{scheme}",
        marks=[] if i % 2 == WAYS.index((protocol, scheme)) else pytest.mark.every_row,
    )
    for i, name in enumerate(PAGES)
    for protocol, scheme in WAYS
]


@pytest.fixture(scope="module", params=OPENED)
def opened(browser, homes, request):
    """Open a page once for all tests of it; gives the tab and what went wrong in it."""
    name, protocol, scheme = request.param
    page = browser.new_page(reduced_motion="reduce", color_scheme=scheme)
    troubles = watch(page, homes[protocol])
    page.goto(f"{homes[protocol]}/{name}")
    settle(page)
    yield page, troubles
    page.context.close()


def test_page_needs_nothing_but_the_book(opened):
    page, troubles = opened
    assert troubles == []
    assert missing_pictures(page) == []
    assert raw_formulas(page) == []


def test_code_fits_a_laptop(opened):
    page, _ = opened
    assert page.viewport_size["width"] == 1280
    assert cut_code(page) == []


def test_page_fits_a_phone(opened):
    page, _ = opened
    desk = page.viewport_size
    page.set_viewport_size(PHONE)
    too_wide = overflow(page)
    page.set_viewport_size(desk)
    assert too_wide == []


def test_page_has_no_barriers(opened):
    page, _ = opened
    page.eval_on_selector_all("main details", "all => all.forEach((one) => one.open = true)")
    assert barriers(page) == []


@both
def test_front_door_leads_to_the_welcome(home, tab):
    troubles = watch(tab, home)
    tab.goto(f"{home}/index.html")
    tab.wait_for_url(f"{home}/{PAGES[0]}")
    settle(tab)
    assert troubles == []


@both
def test_search_finds_a_chapter(home, tab):
    troubles = watch(tab, home)
    tab.goto(f"{home}/{PAGES[0]}")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("reshape")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=reshape*")
    # Results are added one by one, and a link that still moves is easily missed by a click.
    tab.locator("#search-results .search-summary", has_text="found").wait_for()
    tab.locator("#search-results a", has_text="Reshape").first.click()
    tab.wait_for_url("**/notebooks/02-reshape.html*")
    settle(tab)
    assert troubles == []


@in_each_scheme
def test_page_follows_the_readers_scheme(home, tab, request):
    tab.goto(f"{home}/{PAGES[0]}")
    settle(tab)
    shade = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = max(int(part) for part in shade.removeprefix("rgb(").rstrip(")").split(", ")) < 64
    assert dark == ("dark" in request.node.callspec.id)


MOVING = [
    f"{name}.html"
    for name in CHAPTERS
    if '"frames": {' in (ROOT / f"{name}.ipynb").read_text(encoding="utf-8")
]


def test_each_chapter_that_should_has_a_figure_that_moves():
    assert [int(name[10:12]) for name in MOVING] == [3, *range(5, 13)]


@pytest.mark.parametrize(
    ("name", "home"),
    [
        pytest.param(
            name,
            protocol,
            id=f"{name}-{protocol}",
            marks=[] if i % 2 == j else pytest.mark.every_row,
        )
        for i, name in enumerate(MOVING)
        for j, protocol in enumerate(("http", "file"))
    ],
    indirect=["home"],
)
def test_a_figure_moves_under_the_arrow_keys(home, tab, name):
    troubles = watch(tab, home)
    tab.goto(f"{home}/{name}")
    slider = tab.locator(".course-frames input").first
    image = tab.locator("img:has(+ .course-frames)").first
    slider.focus()
    tab.keyboard.press("Home")
    seen = set()
    for _ in range(int(slider.get_attribute("max")) + 1):
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
        words = tab.locator(".course-frames-words").first.text_content()
        assert image.get_attribute("alt") == words
        assert tab.locator(".course-frames output").first.text_content() == slider.get_attribute(
            "aria-valuetext"
        )
        seen.add((image.get_attribute("src"), words))
        tab.keyboard.press("ArrowRight")
    assert len(seen) == int(slider.get_attribute("max")) + 1
    assert troubles == []


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_the_first_picture_is_there_and_no_dead_control(home, tab):
    tab.goto(f"{home}/{MOVING[0]}")
    assert tab.locator("img:has(+ .course-frames)").first.is_visible()
    assert not tab.locator(".course-frames").first.is_visible()


FAULTY = r"""<!doctype html><html lang="en"><title>Faults</title><main><h1>Faults</h1>
<script src="https://unpkg.com/thebe"></script><script>console.error("a fault")</script>
<img src="nowhere.png"><p style="color: #aaa; background: #fff">Faint</p>
<p style="width: 3000px">Wide</p><p>The mean $\mu$ is raw.</p></main></html>"""


def test_checks_see_a_page_with_faults(browser, tab, tmp_path):
    (tmp_path / "faults.html").write_text(FAULTY, encoding="utf-8")
    troubles = watch(tab, tmp_path.as_uri())
    tab.goto(f"{tmp_path.as_uri()}/faults.html")
    settle(tab)
    assert "console error: a fault" in troubles
    assert "outside request: https://unpkg.com/thebe" in troubles
    assert "failed: https://unpkg.com/thebe" in troubles
    assert len(missing_pictures(tab)) == 1
    assert raw_formulas(tab) == ["$\\mu$"]
    assert len(overflow(tab)) == 1
    assert {finding.partition(":")[0] for finding in barriers(tab)} == {
        "image-alt",
        "color-contrast",
    }


def test_a_page_left_before_all_has_come_is_no_trouble(homes, tab):
    """A busy machine fetches the tab's icon late; a click that goes on then ends that request."""
    troubles = watch(tab, homes["http"])
    given_up = []
    tab.on("requestfailed", lambda request: given_up.append(request.url.rpartition("/")[2]))
    tab.route("**/late.png", lambda route: None)
    tab.goto(f"{homes['http']}/{PAGES[0]}")
    with tab.expect_request("**/late.png"):
        tab.evaluate("new Image().src = 'late.png'")
    tab.goto(f"{homes['http']}/{PAGES[1]}")
    settle(tab)
    assert given_up == ["late.png"]
    assert troubles == []
