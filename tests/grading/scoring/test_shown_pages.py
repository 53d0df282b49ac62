"""What students wrote and displayed, on the pages of nbgrader in a real browser."""

import json
import os
import subprocess
import sys
from urllib.parse import quote

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from maintenance.browser import served
from maintenance.demo_class import ASSIGNMENT, answer_notebook, source_notebook
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.execution.restore_cells import RestoreCells
from mnist_course.grading.execution.sanitize import Sanitize
from tests.support.browser import chromium

AWAY = "http://hostile.example/"
RUN = f"new Image().src='{AWAY}run'"
ERROR = f'<img src=x onerror="{RUN}">'
MARKDOWN = {
    "script": f"<script>{RUN}</script>",
    "image error": ERROR,
    "image error in a word": f"a<img/src=x/onerror={RUN}>b",
    "image": f"![x]({AWAY}image.png)",
    "image by reference": f"![x][y]\n\n[y]: {AWAY}reference.png",
    "picture source": f"<picture><source srcset={AWAY}srcset><img src=x></picture>",
    "link": f"[x](<javascript:{RUN}>)",
    "link by reference": f"[x][y]\n\n[y]: <javascript:{RUN}>",
    "link in brackets": f"<javascript:{RUN}>",
    "link with entity": f'<a href="java&#115;cript:{RUN}">x</a>',
    "link with line break": f'<a href="java\nscript:{RUN}">x</a>',
    "link with space": f'<a href=" javascript:{RUN}">x</a>',
    "link title": f"""[x](http://a.example 'y" onmouseover="{RUN}')""",
    "link to data": f'<a href="data:text/html,<script>{RUN}</script>">x</a>',
    "svg": f'<svg onload="{RUN}"></svg>',
    "svg script": f"<svg><script>{RUN}</script></svg>",
    "svg use": f'<svg><use href="{AWAY}use#x"/><image href="{AWAY}svg-image"/></svg>',
    "iframe": f'<iframe src="{AWAY}frame"></iframe>',
    "iframe text": f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    "style": f"<style>@import url({AWAY}import); body {{background: url({AWAY}css)}}</style>",
    "style attribute": f'<b style="background: url({AWAY}attribute)">x</b>',
    "style sheet": f'<link rel="stylesheet" href="{AWAY}sheet">',
    "refresh": f'<meta http-equiv="refresh" content="0;url={AWAY}refresh">',
    "base": f'<base href="{AWAY}">',
    "object": f'<object data="{AWAY}object"></object><embed src="{AWAY}embed">',
    "media": f'<video poster="{AWAY}poster" src="{AWAY}video"></video><audio src="{AWAY}audio">',
    "focus": f'<input autofocus onfocus="{RUN}">',
    "details": f'<details open ontoggle="{RUN}">x</details>',
    "mouse": f'<b onmouseover="{RUN}">x</b>',
    "animation": f'<marquee onstart="{RUN}">x</marquee>',
    "form": f'<form action="javascript:{RUN}"><button>x</button></form>',
    "other parsers": f"<math><mtext><table><mglyph><style><!--</style>{ERROR}--></style></table>",
    "noscript": f"""<noscript><p title="</noscript><img src=x onerror='{RUN}'>"></noscript>""",
    "comment": f"<!--><img src=x onerror={RUN}>-->",
    "end of page": f"</div></div></body></html><script>{RUN}</script>",
    "unclosed": f'<img src=x onerror="{RUN}" ',
    "cdata": f"<![CDATA[><script>{RUN}</script>]]>",
    "heading": f"# {ERROR}",
    "list": f"- {ERROR}\n- [x] {ERROR}",
    "table": f"| a |\n| --- |\n| {ERROR} |",
    "quoted code": f"```\n</code></pre>{ERROR}\n```\n`</code>{ERROR}`",
    "language": f'```"><img/src=x/onerror={RUN}>\nx\n```',
    "mermaid": f"```mermaid\n{ERROR}\n```",
    "formula": f"${ERROR}$ $${ERROR}$$",
    "formula environment": rf"\begin{{a}}{ERROR}\end{{a}}",
    "blank lines": f"<div>\n\n{ERROR}\n\n</div>",
    "entities": f"&lt;script&gt;{RUN}&lt;/script&gt; &lt;img src=x onerror=&quot;{RUN}&quot;&gt;",
}


def display(data, **metadata):
    return new_output("display_data", data, metadata=metadata)


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
WIDGET = "application/vnd.jupyter.widget-view+json"
OUTPUTS = {
    "html": display({"text/html": ERROR}),
    "html script": display({"text/html": f"<script>{RUN}</script>", "text/plain": ERROR}),
    "html in a frame": display(
        {"text/html": f"<script>{RUN}</script>"}, **{"text/html": {"isolated": True}}
    ),
    "markdown": display({"text/markdown": ERROR}),
    "javascript": display({"application/javascript": RUN}),
    "svg": display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>"}),
    "widget": display({WIDGET: {"model_id": f"</script>{ERROR}"}}),
    "latex": display({"text/latex": ERROR}),
    "width": display({"image/png": PNG}, **{"image/png": {"width": f"1 onload={RUN}"}}),
    "alt": display({"image/png": PNG}, **{"image/png": {"alt": f'" onload="{RUN}'}}),
    "file name": display({"image/png": PNG}, filenames={"image/png": f"{AWAY}file"}),
    "picture data": display({"image/png": f'x" onerror="{RUN}'}),
    "picture address": display({"image/jpeg": f"{AWAY}jpeg"}),
    "text": display({"text/plain": ERROR}),
    "printed": new_output("stream", text=f"{ERROR}\x1b[31m{ERROR}\x1b]0;title\x07"),
    "error": new_output("error", ename=ERROR, evalue=ERROR, traceback=[f"\x1b[31m{ERROR}\x1b[0m"]),
    "result": new_output("execute_result", {"text/html": ERROR}, execution_count=1),
}
HARMLESS = """\
# My answer

**bold**, *italic*, `a < b`, $x < y$ and $$\\sum_i x_i$$, [a link](https://keras.io/api/)

- first
- second

```python
if a < b:

    print("two blanks")
```

| left | right |
| --- | --- |
| 1 | 2 |
"""


def hostile_notebook(release):
    """Return a submission after its run, with all this in answers, outputs and metadata."""
    nb = answer_notebook(release, {"explain": HARMLESS})
    for name, text in MARKDOWN.items():
        text = text.replace("/run", f"/{quote(name)}")
        nb.cells.append(new_markdown_cell(text, metadata={"tags": [f'"{ERROR}']}))
    nb.cells.append(new_raw_cell(ERROR, metadata={"raw_mimetype": "text/html"}))
    for name, output in OUTPUTS.items():
        named = json.loads(json.dumps(output).replace("/run", f"/{quote(name)}"))
        nb.cells.append(new_code_cell(f"# {ERROR}", outputs=[nbformat.from_dict(named)]))
    nb.cells[2].outputs = [OUTPUTS["html"]]
    nb.metadata.widgets = {
        "application/vnd.jupyter.widget-state+json": {"state": {"x": f"</script>{ERROR}"}}
    }
    nb.metadata.language_info = {"name": ERROR, "pygments_lexer": ERROR}
    nb.metadata.title = ERROR
    return nb


@pytest.fixture(scope="module")
def release():
    return student_notebook(source_notebook())


@pytest.fixture(scope="module")
def stored(release):
    nb, _ = RestoreCells(release).preprocess(hostile_notebook(release), {})
    return Sanitize(release).preprocess(nb, {})[0]


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def open_page(page, folder, name):
    """Open a page, use everything on it, and return what it ran or requested."""
    found = []
    page.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: AWAY in request.url and found.append(request.url))
    with served(folder) as address:
        page.goto(f"{address}/{name}", wait_until="load")
        page.evaluate(
            """() => {
              const away = (event) => {
                const link = event.target.closest?.("a");
                if (link && link.protocol !== "javascript:") event.preventDefault();
              };
              addEventListener("click", away, true);
              for (const element of document.querySelectorAll("#notebook *")) {
                for (const kind of ["mouseover", "focus", "pointerenter"])
                  element.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
                element.click?.();
              }
            }"""
        )
        page.wait_for_load_state("networkidle")
    return found


def formgrader_page(nb, folder):
    """Write the page on which instructors grade a submission, with nbgrader's own scripts."""
    config = {"template_name": "formgrade", "extra_template_basedirs": [handlers.template_path]}
    resources = {"base_url": "", "notebook_id": ASSIGNMENT, "submission_id": "1", "index": 0}
    resources |= {"assignment_id": ASSIGNMENT, "total": 1, "student": "anna", "notebook_path": "x"}
    exporter = HTMLExporter(config=Config(HTMLExporter=config))
    (folder / "formgrader").mkdir()
    (folder / "formgrader" / "static").symlink_to(handlers.static_path)
    text, _ = exporter.from_notebook_node(nb, resources)
    (folder / "page.html").write_text(text, encoding="utf-8")


def test_formgrader_page_runs_nothing(page, stored, tmp_path):
    formgrader_page(stored, tmp_path)
    assert open_page(page, tmp_path, "page.html") == []
    assert page.evaluate("typeof FormGrader") != "undefined"  # nbgrader's own scripts ran
    assert (
        "Safe"
        in (tmp_path / "page.html").read_text(encoding="utf-8").partition("x-mathjax-config")[0]
    )


@pytest.mark.slow
def test_formgrader_page_without_sanitizing(page, release, tmp_path):
    """The page runs most of it, so the tests above and below find what is run."""
    nb = hostile_notebook(release)
    nb.cells = [cell for cell in nb.cells if "refresh" not in cell.source]
    formgrader_page(nb, tmp_path)
    found = open_page(page, tmp_path, "page.html")
    assert len(set(found)) > 30


@pytest.fixture
def feedback(stored, results, store):
    """Return the folder of the feedback page that `nbgrader generate_feedback` makes."""
    student = store("Anna")
    path = results.path / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    nbformat.write(stored, path)
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", ASSIGNMENT]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run(command, cwd=results.path, env=environment, check=True)
    return results.path / "feedback" / student / ASSIGNMENT


def test_feedback_page_runs_nothing_and_keeps_formatting(page, feedback):
    assert open_page(page, feedback, f"{ASSIGNMENT}.html") == []
    answer = page.locator(".nbgrader_cell", has_text="My answer").last.locator(".panel-body")
    shown = {name: answer.locator(name).all_inner_texts() for name in ("h1", "strong", "em", "td")}
    assert shown == {"h1": ["My answer"], "strong": ["bold"], "em": ["italic"], "td": ["1", "2"]}
    assert answer.locator("li").all_inner_texts() == ["first", "second"]
    assert answer.locator("pre").inner_text() == 'if a < b:\n\n    print("two blanks")\n'
    assert answer.locator("a").get_attribute("href") == "https://keras.io/api/"
    for text in ("a < b", "$x < y$", "$$\\sum_i x_i$$"):
        assert text in answer.inner_text()
    assert page.locator("h1#Scale").count() == 1  # the instructor's own Markdown
    assert page.get_by_text("window.hostile").count() == 0
