"""Tests of figures with controls, in this process and in a kernel with a front end."""

import base64

import matplotlib.pyplot as plt
import pytest
from matplotlib_inline import backend_inline

from mnist_course import explore
from mnist_course.figures import explorer
from mnist_course.figures.display import WIDGET_VIEW
from mnist_course.figures.explorer import build_explorer
from mnist_course.figures.style import PALETTE
from tests.support.front_end import PNG_SIGNATURE, interactive_plotting, kernel_front_end


def draw(height, colour=0, bold=False):
    """Draw one bar, different for each set of values."""
    figure, axis = plt.subplots(figsize=(2, 2))
    axis.bar([0], [height], color=PALETTE[colour], linewidth=4 if bold else 0, edgecolor="black")
    axis.set_ylim(0, 10)
    return figure, f"A bar of height {height}, colour {colour}, bold {bold}."


def build(**controls):
    """Return the controls by name, image, caption, and data and metadata of the first figure."""
    box, data, metadata = build_explorer(draw, controls)
    *inputs, image, caption = box.children
    return dict(zip(controls, inputs, strict=True)), image, caption, data, metadata


def test_build_explorer_each_control_redraws():
    inputs, image, caption, *_ = build(height=(0, 10), colour=[3, 0, 1], bold=False)
    seen = [(bytes(image.value), caption.value)]
    for name, value in {"height": 9, "colour": 1, "bold": True}.items():
        inputs[name].value = value
        seen.append((bytes(image.value), caption.value))
    images, captions = zip(*seen, strict=True)
    assert all(png.startswith(PNG_SIGNATURE) for png in images)
    assert len(set(images)) == len(set(captions)) == 4
    assert captions[-1] == "A bar of height 9, colour 1, bold True."


def test_build_explorer_same_value_same_image():
    inputs, image, caption, data, _ = build(height=(0, 10))
    inputs["height"].value = 9
    inputs["height"].value = 5
    assert image.value == base64.b64decode(data["image/png"])
    assert caption.value == data["text/plain"]


def test_build_explorer_first_values():
    inputs, *_ = build(height=(0, 10), colour=[3, 0, 1], bold=True)
    assert {name: control.value for name, control in inputs.items()} == {
        "height": 5,
        "colour": 3,
        "bold": True,
    }
    assert inputs["height"].description == "height"


def test_build_explorer_error_while_redrawing():
    def failing(height):
        if height == 7:
            raise ZeroDivisionError("no bar of height 7")
        return draw(height)

    box, _, _ = build_explorer(failing, {"height": (0, 10)})
    slider, image, caption = box.children
    before = image.value
    slider.value = 7
    assert "ZeroDivisionError" in caption.value and "no bar of height 7" in caption.value
    assert image.value == before
    slider.value = 8
    assert caption.value == "A bar of height 8, colour 0, bold False."
    assert image.value != before


def test_explore_error_in_first_figure():
    with pytest.raises(IndexError):
        explore(draw, height=(0, 10), colour=[99])


def test_explore_missing_alt():
    with pytest.raises(ValueError, match="alt text"):
        explore(lambda height: (draw(height)[0], " "), height=(0, 10))


def test_explore_output(monkeypatch):
    shown = []
    monkeypatch.setattr(explorer, "display", lambda *data, **more: shown.append((data, more)))
    explore(draw, height=(0, 10))
    [((data,), more)] = shown
    assert list(data) == [WIDGET_VIEW, "image/png", "text/plain"]
    assert data[WIDGET_VIEW]["version_major"] == 2 and data[WIDGET_VIEW]["model_id"]
    assert base64.b64decode(data["image/png"]).startswith(PNG_SIGNATURE)
    assert data["text/plain"] == "A bar of height 5, colour 0, bold False."
    assert more == {"metadata": {"image/png": {"alt": data["text/plain"]}}, "raw": True}


def test_render_frames_equal_control():
    inputs = {"height": (0, 10), "colour": [3, 0, 1]}
    box, data, metadata = build_explorer(draw, inputs, {"height": range(3, 8)})
    slider, _, image, caption = box.children
    rendered = metadata["image/png"]["frames"]
    assert rendered["name"] == "height" and rendered["start"] == 2
    assert rendered["frames"][2]["png"] == data["image/png"]
    for frame in rendered["frames"]:
        slider.value = int(frame["value"])
        assert image.value == base64.b64decode(frame["png"]) and caption.value == frame["alt"]


def test_render_frames_formats_values():
    floats = {"height": (0.6, 3.0)}
    _, _, metadata = build_explorer(draw, floats, {"height": [0.6, 1.8, 3.0]})
    values = [frame["value"] for frame in metadata["image/png"]["frames"]["frames"]]
    assert values == ["0.6", "1.8", "3"]


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"width": [5]}, r"one of the controls \['height'\], not \['width'\]"),
        ({"height": [5], "colour": [0]}, "one of the controls"),
        ({"height": [0, 10]}, "The first value of height is 5, which is not in"),
    ],
)
def test_explore_invalid_frames(frames, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, frames=frames, height=(0, 10))


def test_build_explorer_closes_figures():
    plt.close("all")
    inputs, *_ = build(height=(0, 10))
    for height in range(10):
        inputs["height"].value = height
    assert plt.get_fignums() == []


def test_build_explorer_interactive_plotting():
    """In interactive mode matplotlib would keep each figure until the next cell runs."""
    drawn_heights = []

    def draw(height):
        drawn_heights.append(height)
        return plt.subplots(figsize=(1, 1))[0], f"height {height}"

    with interactive_plotting():
        box, _, _ = build_explorer(draw, {"height": (0, 10)}, {"height": range(0, 11, 5)})
        box.children[0].value = 7
    assert drawn_heights == [5, 0, 5, 10, 7]
    assert backend_inline.show._to_draw == []


@pytest.fixture(scope="module")
def front_end():
    with kernel_front_end() as front_end:
        yield front_end


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


def test_explore_in_front_end(front_end):
    [bundle] = [m for m in front_end.run(EXPLORE) if m["kind"] == "display_data"]
    assert bundle["data"]["text/plain"] == "A bar of height 5."
    assert bundle["metadata"]["image/png"]["alt"] == "A bar of height 5."
    box = bundle["data"][WIDGET_VIEW]["model_id"]
    children = [child.removeprefix("IPY_MODEL_") for child in front_end.states[box]["children"]]
    slider, image, caption = children
    assert slider == front_end.find("IntSliderModel")
    first = front_end.states[image]["value"]
    assert first == base64.b64decode(bundle["data"]["image/png"])

    front_end.set_value(slider, 9)
    assert front_end.states[caption]["value"] == "A bar of height 9."
    second = front_end.states[image]["value"]
    assert second.startswith(PNG_SIGNATURE) and second != first

    front_end.set_value(slider, 8)
    assert "ZeroDivisionError" in front_end.states[caption]["value"]
    assert front_end.states[image]["value"] == second

    front_end.set_value(slider, 5)
    assert front_end.states[caption]["value"] == "A bar of height 5."
    assert front_end.states[image]["value"] == first
