"""Tests of drawing on the digit pad in the built book, in a real browser."""

import pytest

from maintenance.strokes import DIGITS, draw_with_finger, draw_with_mouse, draw_with_pen, on
from tests.support.browser import overflow
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


def filling_strokes() -> list:
    return [[(0.02, i / 30), (0.98, i / 30)] for i in range(1, 30, 2)]


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
