"""Keep the finished runs of a long computation, so that an interrupted one can continue."""

import ast
import hashlib
import json
import warnings
from pathlib import Path

import mnist_course
from mnist_course.data.keras_settings import training_settings
from mnist_course.data.provenance import provenance

PACKAGE = Path(mnist_course.__file__).parent
# Its result, the data, is part of the conditions itself.
LOADING = "mnist_course.data.loading"


def run_conditions(data, module: str) -> dict:
    """Return what a run depends on beside its own settings.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns.
    module
        Full name of the module whose function makes a run.

    Returns
    -------
    dict
        ``provenance(data)``, the settings of Keras, and the SHA-256 of the ``code`` of that module
        and of all modules of the package that it imports, without comments and docstrings.
    """
    code = hashlib.sha256()
    for name in sorted(imported_modules(module)):
        code.update(f"{name}\n{_code_without_comments(name)}\n".encode())
    return {**provenance(data), "keras": training_settings(), "code": code.hexdigest()}


def imported_modules(module: str) -> set[str]:
    """Return the names of a module and of those modules of the package that it needs.

    ``LOADING`` and what only that module needs are left out. In the package, modules are imported
    by ``from module import name``.
    """
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name in found or name == LOADING:
            continue
        found.add(name)
        for node in ast.walk(ast.parse(_source(name))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("mnist_course"):
                if node.module == "mnist_course" or _file(node.module).name == "__init__.py":
                    raise ValueError(f"{name} imports from {node.module}, not from a module of it.")
                waiting.append(node.module)
    return found


def _file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _source(module: str) -> str:
    return _file(module).read_text(encoding="utf-8")


def _code_without_comments(module: str) -> str:
    """Return the code in Python's own layout, without comments and docstrings."""
    tree = ast.parse(_source(module))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    return ast.unparse(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class RunCache:
    """Store the finished runs of a long computation as JSON lines in ``_build``.

    Parameters
    ----------
    name
        Name of the computation, also that of its file.
    conditions
        What ``run_conditions`` returns; runs with other conditions are ignored.
    """

    def __init__(self, name: str, conditions: dict):
        self.path = Path("_build") / f"{name}.jsonl"
        self.path.parent.mkdir(exist_ok=True)
        self.conditions, self.runs = conditions, {}
        content = self.path.read_bytes() if self.path.exists() else b""
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                entry = json.loads(line)
                if entry["conditions"] == conditions:
                    self.runs[_key(entry["settings"])] = entry["run"]
            except (ValueError, KeyError, TypeError) as error:
                warnings.warn(
                    f"Line {number} of {self.path} is not a stored run and is ignored: {error!r}",
                    stacklevel=2,
                )
        if content and not content.endswith(b"\n"):
            # The computation was stopped while it wrote: the next run must not join that line.
            with self.path.open("ab") as file:
                file.write(b"\n")

    def __contains__(self, settings: dict) -> bool:
        return _key(settings) in self.runs

    def __getitem__(self, settings: dict):
        return self.runs[_key(settings)]

    def add(self, settings: dict, run) -> None:
        """Write a finished run to disk.

        Raises
        ------
        ValueError
            If a number of the run is not finite. It is not stored, so that the next start trains
            it again.
        """
        entry = {"conditions": self.conditions, "settings": settings, "run": run}
        try:
            line = json.dumps(entry, allow_nan=False)
        except ValueError as error:
            raise ValueError(
                f"The run with {settings} has results that are not finite (NaN or infinite): {run}."
                "\nWhat to do: check its settings, or leave it out; it was not stored."
            ) from error
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.runs[_key(settings)] = run


def _key(settings: dict) -> str:
    return json.dumps(settings, sort_keys=True)
