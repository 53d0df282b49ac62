"""Bring each figure's stored alt text into its page.

``mnist_course.show`` stores it where nbformat keeps what belongs to one picture: in the output's
``metadata["image/png"]["alt"]``. MyST-NB takes alt text from a cell's metadata alone, where it is
one text for all figures of the cell.

A figure that moves, stored by ``mnist_course.explore`` as ready frames, gets a control of its own.
"""

import html
import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

SHOWN = ("display_data", "execute_result")


def set_alt_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Give every figure of a notebook's page the alt text of its output; warn where it has none."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    if not any(cell.get("outputs") for cell in cells):
        return  # an exercise, which other cells than the file's stand in (``exercises.py``)
    for container in doctree.findall(nodes.container):
        if container.get("nb_element") != "cell_code":
            continue
        number = container["cell_index"]
        outputs = [out for out in cells[number]["outputs"] if out["output_type"] in SHOWN]
        # MyST-NB makes one bundle of each shown output, in their order.
        bundles = [
            node
            for node in container.findall(nodes.container)
            if node.get("nb_element") == "mime_bundle"
        ]
        for output, bundle in zip(outputs, bundles, strict=True):
            about = output["metadata"].get("image/png", {})
            alt = about.get("alt", "")
            for image in bundle.findall(nodes.image):
                image["alt"] = alt
                if not alt:
                    logger.warning(
                        "cell %d has a figure without alt text", number, location=doctree["source"]
                    )
            if "frames" in about:
                control = moving(about["frames"], f"{path.stem}-{number}")
                bundle.parent.insert(
                    bundle.parent.index(bundle) + 1, nodes.raw("", control, format="html")
                )


def moving(figure: dict, place: str) -> str:
    """Write what makes the picture above it move: a range input, and the frames behind it.

    Without a script the control stays hidden, and the first picture is there all the same.
    """
    frames, start = figure["frames"], figure["start"]
    name, value = (html.escape(text) for text in (figure["name"], frames[start]["value"]))
    ready = json.dumps(frames).replace("<", "\\u003c")
    return (
        f'<div class="course-frames" hidden><label for="frames-{place}">{name}</label>'
        f'<input type="range" id="frames-{place}" min="0" max="{len(frames) - 1}" value="{start}" '
        f'aria-valuetext="{value}"><output for="frames-{place}">{value}</output>'
        f'<p class="course-frames-words" aria-live="polite"></p>'
        f'<script type="application/json">{ready}</script></div>'
    )


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("doctree-read", set_alt_texts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
