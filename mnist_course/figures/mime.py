"""MIME bundles of figures and widgets, as notebooks store them."""

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ipywidgets

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


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
