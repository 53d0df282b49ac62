import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import mnist_course
from mnist_course.grading.execution.tester.preload import modules_to_preload


def modules(*cells):
    return modules_to_preload(nbformat.writes(new_notebook(cells=list(cells))))


@pytest.mark.parametrize(
    "code",
    [
        "import keras",
        "import tensorflow as tf",
        "from keras.layers import Dense",
        "def f():\n    import keras",
        "if True:\n    %pip list\nimport keras",
        "from mnist_course import load_mnist, cnn_model",
        "from mnist_course import train_as_guide",
        "from mnist_course import reference_model",
        "from mnist_course.models.guide_cnn import cnn_model",
        "import mnist_course.models.guide_cnn",
        "import mnist_course\nmodel = mnist_course.cnn_model()",
        "from mnist_course.data import preparation",
    ],
)
def test_modules_to_preload_keras(code):
    assert modules(new_code_cell(code)) == ("numpy", "keras")


@pytest.mark.parametrize(
    "code",
    [
        "from mnist_course import load_mnist\n(X_train, y_train), _ = load_mnist()",
        "import mnist_course\ndata = mnist_course.load_mnist()",
        "from mnist_course import draw_digits, show",
        "# import keras",
        "text = 'import keras'",
        "keras_is_nice = 1",
        "from .keras import x",
        "this is not Python: import keras",
    ],
)
def test_modules_to_preload_without_keras(code):
    assert modules(new_code_cell(code)) == ("numpy",)


def test_modules_to_preload_ignores_text_cells():
    assert modules(new_markdown_cell("import keras")) == ("numpy",)


def test_modules_to_preload_second_cell():
    assert modules(new_code_cell("x = 1"), new_code_cell("import keras")) == ("numpy", "keras")


def test_modules_to_preload_agrees_with_import():
    names = {module: name for name, module in mnist_course._HOME_OF.items()}
    for name in names.values():
        statement = f"from mnist_course import {name}"
        # Without Keras, the statement fails if and only if it needs Keras.
        code = f"import sys\nsys.modules['keras'] = None\n{statement}"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8"
        )
        needs_keras = "keras" in modules(new_code_cell(statement))
        assert ("keras" in run.stderr) == needs_keras, (name, run.stderr)
