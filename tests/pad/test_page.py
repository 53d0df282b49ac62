"""Tests of the digit pad in the built book, in a real browser."""

import gzip
import inspect
import re
import shutil

import pytest

from mnist_course import cnn_model
from tests.support.browser import barriers, chromium, overflow, served, watch
from tests.support.built_book import built_book
from tests.support.strokes import DIGITS, draw_with_finger, draw_with_mouse, draw_with_pen, on

WELCOME, ALL_LAYERS = "book/index.html", "book/watch-it-think.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


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
    page = browser.new_page(reduced_motion="reduce", **options)
    yield page
    page.context.close()


def open_pad(tab, address: str, name: str = ALL_LAYERS) -> list[str]:
    """Open a page and wait until its pad is ready; return the list to which errors are added."""
    errors = watch(tab, address)
    tab.goto(f"{address}/{name}")
    tab.locator("[data-state=ready]").wait_for()
    return errors


@pytest.fixture(scope="module")
def pad(browser, addresses):
    """Return the page with all layers, opened once, and the list of its errors."""
    page = browser.new_page(reduced_motion="reduce")
    errors = open_pad(page, addresses["http"])
    yield page, errors
    page.context.close()


def canvas(tab):
    return tab.locator(".digit-pad__canvas")


def press(tab, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def text(tab, part: str) -> str:
    """Return the text of a part of the pad, once the drawing has been predicted."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return tab.locator(f".digit-pad__{part}").text_content()


# Prediction of drawings


@pytest.mark.parametrize(
    ("protocol", "name"),
    [("http", WELCOME), pytest.param("file", ALL_LAYERS, marks=pytest.mark.slow)],
)
def test_prediction_of_each_digit(addresses, tab, protocol, name):
    errors = open_pad(tab, addresses[protocol], name)
    for digit, strokes in DIGITS.items():
        press(tab, "Clear")
        draw_with_mouse(tab, canvas(tab), strokes)
        assert text(tab, "prediction").startswith(f"Prediction: {digit} (")
        assert text(tab, "warnings") == ""
    assert errors == []


@pytest.mark.parametrize("tab", [PHONE], indirect=True)
def test_canvas_touch(addresses, tab):
    errors = open_pad(tab, addresses["file"])
    session = tab.context.new_cdp_session(tab)
    canvas(tab).scroll_into_view_if_needed()
    before = tab.evaluate("scrollY")
    draw_with_finger(session, canvas(tab), DIGITS[2])
    assert text(tab, "prediction").startswith("Prediction: 2")
    assert tab.evaluate("scrollY") == before
    small = tab.eval_on_selector_all(
        ".digit-pad button, .digit-pad summary",
        "all => all.filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 44)"
        ".map((one) => one.outerHTML)",
    )
    assert small == [], "too small for a finger"
    assert overflow(tab) == []
    assert errors == []


def test_canvas_pen(pad):
    tab, errors = pad
    press(tab, "Clear")
    tab.evaluate("""() => {
      const note = (event) => (window.drawnWith = event.pointerType);
      document.querySelector(".digit-pad__canvas").addEventListener("pointermove", note);
    }""")
    draw_with_pen(tab.context.new_cdp_session(tab), canvas(tab), DIGITS[6])
    assert tab.evaluate("drawnWith") == "pen"
    assert text(tab, "prediction").startswith("Prediction: 6")
    assert errors == []


def test_pad_keyboard(pad):
    tab, errors = pad
    tab.get_by_role("button", name="Clear").focus()
    tab.keyboard.press("Tab")
    for _ in range(7):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert "Label: 7" in text(tab, "prediction")
    assert text(tab, "status").strip() == text(tab, "prediction").strip(), "also announced"

    maps = tab.get_by_role("application", name=re.compile("^32 feature maps: "))
    maps.focus()
    before = text(tab, "sum")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    first, second = (int(re.match(r"Filter (\d+)", one)[1]) for one in (before, text(tab, "sum")))
    assert second - first in (1, 8, 9), "one map to the right, one row down, if there is one"

    tab.get_by_role("application", name=re.compile("^feature map of filter")).focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowLeft")
    place = r"row (\d+), column (\d+)"
    was, now = (re.search(place, one).groups() for one in (before, text(tab, "sum")))
    assert [int(n) for n in now] == [max(1, int(n) - 1) for n in was]
    assert errors == []


# What the page shows


def numbers(tab, table: str) -> list[float]:
    cells = tab.locator(f".digit-pad__arithmetic table:has(caption:text-is('{table}')) td")
    return [float(cell.replace("−", "-")) for cell in cells.all_text_contents()]


def test_filter_view_arithmetic(pad):
    tab, _ = pad
    press(tab, "Sample 4")
    feature_map = tab.get_by_role("application", name=re.compile("^feature map of filter"))
    feature_map.scroll_into_view_if_needed()
    box = feature_map.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.48, box["y"] + box["height"] * 0.52)
    shown = text(tab, "sum")
    assert "row 13, column 12" in shown
    pixels, kernel, products = (numbers(tab, name) for name in ("patch", "kernel", "products"))
    assert any(products)
    for pixel, weight, product in zip(pixels, kernel, products, strict=True):
        assert product == pytest.approx(pixel * weight, abs=0.011)
    values = [float(n.replace("−", "-")) for n in re.findall(r"−?\d+\.\d\d", shown)]
    total, bias, value, after_relu, largest = values
    assert total == pytest.approx(sum(products), abs=0.13)
    assert value == pytest.approx(total + bias, abs=0.011)
    assert after_relu == max(0, value) and largest >= after_relu


def test_layer_views_code_and_links(addresses, pad):
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
        page = built_book() / path.removeprefix(addresses["http"] + "/")
        assert f'id="{section}"' in page.read_text(encoding="utf-8"), address


def test_occlusion_probabilities(addresses, tab):
    errors = open_pad(tab, addresses["http"])
    tab.locator("summary", has_text="Hide a part").click()
    tab.get_by_role("img", name=re.compile("falls by at most")).wait_for()
    image = tab.get_by_role("application", name=re.compile("pixels hidden"))
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    probability = tab.locator(".digit-pad__more .digit-pad__predicted .digit-pad__value")
    seen = set()
    for x, y in ((0.02, 0.02), (0.5, 0.5), (0.5, 0.3), (0.35, 0.45)):
        tab.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        seen.add(probability.text_content())
    assert len(seen) > 1
    assert errors == []


def test_neighbours_labels(addresses, tab):
    errors = open_pad(tab, addresses["http"])
    press(tab, "Sample 6")
    tab.locator("summary", has_text="Why is it misread?").click()
    tab.get_by_text("nearest by hidden units").wait_for()
    nearest = tab.locator(".digit-pad__neighbours figcaption").all_text_contents()
    assert len(nearest) == 16
    assert nearest.count("6") >= 12
    press(tab, "a hard one")
    tab.wait_for_function(
        "document.querySelector('.digit-pad__prediction').textContent.match(/Label/)"
    )
    assert errors == []


# Warnings and errors


def filling_strokes() -> list:
    return [[(0.02, i / 30), (0.98, i / 30)] for i in range(1, 30, 2)]


TWO_DIGITS = [[(x * 0.5 + dx, y * 0.7 + 0.15) for x, y in DIGITS[1][0]] for dx in (0, 0.45)]

WARNINGS = {
    "a full canvas": (filling_strokes(), "Almost the whole canvas is ink"),
    "a tiny dot": ([[(0.5, 0.5), (0.5, 0.505)]], "This is a dot"),
    "two digits": (TWO_DIGITS, "two digits"),
    "a stroke across the edge": ([[(0.5, 0.2), (0.5, 0.7), (1.2, 0.7)]], "left the canvas"),
    "a stroke outside": ([[(0.99, 0.5), (1.3, 0.5)]], "left the canvas"),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_input_warnings(pad, case):
    strokes, warning = WARNINGS[case]
    tab, errors = pad
    press(tab, "Clear")
    draw_with_mouse(tab, canvas(tab), strokes)
    assert warning in text(tab, "warnings")
    press(tab, "Clear")
    draw_with_mouse(tab, canvas(tab), DIGITS[7])
    assert text(tab, "prediction").startswith("Prediction: 7") and text(tab, "warnings") == ""
    assert errors == []


def test_input_warnings_empty_canvas(pad):
    tab, _ = pad
    press(tab, "Clear")
    assert text(tab, "prediction") == "No prediction yet."
    assert "The canvas is empty" in text(tab, "warnings")
    draw_with_mouse(tab, canvas(tab), DIGITS[4])
    press(tab, "Undo")
    press(tab, "Undo")
    assert text(tab, "prediction") == "No prediction yet."


def test_undo_after_clear(pad):
    tab, _ = pad
    press(tab, "Clear")
    draw_with_mouse(tab, canvas(tab), DIGITS[8])
    for remove in ("Clear", "Sample 3"):
        press(tab, remove)
        assert "Prediction: 8" not in text(tab, "prediction")
        press(tab, "Undo")
        assert text(tab, "prediction").startswith("Prediction: 8")


def test_canvas_resized_during_stroke(pad):
    tab, errors = pad
    press(tab, "Clear")
    wide = tab.viewport_size
    [stroke] = DIGITS[0]
    half = len(stroke) // 2
    points = on(canvas(tab), [stroke])[0]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for point in points[1:half]:
        tab.mouse.move(*point)
    tab.set_viewport_size({"width": 700, "height": 900})
    for point in on(canvas(tab), [stroke])[0][half:]:
        tab.mouse.move(*point)
    tab.mouse.up()
    tab.set_viewport_size(wide)
    assert text(tab, "prediction").startswith("Prediction: 0")
    assert errors == []


LOAD_ERRORS = {
    "weights": "The network could not be loaded",
    "samples": "The sample digits could not be loaded",
}


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("weights", "missing"),
        ("weights", "changed"),
        ("weights", "truncated"),
        ("samples", "missing"),
    ],
)
def test_load_error(tab, tmp_path, name, damage):
    book = tmp_path / "book"
    for part in ("_static", "book"):
        shutil.copytree(built_book() / part, book / part)
    script = book / f"_static/pad/{name}.js"
    original = script.read_text(encoding="utf-8")
    if damage == "missing":
        script.unlink()
    else:
        damaged = (
            original[:5000] + "AAAA" + original[5004:] if damage == "changed" else original[:90_000]
        )
        script.write_text(damaged, encoding="utf-8")
    tab.goto(f"{book.as_uri()}/{WELCOME}")
    tab.locator("[data-state=failed]").wait_for()
    assert LOAD_ERRORS[name] in text(tab, "prediction")
    draw_with_mouse(tab, canvas(tab), DIGITS[5])
    predicted = text(tab, "prediction").startswith("Prediction: 5")
    assert predicted == (name != "weights")
    if name == "weights":
        script.write_text(original, encoding="utf-8")
        press(tab, "Try again")
        tab.locator("[data-state=ready]").wait_for()
        assert text(tab, "prediction").startswith("Prediction: 5"), "the drawing was kept"


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_pad_without_javascript(addresses, tab):
    tab.goto(f"{addresses['file']}/{ALL_LAYERS}")
    pad = tab.locator(".digit-pad")
    assert "which is switched off in your browser" in pad.inner_text()
    # Without scripts only the place of the image can be measured.
    box = pad.locator("img").bounding_box()
    assert box["width"] > 200 and (built_book() / "_static/pad/pad.png").stat().st_size > 1000


# Accessibility and theme


@pytest.mark.parametrize(
    "tab",
    [
        pytest.param({}, id="light"),
        pytest.param({"color_scheme": "dark", **PHONE}, id="dark phone", marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_pad_accessible(addresses, tab):
    errors = open_pad(tab, addresses["http"])
    tab.eval_on_selector_all("main details", "all => all.forEach((one) => one.open = true)")
    tab.get_by_text("nearest by hidden units").wait_for()
    draw_with_mouse(tab, canvas(tab), TWO_DIGITS)
    assert text(tab, "warnings")
    assert barriers(tab) == []
    assert overflow(tab) == []
    assert errors == []


def test_ink_colour_of_theme(pad):
    tab, _ = pad
    press(tab, "Clear")
    draw_with_mouse(tab, canvas(tab), [[(0.5, 0.2), (0.5, 0.8)]])
    ink_of_middle = """() => {
      const canvas = document.querySelector(".digit-pad__canvas");
      const middle = canvas.width / 2;
      return canvas.getContext("2d").getImageData(middle, middle, 1, 1).data[0];
    }"""
    inks = []
    for theme in ("light", "dark", "light"):
        tab.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        inks.append(tab.evaluate(ink_of_middle))
    dark_ink, light_ink, dark_again = inks
    assert max(dark_ink, dark_again) < 60 and light_ink > 200


# What a page loads


def test_pad_files_only_where_used(addresses, tab):
    requested = []
    tab.on("request", lambda request: requested.append(request.url))
    tab.goto(f"{addresses['http']}/notebooks/05-build.html")
    assert [url for url in requested if "/pad/" in url] == []
    open_pad(tab, addresses["http"], WELCOME)
    assert len([url for url in requested if "/pad/" in url]) == 4


def test_pad_files_size():
    files = [*(built_book() / "_static/pad").glob("*.js"), built_book() / "_static/pad/pad.css"]
    size = sum(len(gzip.compress(path.read_bytes())) for path in files)
    assert size <= 650_000
