"""Join the pad's JavaScript modules into one text, for both of its homes.

A page opened from disk may load no module, and a notebook loads a single one; so the modules are
written after one another, their ``import`` lines and ``export`` words left out.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent

IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?function|const)", re.MULTILINE)
NAME = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def styles() -> str:
    """Return the pad's style sheet."""
    return (HERE / "pad.css").read_text(encoding="utf-8")


def joined(entry: str, folder: Path = HERE) -> str:
    """Join a module and all that it imports, each after what it needs.

    Parameters
    ----------
    entry
        File name of the module to begin with; what it exports by default stays an export.
    folder
        Where the modules lie.

    Raises
    ------
    ValueError
        If an import or export is written in a way that cannot be left out, or two modules give one
        name to two things.
    """
    texts: dict[str, str] = {}

    def add(name: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            if needed not in texts:
                add(needed)
        text = EXPORT.sub("", IMPORT.sub("", text))
        if odd := re.search(r"^(import\b|export (?!default)).*", text, re.MULTILINE):
            raise ValueError(
                f'{name}: cannot join `{odd[0]}`. Write `import {{ name }} from "./file.js";` on '
                "a line of its own, and `export` before `function`, `async function` or `const`."
            )
        texts[name] = text.strip()

    add(entry)
    homes: dict[str, str] = {}
    for name, text in texts.items():
        for found in NAME.findall(text):
            if found in homes:
                raise ValueError(
                    f"{name} and {homes[found]} both define `{found}`: joined, they share one "
                    "scope. Rename one."
                )
            homes[found] = name
    return "\n\n".join(f"// {name}\n{text}" for name, text in texts.items()) + "\n"


def script() -> str:
    """Return the pad for a page of the book: a classic script that leaves no name behind."""
    return f'(() => {{\n"use strict";\n{joined("page.js")}}})();\n'


def module() -> str:
    """Return the pad for a notebook: one ES module, as anywidget loads it."""
    return joined("widget.js")
