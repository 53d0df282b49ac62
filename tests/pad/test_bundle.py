"""Tests of the bundles of the pad's JavaScript modules."""

import pytest

from mnist_course.pad.bundle import FOLDER, bundle


def test_modules_line_count():
    modules = sorted(FOLDER.rglob("*.js"))
    assert modules
    for path in modules:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('import * as all from "./other.js";\n', "cannot bundle `import"),
        ('import { one } from "somewhere";\n', "cannot bundle `import"),
        ("export class Pad {}\n", "cannot bundle `export class"),
        ('import { one } from "./other.js";\nconst one = 2;\n', "both define `one`"),
    ],
)
def test_bundle_unsupported_module(tmp_path, text, message):
    (tmp_path / "other.js").write_text("export const one = 1;\n", encoding="utf-8")
    (tmp_path / "main.js").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        bundle("main.js", tmp_path)


@pytest.mark.parametrize("entry", ["page.js", "widget.js", "trainer/training_page.js"])
def test_bundle_dependencies_first(entry):
    text = bundle(entry)
    assert "import {" not in text and "\nexport function" not in text
    assert text.index("function forward(") < text.index("function mountPad(")


def test_bundle_module_of_a_folder_above(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part/main.js").write_text(
        'import { one } from "../other.js";\nuse(one);\n', encoding="utf-8"
    )
    (tmp_path / "other.js").write_text("export const one = 1;\n", encoding="utf-8")
    expected = "// other.js\nconst one = 1;\n\n// part/main.js\nuse(one);\n"
    assert bundle("part/main.js", tmp_path) == expected
