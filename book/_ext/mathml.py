"""Convert formulas to MathML when the book is built, so that no page needs a script for them.

The notebooks keep plain LaTeX, which GitHub, Colab and JupyterLab draw themselves.
"""

import re
from html import unescape
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.commands import MATRICES
from latex2mathml.converter import Converter
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from .math_spacing import set_spacing

logger = logging.getLogger(__name__)

FONT = "math-font.css"

PARTS = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munder": 2,
    "mover": 2,
    "munderover": 3,
}
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}")
ENVIRONMENTS = {command.removeprefix("\\") for command in MATRICES}


class FormulaError(ValueError):
    """LaTeX that cannot be converted to a formula."""


def convert(latex: str, display: str = "inline") -> str:
    """Convert LaTeX to MathML.

    Parameters
    ----------
    latex : str
        A formula without its dollar signs.
    display : {"inline", "block"}
        Whether the formula is part of a line of text or a line of its own.

    Returns
    -------
    str
        A ``math`` element, with the LaTeX as its ``alttext``.

    Raises
    ------
    FormulaError
        If a command is unknown, an argument is missing or braces do not match.
    """
    unknown = set(ENVIRONMENT.findall(latex)) - ENVIRONMENTS
    if unknown:
        raise FormulaError(f"unknown environment {', '.join(sorted(unknown))}")
    braces = re.findall(r"\\.|[{}]", latex)
    if braces.count("{") != braces.count("}"):
        raise FormulaError("the braces do not match")
    # latex2mathml draws \mathrm{d} in italics and splits \mathrm{relu}; align numbers its lines.
    source = re.sub(r"\\mathrm\b", r"\\text", latex).replace("{align}", "{align*}")
    if r"\\" in source and not ENVIRONMENT.search(source):
        source = rf"\begin{{split}}{source}\end{{split}}"
    try:
        math = Converter(display=display).convert_to_element(source)
    except Exception as error:  # its errors have no common base, and some are Python's own
        raise FormulaError(f"latex2mathml raises {type(error).__name__}") from error
    del math.attrib["xmlns"]  # HTML does not need it
    math.set("alttext", " ".join(latex.split()))
    for element in math.iter():
        if element.text:
            element.text = unescape(element.text)
        check(element, source)
    set_spacing(math, display)
    return ElementTree.tostring(math, encoding="unicode")


def check(element: ElementTree.Element, latex: str) -> None:
    """Raise a FormulaError for errors that latex2mathml ignores."""
    expected = PARTS.get(element.tag, len(element))
    if len(element) != expected:
        raise FormulaError(
            f"an argument is missing ({element.tag} has {len(element)} of {expected})"
        )
    text = element.text or ""
    if command := re.search(r"\\[a-zA-Z]+", text):
        raise FormulaError(f"unknown command {command[0]}")
    for character in set(text) & set("&#$%"):
        if "\\" + character not in latex:
            raise FormulaError(f"TeX does not allow {character} here")


def draw(translator: HTML5Translator, node: nodes.Element, display: str) -> None:
    """Write a formula into a page; if it has an error, warn and show the LaTeX."""
    latex = node.astext()
    try:
        translator.body.append(convert(latex, display))
    except FormulaError as error:
        logger.warning(
            "the formula %s is not drawn: %s. Correct the LaTeX, or use another command.",
            latex,
            error,
            location=node,
        )
        translator.body.append(f"<code>{translator.encode(latex)}</code>")


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    draw(translator, node, "inline")
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number if it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    draw(translator, node, "block")
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})</span>')
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class KeepTogether(SphinxPostTransform):
    """Keep a formula and text that touches it, such as a comma, on one line.

    Without this, browsers may break the line between them.
    """

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Put each formula that text touches into one element with that text."""
        for formula in list(self.document.findall(nodes.math)):
            parent = formula.parent
            place = parent.index(formula)
            before, after = parent[max(place - 1, 0)], parent[min(place + 1, len(parent) - 1)]
            left = re.search(r"\S*$", before)[0] if isinstance(before, nodes.Text) else ""
            right = re.match(r"\S*", after)[0] if isinstance(after, nodes.Text) else ""
            if left:
                parent[place - 1] = nodes.Text(before.removesuffix(left))
            if right:
                parent[place + 1] = nodes.Text(after.removeprefix(right))
            if left or right:
                word = nodes.inline(classes=["formula-word"])
                parent[place] = word
                word += [nodes.Text(left), formula, nodes.Text(right)]


def add_font(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load the font of formulas on pages with formulas."""
    if "<math" in context.get("body", ""):
        app.add_css_file(FONT)


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_post_transform(KeepTogether)
    app.connect("html-page-context", add_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
