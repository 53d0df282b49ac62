"""Tests of the curves that are drawn during training."""

import contextlib

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib_inline import backend_inline

from mnist_course import LiveCurves
from mnist_course.figures.display import WIDGET_VIEW
from mnist_course.training import live_curves
from tests.support.front_end import PNG_SIGNATURE, interactive_plotting, kernel_front_end


class RecordedCurves(LiveCurves):
    """Curves that store each image, each value of the bar and each status."""

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.images, self.bar_values, self.statuses = [], [], []
        self.image.observe(lambda change: self.images.append(bytes(change["new"])), names="value")
        self.bar.observe(lambda change: self.bar_values.append(change["new"]), names="value")
        self.status.observe(lambda change: self.statuses.append(change["new"]), names="value")


@pytest.fixture
def shown(monkeypatch):
    """Return the list of what LiveCurves displays; let it redraw at each step."""
    collected = []
    monkeypatch.setattr(live_curves, "DRAW_INTERVAL", 0)
    monkeypatch.setattr(live_curves, "BAR_INTERVAL", 0)
    monkeypatch.setattr(live_curves, "display", lambda data, **_: collected.append(data))
    monkeypatch.setattr(live_curves, "show", lambda figure, alt: collected.append((figure, alt)))
    yield collected
    plt.close("all")


def small_fit(*, metrics=("accuracy",), as_generator=False, curves=None, **options):
    """Train a small network on 20 points, 2 steps an epoch; return the curves and the history."""
    keras.utils.set_random_seed(1)
    X = np.random.default_rng(0).random((20, 4), dtype="float32")
    y = (X.sum(axis=1) > 2).astype("int64")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=list(metrics))
    curves = curves or RecordedCurves()
    options = {"epochs": 3, "callbacks": [curves], "verbose": 0} | options
    if as_generator:
        batches = ((X[i : i + 10], y[i : i + 10]) for i in range(0, 20, 10))
        return curves, model.fit(batches, shuffle=False, **options)
    return curves, model.fit(X, y, batch_size=10, **options)


def test_live_curves_while_training(shown):
    curves, history = small_fit(validation_data=(np.ones((5, 4)), np.ones(5)))
    # One drawing for each step and each epoch; after the first step there is no line yet.
    assert len(set(curves.images)) >= 6
    assert all(png.startswith(PNG_SIGNATURE) for png in curves.images)
    assert curves.bar_values == [1, 2] * 3
    assert curves.bar.max == 2
    assert curves.statuses[0].startswith("epoch 1 of 3, step 1 of 2, loss ")
    assert "accuracy" in curves.statuses[0]
    assert "epoch 2 of 3, validating" in curves.statuses
    live_view, (figure, alt) = shown
    assert WIDGET_VIEW in live_view and curves.box.comm is None
    assert alt.startswith("Curves over 3 epochs: training loss from ")
    assert [len(line.get_ydata()) for line in figure.axes[0].lines] == [3, 3]
    assert curves.history().keys() == history.history.keys()
    for name, values in curves.history().items():
        assert values == pytest.approx(history.history[name])


def test_live_curves_steps(shown):
    curves, history = small_fit()
    assert curves.steps["epoch"] == pytest.approx(np.arange(1, 7) / 2)
    assert curves.steps["loss"][1::2] == pytest.approx(history.history["loss"])


def test_live_curves_resumed_training(shown):
    curves, _ = small_fit(initial_epoch=2, epochs=4)
    assert curves.statuses[0].startswith("epoch 3 of 4, step 1 of 2")
    assert curves.steps["epoch"][-1] == 4
    _, (figure, alt) = shown
    assert alt.startswith("Curves of epochs 3 to 4: ")
    assert figure.axes[0].get_xlim() == (2, 4)
    # A line through the steps, a point at the end of each epoch.
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [4, 2]


def test_live_curves_without_accuracy(shown):
    curves, _ = small_fit(metrics=())
    _, (figure, alt) = shown
    assert len(figure.axes) == 1 and "accuracy" not in alt + curves.statuses[-1]


def test_live_curves_unknown_steps(shown):
    curves, _ = small_fit(as_generator=True, epochs=1)
    assert curves.params["steps"] is None
    assert curves.bar.max == 2 and curves.bar_values[-1] == 2


def test_live_curves_second_fit(shown):
    curves, _ = small_fit()
    small_fit(curves=curves, epochs=2)
    assert len(curves.epochs) == 2 and len(curves.steps["loss"]) == 4
    assert shown[-1][1].startswith("Curves over 2 epochs")


def test_live_curves_draw_interval(monkeypatch):
    monkeypatch.setattr(live_curves, "display", lambda *_, **__: None)
    monkeypatch.setattr(live_curves, "show", lambda *_: None)
    curves, _ = small_fit(epochs=10)
    # Ten epochs take a few seconds: a drawing at the end of each and hardly any more.
    assert len(curves.images) <= 13
    # The time left is shown from the tenth step on.
    ends = [status for status in curves.statuses if "step 2" in status]
    assert ["s left" in status for status in ends] == [False] * 5 + [True] * 5
    plt.close("all")


def test_live_curves_interactive_plotting(monkeypatch):
    """In interactive mode matplotlib would keep each drawing, 2 MB each, until the cell ends."""
    monkeypatch.setattr(live_curves, "DRAW_INTERVAL", 0)
    curves = LiveCurves()
    curves.set_params({"steps": 3, "epochs": 1})
    with interactive_plotting():
        curves.on_train_begin()
        for step in range(3):
            curves.on_train_batch_end(step, {"loss": 1.0})
    assert bytes(curves.image.value).startswith(PNG_SIGNATURE)
    assert backend_inline.show._to_draw == []


@pytest.fixture(scope="module")
def front_end():
    with kernel_front_end() as front_end:
        yield front_end


TRAIN = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
from mnist_course import LiveCurves
from mnist_course.training import live_curves
live_curves.DRAW_INTERVAL = live_curves.BAR_INTERVAL = 0
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
X = np.random.default_rng(0).random((60, 4))
y = (X.sum(axis=1) > 2).astype(int)
_ = model.fit(X, y, batch_size=10, epochs=2, validation_split=0.5, verbose=0,
              callbacks=[LiveCurves()])
"""


def test_live_curves_in_front_end(front_end):
    messages = front_end.run(TRAIN)
    shown = [i for i, m in enumerate(messages) if m["kind"] == "display_data"]
    live_view, figure = (messages[i] for i in shown)
    during_training = messages[shown[0] : shown[1]]
    images = {m["state"]["value"] for m in during_training if has_image(m)}
    assert len(images) >= 6
    statuses = [m["state"]["value"] for m in during_training if "step" in str(m.get("state", ""))]
    assert statuses[0].startswith("epoch 1 of 2, step 1 of 3")
    assert statuses[-1].startswith("epoch 2 of 2, step 3 of 3")
    closed = {m["comm_id"] for m in during_training if m["kind"] == "comm_close"}
    assert live_view["data"][WIDGET_VIEW]["model_id"] in closed
    assert "image/png" not in live_view["data"]
    assert figure["metadata"]["image/png"]["alt"].startswith("Curves over 2 epochs: training loss")
    assert WIDGET_VIEW not in figure["data"]


def has_image(message: dict) -> bool:
    """Return whether a message sets a PNG image."""
    with contextlib.suppress(KeyError, TypeError, AttributeError):
        return message["state"]["value"].startswith(PNG_SIGNATURE)
    return False
