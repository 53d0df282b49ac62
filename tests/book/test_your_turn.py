"""Predictions before an answer unfolds: what is asked, what is said, and who can use it."""

import json
import shutil

import pytest

from maintenance import pack_book
from maintenance.browser import served, wait_until_loaded
from tests.support.browser import axe_violations, overflow, record_layout_shifts, record_page_errors
from tests.support.built_book import LESSONS, build, built_book, copy_sources, page

pytestmark = pytest.mark.slow

PAGE = "book/turns.html"
PHONE = {"width": 360, "height": 740}

CELLS = [
    "# Turns\n\nA page of questions.",
    """\
**Your turn.** How many numbers are in an image?

<details data-answer="784" data-unit="numbers">
<summary>Answer</summary>

784: 28 rows of 28 pixels.

</details>""",
    """\
**Your turn.** Is the error on new images larger?

<details data-answer="smaller" data-choices="larger|smaller|the same">
<summary>Answer</summary>

It is smaller.

</details>

**Your turn.** How much is it?

<details data-answer="0.3" data-unit="%">
<summary>Answer</summary>

0.3 %.

</details>

**Your turn.** What is the temperature, in degrees?

<details data-answer="-4" data-unit="">
<summary>Answer</summary>

Below zero.

</details>

**Your turn.** How many are left?

<details data-answer="0" data-unit="images">
<summary>Answer</summary>

None.

</details>

**Your turn.** Why?

<details>
<summary>Answer</summary>

Because.

</details>""",
]


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """Build a book of two pages, one of them with questions."""
    source = copy_sources(tmp_path_factory.mktemp("turns"))
    toc = "{format: jb-book, root: book/index, chapters: [{file: book/turns}]}"
    (source / "_toc.yml").write_text(toc, encoding="utf-8")
    plain = "# Plain\n\nText.\n\n<details>\n<summary>Answer</summary>\n\nYes.\n\n</details>"
    (source / "book/index.md").write_text(plain, encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "id": f"cell-{i}", "metadata": {}, "source": text}
        for i, text in enumerate(CELLS)
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (source / "book/turns.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    result = build(tmp_path_factory.mktemp("book"), source)
    assert result.passed, result.log
    return result.html


@pytest.fixture
def tab(browser, small_book, request):
    """Open the page with questions from disk."""
    tab = browser.new_page(reduced_motion="reduce", **getattr(request, "param", {}))
    tab.set_default_timeout(5000)
    tab.troubles = record_page_errors(tab, small_book.as_uri())
    tab.goto(f"{small_book.as_uri()}/{PAGE}")
    wait_until_loaded(tab)
    yield tab
    tab.context.close()


def turn(tab, number):
    """Return a question's form and its folded answer."""
    form = tab.locator("form.your-turn").nth(number)
    return form, tab.locator("form.your-turn + details").nth(number)


def is_open(details):
    return details.evaluate("details => details.open")


def predict(tab, number, prediction):
    """Enter a prediction, press the button and return what the page says."""
    form, details = turn(tab, number)
    assert not is_open(details)
    if form.get_by_role("radio").count():
        form.get_by_label(prediction, exact=True).check()
    else:
        form.get_by_label("Your prediction").fill(prediction)
    assert not is_open(details)
    form.get_by_role("button", name="Compare").click()
    assert is_open(details)
    return form.get_by_role("status").text_content()


@pytest.mark.parametrize(
    ("number", "prediction", "said"),
    [
        (0, "784", "Right."),
        (0, "700", "You: 700. Answer: 784 numbers. You were 84 too low (11 %)."),
        (0, "1000", "You: 1,000. Answer: 784 numbers. You were 216 too high (28 %)."),
        (0, "28", "You: 28. Answer: 784 numbers. You were 756 too low (96 %)."),
        (
            0,
            "7840",
            "You: 7,840. Answer: 784 numbers. You were 7,056 too high (10 times the answer).",
        ),
        (1, "smaller", "Right."),
        (1, "the same", "Not this time: the answer is “smaller”."),
        (2, "0.1", "You: 0.1. Answer: 0.3 %. You were 0.2 percentage points too low."),
        (2, "0.30", "Right."),
        (3, "-5", "You: −5. Answer: −4. You were 1 too low (25 %)."),
        (3, "4", "You: 4. Answer: −4. You were 8 too high (200 %)."),
        (4, "3", "You: 3. Answer: 0 images. You were 3 too high."),
        (4, "0", "Right."),
    ],
)
def test_your_turn_says_how_far_off_a_prediction_was(tab, number, prediction, said):
    assert predict(tab, number, prediction) == said
    assert tab.troubles == []


def test_your_turn_asks_only_where_an_answer_is_given(tab):
    assert tab.locator("form.your-turn").count() == 5
    assert tab.locator("article details").count() == 6
    assert tab.locator("article details[open]").count() == 0


def test_your_turn_without_a_prediction_compares_nothing(tab):
    for number in (0, 1):
        form, details = turn(tab, number)
        form.get_by_role("button").click()
        assert not is_open(details)
        assert form.get_by_role("status").text_content() == ""


def test_your_turn_summary_opens_the_answer_without_a_prediction(tab):
    form, details = turn(tab, 0)
    details.locator("summary").click()
    assert is_open(details)
    assert form.get_by_role("status").text_content() == ""


def test_your_turn_compares_one_question_at_a_time_and_again(tab):
    predict(tab, 0, "700")
    form, details = turn(tab, 0)
    assert tab.locator("article details[open]").count() == 1
    assert turn(tab, 1)[0].get_by_role("status").text_content() == ""
    form.get_by_label("Your prediction").fill("784")
    form.get_by_label("Your prediction").press("Enter")
    assert form.get_by_role("status").text_content() == "Right."
    assert is_open(details)


def test_your_turn_is_used_with_the_keyboard(tab):
    """The order of focus is number, button, answer; then choices, button, answer."""
    focused = "[document.activeElement.tagName, document.activeElement.type].join(' ').trim()"
    form, details = turn(tab, 0)
    form.get_by_role("spinbutton").focus()
    seen = []
    for _ in range(6):
        seen.append(tab.evaluate(focused))
        tab.keyboard.press("Tab")
    assert seen == [
        part
        for field in ("number", "radio")
        for part in (f"INPUT {field}", "BUTTON submit", "SUMMARY")
    ]
    form, details = turn(tab, 1)
    form.get_by_role("radio").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert form.get_by_role("status").text_content() == "Right."
    assert is_open(details)
    assert tab.evaluate(focused) == "BUTTON submit"


def test_your_turn_is_named_and_described_for_screen_readers(tab):
    form, _ = turn(tab, 0)
    number = form.get_by_role("spinbutton", name="Your prediction: numbers", exact=True)
    described = "one => document.getElementById(one.getAttribute('aria-describedby')).innerText"
    assert number.evaluate(described) == "Your turn. How many numbers are in an image?"
    choices = turn(tab, 1)[0].get_by_role("group", name="Your prediction:")
    assert choices.evaluate(described) == "Your turn. Is the error on new images larger?"
    assert choices.get_by_role("radio").count() == 3
    ids = "[...document.querySelectorAll('[id]')].map((element) => element.id)"
    assert len(tab.evaluate(ids)) == len(set(tab.evaluate(ids)))


@pytest.mark.parametrize("tab", [{"color_scheme": s} for s in ("light", "dark")], indirect=True)
def test_your_turn_has_no_axe_violations(tab):
    assert axe_violations(tab) == []
    predict(tab, 0, "700")
    predict(tab, 1, "larger")
    assert axe_violations(tab) == []


@pytest.mark.parametrize("tab", [{"viewport": PHONE, "has_touch": True}], indirect=True)
def test_your_turn_fits_a_phone(tab):
    for number, prediction in [(0, "123456"), (1, "larger")]:
        predict(tab, number, prediction)
    assert overflow(tab) == []
    targets = "all => all.map((one) => (one.closest('fieldset label') ?? one).offsetHeight)"
    assert min(tab.locator(".your-turn :is(input, button)").evaluate_all(targets)) >= 44


def test_your_turn_stores_and_sends_nothing(tab):
    kept = "JSON.stringify([localStorage, sessionStorage, document.cookie])"
    before, requests = tab.evaluate(kept), []
    tab.on("request", lambda request: requests.append(request.url))
    address = tab.url
    predict(tab, 0, "700")
    predict(tab, 1, "larger")
    tab.wait_for_timeout(200)
    assert tab.evaluate(kept) == before
    assert (requests, tab.url) == ([], address)
    tab.reload()
    assert turn(tab, 0)[0].get_by_role("spinbutton").input_value() == ""
    assert turn(tab, 1)[0].locator(":checked").count() == 0


def test_your_turn_moves_no_text_while_the_page_loads(tab):
    shifts = record_layout_shifts(tab)
    tab.reload()
    wait_until_loaded(tab)
    assert sum(float(shift.partition(" ")[0]) for shift in shifts()) < 0.01, shifts()


def test_your_turn_is_not_printed(tab):
    heights = "all => all.map((one) => one.offsetHeight)"
    tab.emulate_media(media="print")
    assert set(tab.locator("form.your-turn").evaluate_all(heights)) == {0}
    assert tab.locator("article details[open]").count() == 0


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_your_turn_without_scripts_is_the_folded_answer(tab):
    assert not any(form.is_visible() for form in tab.locator(".your-turn").all())
    answer = tab.get_by_text("784: 28 rows of 28 pixels.")
    assert answer.is_hidden()
    tab.locator("article summary").first.click()
    assert answer.is_visible()


def test_your_turn_is_loaded_only_where_it_is_used(small_book):
    files = "[src*='your-turn.'], [href*='your-turn.']"
    assert len(page(small_book / PAGE).select(files)) == 2
    assert page(small_book / "book/index.html").select(files) == []
    for name in LESSONS:
        lesson = page(built_book() / f"{name}.html")
        assert bool(lesson.select(files)) == bool(lesson.select("details[data-answer]")), name


def test_your_turn_works_from_a_server_and_from_the_zip(small_book, tmp_path, browser):
    shutil.unpack_archive(pack_book.pack(small_book, tmp_path), tmp_path)
    with served(small_book) as address:
        for home in (address, (tmp_path / pack_book.NAME).as_uri()):
            tab = browser.new_page()
            troubles = record_page_errors(tab, home)
            tab.goto(f"{home}/{PAGE}")
            wait_until_loaded(tab)
            assert predict(tab, 1, "smaller") == "Right."
            assert troubles == []
            tab.context.close()
