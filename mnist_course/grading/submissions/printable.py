"""Make text from students safe to store, to print and to put into tables."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Persian, Indic scripts and emoji need these two format characters inside words.
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
FORMULA_STARTS = ("=", "+", "-", "@")


def printable(text: object, limit: int = 2000, *, one_line: bool = False) -> str:
    r"""Return text without control characters and of limited length.

    Control characters could change a terminal or forge lines of a report, directional overrides
    show a name other than it is, and lone surrogates cannot be written to a file.

    Parameters
    ----------
    text : object
        Usually a str; anything else is converted, without raising.
    limit : int
        Largest number of characters; longer text is cut and ends in "…".
    one_line : bool
        True also turns line breaks into spaces, for names and for lines of a report.

    Returns
    -------
    str
        The only control character is "\n". Other white space is a space, and every other
        character that cannot be printed is U+FFFD.
    """
    text = _as_text(text)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    text = " ".join(text.split()) if one_line else "\n".join(text.splitlines())
    return "".join(map(_printable_character, text))


def table_text(text: object, limit: int = 2000) -> str:
    """Return printable text of one line that a spreadsheet does not run as a formula."""
    text = printable(text, limit, one_line=True)
    return f"'{text}" if len(text) > 1 and text.startswith(FORMULA_STARTS) else text


def _printable_character(character: str) -> str:
    if character.isprintable() or character == "\n" or character in JOINERS:
        return character
    return " " if character.isspace() else REPLACEMENT


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    try:
        return str(value)
    except Exception:
        return f"({type(value).__name__})"
