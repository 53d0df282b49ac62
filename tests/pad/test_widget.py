"""Tests of the pad in a notebook: the Python widget, and its front end with the widget's state."""

import base64
import re

import numpy as np
import pytest

from maintenance.strokes import DIGITS, draw_with_mouse
from mnist_course import load_mnist
from mnist_course.figures.display import WIDGET_VIEW
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.pad import widget
from mnist_course.pad.widget import DigitPad
from mnist_course.training.reference_model import MODEL_FILE
from tests.support.browser import chromium
from tests.support.widget_page import show_widget


@pytest.fixture(scope="module")
def model():
    model = cnn_model()
    model.load_weights(MODEL_FILE)
    return model


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")[1]


@pytest.fixture(scope="module")
def used_tab():
    with chromium() as browser:
        yield browser.new_page()


@pytest.fixture
def tab(used_tab):
    used_tab.goto("about:blank")  # without the page of the test before
    return used_tab


# The Python widget


def test_image_from_front_end(model):
    pad = DigitPad(model)
    changes = []
    pad.observe(lambda change: changes.append(change["new"]), "image")
    drawn = np.arange(784) % 256
    pad.set_state({"image": drawn.tolist()})  # as ipywidgets does for a message of the front end
    assert pad.image.shape == (28, 28) and pad.image.dtype == np.uint8
    np.testing.assert_array_equal(pad.image.ravel(), drawn)
    assert len(changes) == 1


def test_display_without_kernel(model, digits, monkeypatch):
    shown = []
    monkeypatch.setattr(widget, "display", lambda data, **rest: shown.append((data, rest)))
    X, y = digits
    DigitPad(model, X[0])._ipython_display_()
    [(data, rest)] = shown
    assert {WIDGET_VIEW, "image/png"} <= data.keys()
    probabilities = model.predict(X[:1, ..., None] / np.float32(255), verbose=0)[0]
    alt = rest["metadata"]["image/png"]["alt"]
    predicted, percent = re.search(r"predicts (\d), at ([\d.]+) %", alt).groups()
    assert int(predicted) == probabilities.argmax() == y[0]
    assert float(percent) == pytest.approx(100 * probabilities.max(), abs=0.06)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((28, 28)), r"shape \(28, 28\) and dtype float64"),
        (np.zeros((28, 28, 1), np.uint8), r"shape \(28, 28, 1\)"),
        ([0] * 784, "dtype list"),
    ],
)
def test_image_invalid(model, digits, image, message):
    pad = DigitPad(model, digits[0][0])
    with pytest.raises(ValueError, match=rf"{message}.*\n.*load_mnist"):
        pad.image = image
    np.testing.assert_array_equal(pad.image, digits[0][0])


def test_samples_wrong_labels(model, digits):
    X, y = digits
    with pytest.raises(ValueError, match=r"labels have shape \(1000, 10\).*\n.*not one-hot"):
        DigitPad(model, samples=(X, np.eye(10)[y]))
    with pytest.raises(ValueError, match=r"Each of the 5 sample images"):
        DigitPad(model, samples=(X[:5], y[:4]))


def test_model_missing():
    with pytest.raises(ValueError, match="this one has none and none"):
        DigitPad(None)


def test_show_model(model):
    pad = DigitPad(model)
    before = pad.weights
    pad.show_model(cnn_model())
    assert pad.weights != before


# The front end. The connection between it and Python is part of anywidget and not tested here.


def open_pad(tab, pad: DigitPad) -> list[str]:
    """Show a pad in a page, with the state that ipywidgets would send; return the page's errors."""
    state = {name: pad.get_state(name)[name] for name in ("image", "sample_labels")}
    for name in ("weights", "sample_images"):
        state[name] = getattr(pad, name)
    return show_widget(tab, pad, state)


def test_front_end_sends_image(model, digits, tab):
    pad = DigitPad(model, samples=digits)
    errors = open_pad(tab, pad)
    draw_with_mouse(tab, tab.locator(".digit-pad__canvas"), DIGITS[3])
    assert "Prediction: 3" in tab.locator(".digit-pad__prediction").text_content()
    pad.set_state({"image": tab.evaluate("python.state.image")})
    probabilities = model.predict(pad.image[None, ..., None] / np.float32(255), verbose=0)[0]
    assert probabilities.argmax() == 3
    assert tab.evaluate("python.saved") == 1
    assert errors == []


def test_drawing_prepared_like_mnist(model, tab):
    """Scaled into 20 x 20, the mass in the middle of 28 x 28, as every digit of MNIST is."""
    pad = DigitPad(model)
    open_pad(tab, pad)
    # Painting all layers at each pointer event is half of the work, and is not tested here.
    tab.add_style_tag(content=".digit-pad__body { display: none }")
    for digit, strokes in DIGITS.items():
        tab.get_by_role("button", name="Clear").click()
        in_a_corner = [[(x * 0.5 + 0.4, y * 0.6) for x, y in stroke] for stroke in strokes]
        draw_with_mouse(tab, tab.locator(".digit-pad__canvas"), in_a_corner)
        pad.set_state({"image": tab.evaluate("python.state.image")})
        assert is_prepared(pad.image), digit


def is_prepared(image: np.ndarray) -> bool:
    rows, columns = (np.flatnonzero(image.max(axis=axis) > 20) for axis in (1, 0))
    sides = np.ptp(rows) + 1, np.ptp(columns) + 1
    weights = image / image.sum()
    middle = (weights.sum(axis=1) @ np.arange(28), weights.sum(axis=0) @ np.arange(28))
    return max(sides) == 20 and np.abs(np.subtract(middle, 14)).max() <= 0.5001


def test_is_prepared(digits):
    X, _ = digits
    assert np.mean([is_prepared(image) for image in X]) > 0.99
    assert not any(is_prepared(np.roll(image, 2, axis=0)) for image in X[:50])
    assert not any(is_prepared(np.pad(image[::2, ::2], 7)) for image in X[:50])


def test_front_end_follows_python(model, digits, tab):
    X, y = digits
    errors = open_pad(tab, DigitPad(model, X[0]))
    prediction = tab.locator(".digit-pad__prediction")
    assert f": {y[0]} (" in prediction.text_content()
    other = next(i for i, digit in enumerate(y) if digit != y[0])
    tab.evaluate(
        "image => { python.state.image = image; python.calls['change:image']() }",
        X[other].ravel().tolist(),
    )
    assert f": {y[other]} (" in prediction.text_content()
    fresh = base64.b64encode(DigitPad(cnn_model()).weights).decode()
    tab.evaluate(
        """async (text) => {
          const all = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          python.state.weights = new DataView(all.buffer);
          await python.calls["change:weights"]();
        }""",
        fresh,
    )
    assert "Prediction:" not in prediction.text_content(), "an untrained network is uncertain"
    tab.evaluate("destroyWidget()")
    assert tab.evaluate("Object.keys(python.calls)") == []
    assert errors == []


def test_front_end_damaged_weights(model, tab):
    pad = DigitPad(model)
    pad.weights = pad.weights[:-5]
    open_pad(tab, pad)
    assert "could not be loaded" in tab.locator(".digit-pad__prediction").text_content()
