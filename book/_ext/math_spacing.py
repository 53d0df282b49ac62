"""Space the symbols of MathML as TeX does.

A browser spaces each operator by a dictionary, regardless of its neighbours. TeX uses both
neighbours and the size: a minus after an equals sign is a sign, and an index contains no spaces.
The rules are those of chapter 18 of The TeXbook.
"""

from xml.etree.ElementTree import Element

THIN, MEDIUM = "0.167em", "0.222em"
APPLY = "\u2061"  # marks `ln` and what follows as a function and its argument, for screen readers

ORDINARY = "/.|‖!?∞∂∇⊤∀∃"
BINARY = "+−±∓×·⋅∗÷∘∪∩∧∨⊕⊗⊙"
OPENING, CLOSING = "([{⟨⌊⌈", ")]}⟩⌋⌉"
PUNCTUATION = ",;"
LARGE = "∑∏∫"
DOTS = "…⋯"
KINDS = {
    character: kind
    for kind, characters in {
        "ordinary": ORDINARY,
        "binary": BINARY,
        "opening": OPENING,
        "closing": CLOSING,
        "punctuation": PUNCTUATION,
        "large": LARGE,
        "dots": DOTS,
    }.items()
    for character in characters
}

# TeX leaves space above small letters under a root, and lowers an index equally for every letter.
STRUT = {"width": "0em", "height": "0.68em", "depth": "0.2em"}
DESCENDING = "fgjpqyQβγζημξρφχψϕ"

SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"}
ROWS = {"math", "mrow", "msqrt", "mstyle", "mpadded", "mtd"}
UNDER_AND_OVER = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
DISPLAY, TEXT, SCRIPT = range(3)  # sizes of a formula, largest first

# After these an operator has no left operand: a minus is a sign.
NO_OPERAND = {None, "binary", "relation", "opening", "punctuation", "large", "function"}
# These set the space on the side of their neighbour themselves, or have none there.
SPACED = {None, "binary", "relation", "opening", "punctuation", "large", "function", "dots"}


def core(element: Element) -> Element:
    """Return the symbol that decides how a symbol with indices is spaced."""
    while element.tag in SCRIPTS or (element.tag in ("mrow", "mpadded") and len(element) == 1):
        element = element[0]
    return element


def is_name(element: Element) -> bool:
    """Return whether a symbol is the name of a function, such as ln, max or arg max."""
    letters = "".join((element.text or "").split())
    return element.tag in ("mi", "mo") and len(letters) > 1 and letters.isalpha()


def kind(element: Element) -> str:
    """Return TeX's class of a symbol, with its indices."""
    symbol = core(element)
    if symbol.text == "mod":
        return "binary"
    if is_name(symbol):
        return "function"
    if symbol.tag != "mo":
        return "dots" if symbol.text in tuple(DOTS) else "ordinary"
    if symbol is not element and element.tag == "mrow":
        return "ordinary"  # an operator alone in braces
    fence = {"prefix": "opening", "postfix": "closing"}.get(symbol.get("form"))
    return fence or KINDS.get(symbol.text, "relation")


def set_spaces(symbol: Element, left: str, right: str) -> None:
    """Set the space on both sides of an operator."""
    symbol.set("lspace", left)
    symbol.set("rspace", right)


def space_row(row: Element, style: int) -> None:
    """Space the symbols of a row."""
    atoms = [child for child in row if child.tag != "mspace"]
    kinds = [kind(atom) for atom in atoms]
    before = None
    for i, atom in enumerate(atoms):
        after = kinds[i + 1] if i + 1 < len(atoms) else None
        symbol, place = core(atom), list(row).index(atom)
        if kinds[i] == "binary" and before in NO_OPERAND:
            kinds[i] = "ordinary"
            symbol.set("form", "prefix")
        elif kinds[i] == "binary" and after in {None, "relation", "closing", "punctuation"}:
            kinds[i] = "ordinary"
        thin_before = before not in SPACED
        if kinds[i] == "function":
            if symbol.tag == "mo" and style == DISPLAY:
                atom.tag = UNDER_AND_OVER.get(atom.tag, atom.tag)
            symbol.tag = "mi"
            symbol.attrib.pop("movablelimits", None)
            if after not in {None, "relation", "closing", "punctuation"}:
                space = "0em" if after == "opening" else THIN
                row.insert(place + 1, Element("mo", lspace="0em", rspace=space))
                row[place + 1].text = APPLY
            if thin_before:
                row.insert(place, Element("mspace", width=THIN))
        elif symbol.tag == "mo" and kinds[i] == "large":
            set_spaces(symbol, THIN if thin_before else "0em", THIN)
        elif kinds[i] == "dots":
            symbol.tag = "mo"
            space = after not in {None, "binary", "relation", "closing"}
            set_spaces(symbol, THIN if thin_before else "0em", THIN if space else "0em")
        elif symbol.tag == "mo" and (kinds[i] == "ordinary" or style == SCRIPT):
            set_spaces(symbol, "0em", "0em")
        elif symbol.text == "mod":
            set_spaces(symbol, MEDIUM, MEDIUM)
        before = kinds[i]


def set_style(element: Element, style: int) -> None:
    """Space an element and its descendants, at the size in which they are drawn."""
    if element.get("displaystyle"):
        style = DISPLAY if element.get("displaystyle") == "true" else TEXT
    if element.tag in ROWS:
        space_row(element, style)
    if element.tag == "msqrt":
        element.insert(0, Element("mspace", STRUT))
    elif element.tag in ("msub", "msubsup") and element[0].text in tuple(DESCENDING):
        letter = Element("mpadded", depth="0em")
        letter.append(element[0])
        element[0] = letter
    for i, child in enumerate(element):
        if element.tag == "mfrac":
            set_style(child, min(style + 1, SCRIPT))
        elif element.tag in SCRIPTS and i > 0:
            set_style(child, SCRIPT)
        elif element.tag == "mtable" and not element.get("displaystyle"):
            set_style(child, max(style, TEXT))
        else:
            set_style(child, style)


def set_spacing(math: Element, display: str) -> None:
    """Space a formula.

    Parameters
    ----------
    math : Element
        The formula, changed in place.
    display : {"inline", "block"}
        Whether it is part of a line of text or a line of its own.
    """
    set_style(math, DISPLAY if display == "block" else TEXT)
