"""Choose the modules that are imported in advance for an assignment."""

import ast
from functools import cache
from pathlib import Path

import mnist_course
from mnist_course.grading.assignments.code_cells import (
    PACKAGE,
    names_imported_in_cells,
    names_in_notebook,
)

KERAS_PACKAGES = {"keras", "tensorflow"}


def modules_to_preload(release: str) -> tuple[str, ...]:
    """Return the modules to preload for the submissions of an assignment.

    Keras is among them if a code cell imports it, or imports a part of this package that does.

    Parameters
    ----------
    release : str
        The released student notebook as JSON.
    """
    needs_keras = any(_needs_keras(name) for name in names_in_notebook(release))
    return ("numpy", "keras") if needs_keras else ("numpy",)


@cache
def _needs_keras(name: str) -> bool:
    """Return whether importing a name imports Keras or TensorFlow."""
    if name.partition(".")[0] in KERAS_PACKAGES:
        return True
    path = _course_module(name)
    if path is None:
        return False
    # Imports inside functions are not followed: they run later, or never.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(_needs_keras(inner) for inner in names_imported_in_cells(tree.body))


def _course_module(name: str) -> Path | None:
    """Return the file of a module of this package, given its name or the name of its content."""
    package, _, name = name.partition(".")
    if package != PACKAGE or not name:
        return None
    # A public name such as `cnn_model` is loaded from its module on first use.
    name = mnist_course._HOME_OF.get(name, name)
    folder = Path(mnist_course.__file__).parent
    for module in (name, name.rpartition(".")[0]):
        path = folder.joinpath(*module.split(".")).with_suffix(".py")
        if path.is_file():
            return path
    return None
