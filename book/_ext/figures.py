"""Add alt text, size, lazy loading and sliders for frames to the pictures of the pages.

``mnist_course.show`` stores a figure's alt text in the output's ``metadata["image/png"]["alt"]``,
where nbformat keeps the metadata of one picture. MyST-NB reads alt text only from the metadata of a
cell, as one text for all its figures.
"""

import json
import posixpath
from pathlib import Path

from _ext.frame_slider import frame_slider
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

SHOWN = ("display_data", "execute_result")


def set_alt_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Set the alt text of every figure of a notebook's page; warn if its output has none."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    if not any(cell.get("outputs") for cell in cells):
        return  # an exercise: its page has other cells than the file (``exercises.py``)
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
                # The frames are written where MyST-NB writes the other pictures of notebooks.
                folder = Path(app.outdir).parent / "jupyter_execute"
                address = posixpath.dirname(image["uri"])
                slider = frame_slider(about["frames"], f"{path.stem}-{number}", folder, address)
                bundle.parent.insert(bundle.parent.index(bundle) + 1, slider)


def load_lazily(app: Sphinx, doctree: nodes.document) -> None:
    """Load the pictures of a page lazily, except the first.

    The first can be on the first screen, where waiting would delay it.
    """
    for image in list(doctree.findall(nodes.image))[1:]:
        image["loading"] = "lazy"


def visit_image(self: HTML5Translator, node: nodes.image) -> None:
    """Write a picture with its size, so that the text below stays in place when it loads."""
    size = get_image_size(Path(self.builder.srcdir, node["uri"]))
    HTML5Translator.visit_image(self, node)
    if size is None:
        logger.warning("the size of %s cannot be read", node["uri"], location=node)
        return
    width, height = size
    tag = self.body[-1].replace("<img ", f'<img width="{width}" height="{height}" ', 1)
    self.body[-1] = tag


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # Before the default of 500, at which Sphinx collects the pictures of a page, also the frames.
    app.connect("doctree-read", set_alt_texts, priority=400)
    app.connect("doctree-read", load_lazily)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    # Sphinx reads all pages again when this version changes.
    return {"env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
