"""Mend what the pages lack: a description, names and roles that fit what is shown."""

import textwrap
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

LENGTH = 160

MENDED = {
    # MyST-NB names the bar that unfolds a hidden cell otherwise than it reads, so whoever speaks to
    # the computer cannot press it by the words on it.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    # Docutils puts these entries into a list, where only list items are heard.
    'role="doc-biblioentry"': 'role="listitem"',
}


def mend_page(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Mend a page's body and describe it by its first paragraph, unless it describes itself."""
    if doctree is None:
        text = f"Search in {app.config.html_title}"
    else:
        text = next(doctree.findall(nodes.paragraph)).astext()
        for faulty, mended in MENDED.items():
            context["body"] = context["body"].replace(faulty, mended)
    tags = context.get("metatags", "")
    if 'name="description"' not in tags:
        short = escape(textwrap.shorten(text, LENGTH, placeholder=" …"))
        context["metatags"] = f'{tags}<meta name="description" content="{short}" />'


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("html-page-context", mend_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
