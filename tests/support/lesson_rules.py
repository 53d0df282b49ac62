"""Rules for the lessons that were rewritten, checked on the stored notebook without running it.

``lesson_problems(notebook, name)`` returns a message for each violation.
"""

import ast
import base64
import functools
import importlib.util
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from maintenance import notebooks
from tests.support.closed_test_set import measurements
from tests.support.folded_code import folded
from tests.support.notebook_parts import is_folded, lesson_code, markdown
from tests.support.stored_outputs import NUMBER

ROOT = Path(__file__).parents[2]

# The notebooks for which these rules hold, without suffix. Add a lesson when it is rewritten.
REWRITTEN: set[str] = {
    "01-load",
    "02-reshape",
    "03-normalize",
    "04-one-hot",
    "05-build",
    "06-train",
    "07-evaluate",
    "08-relu",
    "09-initialization",
    "10-filters",
    "11-pixels",
    "12-calibration",
    "13-seeds",
    "14-more-data",
    "15-better",
    "16-corruptions",
    "17-reject",
    "18-ship",
    "19-faster",
    "20-machines",
}

WORDS, VISIBLE_LINES = 1250, 80
# Part II begins with lesson 8; its lessons may be longer.
PART_TWO, PART_TWO_WORDS = 8, 1450
# Lesson 0 repeats the guide's whole program, which measures on the test set, and says why. Lesson 6
# opens the test set in one cell and says so. Lesson 0 has its questions at the end and makes no
# mistake on purpose.
WITH_CLOSED_TEST_SET = {1, 2, 3, 4, 5}
OPENS_TEST_SET = 6
SAYS_THAT_IT_OPENS = "**The test set is opened here, once:**"
ONE_PAGE = 0
# Limits of a kernel's peak memory in GB: for lessons that train on all 60,000 images or, as
# lesson 10, train 25 networks in one kernel; and for all others.
LARGE_TRAINING = {"00-one-page", "06-train", "10-filters"}
PEAK_OF_LARGE, PEAK = 1.4, 1.2

SECTIONS = ("## When it goes wrong", "## Summary")
WITHOUT_QUESTION = {"Summary"}

# Words of no use in a lesson; design notes name the plain ones to write instead.
PRIVATE_WORDS = re.compile(
    r"\b(mend(s|ed|ing)?|dice|luck(y|ily)?|by heart|(grey|gray) heap|kinks?|in new clothes"
    r"|(quiet|loud)ly|on whose word|wobbl(es?|ed|ing)|shares? of deals|size of (the )?slope"
    r"|trainings|answers alike|(needs|given by) a person|h[oe]ld(s|ing)? equal to|deceit)\b",
    flags=re.IGNORECASE,
)

DETAILS = re.compile(r"<details\b([^>]*)>")
# A folded answer that Markdown takes for a list item.
NUMBERED = re.compile(r"</summary>\s*(\d+[.)])(?=\s)")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def lesson_problems(notebook: dict, name: str) -> list[str]:
    """Return a message for each rule that a stored lesson violates."""
    rules = (
        length,
        sections,
        questions,
        answers,
        numbered,
        folded,
        test_set,
        frames,
        terms,
        words,
        memory,
    )
    return [problem for rule in rules for problem in rule(notebook, name.removesuffix(".ipynb"))]


def length(notebook: dict, name: str):
    """Check the numbers of words and of visible lines."""
    limit = PART_TWO_WORDS if int(name[:2]) >= PART_TWO else WORDS
    if (found := notebooks.estimate(notebook)["words"]) > limit:
        yield f"{found:,} words; {limit:,} are enough"
    shown = [c["source"] for _, c, _ in lesson_code(notebook) if not is_folded(c)]
    lines = sum(bool(line.strip()) for source in shown for line in source.splitlines())
    if lines > VISIBLE_LINES:
        yield f"{lines} lines of visible code; {VISIBLE_LINES} are enough"


def sections(notebook: dict, name: str):
    """Check for the section with a silent error and the summary."""
    for section in SECTIONS if int(name[:2]) != ONE_PAGE else ():
        if f"{section}\n" not in markdown(notebook):
            yield f"there is no section {section!r}"


def questions(notebook: dict, name: str):
    """Check that each section asks the reader, with a folded answer."""
    if int(name[:2]) == ONE_PAGE:
        return
    for section in re.split(r"^## ", markdown(notebook), flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0].strip()
        _, turn, rest = section.partition("**Your turn.**")
        if title not in WITHOUT_QUESTION and not (turn and DETAILS.search(rest)):
            yield f"section {title!r} has no '**Your turn.**' with a folded answer"


def asked(notebook: dict) -> Iterator[dict[str, str]]:
    """Yield the attributes of each folded answer that asks for a prediction."""
    for tag in DETAILS.finditer(markdown(notebook)):
        attributes = dict(ATTRIBUTE.findall(tag[1]))
        if any(key.startswith("data-") for key in attributes):
            yield attributes


def printed_numbers(notebook: dict) -> set[float]:
    """Return the numbers in the outputs of a notebook."""
    text = "\n".join(output_texts(notebook))
    return {float(number.replace(",", "")) for number in NUMBER.findall(text)}


def output_texts(notebook: dict) -> Iterator[str]:
    """Yield the texts in the outputs of a notebook, alt texts included."""
    for _, cell, _ in lesson_code(notebook):
        for out in cell.get("outputs", []):
            shown = [out.get("text", ""), out.get("data", {}).get("text/plain", "")]
            alts = [frame["alt"] for frame in stored_frames(out).get("frames", [])]
            yield from ("".join(text) for text in [*shown, *alts])


def answers(notebook: dict, name: str):
    """Check that an answer is a choice, or a number that a cell printed or that is exact."""
    printed = printed_numbers(notebook)
    for attributes in asked(notebook):
        answer, choices = attributes.get("data-answer", ""), attributes.get("data-choices")
        if unknown := set(attributes) - {"data-answer", "data-unit", "data-choices", "data-exact"}:
            yield f"a folded answer has unknown attributes {sorted(unknown)}"
        if choices is not None:
            if answer not in choices.split("|") or len(choices.split("|")) < 2:
                yield f"the answer {answer!r} is not one of the choices {choices!r}"
        elif not re.fullmatch(r"-?\d+(\.\d+)?", answer):
            yield f"the answer {answer!r} is not a plain number such as 1234.5"
        elif "data-exact" not in attributes and float(answer) not in printed:
            yield f"no cell prints the answer {answer}; one that needs no run has data-exact"


def numbered(notebook: dict, name: str):
    """Check that no folded answer begins like a numbered list, as Markdown would make of ``8.``."""
    for found in NUMBERED.finditer(markdown(notebook)):
        yield f"an answer begins with {found[1]!r}, which makes a numbered list"


def test_set(notebook: dict, name: str):
    """Check that lessons before lesson 6 measure nothing on the test set, and lesson 6 once."""
    cells = lesson_code(notebook)
    measured = list(measurements([source for _, _, source in cells]))
    if int(name[:2]) in WITH_CLOSED_TEST_SET:
        for place, found in measured:
            yield f"cell {cells[place][0]}: the test set is closed until lesson 6: {found}"
    elif int(name[:2]) == OPENS_TEST_SET:
        places = sorted({cells[place][0] for place, _ in measured})
        if len(places) != 1:
            yield f"the test set is measured on in cells {places}, not in one"
        elif SAYS_THAT_IT_OPENS not in notebook["cells"][places[0] - 1]["source"]:
            yield f"the text above cell {places[0]} does not say {SAYS_THAT_IT_OPENS!r}"


def stored_frames(out: dict) -> dict:
    """Return the frames of an output with their start, or an empty dictionary."""
    return out.get("metadata", {}).get("image/png", {}).get("frames", {})


def pixels(frame: dict) -> np.ndarray:
    """Return a frame's pixels."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(frame["png"]))).convert("L"))


def frames(notebook: dict, name: str):
    """Check that each explorable figure has frames, and that the first one shows something."""
    for i, cell, source in lesson_code(notebook):
        if not any(ast.unparse(s).startswith("explore(") for s in ast.parse(source).body):
            continue
        slider = next(filter(None, map(stored_frames, cell.get("outputs", []))), None)
        if slider is None:
            yield f"cell {i}: an explorable figure without frames for the book"
            continue
        images = [pixels(frame) for frame in slider["frames"]]
        for place in {0, slider["start"]}:
            neighbour = images[place + 1 if place + 1 < len(images) else place - 1]
            if np.ptp(images[place]) == 0:
                yield f"cell {i}: frame {place} is blank"
            if np.array_equal(images[place], neighbour):
                yield f"cell {i}: frame {place} looks like the next one"


@functools.cache
def glossary() -> dict[str, str]:
    """Return the lesson that introduces each term of the glossary, by the term."""
    text = (ROOT / "book/glossary.md").read_text(encoding="utf-8")
    entries = re.findall(r"^(\S.*)\n((?:  .*\n)+)", text, flags=re.MULTILINE)
    places = {term: re.findall(r"notebooks/([\w-]+)\.ipynb", entry) for term, entry in entries}
    return {term: lessons[-1] for term, lessons in places.items() if lessons}


@functools.cache
def glossary_links():
    """Return the extension that links the glossary's terms in the book."""
    path = ROOT / "book/_ext/glossary_links.py"
    specification = importlib.util.spec_from_file_location("glossary_links", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def terms(notebook: dict, name: str):
    """Check that the glossary's terms of a lesson are introduced in it in bold."""
    bold = " ".join(" ".join(re.findall(r"\*\*(.+?)\*\*", markdown(notebook), re.S)).split())
    links = glossary_links()
    for term, lesson in glossary().items():
        taught = lesson == name and term not in links.NOT_LINKED
        if taught and not links.form_pattern(links.forms(term)).search(bold):
            yield f"the term {term!r} of the glossary is not introduced in bold"


def words(notebook: dict, name: str):
    """Check for words of no use in prose, code and outputs."""
    sources = [cell["source"] for cell in notebook["cells"]]
    for text in [*sources, *output_texts(notebook)]:
        for found in PRIVATE_WORDS.finditer(text):
            yield f"{found[0]!r} is not a word of the field"


def memory(notebook: dict, name: str):
    """Check the peak memory that the stored run needed."""
    peak = notebook["metadata"].get("mnist_course", {}).get("peak_memory_gb", 0)
    limit = PEAK_OF_LARGE if name in LARGE_TRAINING else PEAK
    if peak >= limit:
        yield f"its kernel needed {peak} GB at its peak; the limit is {limit} GB"
