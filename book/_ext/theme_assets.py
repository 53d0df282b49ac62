"""Remove the theme's files that no page needs from the built book.

These are Font Awesome (a script, fonts and 2,500 style rules; ``icons.css`` has the icons that the
pages show) and the source maps, which only developers of the theme need.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

UNUSED = ("scripts/fontawesome.js*", "vendor", "**/*.map")

UNUSED_STYLE = re.compile(
    r"@font-face\{[^}]*Font Awesome[^}]*\}"
    r"|(?:\.fa-[\w-]+:before,?)+\{content:[^}]*\}"
    r"|/\*# sourceMappingURL=.*?\*/"
)

# The theme shows characters of the icon font beside notes and some links. Without the font they are
# empty boxes.
ICON_CHARACTER = re.compile(r'"(?:[\ue000-\uf8ff]|\\[ef][0-9a-f]{3})"')


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Remove the unused files and style rules from the finished book."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for sheet in static.glob("styles/*.css"):
        style = sheet.read_text(encoding="utf-8")
        style = ICON_CHARACTER.sub('""', UNUSED_STYLE.sub("", style))
        sheet.write_text(style, encoding="utf-8")
    for script in static.glob("scripts/*.js"):
        code = script.read_text(encoding="utf-8")
        script.write_text(re.sub(r"//# sourceMappingURL=.*", "", code), encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("build-finished", remove_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
