"""Tests of what the digit pad shows in the built book, and of the files it loads."""

import gzip
import inspect
import re
import shutil

import pytest

from maintenance.strokes import DIGITS, draw_with_mouse
from mnist_course import cnn_model
from tests.support.browser import axe_violations, overflow
from tests.support.built_book import built_book
from tests.support.pad_page import (
    ALL_LAYERS,
    PHONE,
    TWO_DIGITS,
    WELCOME,
    canvas,
    open_pad,
    press,
    text,
)


def test_pad_keyboard(pad):
    tab, errors = pad
    tab.get_by_role("button", name="Clear").focus()
    tab.keyboard.press("Tab")
    for _ in range(7):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert "Label:\u00a07" in text(tab, "prediction")
    assert text(tab, "status").strip() == text(tab, "prediction").strip(), "also announced"

    maps = tab.get_by_role("application", name=re.compile("^sums of 32 filters: "))
    maps.focus()
    before = text(tab, "sum")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    first, second = (int(re.match(r"Filter (\d+)", one)[1]) for one in (before, text(tab, "sum")))
    assert second - first in (1, 8, 9), "one map to the right, one row down, if there is one"

    tab.get_by_role("application", name=re.compile("^sums of filter")).focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowLeft")
    place = r"row (\d+), column (\d+)"
    was, now = (re.search(place, one).groups() for one in (before, text(tab, "sum")))
    assert [int(n) for n in now] == [max(1, int(n) - 1) for n in was]
    assert errors == []


def numbers(tab, table: str) -> list[float]:
    cells = tab.locator(f".digit-pad__arithmetic table:has(caption:text-is('{table}')) td")
    return [float(cell.replace("−", "-")) for cell in cells.all_text_contents()]


def test_filter_view_arithmetic(pad):
    tab, _ = pad
    press(tab, "Sample 4")
    sums = tab.get_by_role("application", name=re.compile("^sums of filter"))
    sums.scroll_into_view_if_needed()
    box = sums.bounding_box()
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
    probabilities = set()
    for x, y in ((0.02, 0.02), (0.5, 0.5), (0.5, 0.3), (0.35, 0.45)):
        tab.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        probabilities.add(probability.text_content())
    assert len(probabilities) > 1
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
    assert axe_violations(tab) == []
    assert overflow(tab) == []
    assert errors == []


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
