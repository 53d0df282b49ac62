"""The troubleshooting page tells the truth: its code raises the errors in its headings."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "book" / "troubleshooting.md"
ENTRY = re.compile(r"^### (`+)(?P<words>[^\n]+?)\1\n\n```python\n(?P<code>.+?)```", re.M | re.S)
ENTRIES = {m["words"]: m["code"] for m in ENTRY.finditer(PAGE.read_text(encoding="utf-8"))}


def raised_by(code: str) -> str:
    """Run code and return the last line of its traceback, as Python prints it."""
    try:
        exec(compile(code, "troubleshooting.md", "exec"), {})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def test_the_page_has_entries_with_code():
    assert len(ENTRIES) >= 12


@pytest.mark.parametrize("words", ENTRIES)
def test_an_entry_quotes_the_real_error(words):
    assert raised_by(ENTRIES[words]).startswith(words)


def test_a_wrong_quotation_would_be_found():
    assert raised_by("[][0]") == "IndexError: list index out of range"
    assert raised_by("1") == "nothing"
