"""The minutes in a lesson's opening box."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from maintenance.notebooks import computing_time, estimate

QUESTION = "<details{}>\n<summary>Answer</summary>\n\nYes.\n\n</details>"
PREDICTION = QUESTION.format(' data-answer="1" data-unit=""')


def lesson(*cells):
    return new_notebook(cells=cells)


def test_estimate_words_lines_and_questions():
    words = new_markdown_cell("word " * 1200)
    code = new_code_cell("x = 1\n\n" * 70)
    questions = new_markdown_cell("\n\n".join([QUESTION.format("")] * 3 + [PREDICTION] * 2))
    # 1,210 words, 70 lines, three questions and two predictions: 6 + 7 + 6 + 2 minutes.
    assert estimate(lesson(words, code, questions)) == {
        "words": 1210,
        "questions": 5,
        "minutes": 20,
    }


def test_estimate_folded_code_takes_no_time():
    folded = new_code_cell("x = 1\n" * 500, metadata={"tags": ["hide-input"]})
    assert estimate(lesson(folded))["minutes"] == 5
    assert estimate(lesson(new_code_cell("x = 1\n" * 500)))["minutes"] == 50


def test_estimate_leaves_out_its_own_line():
    box = "# 1. Load\n\n> **Time:** {}"
    cells = [lesson(new_markdown_cell(box.format(text))) for text in ("", "about 20 minutes")]
    assert estimate(cells[0]) == estimate(cells[1])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "less than a minute"),
        (59, "less than a minute"),
        (61, "about a minute"),
        (89, "about a minute"),
        (100, "about 2 minutes"),
    ],
)
def test_computing_time(seconds, text):
    assert computing_time(seconds) == text
