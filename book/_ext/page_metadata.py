"""Add a description to each page, and correct accessible names and roles."""

import textwrap
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

LENGTH = 160

CORRECTIONS = {
    # MyST-NB gives the bar that unfolds a hidden cell an accessible name that is not its text, so
    # speech control does not find it by its text.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    # Docutils puts these entries into a list, where screen readers expect list items.
    'role="doc-biblioentry"': 'role="listitem"',
}


def complete_page(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Correct a page's body; add its first paragraph as description if it has none."""
    if doctree is None:
        text = f"Search in {app.config.html_title}"
    else:
        text = next(doctree.findall(nodes.paragraph)).astext()
        for faulty, corrected in CORRECTIONS.items():
            context["body"] = context["body"].replace(faulty, corrected)
    tags = context.get("metatags", "")
    if 'name="description"' not in tags:
        short = escape(textwrap.shorten(text, LENGTH, placeholder=" …"))
        context["metatags"] = f'{tags}<meta name="description" content="{short}" />'


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("html-page-context", complete_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
