"""Make graded notebooks safe to show: nothing that a student wrote is run by a browser."""

import base64
import copy
import html
import io

import bleach
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from PIL import Image

from mnist_course.grading.submissions.printable import printable

MAX_TEXT = 1_000_000  # characters of one output
MAX_ANSWER = 20_000  # characters of a text answer; longer ones are shown without formatting
MAX_PIXELS = 30_000_000
IMAGE_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}

# Links are the only elements with attributes. The formgrader finds its own fields by id and class.
TAGS = (
    {"a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "hr", "i", "kbd"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "span", "strong", "sub", "sup"}
    | {"table", "tbody", "td", "th", "thead", "tr", "u", "ul"}
)
PROTOCOLS = {"http", "https", "mailto"}


class Sanitize(NbGraderPreprocessor):
    """Replace what students wrote or their code displayed by text and pictures.

    It runs after the points are stored, because nbgrader recognizes blank answers by their text.

    Parameters
    ----------
    release : NotebookNode
        The released student notebook; Markdown cells that are in it remain as they are.
    """

    def __init__(self, release: NotebookNode, **kwargs):
        super().__init__(**kwargs)
        self.metadata = release.metadata
        self.trusted = {cell.source for cell in release.cells if cell.cell_type == "markdown"}

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook without anything that a browser would run or request."""
        nb.metadata = copy.deepcopy(self.metadata)  # the kernel wrote into it
        for cell in nb.cells:
            cell.pop("attachments", None)
            if cell.cell_type == "code":
                cell.execution_count = _integer(cell.execution_count)
                cell.outputs = [
                    shown for output in cell.outputs if (shown := sanitized_output(output))
                ]
        nb.cells = [self._sanitized_text(cell) for cell in nb.cells]
        return nb, resources

    def _sanitized_text(self, cell: NotebookNode) -> NotebookNode:
        if cell.cell_type == "raw":
            return new_markdown_cell(_plain_text(cell.source), id=cell.id)
        if cell.cell_type == "markdown" and cell.source not in self.trusted:
            cell.source = sanitized_markdown(cell.source)
        return cell


def sanitized_output(output: NotebookNode) -> NotebookNode | None:
    """Return a new output with the text and the pictures of an output, or None without any."""
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output(kind, name=name, text=_text(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        return new_output(
            kind,
            ename=_text(output.get("ename")),
            evalue=_text(output.get("evalue")),
            traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
        )
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), dict):
        return None
    shown = {}
    if "text/plain" in output.data:
        shown["text/plain"] = _text(output.data["text/plain"])
    for mime, name in IMAGE_FORMATS.items():
        if picture := _picture(output.data.get(mime), name):
            shown[mime] = picture
    if not shown:
        kinds = printable(", ".join(map(str, output.data)), 200, one_line=True)
        shown["text/plain"] = f"[An output of another kind is not shown: {kinds}]"
    counts = {}
    if kind == "execute_result":
        counts["execution_count"] = _integer(output.get("execution_count"))
    return new_output(kind, shown, **counts)


def sanitized_markdown(source: str) -> str:
    """Return Markdown as HTML with formatting, formulas and links only.

    Raw HTML beyond simple formatting is shown as it was written, and so are pictures: loading one
    would tell another server who reads the answer.

    Returns
    -------
    str
        One line of HTML, so that Markdown takes it as it is.
    """
    if len(source) > MAX_ANSWER:
        return _plain_text(source)
    try:
        rendered = MarkdownWithMath(renderer=_AnswerRenderer()).render(source)
        cleaned = bleach.clean(
            rendered, tags=TAGS, attributes=_is_absolute_link, protocols=PROTOCOLS
        )
    except Exception:  # such as a RecursionError
        return _plain_text(source)
    return _one_line(cleaned.strip())


class _AnswerRenderer(IPythonRenderer):
    """Render what bleach would not keep as text."""

    def __init__(self):
        super().__init__(escape=False, exclude_anchor_links=True)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return html.escape(f"![{text}]({url})")

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>"


def _is_absolute_link(tag: str, name: str, value: str) -> bool:
    # A relative link would lead to another page of the formgrader's own server.
    return tag == "a" and name == "href" and value.partition(":")[0].lower() in PROTOCOLS


def _plain_text(source: str) -> str:
    return _one_line(f"<pre>{html.escape(source)}</pre>")


def _one_line(text: str) -> str:
    return f"<div>{text}</div>".replace("\r", "").replace("\n", "&#10;")


def _text(value: object) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    # Progress bars move the cursor with backspaces.
    return printable(strip_ansi(text[:MAX_TEXT]).replace("\b", ""), MAX_TEXT)


def _integer(value: object) -> int | None:
    return value if type(value) is int else None


def _picture(value: object, name: str) -> str | None:
    """Return a picture in base64 if it is one and not too large, else None.

    Only its header is read: the pixels are decoded by the browser, in a sandbox of its own.
    """
    if not isinstance(value, str):
        return None
    try:
        content = base64.b64decode(value)
        with Image.open(io.BytesIO(content), formats=[name]) as image:
            width, height = image.size
    except Exception:  # damaged files raise many kinds
        return None
    return base64.b64encode(content).decode() if width * height <= MAX_PIXELS else None
