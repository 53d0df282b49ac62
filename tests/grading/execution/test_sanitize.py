import base64
import io

import nbformat
import pytest
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from PIL import Image

from mnist_course.grading.execution.sanitize import (
    MAX_ANSWER,
    Sanitize,
    sanitized_markdown,
    sanitized_output,
)


def picture(kind="PNG", size=(3, 2)):
    file = io.BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(file, kind)
    return base64.encodebytes(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**a** *b* `c<d` ~~e~~", "<strong>a</strong> <em>b</em> <code>c&lt;d</code> <del>e</del>"),
        ("# a", "<h1>a</h1>"),
        ("$a<b$ and $$a_i * b_i$$", "$a&lt;b$ and $$a_i * b_i$$"),
        ("x<sub>i</sub>", "x<sub>i</sub>"),
        ("[a](https://b.example 'c')", '<a href="https://b.example">a</a>'),
        ("[a](mailto:b@example.org)", '<a href="mailto:b@example.org">a</a>'),
        ("[a](/formgrader/api)", "<a>a</a>"),
        ("[a](//b.example)", "<a>a</a>"),
        ("[a](<javascript:alert(1)>)", "<a>a</a>"),
        ('<a id="b" class="score" href="https://c.example" target="d">a</a>',
         '<a href="https://c.example">a</a>'),
        ("- [x] a\n- [ ] b", "<li>☑ a</li><li>☐ b</li>"),
        ("![a](b.png)", "![a](b.png)"),
        ("![a](attachment:b.png)", "![a](attachment:b.png)"),
        ("<script>a</script>", "&lt;script&gt;a&lt;/script&gt;"),
    ],
)  # fmt: skip
def test_sanitized_markdown(source, expected):
    cleaned = sanitized_markdown(source)
    assert "\n" not in cleaned
    shown = markdown2html_mistune(cleaned)  # as nbgrader's pages show it
    assert expected in shown.replace("&#10;", "").replace("\n", "")


@pytest.mark.parametrize("source", ["*a*" * MAX_ANSWER, "> " * 5000 + "*a*", "[" * 50_000])
def test_sanitized_markdown_hard_to_parse(source):
    cleaned = sanitized_markdown(source)
    assert cleaned.startswith("<div>") and "\n" not in cleaned


def test_sanitized_output_text():
    printed = sanitized_output(new_output("stream", text="a\x1b[31mb\x1b[38m\x1b]0;c\x07\n\ud800"))
    assert printed.text == "ab�]0;c�\n�"
    ansi2html(printed.text)  # fails at the second escape of the original text
    printed.text.encode()
    bar = new_output("stream", text="1/2 \b\b\b\b2/2 ", name="stderr")
    assert sanitized_output(bar) == new_output("stream", text="1/2 2/2 ", name="stderr")


def test_sanitized_output_error():
    error = {"ename": "ValueError", "evalue": "a\x00b", "traceback": ["\x1b[31mc\x1b[0m", "d\ne"]}
    shown = sanitized_output(new_output("error", **error))
    assert (shown.ename, shown.evalue, shown.traceback) == ("ValueError", "a�b", ["c", "d\ne"])


@pytest.mark.parametrize(("mime", "kind"), [("image/png", "PNG"), ("image/jpeg", "JPEG")])
def test_sanitized_output_picture(mime, kind):
    data = {mime: picture(kind), "text/html": "<b>", "text/plain": "Figure"}
    shown = sanitized_output(new_output("display_data", data, metadata={mime: {"width": "x"}}))
    assert set(shown.data) == {mime, "text/plain"} and shown.metadata == {}
    assert base64.b64decode(shown.data[mime]) == base64.b64decode(data[mime])


@pytest.mark.parametrize(
    "content",
    [
        "not base64 ü",
        base64.b64encode(b"<svg onload='a'/>").decode(),
        picture("JPEG"),
        picture()[:20],
        picture(size=(6000, 6000)),
        ["a"],
        None,
    ],
    ids=["text", "svg", "another kind", "cut", "too large", "list", "none"],
)
def test_sanitized_output_no_picture(content):
    output = nbformat.from_dict(
        {"output_type": "display_data", "data": {"image/png": content}, "metadata": {}}
    )
    assert set(sanitized_output(output).data) == {"text/plain"}


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": "update_display_data", "data": {"text/plain": "a"}},
        {"output_type": "display_data", "data": "a"},
    ],
)
def test_sanitized_output_unknown_kind(output):
    assert sanitized_output(nbformat.from_dict(output)) is None


def test_sanitize_keeps_text_of_the_release():
    release = new_notebook(cells=[new_markdown_cell("<details>a</details>")])
    release.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    cells = [
        new_markdown_cell("<details>a</details>"),
        new_markdown_cell("<details>b</details>"),
        new_raw_cell("<b>", metadata={"format": "text/html"}),
        new_code_cell("1", execution_count=3),
    ]
    nb = new_notebook(cells=cells, metadata={"language_info": {"name": "<b>"}})
    nb.cells[1].attachments = {"a.svg": {"image/svg+xml": "PHN2Zz4="}}
    shown, _ = Sanitize(release).preprocess(nb, {})
    nbformat.validate(shown)
    assert shown.metadata == release.metadata
    assert [cell.cell_type for cell in shown.cells] == ["markdown"] * 3 + ["code"]
    assert shown.cells[0].source == "<details>a</details>"
    assert shown.cells[1].source == "<div>&lt;details&gt;b&lt;/details&gt;</div>"
    assert shown.cells[2].source == "<div><pre>&lt;b&gt;</pre></div>"
    assert "attachments" not in shown.cells[1]
    assert shown.cells[3].execution_count == 3
