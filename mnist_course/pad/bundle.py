"""Bundle the pad's JavaScript modules into one script for the book and one for notebooks.

A page opened from disk cannot load modules, and a notebook can load only one. So the modules are
concatenated, without their ``import`` lines and ``export`` keywords.
"""

import json
import posixpath
import re
from pathlib import Path

FOLDER = Path(__file__).parent

IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w/]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?function|const)", re.MULTILINE)
DEFINITION = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def pad_style_sheet() -> str:
    """Return the pad's style sheet."""
    return (FOLDER / "pad.css").read_text(encoding="utf-8")


def bundle(entry: str, folder: Path = FOLDER) -> str:
    """Concatenate a module and all that it imports, dependencies first.

    Parameters
    ----------
    entry
        The module to start from, as a path in the folder; its default export is kept.
    folder
        The folder of the modules and of their sub-folders.

    Raises
    ------
    ValueError
        If an import or export cannot be removed because of how it is written, or two modules define
        the same name.
    """
    texts: dict[str, str] = {}

    def add(name: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        for relative in IMPORT.findall(text):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
            if imported not in texts:
                add(imported)
        text = EXPORT.sub("", IMPORT.sub("", text))
        if left := re.search(r"^(import\b|export (?!default)).*", text, re.MULTILINE):
            raise ValueError(
                f'{name}: cannot bundle `{left[0]}`. Write `import {{ name }} from "./file.js";` '
                "on a line of its own, and `export` before `function`, `async function` or `const`."
            )
        texts[name] = text.strip()

    add(entry)
    defined_in: dict[str, str] = {}
    for name, text in texts.items():
        for found in DEFINITION.findall(text):
            if found in defined_in:
                raise ValueError(
                    f"{name} and {defined_in[found]} both define `{found}`, but in the bundle "
                    "they share one scope. Rename one."
                )
            defined_in[found] = name
    return "\n\n".join(f"// {name}\n{text}" for name, text in texts.items()) + "\n"


def page_script() -> str:
    """Return the pad for a page of the book: a classic script with a scope of its own."""
    return f'(() => {{\n"use strict";\n{bundle("page.js")}}})();\n'


def trainer_script() -> str:
    """Return the page "Watch it learn": a classic script with a scope of its own."""
    return f'(() => {{\n"use strict";\n{bundle("trainer/training_page.js")}}})();\n'


def worker_script() -> str:
    """Return the worker that trains, a classic script."""
    return f'"use strict";\n{bundle("trainer/worker.js")}'


def trainer_style_sheet() -> str:
    """Return the style sheet of "Watch it learn", in addition to the pad's."""
    return (FOLDER / "trainer/training.css").read_text(encoding="utf-8")


def widget_module() -> str:
    """Return the pad for a notebook: one ES module for anywidget."""
    return bundle("widget.js")


def training_widget_module() -> str:
    """Return the training for a notebook: one ES module for anywidget, with the worker's code."""
    code = json.dumps(worker_script())
    return f"const WORKER_CODE = {code};\n{bundle('trainer/training_widget.js')}"
