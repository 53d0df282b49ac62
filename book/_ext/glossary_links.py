"""Link the first use of each glossary term in a lesson's page to the glossary.

The notebooks stay plain Markdown; only the HTML pages get the links. Each link carries the start of
the definition, which ``_static/glossary-links.js`` shows on hover and on focus.
"""

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

GLOSSARY = "book/glossary"
LESSON = re.compile(r"notebooks/\d")

# The first sentence of a definition is always shown, further ones up to this many characters.
LENGTH = 200

# Everyday words, and words that the lessons use in several senses.
NOT_LINKED = {"class", "kernel", "sample", "shape", "spread", "step"}

# Forms of a term beside the term itself and its regular plural.
OTHER_FORMS = {
    "confusion matrix": ["confusion matrices"],
    "flatten": ["flattened", "flattening"],
    "logits": ["logit"],
    "normalize": ["normalized", "normalizing", "normalization"],
    "overfitting": ["overfit"],
}

# Phrases in which a term's word has another sense.
OTHER_SENSES = ["confidence interval", "its label means"]

SKIPPED = (
    nodes.FixedTextElement,
    nodes.literal,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.title,
)


class GlossaryLink(nodes.inline):
    """A link to a term's entry, with the start of its definition."""


def open_link(translator: HTML5Translator, node: GlossaryLink) -> None:
    """Write the start tag of a link."""
    attributes = {"href": node["refuri"], "data-definition": node["definition"]}
    translator.body.append(translator.starttag(node, "a", "", **attributes))


def close_link(translator: HTML5Translator, node: GlossaryLink) -> None:
    """Write the end tag of a link."""
    translator.body.append("</a>")


def shorten(definition: str) -> str:
    """Return the first sentence of a definition and those after it that fit into ``LENGTH``."""
    short, *others = re.split(r"(?<=[.?!]) (?=[A-Z])", " ".join(definition.split()))
    for sentence in others:
        if len(short) + 1 + len(sentence) > LENGTH:
            break
        short += f" {sentence}"
    return short


def read_glossary(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """Return each term's form in the glossary with its ``anchor`` and ``definition``."""
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        paragraph = next(item.findall(nodes.paragraph))
        # Without the link to the lesson at the end.
        parts = [child.astext() for child in paragraph if child.tagname != "pending_xref"]
        for term in item.findall(nodes.term):
            found[term.astext()] = {"anchor": term["ids"][0], "definition": shorten("".join(parts))}
    return found


def forms(term: str) -> list[str]:
    """Return the forms of a term: as in the glossary, its regular plurals and other forms."""
    plurals = [f"{term[:-1]}ies"] if term.endswith("y") else [f"{term}s", f"{term}es"]
    return [term, *plurals, *OTHER_FORMS.get(term, [])]


def form_pattern(phrases: list[str]) -> re.Pattern:
    """Return a pattern of whole words that prefers the longest phrase at each place.

    Capital letters in the text are ignored, those in a phrase are required.
    """
    alternatives = []
    for phrase in sorted(phrases, key=len, reverse=True):
        words = re.escape(phrase).replace(r"\ ", r"\s+").replace("’", "['’]")
        alternatives.append(f"(?i:{words})" if phrase.islower() else words)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?![\w-])")


def linkable_texts(doctree: nodes.document) -> Iterator[nodes.Text]:
    """Yield the texts of a page in which terms are linked, in reading order.

    Left out are headings, links, code, formulas, the outputs of cells, and folded answers, in which
    the first use would be hidden.
    """
    folded = 0

    def walk(parent: nodes.Element) -> Iterator[nodes.Text]:
        nonlocal folded
        for child in list(parent.children):
            if isinstance(child, nodes.raw):
                folded += child.astext().count("<details") - child.astext().count("</details")
            elif isinstance(child, nodes.Text):
                if not folded:
                    yield child
            elif not isinstance(child, SKIPPED) and child.get("nb_element") != "cell_code":
                yield from walk(child)

    return walk(doctree)


def link_first_uses(
    doctree: nodes.document, glossary: dict[str, dict[str, str]], page: str
) -> None:
    """Link the first use of each term in a page.

    Parameters
    ----------
    doctree
        The page; it is changed.
    glossary
        ``anchor`` and ``definition`` of each term.
    page
        Address of the glossary's page.
    """
    terms = {form.lower(): term for term in glossary for form in forms(term)}
    pattern = form_pattern([form for term in glossary for form in forms(term)] + OTHER_SENSES)
    unused = set(glossary) - NOT_LINKED
    for text in linkable_texts(doctree):
        parts, end = [], 0
        for match in pattern.finditer(text):
            term = terms.get(" ".join(match[0].lower().replace("'", "’").split()))
            if term not in unused:
                continue
            unused.remove(term)
            link = GlossaryLink("", match[0], classes=["glossary-link"])
            link["refuri"] = f"{page}#{glossary[term]['anchor']}"
            link["definition"] = glossary[term]["definition"]
            parts += [nodes.Text(text[end : match.start()]), link]
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def link_lesson(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link terms in a lesson's page, except in the single long page for print."""
    if app.builder.name == "html" and LESSON.match(docname):
        page = app.builder.get_relative_uri(docname, GLOSSARY)
        link_first_uses(doctree, read_glossary(app.env), page)


def depend_on_glossary(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make Sphinx build a lesson's page again when the glossary changes."""
    if LESSON.match(docname):
        app.env.note_dependency(app.env.doc2path(GLOSSARY))


def load_where_linked(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load script and style on the lessons' pages."""
    if LESSON.match(pagename):
        app.add_css_file("glossary-links.css")
        app.add_js_file("glossary-links.js")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_node(GlossaryLink, html=(open_link, close_link))
    app.connect("source-read", depend_on_glossary)
    app.connect("doctree-resolved", link_lesson)
    app.connect("html-page-context", load_where_linked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
