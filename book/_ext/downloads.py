"""Let the published book link its zip and its PDF.

``MNIST_COURSE_SITE`` is the address at which the book is published; the workflow sets it. Without
it, as in a book built on a laptop, there are no such links. They name the whole address, so that
they lead somewhere from the zip and from the PDF too.
"""

import os

from sphinx.application import Sphinx
from sphinx.config import Config

# As ``maintenance/pack_book.py`` and ``maintenance/print_book.py`` name them.
NAME = "mnist-understood"


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Give the welcome page a sentence with both links, or none."""
    site = os.environ.get("MNIST_COURSE_SITE", "").rstrip("/")
    sentence = (
        f" The whole book is also one [zip]({site}/{NAME}.zip), to unpack and to read in a browser "
        f"without a network, and one [PDF]({site}/{NAME}.pdf)."
    )
    config.myst_substitutions = config.myst_substitutions | {"downloads": sentence if site else ""}


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # Later than the default of 500, at which `substitutions` sets the table to add to.
    app.connect("config-inited", add_substitutions, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
