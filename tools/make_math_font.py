# /// script
# dependencies = ["fonttools[woff]==4.68.0"]
# ///
"""Write book/_static/math-font.css: the characters of Latin Modern Math that formulas use.

Run it with `uv run tools/make_math_font.py latinmodern-math.otf` when a formula needs a character
that is not in the font yet. Debian has the file in the package fonts-lmodern, CTAN in lm-math.
"""

import base64
import io
import sys
from pathlib import Path

from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "book/_static/math-font.css"
FAMILY = "Latin Modern Math Subset"

# Letters and digits, italic and Greek letters, then the symbols that formulas use.
RANGES = "U+20-7E,U+A0,U+1D434-1D467,U+1D6FC-1D71B"
SINGLE = (
    "ℎℝℒΓΔΘΛΞΠΣΦΨΩ¯±·×÷‖…′″←→⇒∀∂∃∇∈∏∑−∓√∝∞∣∩∪∫∼≈≠≤≥≪≫⊕⊗⊙⊤⋅⋮⋯⋱⌈⌉⌊⌋⟨⟩"
    "\u0302\u0303\u0304\u2061\u20d7"  # accents, function application, arrow over a vector
)

HEADER = """\
/* A part of Latin Modern Math 1.959, made by tools/make_math_font.py. Copyright 2012-2014
   B. Jackowski, P. Strzelczyk and P. Pianowski, GUST Font License, see LICENSES.md. The font is in
   this file because Firefox loads no font file for a page that is opened from disk. */
"""


def subset(font: TTFont) -> None:
    """Remove the characters and tables that the book does not need."""
    options = Options(layout_features=[], hinting=False, desubroutinize=True)
    options.drop_tables += ["FFTM"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[*parse_unicodes(RANGES), *map(ord, SINGLE)])
    subsetter.subset(font)


def align_roots(font: TTFont) -> None:
    """Set the root signs of all sizes to the same width.

    Browsers reserve the width of the widest, which leaves a gap after a small root.
    """
    glyphs, metrics = font.getGlyphSet(), font["hmtx"].metrics
    charstrings = font["CFF "].cff.topDictIndex[0].CharStrings
    width = 900  # between the smallest, 833, and the largest, 1056 thousandths of an em
    sizes = [f"radical.v{i}" for i in range(1, 5)]
    parts = ["radical.tp", "radical.ex", "uni23B7"]
    for name in ["radical", *sizes, *parts]:
        old, bearing = metrics[name]
        pen = T2CharStringPen(None, glyphs)
        glyphs[name].draw(TransformPen(pen, (1, 0, 0, 1, width - old, 0)))
        drawn = charstrings[name]
        charstrings[name] = pen.getCharString(drawn.private, drawn.globalSubrs)
        metrics[name] = (width, bearing + width - old)


def main() -> None:
    """Write the style sheet from the font file named on the command line."""
    font = TTFont(sys.argv[1], recalcTimestamp=False)
    subset(font)
    align_roots(font)
    for number in (1, 4, 6):
        font["name"].setName(FAMILY.replace(" ", "" if number == 6 else " "), number, 3, 1, 0x409)
    font.flavor = "woff2"
    file = io.BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    TARGET.write_text(
        f'{HEADER}@font-face {{ font-family: "{FAMILY}"; '
        f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n',
        encoding="utf-8",
    )
    print(f"{TARGET}: {len(file.getvalue()) / 1000:.1f} KB of font")


if __name__ == "__main__":
    main()
