"""Show interactive figures: sliders and menus that redraw a figure.

Without a kernel, in the book or on GitHub, the first figure is shown.
"""

import base64
import html
from collections.abc import Callable, Iterable

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.display import png, png_bundle, with_widget


def explore(
    draw: Callable[..., tuple[Figure, str]],
    *,
    frames: dict[str, Iterable] | None = None,
    **controls,
) -> None:
    """Show a figure that sliders and menus redraw.

    Works with ipywidgets 7 and 8. The output contains the first figure as PNG beside the widget, so
    that a page without a kernel still shows it. With ``frames`` it also contains the figures for a
    range of values, which the book shows behind a slider.

    Parameters
    ----------
    draw
        Called with the controls' values by name; returns a figure and its alt text.
    frames
        One control's name and the values to draw for the book, including the control's first value:
        ``{"height": range(0, 11)}``. All other controls keep their first value.
    **controls
        One for each argument of ``draw``: ``(low, high)`` for a slider that starts in the middle,
        a list for a menu that starts with its first entry, a bool for a checkbox, or any ipywidgets
        control.

    Raises
    ------
    ValueError
        If a figure has no alt text, or ``frames`` does not name one control with its first value.
    """
    box, data, metadata = build_explorer(draw, controls, frames)
    display(with_widget(box, data), metadata=metadata, raw=True)


def build_explorer(
    draw: Callable, controls: dict, frames: dict | None = None
) -> tuple[ipywidgets.VBox, dict, dict]:
    """Return the widget of :func:`explore`, and the data and metadata of its first figure."""
    inputs = {
        name: ipywidgets.interactive.widget_from_abbrev(choice) for name, choice in controls.items()
    }
    for name, control in inputs.items():
        control.description = control.description or name.replace("_", " ")
    first = {name: control.value for name, control in inputs.items()}
    figure, alt = draw_noninteractive(draw, first)
    data, metadata = png_bundle(png(figure), alt)
    if frames:
        metadata["image/png"]["frames"] = render_frames(draw, first, frames)
    image = ipywidgets.Image(value=base64.b64decode(data["image/png"]), format="png")
    caption = ipywidgets.HTML(value=html.escape(alt, quote=False))

    def redraw(_change) -> None:
        try:
            values = {name: control.value for name, control in inputs.items()}
            figure, alt = draw_noninteractive(draw, values)
            image.value, caption.value = png(figure), html.escape(alt, quote=False)
        except Exception as error:  # a traceback in a callback would be lost
            caption.value = f"<b>{type(error).__name__}</b>: {html.escape(str(error), quote=False)}"

    for control in inputs.values():
        control.observe(redraw, names="value")
    return ipywidgets.VBox([*inputs.values(), image, caption]), data, metadata


def draw_noninteractive(draw: Callable, values: dict) -> tuple[Figure, str]:
    """Draw with interactive mode off: with it, matplotlib keeps figures until the cell ends."""
    with plt.ioff():
        return draw(**values)


def render_frames(draw: Callable, first: dict, frames: dict[str, Iterable]) -> dict:
    """Draw the figures that a reader without a kernel can choose from.

    Returns
    -------
    dict
        ``name`` of the control, ``start``, the index of the first figure, and ``frames``, each with
        its ``value``, ``alt`` and ``png`` (base64).

    Raises
    ------
    ValueError
        If ``frames`` does not name one control, or lacks the control's first value.
    """
    name, values = next(iter(frames.items()))
    values = list(values)
    if len(frames) != 1 or name not in first:
        raise ValueError(
            f"frames should name one of the controls {list(first)}, not {list(frames)}."
        )
    labels = [format_value(value) for value in values]
    first_label = format_value(first[name])
    if first_label not in labels:
        raise ValueError(
            f"The first value of {name} is {first_label}, which is not in its frames {labels}. Add "
            "it, or let the control start with one of them."
        )
    rendered = []
    for value, label in zip(values, labels, strict=True):
        figure, alt = draw_noninteractive(draw, first | {name: value})
        data, _ = png_bundle(png(figure), alt)
        rendered.append({"value": label, "alt": alt, "png": data["image/png"]})
    start = labels.index(first_label)
    return {"name": name.replace("_", " "), "start": start, "frames": rendered}


def format_value(value: object) -> str:
    """Format a control's value: 1.8, not 1.7999999999999998."""
    return f"{value:g}" if isinstance(value, float) else str(value)
