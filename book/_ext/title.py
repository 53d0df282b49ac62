"""Write the book's title, which is ``title`` in ``_config.yml``, wherever a page shows it.

Jupyter Book itself writes it into the title of each page. This extension adds the name beside the
logo, the heading of the welcome page (``{{ book_title }}``) and the file that opens that page.
"""

from html import escape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

FRONT_DOOR = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=book/index.html">
<meta name="description" content="The front door of the course; it opens the welcome page.">
<link rel="icon" href="data:,">
<title>{title}</title>
</head>
<body>
<main><h1>{title}</h1><p><a href="book/index.html">Open the course</a></p></main>
</body>
</html>
"""


def set_title(app: Sphinx, config: Config) -> None:
    """Show the title beside the logo, and define the substitution ``book_title``."""
    config.html_theme_options["logo"] = {"text": config.html_title}
    config.myst_substitutions = config.myst_substitutions | {"book_title": config.html_title}


def write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Write ``index.html``, which opens the welcome page."""
    if exception or app.builder.name != "html":
        return
    page = FRONT_DOOR.format(language=app.config.language, title=escape(app.config.html_title))
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # After `substitutions` (priority 500), which sets the substitutions.
    app.connect("config-inited", set_title, priority=600)
    app.connect("build-finished", write_front_door)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
