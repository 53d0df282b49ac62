import unicodedata

import pytest

from mnist_course.grading.submissions.printable import printable, table_text


@pytest.mark.parametrize(
    "text",
    [
        "Anna Müller",
        "李雷",
        "محمد",
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🔬",
        "a\nb",
        "- 1 < 2;\\",
    ],
)
def test_printable_keeps_readable_text(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J\x1b]0;title\x07", "�[2J�]0;title�"),
        ("\x9b31m", "�31m"),  # the same escape in one character
        ("abc\bd\x00\x7f", "abc�d��"),
        ("user\u202excod.ipynb", "user�xcod.ipynb"),
        ("\u2066a\u2069\u200f\ufeff", "�a���"),
        ("\ud800 \udfff", "� �"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb\u00a0c", "a b c"),
        ("\U000e0041\ue000", "��"),  # a tag character and one of private use
    ],
)
def test_printable_replaces(text, expected):
    assert printable(text) == expected


def test_printable_every_character():
    text = printable("".join(map(chr, range(0x110000))), limit=0x110000)
    assert {each for each in text if unicodedata.category(each) in ("Cc", "Cs", "Co", "Cn")} == {
        "\n"
    }
    text.encode()


def test_printable_one_line():
    assert printable("Eve\n[12/12] graded\r\x0bBob ", one_line=True) == "Eve [12/12] graded Bob"


def test_printable_limit():
    assert printable("a" * 2000) == "a" * 2000
    assert printable("a" * 2001) == "a" * 1999 + "…"
    assert printable("abcdef", 4) == "abc…"


class Unprintable:
    def __str__(self):
        raise ValueError


class ForgedText(str):
    def __str__(self):
        return "\x1b[2J"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "None"),
        (3, "3"),
        (b"caf\xc3\xa9 \xff", "café �"),
        (["\x1b"], r"['\x1b']"),
        (Unprintable(), "(Unprintable)"),
        (ForgedText("text"), "text"),
    ],
)
def test_printable_other_types(value, expected):
    assert printable(value) == expected


def test_printable_value_without_end():
    value = []
    for _ in range(100_000):
        value = [value]
    assert printable(value) == "(list)"


def test_table_text():
    assert table_text("=1+1") == "'=1+1"
    assert [table_text(f"\t{sign}cmd") for sign in "=+-@"] == ["'=cmd", "'+cmd", "'-cmd", "'@cmd"]
    assert table_text("Anna = Bo\n") == "Anna = Bo"
