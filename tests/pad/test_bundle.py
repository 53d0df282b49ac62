"""The pad's JavaScript: small modules, joined into one text for both of its homes."""

import pytest

from mnist_course.pad.bundle import HERE, joined


def test_modules_stay_small():
    modules = sorted(HERE.glob("*.js"))
    assert modules
    for path in modules:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import * as all from "./other.js";\n', "cannot join `import"),
        ('import { one } from "somewhere";\n', "cannot join `import"),
        ("export class Pad {}\n", "cannot join `export class"),
        ('import { one } from "./other.js";\nconst one = 2;\n', "both define `one`"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, text, said):
    (tmp_path / "other.js").write_text("export const one = 1;\n")
    (tmp_path / "main.js").write_text(text)
    with pytest.raises(ValueError, match=said):
        joined("main.js", tmp_path)


def test_joined_modules_stand_in_the_order_of_their_needs():
    for entry in ("page.js", "widget.js"):
        whole = joined(entry)
        assert "import {" not in whole and "\nexport function" not in whole
        assert whole.index("function forward(") < whole.index("function mountPad(")
