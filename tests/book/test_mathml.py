"""Formulas as MathML: what LaTeX becomes, how it is spaced, and what the build warns of."""

import importlib
import json
from xml.etree import ElementTree

import pytest

from tests.support.built_book import PAGES, ROOT, Build, build, built_book, copy_sources, page


@pytest.fixture(scope="module")
def mathml():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        yield importlib.import_module("_ext.mathml")


def spaced(markup: str) -> str:
    """Write a formula in one line, with each space that was set: 0, thin as ' or medium as :."""
    signs = {"0em": "0", "0.167em": "'", "0.222em": ":", None: ""}
    written = ""
    for element in ElementTree.fromstring(markup).iter():
        left, right = (signs[element.get(side)] for side in ("lspace", "rspace"))
        if element.tag == "mspace" and "height" not in element.attrib:
            written += signs[element.get("width")]
        written += left + (element.text or "").replace("\u2061", "()") + right
    return written


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\ln 10", "ln0()'10"),
        (r"\ln(x)", "ln0()0(x)"),
        (r"2 \ln 2", "2'ln0()'2"),
        (r"-\ln p", "0−0'ln0()'p"),
        (r"= \ln p", "=ln0()'p"),
        (r"\sin x \cos y", "sin0()'x'cos0()'y"),
        (r"\log_2 x", "log20()'x"),
        (r"x \bmod y", "x:mod:y"),
        (r"p / q", "p0/0q"),
        (r"60{,}000", "600,0000"),
        (r"e^{a - b}", "ea0−0b"),
        (r"\sum_{k=0} t", "0∑'k0=00t"),
        (r"a \sum t", "a'∑'t"),
        (r"p_0 \dots p_9", "p0'…'p9"),
        (r"1 + \cdots + n", "1+0⋯0+n"),
    ],
)
def test_convert_spaces_as_tex_does(mathml, latex, expected):
    assert spaced(mathml.convert(latex)) == expected


@pytest.mark.parametrize("latex", ["-x", "a = -x", "a(-x)", r"\sum -x", "a, -x", r"\frac{-x}{2}"])
def test_convert_makes_a_minus_without_left_operand_a_sign(mathml, latex):
    assert '<mo form="prefix"' in mathml.convert(latex)


@pytest.mark.parametrize("latex", ["a - x", "(a) - x", "a_1 - x", r"\frac{1}{2} - x"])
def test_convert_leaves_a_minus_between_operands(mathml, latex):
    assert "<mo>−</mo>" in mathml.convert(latex)


def test_convert_gives_every_root_the_same_height(mathml):
    strut = '<msqrt><mspace width="0em" height="0.68em" depth="0.2em" />'
    assert strut in mathml.convert(r"\sqrt{n}")


def test_convert_sets_limits_below_in_display_only(mathml):
    assert "<munder><mi>max</mi>" in mathml.convert(r"\max_i x", "block")
    assert "<msub><mi>max</mi>" in mathml.convert(r"\max_i x")


@pytest.mark.parametrize("latex", [r"a \\ b", r"\begin{align}a &= b\\ &= c\end{align}"])
def test_convert_makes_a_row_of_each_line_without_numbers(mathml, latex):
    markup = mathml.convert(latex, "block")
    assert markup.count("<mtr>") == 2
    assert "(1)" not in markup and "linebreak" not in markup


def test_convert_sets_mathrm_upright_as_one_word(mathml):
    assert "<mtext>relu</mtext>" in mathml.convert(r"\mathrm{relu}(x)")


def test_convert_keeps_the_latex_and_escapes_text(mathml):
    markup = mathml.convert(r"\text{a < b} \& c")
    assert ElementTree.fromstring(markup).get("alttext") == r"\text{a < b} \& c"


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        (r"\foo{x}", r"unknown command \\foo"),
        (r"\text{a \foo}", r"unknown command \\foo"),
        (r"\begin{foo}x\end{foo}", "unknown environment foo"),
        (r"\frac{1}", "an argument is missing"),
        (r"\frac", "NoAvailableTokensError"),
        ("x^", "MissingSuperScriptOrSubscriptError"),
        ("{a", "braces do not match"),
        ("a}", "braces do not match"),
        ("a & b", "TeX does not allow & here"),
        (r"\text{$a$}", r"TeX does not allow \$ here"),
    ],
)
def test_convert_refuses_faulty_latex(mathml, latex, reason):
    with pytest.raises(mathml.FormulaError, match=reason):
        mathml.convert(latex)


PROSE = r"""# A title with $x_1$

## A heading with $x_2$

| a | $x_3$ |
| - | ----- |
| b | $x_4$ |

<details><summary>Answer</summary>

It is ($x_5$).

</details>

Term $x_6$
: A meaning with $x_7$

$$ x_8 = 1 $$ (numbered)

See {eq}`numbered`.
"""
FAULTY_PROSE = r"""# Faults

$\foo$ and $\frac{1}$
"""
OUTPUTS = [
    {"text/markdown": "| a | $x_1$ |\n|-|-|\n| b | $x_2$ |\n\n$$ x_3 $$"},
    {"text/latex": r"$\displaystyle x_4$"},
    {"text/latex": r"$$x_5$$"},
]


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Build:
    """Build a small book with formulas in many places, two of them faulty."""
    source = copy_sources(tmp_path_factory.mktemp("formulas"))
    (source / "_toc.yml").write_text(
        "{format: jb-book, root: book/prose, "
        "chapters: [{file: book/faulty}, {file: book/outputs}]}",
        encoding="utf-8",
    )
    (source / "book/prose.md").write_text(PROSE, encoding="utf-8")
    (source / "book/faulty.md").write_text(FAULTY_PROSE, encoding="utf-8")
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data} for data in OUTPUTS]
    code = {"id": "a", "cell_type": "code", "metadata": {}, "source": "1", "execution_count": 1}
    title = {"id": "b", "cell_type": "markdown", "metadata": {}, "source": "# Outputs\n\nText."}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    notebook["cells"] = [title, code | {"outputs": outputs}]
    (source / "book/outputs.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return build(tmp_path_factory.mktemp("book"), source)


def sources(build: Build, name: str) -> list[str]:
    """Return the LaTeX of the formulas of a page, in its order."""
    article = page(build.html / name).select_one("article")
    return [formula["alttext"] for formula in article.select("math")]


def test_build_draws_formulas_wherever_they_stand(planted):
    expected = [*(f"x_{i}" for i in range(1, 8)), "x_8 = 1"]
    assert sources(planted, "book/prose.html") == expected
    assert page(planted.html / "book/prose.html").select_one(".formula .eqno").text == "(1)"


def test_build_draws_formulas_of_outputs(planted):
    expected = ["x_1", "x_2", "x_3", r"\displaystyle x_4", "x_5"]
    assert sources(planted, "book/outputs.html") == expected


def test_build_keeps_what_touches_a_formula_on_its_line(planted):
    words = page(planted.html / "book/prose.html").select(".formula-word")
    assert [word.text for word in words] == ["(x5)."]


def test_build_warns_of_faulty_formulas_and_shows_their_latex(planted):
    assert not planted.passed
    assert r"WARNING: the formula \foo is not drawn: unknown command \foo" in planted.log
    assert r"WARNING: the formula \frac{1} is not drawn: an argument is missing" in planted.log
    assert planted.log.count("WARNING: the formula") == 2
    article = page(planted.html / "book/faulty.html").select_one("article")
    assert [code.text for code in article.select("code")] == [r"\foo", r"\frac{1}"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_with_formulas_need_their_font_and_no_script(name):
    html = page(built_book() / name)
    sheets = [link["href"].partition("?")[0] for link in html.select("link[rel=stylesheet]")]
    has_font = any(sheet.endswith("math-font.css") for sheet in sheets)
    assert has_font == bool(html.select("math"))
    assert "mathjax" not in " ".join(script.get("src", "") for script in html.select("script"))
