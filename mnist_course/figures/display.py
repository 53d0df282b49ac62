"""Show figures and widgets in notebooks, with alt text and a picture for pages without a kernel."""

import base64
import io
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

# Imported for its side effect: it sets the course's style for every figure that is shown.
from mnist_course.figures import style  # noqa: F401

if TYPE_CHECKING:
    import ipywidgets

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def png(figure: Figure) -> bytes:
    """Render a figure as PNG bytes and close it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Show a figure below the cell, with alt text for readers who cannot see it.

    Parameters
    ----------
    figure
        The figure; it is closed afterwards.
    alt
        What the figure shows, in one or two sentences.

    Raises
    ------
    ValueError
        If ``alt`` is empty.
    """
    data, metadata = png_bundle(png(figure), alt)
    display(data, metadata=metadata, raw=True)


def png_bundle(png: bytes, alt: str) -> tuple[dict, dict]:
    """Return the data and the metadata of a PNG image with alt text.

    Raises
    ------
    ValueError
        If ``alt`` is empty.
    """
    if not alt.strip():
        raise ValueError("A figure needs alt text: describe in a sentence what it shows.")
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    return data, {"image/png": {"alt": alt}}


def with_widget(widget: "ipywidgets.Widget", data: dict) -> dict:
    """Add a widget's live view to the data that a page without a kernel shows."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {WIDGET_VIEW: view, **data}
