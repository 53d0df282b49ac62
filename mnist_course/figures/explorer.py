"""What a learner can move: pictures behind sliders and menus.

Without a kernel, in the book or on GitHub, the first picture stays.
"""

import base64
import html
from collections.abc import Callable, Iterable

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.plots import picture, png

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(
    draw: Callable[..., tuple[Figure, str]],
    *,
    frames: dict[str, Iterable] | None = None,
    **controls,
) -> None:
    """Show a picture that sliders and menus redraw.

    Works with ipywidgets 7 and 8. What is shown carries the first picture as PNG beside the widget,
    so that a page without a kernel still shows it. With ``frames`` it also carries pictures that
    the book lets its readers move through.

    Parameters
    ----------
    draw
        Takes the controls' values by name; returns a figure and its alt text.
    frames
        One control's name and the values to draw for the book, the control's first value among
        them: ``{"height": range(0, 11)}``. All other controls stay where they begin.
    **controls
        One for each argument of ``draw``: ``(low, high)`` for a slider that starts in the middle,
        a list for a menu that starts with its first entry, a bool for a box to tick, or any
        ipywidgets control.

    Raises
    ------
    ValueError
        If a picture has no alt text, or ``frames`` does not name one control with its first value.
    """
    box, data, metadata = explorer(draw, controls, frames)
    display(with_widget(box, data), metadata=metadata, raw=True)


def explorer(
    draw: Callable, controls: dict, frames: dict | None = None
) -> tuple[ipywidgets.VBox, dict, dict]:
    """Build what :func:`explore` shows: the widget, and its first picture as mime bundle."""
    inputs = {
        name: ipywidgets.interactive.widget_from_abbrev(choice) for name, choice in controls.items()
    }
    for name, control in inputs.items():
        control.description = control.description or name.replace("_", " ")
    first = {name: control.value for name, control in inputs.items()}
    figure, alt = drawn(draw, first)
    data, metadata = picture(png(figure), alt)
    if frames:
        metadata["image/png"]["frames"] = ready_frames(draw, first, frames)
    image = ipywidgets.Image(value=base64.b64decode(data["image/png"]), format="png")
    words = ipywidgets.HTML(value=html.escape(alt, quote=False))

    def redraw(_change) -> None:
        try:
            figure, alt = drawn(draw, {name: each.value for name, each in inputs.items()})
            image.value, words.value = png(figure), html.escape(alt, quote=False)
        except Exception as error:  # a traceback in a callback would be lost: show it instead
            words.value = f"<b>{type(error).__name__}</b>: {html.escape(str(error), quote=False)}"

    for control in inputs.values():
        control.observe(redraw, names="value")
    return ipywidgets.VBox([*inputs.values(), image, words]), data, metadata


def drawn(draw: Callable, values: dict) -> tuple[Figure, str]:
    """Draw without interaction: matplotlib would keep each figure until the next cell has run."""
    with plt.ioff():
        return draw(**values)


def ready_frames(draw: Callable, first: dict, frames: dict[str, Iterable]) -> dict:
    """Draw the pictures that a reader without a kernel can move through.

    Returns
    -------
    dict
        ``name`` of the control, ``start``, the place of the first picture, and ``frames``, each
        with its ``value``, ``alt`` and ``png`` (base64).
    """
    name, values = next(iter(frames.items()))
    values = list(values)
    if len(frames) != 1 or name not in first:
        raise ValueError(
            f"frames should name one of the controls {list(first)}, not {list(frames)}."
        )
    words = [written(value) for value in values]
    if written(first[name]) not in words:
        raise ValueError(f"{name} begins at {written(first[name])}, which is not among {words}.")
    pictures = []
    for value, word in zip(values, words, strict=True):
        figure, alt = drawn(draw, first | {name: value})
        data, _ = picture(png(figure), alt)
        pictures.append({"value": word, "alt": alt, "png": data["image/png"]})
    start = words.index(written(first[name]))
    return {"name": name.replace("_", " "), "start": start, "frames": pictures}


def written(value: object) -> str:
    """Write a control's value as a reader expects it: 1.8, not 1.7999999999999998."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def with_widget(box: ipywidgets.Widget, data: dict) -> dict:
    """Put the live view of a widget before what a page without a kernel shows."""
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {WIDGET_VIEW: view, **data}
