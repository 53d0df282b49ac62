"""What a learner can move: pictures behind sliders and menus.

Without a kernel, in the book or on GitHub, the first picture stays.
"""

import base64
import html
from collections.abc import Callable

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.plots import picture, png

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(draw: Callable[..., tuple[Figure, str]], **controls) -> None:
    """Show a picture that sliders and menus redraw.

    Works with ipywidgets 7 and 8. What is shown carries the first picture as PNG beside the widget,
    so that a page without a kernel still shows it.

    Parameters
    ----------
    draw
        Takes the controls' values by name; returns a figure and its alt text.
    **controls
        One for each argument of ``draw``: ``(low, high)`` for a slider that starts in the middle,
        a list for a menu that starts with its first entry, a bool for a box to tick, or any
        ipywidgets control.
    """
    box, data, metadata = explorer(draw, controls)
    display(with_widget(box, data), metadata=metadata, raw=True)


def explorer(draw: Callable, controls: dict) -> tuple[ipywidgets.VBox, dict, dict]:
    """Build what :func:`explore` shows: the widget, and its first picture as mime bundle."""
    inputs = {
        name: ipywidgets.interactive.widget_from_abbrev(choice) for name, choice in controls.items()
    }
    for name, control in inputs.items():
        control.description = control.description or name.replace("_", " ")
    figure, alt = draw(**{name: control.value for name, control in inputs.items()})
    data, metadata = picture(png(figure), alt)
    image = ipywidgets.Image(value=base64.b64decode(data["image/png"]), format="png")
    words = ipywidgets.HTML(value=html.escape(alt, quote=False))

    def redraw(_change) -> None:
        try:
            figure, alt = draw(**{name: control.value for name, control in inputs.items()})
            image.value, words.value = png(figure), html.escape(alt, quote=False)
        except Exception as error:  # a traceback in a callback would be lost: show it instead
            words.value = f"<b>{type(error).__name__}</b>: {html.escape(str(error), quote=False)}"

    for control in inputs.values():
        control.observe(redraw, names="value")
    return ipywidgets.VBox([*inputs.values(), image, words]), data, metadata


def with_widget(box: ipywidgets.Widget, data: dict) -> dict:
    """Put the live view of a widget before what a page without a kernel shows."""
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {WIDGET_VIEW: view, **data}
