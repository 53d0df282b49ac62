"""What a learner moves really moves, in this process and in a kernel that a front end talks to."""

import base64
import contextlib

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from matplotlib_inline import backend_inline

from mnist_course import LiveCurves, explore
from mnist_course.figures import explorer as widgets
from mnist_course.figures.explorer import WIDGET_VIEW, explorer
from mnist_course.figures.plots import PALETTE
from mnist_course.training import live_curves as live

PNG = b"\x89PNG"


def draw(height, colour=0, bold=False):
    """Draw one bar; a picture of its own for each set of values."""
    figure, axis = plt.subplots(figsize=(2, 2))
    axis.bar([0], [height], color=PALETTE[colour], linewidth=4 if bold else 0, edgecolor="black")
    axis.set_ylim(0, 10)
    return figure, f"A bar of height {height}, colour {colour}, bold {bold}."


def build(**controls):
    """Return the controls by name, the picture, the words and what is shown at first."""
    box, data, metadata = explorer(draw, controls)
    *inputs, image, words = box.children
    return dict(zip(controls, inputs, strict=True)), image, words, data, metadata


def test_moving_each_control_changes_the_picture_and_the_words():
    inputs, image, words, *_ = build(height=(0, 10), colour=[3, 0, 1], bold=False)
    seen = [(bytes(image.value), words.value)]
    for name, value in {"height": 9, "colour": 1, "bold": True}.items():
        inputs[name].value = value
        seen.append((bytes(image.value), words.value))
    assert all(picture.startswith(PNG) for picture, _ in seen)
    assert len({picture for picture, _ in seen}) == len({said for _, said in seen}) == 4
    assert seen[-1][1] == "A bar of height 9, colour 1, bold True."


def test_moving_back_brings_the_first_picture_back():
    inputs, image, words, data, _ = build(height=(0, 10))
    inputs["height"].value = 9
    inputs["height"].value = 5
    assert image.value == base64.b64decode(data["image/png"])
    assert words.value == data["text/plain"]


def test_controls_begin_where_the_docstring_says():
    inputs, *_ = build(height=(0, 10), colour=[3, 0, 1], bold=True)
    assert {name: control.value for name, control in inputs.items()} == {
        "height": 5,
        "colour": 3,
        "bold": True,
    }
    assert inputs["height"].description == "height"


def test_an_error_in_a_drawing_is_shown_and_the_next_move_works_again():
    def fragile(height):
        if height == 7:
            raise ZeroDivisionError("no bar of height 7")
        return draw(height)

    box, _, _ = explorer(fragile, {"height": (0, 10)})
    slider, image, words = box.children
    before = image.value
    slider.value = 7
    assert "ZeroDivisionError" in words.value and "no bar of height 7" in words.value
    assert image.value == before
    slider.value = 8
    assert words.value == "A bar of height 8, colour 0, bold False."
    assert image.value != before


def test_an_error_in_the_first_picture_is_raised_where_the_learner_sees_it():
    with pytest.raises(IndexError):
        explore(draw, height=(0, 10), colour=[99])


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="alt text"):
        explore(lambda height: (draw(height)[0], " "), height=(0, 10))


def test_what_is_shown_is_live_and_still_useful_without_a_kernel(monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "display", lambda *data, **more: shown.append((data, more)))
    explore(draw, height=(0, 10))
    [((data,), more)] = shown
    assert list(data) == [WIDGET_VIEW, "image/png", "text/plain"]
    assert data[WIDGET_VIEW]["version_major"] == 2 and data[WIDGET_VIEW]["model_id"]
    assert base64.b64decode(data["image/png"]).startswith(PNG)
    assert data["text/plain"] == "A bar of height 5, colour 0, bold False."
    assert more == {"metadata": {"image/png": {"alt": data["text/plain"]}}, "raw": True}


def test_ready_frames_are_what_the_control_would_draw():
    inputs = {"height": (0, 10), "colour": [3, 0, 1]}
    box, data, metadata = explorer(draw, inputs, {"height": range(3, 8)})
    slider, _, image, words = box.children
    moving = metadata["image/png"]["frames"]
    assert moving["name"] == "height" and moving["start"] == 2
    assert moving["frames"][2]["png"] == data["image/png"]
    for frame in moving["frames"]:
        slider.value = int(frame["value"])
        assert image.value == base64.b64decode(frame["png"]) and words.value == frame["alt"]


def test_a_value_is_written_as_a_reader_expects_it():
    floats = {"height": (0.6, 3.0)}
    _, _, metadata = explorer(draw, floats, {"height": [0.6, 1.8, 3.0]})
    values = [frame["value"] for frame in metadata["image/png"]["frames"]["frames"]]
    assert values == ["0.6", "1.8", "3"]


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        ({"width": [5]}, r"one of the controls \['height'\], not \['width'\]"),
        ({"height": [5], "colour": [0]}, "one of the controls"),
        ({"height": [0, 10]}, "height begins at 5, which is not among"),
    ],
)
def test_frames_that_no_control_could_show_are_refused(frames, complaint):
    with pytest.raises(ValueError, match=complaint):
        explore(draw, frames=frames, height=(0, 10))


def test_figures_do_not_pile_up():
    plt.close("all")
    inputs, *_ = build(height=(0, 10))
    for height in range(10):
        inputs["height"].value = height
    assert plt.get_fignums() == []


# Curves that grow


class Watched(LiveCurves):
    """Curves that remember each picture, each move of the bar and all words."""

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.pictures, self.bars, self.said, self.was_closed = [], [], [], False
        self.image.observe(lambda change: self.pictures.append(bytes(change["new"])), names="value")
        self.bar.observe(lambda change: self.bars.append(change["new"]), names="value")
        self.words.observe(lambda change: self.said.append(change["new"]), names="value")


@pytest.fixture
def shown(monkeypatch):
    """Collect what LiveCurves displays, redrawing at each step."""
    collected = []
    monkeypatch.setattr(live, "PICTURE_EVERY", 0)
    monkeypatch.setattr(live, "BAR_EVERY", 0)
    monkeypatch.setattr(live, "display", lambda data, **_: collected.append(data))
    monkeypatch.setattr(live, "show", lambda figure, alt: collected.append((figure, alt)))
    yield collected
    plt.close("all")


def small_fit(*, metrics=("accuracy",), as_generator=False, curves=None, **options):
    """Train the smallest of networks on 20 points, 2 steps an epoch."""
    keras.utils.set_random_seed(1)
    X = np.random.default_rng(0).random((20, 4), dtype="float32")
    y = (X.sum(axis=1) > 2).astype("int64")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=list(metrics))
    curves = curves or Watched()
    options = {"epochs": 3, "callbacks": [curves], "verbose": 0} | options
    if as_generator:
        batches = ((X[i : i + 10], y[i : i + 10]) for i in range(0, 20, 10))
        return curves, model.fit(batches, shuffle=False, **options)
    return curves, model.fit(X, y, batch_size=10, **options)


def test_the_curves_grow_and_the_finished_ones_stay(shown):
    curves, fitted = small_fit(validation_data=(np.ones((5, 4)), np.ones(5)))
    # One picture a step and one an epoch; the first step of all has only a dot to show.
    assert len(set(curves.pictures)) >= 6
    assert all(picture.startswith(PNG) for picture in curves.pictures)
    assert curves.bars == [1, 2] * 3
    assert curves.bar.max == 2
    assert curves.said[0].startswith("epoch 1 of 3, step 1 of 2, loss ")
    assert "accuracy" in curves.said[0]
    assert any(said == "epoch 2 of 3, validating" for said in curves.said)
    live_view, (figure, alt) = shown
    assert WIDGET_VIEW in live_view and curves.box.comm is None
    assert alt.startswith("Curves over 3 epochs: training loss from ")
    assert [len(line.get_ydata()) for line in figure.axes[0].lines] == [3, 3]
    assert curves.history().keys() == fitted.history.keys()
    for name, values in curves.history().items():
        assert values == pytest.approx(fitted.history[name])


def test_the_steps_are_kept_for_a_closer_look(shown):
    curves, fitted = small_fit()
    assert curves.steps["epoch"] == pytest.approx(np.arange(1, 7) / 2)
    assert curves.steps["loss"][1::2] == pytest.approx(fitted.history["loss"])


def test_resumed_training_counts_on_from_where_it_was(shown):
    curves, _ = small_fit(initial_epoch=2, epochs=4)
    assert curves.said[0].startswith("epoch 3 of 4, step 1 of 2")
    assert curves.steps["epoch"][-1] == 4
    _, (figure, alt) = shown
    assert alt.startswith("Curves of epochs 3 to 4: ")
    assert figure.axes[0].get_xlim() == (2, 4)
    # A line through the steps, a point at the end of each epoch.
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [4, 2]


def test_a_network_without_accuracy_gets_a_curve_of_its_loss(shown):
    curves, _ = small_fit(metrics=())
    _, (figure, alt) = shown
    assert len(figure.axes) == 1 and "accuracy" not in alt + curves.said[-1]


def test_the_bar_learns_how_long_an_epoch_of_unknown_length_is(shown):
    curves, _ = small_fit(as_generator=True, epochs=1)
    assert curves.params["steps"] is None
    assert curves.bar.max == 2 and curves.bars[-1] == 2


def test_the_same_curves_serve_a_second_fit(shown):
    curves, _ = small_fit()
    small_fit(curves=curves, epochs=2)
    assert len(curves.epochs) == 2 and len(curves.steps["loss"]) == 4
    assert shown[-1][1].startswith("Curves over 2 epochs")


def test_drawing_takes_little_of_the_training(monkeypatch):
    monkeypatch.setattr(live, "display", lambda *_, **__: None)
    monkeypatch.setattr(live, "show", lambda *_: None)
    curves, _ = small_fit(epochs=10)
    # Ten epochs pass in less than a few seconds: a picture at the end of each and hardly any more.
    assert len(curves.pictures) <= 13
    # After ten steps it knows how fast it is.
    ends = [said for said in curves.said if "step 2" in said]
    assert ["s left" in said for said in ends] == [False] * 5 + [True] * 5
    plt.close("all")


# In a kernel, with a front end at the other end of the wire


class FrontEnd:
    """As much of JupyterLab as a slider needs: it keeps the widgets' state and moves them."""

    def __init__(self, client):
        self.client, self.states = client, {}

    def run(self, code: str) -> list[dict]:
        """Run a cell; return what the kernel published, widgets' news included."""
        return self.listen(self.client.execute(code))

    def move(self, model_id: str, value) -> list[dict]:
        """Move a control as a learner's mouse does."""
        content = {
            "comm_id": model_id,
            "data": {"method": "update", "state": {"value": value}, "buffer_paths": []},
        }
        message = self.client.session.msg("comm_msg", content)
        self.client.shell_channel.send(message)
        return self.listen(message["header"]["msg_id"])

    def listen(self, request: str) -> list[dict]:
        """Collect messages until the kernel is idle again."""
        heard = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", "\n".join(content["traceback"])
            if kind == "status" and content["execution_state"] == "idle":
                return heard
            if kind in ("comm_open", "comm_msg") and "state" in content["data"]:
                state = dict(content["data"]["state"])
                for path, buffer in zip(
                    content["data"].get("buffer_paths", []), message["buffers"], strict=True
                ):
                    state[path[0]] = bytes(buffer)
                self.states.setdefault(content["comm_id"], {}).update(state)
                content = content | {"state": state}
            heard.append(content | {"kind": kind})

    def find(self, kind: str) -> str:
        """Return the id of the only widget of a kind."""
        [found] = [i for i, state in self.states.items() if state.get("_model_name") == kind]
        return found


@pytest.fixture(scope="module")
def front_end():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield FrontEnd(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


EXPLORE = """
import matplotlib.pyplot as plt
from mnist_course import explore

def draw(height):
    if height == 8:
        raise ZeroDivisionError("no bar of height 8")
    figure, axis = plt.subplots(figsize=(2, 2))
    axis.bar([0], [height])
    axis.set_ylim(0, 10)
    return figure, f"A bar of height {height}."

explore(draw, height=(0, 10))
"""


def test_a_slider_moved_in_the_front_end_brings_a_new_picture(front_end):
    [bundle] = [m for m in front_end.run(EXPLORE) if m["kind"] == "display_data"]
    assert bundle["data"]["text/plain"] == "A bar of height 5."
    assert bundle["metadata"]["image/png"]["alt"] == "A bar of height 5."
    box = bundle["data"][WIDGET_VIEW]["model_id"]
    children = [child.removeprefix("IPY_MODEL_") for child in front_end.states[box]["children"]]
    slider, image, words = children
    assert slider == front_end.find("IntSliderModel")
    first = front_end.states[image]["value"]
    assert first == base64.b64decode(bundle["data"]["image/png"])

    front_end.move(slider, 9)
    assert front_end.states[words]["value"] == "A bar of height 9."
    second = front_end.states[image]["value"]
    assert second.startswith(PNG) and second != first

    front_end.move(slider, 8)
    assert "ZeroDivisionError" in front_end.states[words]["value"]
    assert front_end.states[image]["value"] == second

    front_end.move(slider, 5)
    assert front_end.states[words]["value"] == "A bar of height 5."
    assert front_end.states[image]["value"] == first


TRAIN = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
from mnist_course import LiveCurves
from mnist_course.training import live_curves as live
live.PICTURE_EVERY = live.BAR_EVERY = 0
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
X = np.random.default_rng(0).random((60, 4))
y = (X.sum(axis=1) > 2).astype(int)
_ = model.fit(X, y, batch_size=10, epochs=2, validation_split=0.5, verbose=0,
              callbacks=[LiveCurves()])
"""


def test_the_front_end_sees_the_curves_grow_before_the_training_ends(front_end):
    heard = front_end.run(TRAIN)
    shown = [i for i, m in enumerate(heard) if m["kind"] == "display_data"]
    live_view, figure = (heard[i] for i in shown)
    while_it_trained = heard[shown[0] : shown[1]]
    pictures = {m["state"]["value"] for m in while_it_trained if has_picture(m)}
    assert len(pictures) >= 6
    words = [m["state"]["value"] for m in while_it_trained if "step" in str(m.get("state", ""))]
    assert words[0].startswith("epoch 1 of 2, step 1 of 3")
    assert words[-1].startswith("epoch 2 of 2, step 3 of 3")
    closed = {m["comm_id"] for m in while_it_trained if m["kind"] == "comm_close"}
    assert live_view["data"][WIDGET_VIEW]["model_id"] in closed
    assert "image/png" not in live_view["data"]
    assert figure["metadata"]["image/png"]["alt"].startswith("Curves over 2 epochs: training loss")
    assert WIDGET_VIEW not in figure["data"]


def has_picture(message: dict) -> bool:
    """Tell whether a message brings an image widget a new PNG."""
    with contextlib.suppress(KeyError, TypeError, AttributeError):
        return message["state"]["value"].startswith(PNG)
    return False


@pytest.fixture
def as_in_a_kernel():
    """Draw as a kernel does, where matplotlib is interactive and holds what it is to show."""
    backend = plt.get_backend()
    plt.switch_backend("module://matplotlib_inline.backend_inline")
    with plt.ion():
        yield
    plt.switch_backend(backend)


def test_pictures_of_a_long_training_are_not_kept(as_in_a_kernel, monkeypatch):
    """A picture takes 2 MB, and a long training draws hundreds."""
    monkeypatch.setattr(live, "PICTURE_EVERY", 0)
    curves = live.LiveCurves()
    curves.set_params({"steps": 3, "epochs": 1})
    curves.on_train_begin()
    for step in range(3):
        curves.on_train_batch_end(step, {"loss": 1.0})
    assert bytes(curves.image.value[:4]) == b"\x89PNG"
    assert backend_inline.show._to_draw == []


def test_pictures_of_a_slider_are_not_kept(as_in_a_kernel):
    """Who moves a slider for long has run no other cell in between."""
    moves = []

    def draw(height):
        moves.append(height)
        return plt.subplots(figsize=(1, 1))[0], f"height {height}"

    box, _, _ = explorer(draw, {"height": (0, 10)}, {"height": range(0, 11, 5)})
    box.children[0].value = 7
    assert moves == [5, 0, 5, 10, 7]
    assert backend_inline.show._to_draw == []
