"""Tests of the training in a notebook: a model's weights go in, trained weights come out."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_course import BrowserTraining, load_mnist
from mnist_course.models.guide_cnn import cnn_model
from tests.support.browser import axe_violations, chromium
from tests.support.training_page import press
from tests.support.widget_page import read_bytes, show_widget

PAGE = Path(__file__).parents[2] / "book/watch-it-learn.md"
IMAGES = 100  # fewer than a batch: an epoch is one step with all of them, in whatever order
SENT = ("start_weights", "training_images", "training_labels", "heldout_images", "heldout_labels")


@pytest.fixture(scope="module")
def digits():
    (X, y), held_out = load_mnist("sample")
    return (X[:IMAGES], y[:IMAGES]), (held_out[0][:130], held_out[1][:130])


@pytest.fixture
def model():
    keras.utils.set_random_seed(5)
    return cnn_model()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser):
    page = browser.new_page(reduced_motion="reduce")
    yield page
    page.context.close()


def open_widget(tab, training: BrowserTraining) -> list[str]:
    """Show the widget with one epoch without dropout chosen; return the page's errors."""
    errors = show_widget(tab, training, {name: getattr(training, name) for name in SENT})
    for name, value in (("dropout", "no"), ("epochs", "1")):
        tab.locator(f"select[name={name}]").select_option(value)
    return errors


def receive(tab, training: BrowserTraining) -> None:
    """Take over what the front end has set, as ipywidgets does."""
    epochs = tab.evaluate("python.state.epochs")
    training.set_state({"trained_weights": read_bytes(tab, "trained_weights"), "epochs": epochs})


def keras_step(model, X: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return the weights after one step of Adam without dropout."""
    with tf.GradientTape() as tape:
        predicted = model(X[..., None].astype("float32") / 255, training=False)
        loss = model.compute_loss(y=keras.utils.to_categorical(y, 10), y_pred=predicted)
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    keras.optimizers.Adam(0.001).apply(gradients, variables)
    return model.get_weights()


def test_own_weights_are_trained_as_by_keras(model, digits, tab):
    training = BrowserTraining(model, *digits)
    start = model.get_weights()
    errors = open_widget(tab, training)
    press(tab, "Train")
    tab.get_by_text("1 epoch done").first.wait_for()
    receive(tab, training)
    expected = keras_step(model, *digits[0])
    trained = training.get_weights()
    for ours, theirs, before in zip(trained, expected, start, strict=True):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() <= 1e-4 * np.abs(theirs - before).mean()
    model.set_weights(trained)
    np.testing.assert_array_equal(model.get_weights()[2], trained[2])
    [epoch] = training.epochs
    X, y = digits[1]
    predicted = model.predict(X[..., None] / np.float32(255), verbose=0).argmax(axis=1)
    assert epoch["heldOutError"] == pytest.approx(100 * np.mean(predicted != y))
    assert errors == []


def test_pause_sends_weights(model, digits, tab):
    training = BrowserTraining(model, *digits)
    open_widget(tab, training)
    tab.locator("select[name=epochs]").select_option("100")
    press(tab, "Step")
    tab.get_by_text("step 1,").wait_for()
    receive(tab, training)
    assert np.abs(training.get_weights()[2] - model.get_weights()[2]).max() > 1e-4


def test_each_run_starts_from_the_models_weights(model, digits, tab):
    training = BrowserTraining(model, *digits)
    open_widget(tab, training)
    found = []
    for _ in range(2):
        press(tab, "Train")
        tab.get_by_text("1 epoch done").first.wait_for()
        receive(tab, training)
        found.append(training.get_weights()[2])
        press(tab, "Start again")
    np.testing.assert_array_equal(*found)


def test_settings_keep_the_layers(model, digits, tab):
    open_widget(tab, BrowserTraining(model, *digits))
    assert tab.locator("select").count() == 9
    assert tab.locator("select[name=hidden]").count() == 0
    assert tab.locator("a").count() == 0  # there is no lesson beside a notebook


def test_closed_widget_stops_the_work(model, digits, tab):
    open_widget(tab, BrowserTraining(model, *digits))
    tab.locator("select[name=batch]").select_option("10")
    press(tab, "Step")
    tab.get_by_text("step 1,").wait_for()
    assert len(tab.workers) == 1
    with tab.workers[0].expect_event("close"):
        tab.evaluate("destroyWidget()")
    assert tab.workers == []


# The page around it is empty.
OF_A_WHOLE_PAGE = ("region", "landmark", "page-has", "html-has-lang")


def test_widget_accessible(model, digits, tab):
    open_widget(tab, BrowserTraining(model, *digits))
    press(tab, "Train")
    tab.get_by_text("1 epoch done").first.wait_for()
    found = [line for line in axe_violations(tab) if not line.startswith(OF_A_WHOLE_PAGE)]
    assert found == []


def test_weights_missing(model, digits):
    with pytest.raises(RuntimeError, match=r"no trained weights yet\.\n.*press Train"):
        BrowserTraining(model, *digits).get_weights()


def test_model_with_other_layers(digits):
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="this one has Flatten"):
        BrowserTraining(model, *digits)


@pytest.mark.parametrize(
    "training",
    [
        (np.zeros((5, 28, 28)), np.zeros(5, int)),
        (np.zeros((5, 28, 28, 1), np.uint8), np.zeros(5, int)),
        (np.zeros((5, 28, 28), np.uint8), np.zeros((5, 10), int)),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, int)),
    ],
)
def test_digits_invalid(model, digits, training):
    with pytest.raises(ValueError, match=r"shape \(n, 28, 28\)(.|\n)*load_mnist"):
        BrowserTraining(model, training, digits[1])


def test_code_on_the_page():
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    first, second = code
    names: dict = {}
    exec(first, names)
    training, model = names["training"], names["model"]
    trained = np.frombuffer(training.start_weights, "<f4") + np.float32(1)
    training.set_state({"trained_weights": trained.tobytes(), "epochs": [{"number": 1}]})
    before = model.get_weights()
    exec(second, names)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then + np.float32(1))
