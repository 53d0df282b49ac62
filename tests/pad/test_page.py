"""The digit pad in the built book, in a real browser: what a reader draws, presses and sees."""

import gzip
import inspect
import re
import shutil

import pytest

from mnist_course import cnn_model
from tests.support.browser import barriers, chromium, overflow, served, watch
from tests.support.built_book import built_book
from tests.support.strokes import DIGITS, draw_with_finger, draw_with_mouse, draw_with_pen, on

WELCOME, WHOLE = "book/index.html", "book/watch-it-think.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def homes():
    with served(built_book()) as address:
        yield {"http": address, "file": built_book().as_uri()}


@pytest.fixture(scope="module")
def used_tab(browser):
    """Give a tab that has shown other pages: it shows the next for half of what a new one costs."""
    return browser.new_page(reduced_motion="reduce")


@pytest.fixture
def tab(browser, request):
    """Give the tab that is open already, or a new one with a test's own options."""
    options = getattr(request, "param", {})
    if not options:
        yield request.getfixturevalue("used_tab")
        return
    page = browser.new_page(reduced_motion="reduce", **options)
    yield page
    page.context.close()


def open_pad(tab, home: str, name: str = WHOLE) -> list[str]:
    """Open a page and wait until its pad reads; return the growing list of its troubles."""
    troubles = watch(tab, home)
    tab.goto(f"{home}/{name}")
    tab.locator("[data-state=ready]").wait_for()
    return troubles


@pytest.fixture(scope="module")
def pad(browser, homes):
    """Give the page with all layers, opened once, and the list of its troubles."""
    page = browser.new_page(reduced_motion="reduce")
    troubles = open_pad(page, homes["http"])
    yield page, troubles
    page.context.close()


def paper(tab):
    return tab.locator(".digit-pad__paper")


def press(tab, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def text(tab, part: str) -> str:
    """Return the words of a part of the pad, once what was drawn has been read."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return tab.locator(f".digit-pad__{part}").text_content()


# Reading what is drawn


@pytest.mark.parametrize(
    ("protocol", "name"), [("http", WELCOME), pytest.param("file", WHOLE, marks=pytest.mark.slow)]
)
def test_all_ten_digits_are_read(homes, tab, protocol, name):
    troubles = open_pad(tab, homes[protocol], name)
    for digit, strokes in DIGITS.items():
        press(tab, "Clear")
        draw_with_mouse(tab, paper(tab), strokes)
        assert text(tab, "answer").startswith(f"The network says {digit} (")
        assert text(tab, "doubt") == ""
    assert troubles == []


@pytest.mark.parametrize("tab", [PHONE], indirect=True)
def test_a_finger_draws_and_does_not_scroll(homes, tab):
    troubles = open_pad(tab, homes["file"])
    session = tab.context.new_cdp_session(tab)
    paper(tab).scroll_into_view_if_needed()
    before = tab.evaluate("scrollY")
    draw_with_finger(session, paper(tab), DIGITS[2])
    assert text(tab, "answer").startswith("The network says 2")
    assert tab.evaluate("scrollY") == before
    small = tab.eval_on_selector_all(
        ".digit-pad button, .digit-pad summary",
        "all => all.filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 44)"
        ".map((one) => one.outerHTML)",
    )
    assert small == [], "too small for a finger"
    assert overflow(tab) == []
    assert troubles == []


def test_a_pen_draws(pad):
    tab, troubles = pad
    press(tab, "Clear")
    tab.evaluate("""() => {
      const note = (event) => (window.drawnWith = event.pointerType);
      document.querySelector(".digit-pad__paper").addEventListener("pointermove", note);
    }""")
    draw_with_pen(tab.context.new_cdp_session(tab), paper(tab), DIGITS[6])
    assert tab.evaluate("drawnWith") == "pen"
    assert text(tab, "answer").startswith("The network says 6")
    assert troubles == []


def test_the_keyboard_alone_is_enough(pad):
    tab, troubles = pad
    tab.get_by_role("button", name="Clear").focus()
    tab.keyboard.press("Tab")
    for _ in range(7):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert "The label says 7" in text(tab, "answer")
    assert text(tab, "heard").strip() == text(tab, "answer").strip(), "said aloud as well"

    maps = tab.get_by_role("application", name=re.compile("^32 feature maps: "))
    maps.focus()
    before = text(tab, "sum")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    first, second = (int(re.match(r"Filter (\d+)", one)[1]) for one in (before, text(tab, "sum")))
    assert second - first in (1, 8, 9), "one map on, one row down, as far as there are any"

    tab.get_by_role("application", name=re.compile("^feature map of filter")).focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowLeft")
    place = r"row (\d+), column (\d+)"
    was, now = (re.search(place, one).groups() for one in (before, text(tab, "sum")))
    assert [int(n) for n in now] == [max(1, int(n) - 1) for n in was]
    assert troubles == []


# What the page says is so


def numbers(tab, table: str) -> list[float]:
    cells = tab.locator(f".digit-pad__arithmetic table:has(caption:text-is('{table}')) td")
    return [float(cell.replace("−", "-")) for cell in cells.all_text_contents()]


def test_the_arithmetic_of_a_cell_adds_up(pad):
    tab, _ = pad
    press(tab, "Sample 4")
    plate = tab.get_by_role("application", name=re.compile("^feature map of filter"))
    plate.scroll_into_view_if_needed()
    box = plate.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.48, box["y"] + box["height"] * 0.52)
    words = text(tab, "sum")
    assert "row 13, column 12" in words
    pixels, kernel, products = (numbers(tab, name) for name in ("patch", "kernel", "products"))
    assert any(products)
    for pixel, weight, product in zip(pixels, kernel, products, strict=True):
        assert product == pytest.approx(pixel * weight, abs=0.011)
    said = [float(n.replace("−", "-")) for n in re.findall(r"−?\d+\.\d\d", words)]
    total, bias, value, rest, largest = said
    assert total == pytest.approx(sum(products), abs=0.13)
    assert value == pytest.approx(total + bias, abs=0.011)
    assert rest == max(0, value) and largest >= rest


def test_every_layer_shows_its_line_of_keras_and_leads_to_its_chapter(homes, pad):
    tab, _ = pad
    source = inspect.getsource(cnn_model)
    lines = tab.locator(".digit-pad__keras code").all_text_contents()
    assert len(lines) == 7
    for line in lines:
        for part in re.split(r", (?=[A-Z])", line):
            assert f"{part},\n" in source, part
    for link in tab.locator(".digit-pad__keras a").all():
        address = link.evaluate("link => link.href")
        path, _, section = address.partition("#")
        page = built_book() / path.removeprefix(homes["http"] + "/")
        assert f'id="{section}"' in page.read_text(encoding="utf-8"), address


def test_covering_a_part_moves_the_probabilities(homes, tab):
    troubles = open_pad(tab, homes["http"])
    tab.locator("summary", has_text="Cover a part").click()
    tab.get_by_role("img", name=re.compile("the worst place takes")).wait_for()
    sheet = tab.get_by_role("application", name=re.compile("under a cover"))
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    share = tab.locator(".digit-pad__more .digit-pad__winner .digit-pad__value")
    seen = set()
    for x, y in ((0.02, 0.02), (0.5, 0.5), (0.5, 0.3), (0.35, 0.45)):
        tab.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        seen.add(share.text_content())
    assert len(seen) > 1
    assert troubles == []


def test_the_nearest_sample_digits_look_the_same(homes, tab):
    troubles = open_pad(tab, homes["http"])
    press(tab, "Sample 6")
    tab.locator("summary", has_text="Why is mine misread?").click()
    tab.get_by_text("nearest by hidden units").wait_for()
    nearest = tab.locator(".digit-pad__neighbours figcaption").all_text_contents()
    assert len(nearest) == 16
    assert nearest.count("6") >= 12
    press(tab, "a hard one")
    tab.wait_for_function("document.querySelector('.digit-pad__answer').textContent.match(/label/)")
    assert troubles == []


# Bad input


def strokes_that_fill() -> list:
    return [[(0.02, i / 30), (0.98, i / 30)] for i in range(1, 30, 2)]


BESIDE = [[(x * 0.5 + dx, y * 0.7 + 0.15) for x, y in DIGITS[1][0]] for dx in (0, 0.45)]

DOUBTS = {
    "a full paper": (strokes_that_fill(), "Almost all of the paper is ink"),
    "a tiny dot": ([[(0.5, 0.5), (0.5, 0.505)]], "That is a dot"),
    "two digits": (BESIDE, "two digits"),
    "a stroke that leaves": ([[(0.5, 0.2), (0.5, 0.7), (1.2, 0.7)]], "left the paper"),
    "only outside": ([[(0.99, 0.5), (1.3, 0.5)]], "left the paper"),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_an_odd_drawing_gets_a_word_and_hangs_nothing(pad, case):
    strokes, word = DOUBTS[case]
    tab, troubles = pad
    press(tab, "Clear")
    draw_with_mouse(tab, paper(tab), strokes)
    assert word in text(tab, "doubt")
    press(tab, "Clear")
    draw_with_mouse(tab, paper(tab), DIGITS[7])
    assert text(tab, "answer").startswith("The network says 7") and text(tab, "doubt") == ""
    assert troubles == []


def test_an_empty_paper_is_no_digit(pad):
    tab, _ = pad
    press(tab, "Clear")
    assert text(tab, "answer") == "Nothing to read yet."
    assert "The paper is empty" in text(tab, "doubt")
    draw_with_mouse(tab, paper(tab), DIGITS[4])
    press(tab, "Undo")
    press(tab, "Undo")
    assert text(tab, "answer") == "Nothing to read yet."


def test_what_was_cleared_can_be_brought_back(pad):
    tab, _ = pad
    press(tab, "Clear")
    draw_with_mouse(tab, paper(tab), DIGITS[8])
    for remove in ("Clear", "Sample 3"):
        press(tab, remove)
        assert "says 8" not in text(tab, "answer")
        press(tab, "Undo")
        assert text(tab, "answer").startswith("The network says 8")


def test_the_window_may_change_while_the_hand_draws(pad):
    tab, troubles = pad
    press(tab, "Clear")
    wide = tab.viewport_size
    [stroke] = DIGITS[0]
    half = len(stroke) // 2
    points = on(paper(tab), [stroke])[0]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for point in points[1:half]:
        tab.mouse.move(*point)
    tab.set_viewport_size({"width": 700, "height": 900})
    for point in on(paper(tab), [stroke])[0][half:]:
        tab.mouse.move(*point)
    tab.mouse.up()
    tab.set_viewport_size(wide)
    assert text(tab, "answer").startswith("The network says 0")
    assert troubles == []


LOST = {"weights": "The network did not arrive", "samples": "The sample digits did not arrive"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [("weights", "missing"), ("weights", "damaged"), ("weights", "cut"), ("samples", "missing")],
)
def test_data_that_fail_to_load_get_a_clear_word(tab, tmp_path, name, fault):
    book = tmp_path / "book"
    for part in ("_static", "book"):
        shutil.copytree(built_book() / part, book / part)
    script = book / f"_static/pad/{name}.js"
    whole = script.read_text(encoding="utf-8")
    if fault == "missing":
        script.unlink()
    else:
        damaged = whole[:5000] + "AAAA" + whole[5004:] if fault == "damaged" else whole[:90_000]
        script.write_text(damaged, encoding="utf-8")
    tab.goto(f"{book.as_uri()}/{WELCOME}")
    tab.locator("[data-state=failed]").wait_for()
    assert LOST[name] in text(tab, "answer")
    draw_with_mouse(tab, paper(tab), DIGITS[5])
    read = text(tab, "answer").startswith("The network says 5")
    assert read == (name != "weights")
    if name == "weights":
        script.write_text(whole, encoding="utf-8")
        press(tab, "Try again")
        tab.locator("[data-state=ready]").wait_for()
        assert text(tab, "answer").startswith("The network says 5"), "the drawing was kept"


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_there_are_words_and_a_picture(homes, tab):
    tab.goto(f"{homes['file']}/{WHOLE}")
    pad = tab.locator(".digit-pad")
    assert "JavaScript, which is switched off" in pad.inner_text()
    # Without scripts nothing can be asked of the picture but its place.
    box = pad.locator("img").bounding_box()
    assert box["width"] > 200 and (built_book() / "_static/pad/pad.png").stat().st_size > 1000


# Looks


@pytest.mark.parametrize(
    "tab",
    [
        pytest.param({}, id="light"),
        pytest.param({"color_scheme": "dark", **PHONE}, id="dark phone", marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_the_whole_pad_has_no_barriers_and_fits(homes, tab):
    troubles = open_pad(tab, homes["http"])
    tab.eval_on_selector_all("main details", "all => all.forEach((one) => one.open = true)")
    tab.get_by_text("nearest by hidden units").wait_for()
    draw_with_mouse(tab, paper(tab), BESIDE)
    assert text(tab, "doubt")
    assert barriers(tab) == []
    assert overflow(tab) == []
    assert troubles == []


def test_ink_follows_the_theme(pad):
    tab, _ = pad
    press(tab, "Clear")
    draw_with_mouse(tab, paper(tab), [[(0.5, 0.2), (0.5, 0.8)]])
    shade = """() => {
      const canvas = document.querySelector(".digit-pad__paper");
      const middle = canvas.width / 2;
      return canvas.getContext("2d").getImageData(middle, middle, 1, 1).data[0];
    }"""
    inks = []
    for theme in ("light", "dark", "light"):
        tab.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        inks.append(tab.evaluate(shade))
    dark_ink, light_ink, dark_again = inks
    assert max(dark_ink, dark_again) < 60 and light_ink > 200


# What a page loads


def test_only_pages_with_a_pad_load_it(homes, tab):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{homes['http']}/notebooks/05-build.html")
    assert [url for url in asked if "/pad/" in url] == []
    open_pad(tab, homes["http"], WELCOME)
    assert len([url for url in asked if "/pad/" in url]) == 4


def test_code_weights_and_samples_keep_to_their_budget():
    files = [*(built_book() / "_static/pad").glob("*.js"), built_book() / "_static/pad/pad.css"]
    size = sum(len(gzip.compress(path.read_bytes())) for path in files)
    assert size <= 650_000
