"""What a page loads and when: its weight, pictures and frames that wait, text that stays."""

import functools
import json
import re
from urllib.parse import unquote

import pytest

from maintenance.browser import wait_until_loaded
from maintenance.page_weight import open_page, scroll_to_end, weigh_page
from tests.support.browser import record_layout_shifts
from tests.support.built_book import LESSONS, PAGES, built_book, page

pytestmark = pytest.mark.slow

WELCOME, WITH_LAYERS = PAGES[:2]
LESSONS = [f"{name}.html" for name in LESSONS]

LAPTOP = {"width": 1280, "height": 720}
PHONE = {"width": 360, "height": 740}

# Cumulative Layout Shift; Web Vitals calls a page good below 0.1.
STEADY = 0.01


def total(shifts: list[str]) -> float:
    """Add up the scores of layout shifts."""
    return sum(float(shift.partition(" ")[0]) for shift in shifts)


@functools.cache
def largest_lesson() -> str:
    """Return the page of the lesson with the most HTML."""
    return max(LESSONS, key=lambda name: len((built_book() / name).read_bytes()))


@pytest.fixture
def tab(browser, request):
    page = browser.new_page(viewport=getattr(request, "param", LAPTOP))
    yield page
    page.context.close()


@pytest.fixture
def requested(tab):
    """Give the growing list of the pictures that a tab requests, by file name."""
    names = []
    tab.on("request", lambda request: names.append(request.url.rpartition("/_images/")[2]))
    return names


def test_welcome_page_is_at_most_1200_kb(browser, homes):
    weight = weigh_page(browser, f"{homes['http']}/{WELCOME}")
    assert "/_static/pad/weights.js" in weight.files
    assert weight.total <= 1.2e6, weight


def test_lesson_is_at_most_500_kb_without_pictures_and_frames(browser, homes):
    weight = weigh_page(browser, f"{homes['http']}/{largest_lesson()}", then=scroll_to_end)
    assert weight.without_pictures <= 500e3, weight
    assert weight.total > weight.without_pictures


@pytest.mark.parametrize("name", PAGES)
def test_pictures_have_a_size_and_load_lazily_but_for_the_first(name):
    pictures = page(built_book() / name).select("article img:not(noscript img)")
    for number, image in enumerate(pictures):
        assert int(image["width"]) > 0 and int(image["height"]) > 0, image
        assert (image.get("loading") == "lazy") == (number > 0), image


def test_pictures_below_the_screen_load_when_the_reader_comes_near(homes, tab, requested):
    name = "notebooks/10-filters.html"
    images = page(built_book() / name).select("article img")
    pictures = {image["src"].rpartition("/")[2] for image in images}
    open_page(tab, f"{homes['http']}/{name}")
    assert 1 <= len(pictures & set(requested)) <= len(pictures) // 3
    scroll_to_end(tab)
    assert pictures <= set(requested)


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_frames_load_when_the_reader_comes_near(homes, tab, requested, protocol):
    name = "notebooks/04-one-hot.html"
    slider = page(built_book() / name).select_one(".frame-slider script").text
    frames = {frame["src"].rpartition("/")[2] for frame in json.loads(slider)}
    assert len(frames) == 10
    open_page(tab, f"{homes[protocol]}/{name}")
    assert frames & set(requested) == set()
    with tab.expect_event("requestfinished", lambda request: request.url.endswith("-9.png")):
        tab.locator(".frame-slider").scroll_into_view_if_needed()
    assert frames <= set(requested)


def test_page_holds_no_frame_itself():
    for name in LESSONS:
        assert "data:image/png" not in (built_book() / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [WELCOME, WITH_LAYERS, None], ids=["welcome", "layers", "lesson"])
@pytest.mark.parametrize("tab", [LAPTOP, PHONE], indirect=True, ids=["laptop", "phone"])
def test_text_stays_where_it_is_while_a_page_loads_and_scrolls(homes, tab, name):
    name = name or largest_lesson()
    shifts = record_layout_shifts(tab)
    open_page(tab, f"{homes['http']}/{name}")
    scroll_to_end(tab)
    assert total(shifts()) < STEADY, shifts()


@pytest.mark.parametrize("name", [WELCOME, WITH_LAYERS])
@pytest.mark.parametrize("tab", [LAPTOP, PHONE], indirect=True, ids=["laptop", "phone"])
def test_place_of_the_digit_pad_is_reserved(homes, tab, name):
    open_page(tab, f"{homes['http']}/{name}")
    pad = tab.locator(".digit-pad")
    pad.and_(tab.locator("[data-state=ready]")).wait_for()
    reserved, height = pad.evaluate(
        "pad => [parseFloat(getComputedStyle(pad).minHeight), pad.getBoundingClientRect().height]"
    )
    assert abs(reserved - height) < 0.1 * height


def test_text_stays_where_it_is_when_pictures_come_late(homes, tab):
    shifts = record_layout_shifts(tab)
    held = []
    tab.route("**/_images/*", lambda route: held.append(route))
    tab.goto(f"{homes['http']}/notebooks/01-load.html", wait_until="commit")
    picture = tab.locator("article img").nth(1)
    picture.scroll_into_view_if_needed()
    tab.route("**/_images/*", lambda route: route.continue_())
    for route in held:
        route.continue_()
    tab.wait_for_function("image => image.complete", arg=picture.element_handle())
    wait_until_loaded(tab)
    assert total(shifts()) < STEADY, shifts()


def test_layout_shifts_are_seen(homes, tab):
    shifts = record_layout_shifts(tab)
    tab.goto(f"{homes['http']}/{WELCOME}")
    wait_until_loaded(tab)
    tab.evaluate("document.querySelector('article h1').style.marginTop = '300px'")
    tab.wait_for_function("shifts.some((shift) => parseFloat(shift) > 0.05)")
    assert any("section" in shift for shift in shifts())


def test_built_book_has_no_icon_font_and_no_source_map():
    names = [path.relative_to(built_book()).as_posix() for path in built_book().rglob("*")]
    assert [n for n in names if re.search(r"fontawesome|\.map$|fa-.*\.(woff2|ttf)$", n)] == []


def test_style_sheets_name_only_files_of_the_book():
    for sheet in built_book().rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        for address in re.findall(r"url\(['\"]?([^'\")]+)", text):
            if not address.startswith(("data:", "#", "%23")):
                path = sheet.parent / unquote(address).partition("?")[0].partition("#")[0]
                assert path.is_file(), (sheet, address)
