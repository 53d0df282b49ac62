"""Ask readers for a prediction above a folded answer.

A folded answer whose ``<details>`` has ``data-answer``, a number with its ``data-unit`` or one of
the ``data-choices``, gets a form. ``_static/your-turn.js`` unfolds the answer and says how far off
the prediction was. Without scripts and in print, the folded answer is all there is. Only pages with
such a form load the files.
"""

import html
from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class Prediction(nodes.General, nodes.Element):
    """A form that asks for a prediction."""


class FirstTag(HTMLParser):
    """Keep ``name`` and ``attributes`` of the first tag of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.name, self.attributes = "", {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag if it is the first."""
        if not self.name:
            self.name, self.attributes = tag, dict(attrs)


def add_forms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a form before each answer of a page that asks for one, except in the page for print."""
    if app.builder.name != "html":
        return
    for number, raw in enumerate(list(doctree.findall(nodes.raw))):
        first = FirstTag(raw.astext())
        if first.name != "details" or "data-answer" not in first.attributes:
            continue
        place = raw.parent.index(raw)
        name = f"prediction-{number}"
        form = Prediction(id=name, describedby="", **first.attributes)
        # Screen readers read the question with the input: it is the paragraph above.
        question = raw.parent[place - 1] if place else None
        if isinstance(question, nodes.paragraph):
            question["ids"] = question["ids"] or [f"{name}-question"]
            form["describedby"] = question["ids"][0]
        raw.parent.insert(place, form)


def visit_prediction(self: HTML5Translator, node: Prediction) -> None:
    """Write the form."""
    name = node["id"]
    described = f'aria-describedby="{node["describedby"]}"' if node["describedby"] else ""
    if choices := node.get("data-choices"):
        field = f"<fieldset {described}><legend>Your prediction:</legend>"
        for choice in map(html.escape, choices.split("|")):
            radio = f'<input type="radio" name="{name}" value="{choice}" required>'
            field += f"<label>{radio}{choice}</label>"
        field += "</fieldset>"
    else:
        number = f'<input type="number" name="{name}" step="any" required {described}>'
        unit = html.escape(node.get("data-unit") or "")
        field = f"<label>Your prediction: {number} {unit}</label>"
    self.body.append(
        f'<form class="your-turn" autocomplete="off">{field}<button>Compare</button>'
        '<p role="status"></p></form>'
    )
    raise nodes.SkipNode


def load_where_asked(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load script and style on the pages with a form."""
    if '<form class="your-turn"' in context.get("body", ""):
        app.add_css_file("your-turn.css")
        app.add_js_file("your-turn.js")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_node(Prediction, html=(visit_prediction, None))
    app.connect("doctree-resolved", add_forms)
    app.connect("html-page-context", load_where_asked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
