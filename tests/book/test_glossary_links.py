"""Links from the lessons to the glossary: which words get one, and how the definition is shown."""

import importlib
import json
from collections import Counter

import pytest
from docutils.core import publish_doctree

from maintenance.browser import wait_until_loaded
from tests.support.browser import axe_violations, chromium, overflow, record_page_errors
from tests.support.built_book import EXERCISES, LESSONS, ROOT, built_book, page

pytestmark = pytest.mark.slow

LESSON = "notebooks/07-evaluate.html"


@pytest.fixture(scope="module")
def extension():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        yield importlib.import_module("_ext.glossary_links")


def linked(extension, text: str) -> list[str]:
    """Return the words that are linked in a text, written as reStructuredText."""
    terms = ["Adam", "accuracy", "batch", "batch normalization", "epoch", "normalize", "step"]
    glossary = {term: {"anchor": term, "definition": term} for term in [*terms, "winner’s curse"]}
    doctree = publish_doctree(text, settings_overrides={"raw_enabled": True})
    extension.link_first_uses(doctree, glossary, "glossary.html")
    return [link.astext() for link in doctree.findall(extension.GlossaryLink)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("An epoch, then more epochs.", ["epoch"]),
        ("Epochs and batches, accuracies too.", ["Epochs", "batches", "accuracies"]),
        ("Batch\nnormalization, then a batch.", ["Batch\nnormalization", "batch"]),
        ("Pixels are normalized; normalize them.", ["normalized"]),
        ("Adam lived before adam did.", ["Adam"]),
        ("The winner's curse.", ["winner's curse"]),
        ("**Epoch** in bold.", ["Epoch"]),
    ],
)
def test_first_use_of_a_term_is_linked_in_any_form(extension, text, links):
    assert linked(extension, text) == links


@pytest.mark.parametrize(
    "text",
    [
        "The epochal per-epoch batch_size of adam.",
        "A step of the guide.",
        "Code: ``epoch``.",
        "Code::\n\n  epoch",
        ":math:`epoch`",
        "An `epoch <https://example.org>`_.",
        "The first epoch\n===============\n\nText.\n\nThe second epoch\n----------------\n\nText.",
        ".. raw:: html\n\n   <details>\n\nEpoch.\n\n.. raw:: html\n\n   </details>",
        ".. image:: none.png\n   :alt: An epoch",
    ],
)
def test_word_is_not_linked(extension, text):
    assert linked(extension, text) == []


def test_definition_is_shortened_to_whole_sentences(extension):
    assert extension.shorten("One. Two,\n2.5 of it.") == "One. Two, 2.5 of it."
    long = "Long " * 30 + "end."
    assert extension.shorten(f"{long} {long}") == long
    assert extension.shorten(f"{long * 2} Next.") == long * 2


def test_exceptions_name_terms_and_phrases_that_exist(extension):
    terms = {term.text.strip() for term in page(built_book() / "book/glossary.html").select("dt")}
    terms = {term.rstrip("#") for term in terms}
    assert terms >= extension.NOT_LINKED | set(extension.OTHER_FORMS)
    lessons = " ".join(
        " ".join("".join(cell["source"]).split())
        for name in LESSONS
        for cell in json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    )
    assert [phrase for phrase in extension.OTHER_SENSES if phrase not in lessons] == []


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_links_each_term_once_and_only_in_its_text(name):
    html = page(built_book() / f"{name}.html")
    links = html.select("a.glossary-link")
    assert len(links) >= 5
    assert Counter(link["href"] for link in links).most_common(1)[0][1] == 1
    assert all(link["data-definition"] for link in links)
    outside = "h1, h2, h3, pre, code, summary, details, nav, .math, .cell, a a"
    assert [link for place in html.select(outside) for link in place.select(".glossary-link")] == []


def test_other_pages_have_no_glossary_links():
    for name in ["book/index", "book/glossary", *EXERCISES]:
        text = (built_book() / f"{name}.html").read_text(encoding="utf-8")
        assert "glossary-link" not in text, name


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser, request):
    """Open a lesson from disk."""
    tab = browser.new_page(reduced_motion="reduce", **getattr(request, "param", {}))
    tab.troubles = record_page_errors(tab, built_book().as_uri())
    tab.goto(f"{built_book().as_uri()}/{LESSON}")
    wait_until_loaded(tab)
    yield tab
    tab.context.close()


def link_and_definition(tab, number=1):
    """Return a link of the page and the box with its definition, which begins hidden."""
    link = tab.locator(".glossary-link").nth(number)
    definition = tab.locator(f"#{link.get_attribute('aria-describedby')}")
    assert definition.text_content() == link.get_attribute("data-definition")
    assert definition.is_hidden()
    return link, definition


def test_definition_shows_on_hover_and_stays_under_the_pointer(tab):
    link, definition = link_and_definition(tab)
    height = tab.evaluate("document.documentElement.scrollHeight")
    link.hover()
    definition.wait_for()
    definition.hover()
    tab.wait_for_timeout(400)
    assert definition.is_visible()
    assert tab.evaluate("document.documentElement.scrollHeight") == height
    tab.mouse.move(0, 0)
    definition.wait_for(state="hidden")
    assert tab.troubles == []


def test_definition_shows_on_focus_and_closes_on_escape(tab):
    link, definition = link_and_definition(tab)
    tab.locator(".glossary-link").first.focus()
    tab.keyboard.press("Tab")
    assert link.evaluate("link => link === document.activeElement")
    definition.wait_for()
    tab.keyboard.press("Escape")
    assert definition.is_hidden()
    assert link.evaluate("link => link === document.activeElement")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    definition.wait_for()
    tab.locator("main blockquote a.reference").first.focus()
    assert definition.is_hidden()


def test_definition_under_the_pointer_closes_on_escape(tab):
    link, definition = link_and_definition(tab)
    link.hover()
    definition.wait_for()
    tab.keyboard.press("Escape")
    assert definition.is_hidden()


def test_link_leads_to_the_entry(tab):
    link, _ = link_and_definition(tab)
    target = link.get_attribute("href").partition("#")[2]
    link.click()
    tab.wait_for_url(f"**/book/glossary.html#{target}")


PHONE = {"width": 360, "height": 740}

# Where the first line of a link and its definition are in the window.
PLACES = "elements => elements.map((element) => element.getClientRects()[0].toJSON())"


@pytest.mark.parametrize("tab", [{"has_touch": True, "viewport": PHONE}], indirect=True)
def test_first_tap_shows_the_definition_and_the_second_follows_the_link(tab):
    for number in range(tab.locator(".glossary-link").count()):
        link, definition = link_and_definition(tab, number)
        # At the lower edge of the window the definition has no room below the link.
        edge = ("end", "start")[number % 2]
        link.evaluate("(link, block) => link.scrollIntoView({ block })", edge)
        link.tap()
        definition.wait_for()
        place, box = tab.evaluate(PLACES, [link.element_handle(), definition.element_handle()])
        assert box["left"] >= 0 and box["right"] <= PHONE["width"]
        assert box["top"] >= 0 and box["bottom"] <= PHONE["height"]
        assert min(abs(box["top"] - place["bottom"]), abs(place["top"] - box["bottom"])) < 1
        assert overflow(tab) == []
        tab.locator("main h1").last.tap()
        assert definition.is_hidden()
    link.tap()
    assert tab.url.endswith(LESSON)
    link.tap()
    tab.wait_for_url("**/book/glossary.html#term-*")


@pytest.mark.parametrize("tab", [{"color_scheme": s} for s in ("light", "dark")], indirect=True)
def test_page_with_a_definition_on_show_has_no_barriers(tab):
    link, definition = link_and_definition(tab)
    link.focus()
    definition.wait_for()
    assert axe_violations(tab) == []


def test_link_prints_as_plain_text(tab):
    link, definition = link_and_definition(tab)
    link.focus()
    definition.wait_for()
    tab.emulate_media(media="print")
    style = link.evaluate(
        "link => [getComputedStyle(link).textDecorationLine, getComputedStyle(link).color,"
        " getComputedStyle(link.parentElement).color, getComputedStyle(link, '::after').content]"
    )
    assert style[0] == "none" and style[1] == style[2] and style[3] == "none"
    assert definition.is_hidden()


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_the_link_remains(tab):
    assert tab.locator(".glossary-link").first.get_attribute("href")
    assert tab.locator(".glossary-definition").count() == 0
