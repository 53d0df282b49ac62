"""Link the book's zip and PDF on the welcome page of the published book.

``MNIST_COURSE_SITE`` is the address at which the book is published; the workflow sets it. Without
it, as in a book built on a laptop, there are no such links. The links are absolute, so that they
also work in the zip and in the PDF.
"""

import os

from sphinx.application import Sphinx
from sphinx.config import Config

# As ``maintenance/pack_book.py`` and ``maintenance/print_book.py`` name them.
NAME = "mnist-understood"


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Define the substitution ``downloads``: a sentence with both links, or an empty text."""
    site = os.environ.get("MNIST_COURSE_SITE", "").rstrip("/")
    sentence = (
        f" The whole book is also one [zip]({site}/{NAME}.zip), to unpack and to read in a browser "
        f"without a network, and one [PDF]({site}/{NAME}.pdf)."
    )
    config.myst_substitutions = config.myst_substitutions | {"downloads": sentence if site else ""}


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # After `substitutions` (priority 500), which sets the substitutions.
    app.connect("config-inited", add_substitutions, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
