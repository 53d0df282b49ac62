"""Add a range input below a figure, which shows one of its stored frames (``explore``).

The frames are files beside the page. The script ``frame-slider.js`` loads them when the figure
is less than one screen away.
"""

import base64
import html
import json
import posixpath
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator


class FrameSlider(nodes.General, nodes.Element):
    """The control; its children are the frames, images that Sphinx copies into the book."""


def frame_slider(figure: dict, place: str, folder: Path, address: str) -> FrameSlider:
    """Make the control of a figure, and write a file for each of its frames.

    Parameters
    ----------
    figure
        Its ``name``, ``start`` (index of the frame that the page shows first) and ``frames``, each
        with ``value``, ``alt`` and ``png`` (base64), as ``explore`` stores them.
    place
        A name that is unique in the book; the file names begin with it.
    folder, address
        The folder for the files, and its address as the figure's page uses it.
    """
    slider = FrameSlider(control=figure["name"], start=figure["start"], place=place)
    for number, frame in enumerate(figure["frames"]):
        file = f"{place}-{number}.png"
        (folder / file).write_bytes(base64.b64decode(frame["png"]))
        slider += nodes.image(uri=f"{address}/{file}", alt=frame["alt"], value=frame["value"])
    return slider


def visit_slider(self: HTML5Translator, node: FrameSlider) -> None:
    """Write the control. Without JavaScript it stays hidden, and the first picture is shown."""
    frames = []
    for image in node.children:
        width, height = get_image_size(Path(self.builder.srcdir, image["uri"]))
        src = posixpath.join(self.builder.imgpath, self.builder.images[image["uri"]])
        frame = {"src": src, "alt": image["alt"], "width": width, "height": height}
        frames.append(frame | {"value": image["value"]})
    start, place = node["start"], node["place"]
    name, value = (html.escape(text) for text in (node["control"], frames[start]["value"]))
    ready = json.dumps(frames).replace("<", "\\u003c")
    self.body.append(
        f'<div class="frame-slider" hidden><label for="frames-{place}">{name}</label>'
        f'<input type="range" id="frames-{place}" min="0" max="{len(frames) - 1}" value="{start}" '
        f'aria-valuetext="{value}"><output for="frames-{place}">{value}</output>'
        f'<p class="frame-slider-alt" aria-live="polite"></p>'
        f'<script type="application/json">{ready}</script></div>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_node(FrameSlider, html=(visit_slider, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
