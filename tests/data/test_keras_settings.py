"""A Keras that is set up for other work is refused with words that name its configuration file."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from keras.src.backend import config

from mnist_course.data import keras_settings
from mnist_course.data.keras_settings import (
    NEEDED,
    keras_json,
    require_keras_settings,
    training_settings,
)

ROOT = Path(__file__).parents[2]
TROUBLESHOOTING = (ROOT / "book" / "troubleshooting.md").read_text(encoding="utf-8")
OTHER_VALUES = {"backend": "torch", "floatx": "float64", "image_data_format": "channels_first"}
# Lessons and exercises that import neither a network nor prepared data from the course.
WITHOUT_COURSE_NETWORK = {
    "notebooks/00-one-page.ipynb",
    "notebooks/01-load.ipynb",
    "notebooks/02-reshape.ipynb",
    "notebooks/04-one-hot.ipynb",
    "notebooks/13-seeds.ipynb",
    "notebooks/exercises/01-load.ipynb",
    "notebooks/exercises/02-reshape.ipynb",
    "notebooks/exercises/03-normalize.ipynb",
    "notebooks/exercises/07-evaluate.ipynb",
    "notebooks/exercises/going-deeper.ipynb",
}


def python(code: str, **environment: str) -> str:
    """Run Python on lines of code in a new process; return what it prints, with its errors."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        encoding="utf-8",
    )
    return run.stdout


def course_imports(path: Path) -> str:
    """Return all imports from mnist_course in a notebook, as lines of code."""
    to_python = TransformerManager().transform_cell  # for lines such as %pip
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [
        node
        for source in code
        for node in ast.walk(ast.parse(to_python(source)))
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "mnist_course"
    ]
    return "\n".join(ast.unparse(node) for node in nodes)


@pytest.fixture(scope="module")
def old_keras_home(tmp_path_factory) -> Path:
    """Return a folder with a configuration file left over from older work."""
    folder = tmp_path_factory.mktemp("keras")
    settings = {"backend": "tensorflow", "floatx": "float32", "epsilon": 1e-7}
    settings["image_data_format"] = "channels_first"
    (folder / "keras.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def test_import_channels_first_in_keras_json(old_keras_home):
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    notebooks += sorted((ROOT / "notebooks" / "exercises").glob("*.ipynb"))
    imports = {path.relative_to(ROOT).as_posix(): course_imports(path) for path in notebooks}
    code = (
        f"imports = {imports!r}\n"
        "for name, lines in imports.items():\n"
        "    try:\n"
        "        exec(lines, {})\n"
        "        print('accepted', name)\n"
        "    except RuntimeError as error:\n"
        "        print('refused', name, repr(str(error)))\n"
    )
    lines = python(code, KERAS_HOME=str(old_keras_home)).splitlines()
    accepted = {line.split()[1] for line in lines if line.startswith("accepted")}
    refused = [line for line in lines if line.startswith("refused")]
    assert accepted == WITHOUT_COURSE_NETWORK, lines
    assert len(refused) == len(imports) - len(accepted)
    assert all(str(old_keras_home / "keras.json") in line for line in refused)


@pytest.mark.parametrize("name", NEEDED)
def test_require_keras_settings_message(monkeypatch, name):
    require_keras_settings()
    needed, _ = NEEDED[name]
    monkeypatch.setattr(keras.config, name, lambda: OTHER_VALUES[name])
    monkeypatch.setenv("KERAS_HOME", "/home/ada/keras")
    with pytest.raises(RuntimeError) as caught:
        require_keras_settings()
    text = str(caught.value)
    assert text.startswith(f"Keras is set to {OTHER_VALUES[name]}, but the course needs {needed}: ")
    assert f'What to do: write "{name}": "{needed}" in /home/ada/keras/keras.json,' in text
    assert ("KERAS_BACKEND" if name == "backend" else f"keras.config.set_{name}") in text
    assert "restart the kernel" in text
    assert f"### `RuntimeError: {text.partition(',')[0]}`" in TROUBLESHOOTING


@pytest.mark.parametrize(
    ("home", "folder"), [("writable", "~/.keras"), ("missing", "/tmp/.keras")], ids=str
)
@pytest.mark.skipif(os.name != "posix", reason="the home folder is not found by a variable here")
def test_keras_json_path(monkeypatch, tmp_path, home, folder):
    (tmp_path / "writable").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / home))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert keras_json() == f"{folder}/keras.json"


def test_keras_json_as_keras_finds_it():
    # In this process Keras read its file, or wrote one if there was none.
    assert Path(keras_json()).expanduser().parent == Path(config.keras_home()).expanduser()


@pytest.mark.parametrize(
    "settings",
    [{"backend": "theano"}, {"floatx": "double"}, {"image_data_format": "th"}],
    ids=["backend", "floatx", "image_data_format"],
)
def test_import_keras_refuses_its_own_settings(tmp_path, settings):
    # Keras raises before the course can check anything: the troubleshooting page has the words.
    (tmp_path / "keras.json").write_text(json.dumps(settings), encoding="utf-8")
    message = python("import keras", KERAS_HOME=str(tmp_path)).splitlines()[-1]
    headings = [line for line in TROUBLESHOOTING.splitlines() if line.startswith("### ")]
    quoted = [heading.removeprefix("### ").strip("`").strip() for heading in headings]
    assert any(message.startswith(heading) for heading in quoted), message


def test_training_settings_debugging_limits(monkeypatch):
    before = training_settings()
    assert before["max_epochs"] is None and before["max_steps_per_epoch"] is None
    for name in ("max_epochs", "max_steps_per_epoch"):
        with monkeypatch.context() as patch:
            patch.setattr(keras.config, name, lambda: 1)
            assert keras_settings.training_settings() != before
