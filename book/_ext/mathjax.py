"""Serve MathJax from the pinned Python package ``sphinx-mathjax-offline``.

That package is an extension too, but it copies all of its 24 MB into a book. One file is enough to
draw formulas, as SVG and so without a font; beside it go the parts it loads for rarer commands.
"""

from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

SCRIPT = "tex-svg.js"
RARER = "input/tex/extensions"


def copy_mathjax(app: Sphinx) -> None:
    """Copy what formulas need into the book's static files."""
    package = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax"
    target = Path(app.outdir) / "_static/mathjax"
    copy_asset(package / SCRIPT, target)
    copy_asset(package / RARER, target / RARER)


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("builder-inited", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
