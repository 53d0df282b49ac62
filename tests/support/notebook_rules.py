"""Rules for every lesson, checked on the stored notebook without running it.

``problems(notebook, name)`` returns a message for each violation of a rule.
"""

import ast
import json
import re
from pathlib import Path

from maintenance import notebooks
from tests.support.lesson_rules import REWRITTEN, asked, lesson_problems
from tests.support.notebook_parts import code_cells, markdown

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LONGEST_CELL = 15
# Seconds. The longest lessons take half of it on two slow cores; more means that the machine was
# busy, and readers would be told too long a time.
LONGEST_RUN = 180
TAGS = {"depends-on-data", "hide-input", "raises-exception"}
CHECKS = {"abs", "rel", "figure"}
# The parts of the package whose functions lessons define as well.
TAUGHT = ("data", "models", "training", "evaluation", "figures")
SECTIONS = ("## When it goes wrong", "## Check yourself", "## Take away")
# Lesson 0 comes before anything is taught. It runs the program and leaves what goes wrong, and what
# to take away, to the lessons that it links to. It measures on the test set, so it says why.
ONE_PAGE = "00-one-page.ipynb"
ONE_PAGE_SECTIONS = (
    "## What the program does",
    "**Why the test set is used here.**",
    "## Your turn",
)
ONE_PAGE_WORDS = 700
ONE_PAGE_LINES = 40

# Only the book renders this; GitHub, Colab and JupyterLab show the raw text.
MYST = re.compile(
    r"^(```\{|:::|\+\+\+|% |\([\w-]+\)=)|\{[\w:-]+\}`|\{\{ *\w+ *\}\}", flags=re.MULTILINE
)
MACHINE = re.compile(
    r"(/home/|/root/|/Users/|/tmp/|/work/|site-packages|[A-Z]:\\\\Users)"
    r"|cpu_feature_guard|oneDNN custom operations|computation_placer|\w*Warning\b"
)
# In a notebook's text, LaTeX has one backslash before a command: two begin a new line.
DOUBLED_BACKSLASH = re.compile(r"\$[^$]*\\\\[A-Za-z,;:!{}][^$]*\$")
# A percentage or a loss belongs in a cell's output. 1.27 % is the guide's own published figure.
MEASURED = re.compile(r"\b(?!1\.27\b)\d+(?:\.\d+)? ?%|\b0\.\d{3,}")
# Certainty, guessing one of ten classes, Adam's default: known before any cell runs.
KNOWN_BEFOREHAND = {"100 %", "90 %", "0 %", "10 %", "0.001"}


def problems(notebook: dict, name: str) -> list[str]:
    """Return a message for each rule that a stored lesson violates.

    Parameters
    ----------
    notebook
        The notebook as nbformat reads it.
    name
        Its file's name, for the lesson's number and for links.
    """
    found = []
    rules = (opening, sections, one_page, order, outputs, figures, prose, code, taught_code, links)
    for rule in rules:
        found += [f"{name}: {problem}" for problem in rule(notebook, name)]
    if Path(name).stem in REWRITTEN:
        found += [f"{name}: {problem}" for problem in lesson_problems(notebook, name)]
    return found


def opening(notebook: dict, name: str):
    """Check the title with its number, and the box: aims, requirements, minutes."""
    first = notebook["cells"][0]["source"]
    if not first.startswith(f"# {int(name[:2])}. "):
        yield f"the first cell does not begin with '# {int(name[:2])}. ' and a title"
    for part in ("> **You will be able to**", "> **You need**", "> **Time:**"):
        if part not in first:
            yield f"the opening box lacks {part!r}"
    facts = notebook["metadata"].get("mnist_course", {})
    if facts.get("data") != "MNIST":
        yield "its outputs were not stored by a run on the full set: make notebooks"
    elif notebooks.time_line(facts) not in first:
        yield "the minutes in the opening box are not those in the metadata: make notebooks"
    elif notebooks.estimate(notebook) != {
        key: facts[key] for key in ("words", "questions", "minutes")
    }:
        yield "the text has changed since its minutes were computed: make notebooks"
    elif facts["machine_seconds"] > LONGEST_RUN:
        yield f"its run took {facts['machine_seconds']} s: make notebooks on a quiet machine"


def sections(notebook: dict, name: str):
    """Check the sections at the end, the folded answers and the link to the next lesson."""
    text = markdown(notebook)
    if name == ONE_PAGE:
        expected = ONE_PAGE_SECTIONS
    else:
        expected = () if Path(name).stem in REWRITTEN else SECTIONS
    for section in expected:
        if section not in text:
            yield f"there is no section {section!r}"
    if "**Next:**" not in text:
        yield "it does not name the next lesson: **Next:**"
    answers = len(re.findall(r"<details\b", text))
    if answers < 2 or answers != text.count("</details>"):
        yield "it needs at least two questions with folded answers"


def one_page(notebook: dict, name: str):
    """Check that lesson 0 is short and links to the lesson of each of the seven steps."""
    if name != ONE_PAGE:
        return
    words = notebooks.estimate(notebook)["words"]
    if words > ONE_PAGE_WORDS:
        yield f"{words} words; {ONE_PAGE_WORDS} fit on one page"
    lines = [
        line for cell in code_cells(notebook)[1:] for line in cell["source"].split("\n") if line
    ]
    if len(lines) > ONE_PAGE_LINES:
        yield f"{len(lines)} lines of code after the set-up cell; {ONE_PAGE_LINES} fit on one page"
    steps = re.findall(r"^\*\*\d\. \[.+?\]\(([^)]+)\)", markdown(notebook), flags=re.MULTILINE)
    if steps != (lessons := [path.name for path in LESSONS[1:8]]):
        yield f"its steps link to {steps}, but the lessons are {lessons}"


def order(notebook: dict, name: str):
    """Check that all code cells were run once, from first to last, in one kernel."""
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"cells were not run from top to bottom in one kernel: {counts}: make notebooks"


def outputs(notebook: dict, name: str):
    """Check that stored outputs have no path, warning, start-up log or live widget."""
    if "widgets" in notebook["metadata"]:
        yield "widget state is stored"
    for i, cell in enumerate(notebook["cells"]):
        for out in cell.get("outputs", []):
            if notebooks.WIDGET_VIEW in out.get("data", {}):
                yield f"cell {i}: a live widget is stored, which shows nothing without a kernel"
            if out.get("name") == "stderr":
                yield f"cell {i}: something was written to stderr"
            texts = {k: v for k, v in out.get("data", {}).items() if k != "image/png"}
            text = json.dumps({**out, "data": texts, "metadata": {}}, ensure_ascii=False)
            if found := MACHINE.search(text):
                yield f"cell {i}: {found.group(0)!r} in a stored output"
            tags = cell["metadata"].get("tags", [])
            if out["output_type"] == "error" and "raises-exception" not in tags:
                yield f"cell {i}: a stored error without the tag raises-exception"


def figures(notebook: dict, name: str):
    """Check for one figure a cell at most, with alt text that equals its text/plain."""
    for i, cell in enumerate(notebook["cells"]):
        pictures = [out for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
        if len(pictures) > 1:
            yield f"cell {i}: more than one figure"
        for out in pictures:
            alt = out["metadata"].get("image/png", {}).get("alt", "")
            if len(alt.split()) < 4:
                yield f"cell {i}: a figure without alt text that says what it shows"
            elif "".join(out["data"].get("text/plain", "")) != alt:
                yield f"cell {i}: alt text and text/plain of a figure differ"
            yield from frames(i, out)


def frames(i: int, out: dict):
    """Check that a figure with frames shows its start frame, and that each has its own alt text."""
    slider = out["metadata"].get("image/png", {}).get("frames")
    if slider is None:
        return
    stored = slider["frames"]
    if stored[slider["start"]]["png"] != out["data"]["image/png"].strip():
        yield f"cell {i}: the start frame is not the picture that is shown without JavaScript"
    if len({frame["alt"] for frame in stored}) < len(stored) or len(stored) < 5:
        yield f"cell {i}: a figure with a slider needs five frames and different alt text for each"


def prose(notebook: dict, name: str):
    """Check for plain Markdown without MyST and without measured numbers."""
    # The rules for lessons check that a cell prints these.
    answers = {attributes.get("data-answer") for attributes in asked(notebook)}
    for i, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "markdown":
            continue
        text = cell["source"]
        if found := MYST.search(text):
            yield f"cell {i}: GitHub and Colab would show {found.group(0)!r} raw"
        if found := DOUBLED_BACKSLASH.search(text):
            yield f"cell {i}: two backslashes before a command in the formula {found.group(0)}"
        bare = re.sub(r"`[^`]*`|\$[^$]*\$|</?[a-z][^>]*>", "", text)
        for number in MEASURED.findall(bare):
            if number not in KNOWN_BEFOREHAND and number.rstrip(" %") not in answers:
                yield f"cell {i}: {number!r} is typed into prose; let a cell compute and show it"
        if re.search(r"!(?=\s|$)", bare):
            yield f"cell {i}: an exclamation mark"


def code(notebook: dict, name: str):
    """Check the length of cells, their tags and tolerances, and the set-up cell."""
    for i, cell in enumerate(notebook["cells"]):
        if unknown := set(cell["metadata"].get("tags", [])) - TAGS:
            yield f"cell {i}: unknown tags {sorted(unknown)}"
        if unknown := set(cell["metadata"].get("check", {})) - CHECKS:
            yield f"cell {i}: unknown keys {sorted(unknown)} in its metadata `check`"
        lines = cell["source"].splitlines() if cell["cell_type"] == "code" else []
        if len(lines) > LONGEST_CELL and not lines[0].startswith("# Long: "):
            yield (
                f"cell {i}: {len(lines)} lines; {LONGEST_CELL} are enough, or a first line "
                "'# Long: ...' says why not"
            )
    if code_cells(notebook)[0]["source"] != notebooks.setup_cell():
        yield f"the first code cell is not the set-up cell:\n{notebooks.setup_cell()}"


def taught_code(notebook: dict, name: str):
    """Check that functions which the package has as well have the same code there."""
    package = {}
    for folder in TAUGHT:
        for path in (ROOT / "mnist_course" / folder).rglob("*.py"):
            package |= functions(path.read_text(encoding="utf-8"))
    cells = "\n".join(cell["source"] for cell in code_cells(notebook))
    taught = functions(re.sub(r"^(\s*)%.*", r"\1pass", cells, flags=re.MULTILINE))
    for function in sorted(taught.keys() & package.keys()):
        if taught[function] != package[function]:
            yield (
                f"{function}() differs from the package's:\n{taught[function]}\n---\n"
                + (package[function])
            )


def functions(text: str) -> dict[str, str]:
    """Return a module's top-level functions by name, without docstrings and annotations."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
            found[node.name] = ast.unparse(node)
    return found


def links(notebook: dict, name: str):
    """Check that every link into the repository leads to a file."""
    for target in re.findall(r"\]\(([^)#\s]+)", markdown(notebook)):
        if "://" not in target and not (ROOT / "notebooks" / target).is_file():
            yield f"the link to {target} leads to no file"
