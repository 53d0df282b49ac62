"""Let a link to a page of the book carry a query: ``[text](../book/watch-it-learn.md?rate=0.01)``.

On GitHub such a link opens the file; the query changes nothing there. MyST looks for a file whose
name contains the query, so this transform resolves the link before MyST does.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

PRINTED = "singlehtml"


class QueryLinks(SphinxPostTransform):
    """Resolve the links of a page whose target has a query."""

    default_priority = 8  # MyST's resolver has 9

    def run(self, **options) -> None:
        """Replace each such link; in the page for print, the query is left out."""
        for link in list(self.document.findall(pending_xref)):
            file, _, query = link.get("reftarget", "").partition("?")
            if link.get("reftype") != "myst" or not query:
                continue
            here = self.env.docname
            page = self.env.path2doc(self.env.relfn2path(file, here)[1])
            if page not in self.env.found_docs:
                continue  # MyST warns
            address = self.app.builder.get_relative_uri(here, page)
            if self.app.builder.name != PRINTED:
                address += f"?{query}"
            target = nodes.reference(internal=True, refuri=address)
            link.replace_self(target)
            target += link.children


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_post_transform(QueryLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
