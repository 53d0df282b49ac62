"""Find submissions that change the checks instead of passing them; a person decides about them."""

import ast
import inspect
import random
import secrets

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from mnist_course.grading.execution import integrity_probe

COMPARISONS = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__"} | {
    "__instancecheck__",
    "__array__",
    "__array_ufunc__",
    "__array_function__",
}
# Names that reach into the interpreter; no exercise of this course needs one.
TOOLS = (
    {"__builtins__", "__import__", "_getframe", "builtins", "compile", "ctypes", "gc"}
    | {"currentframe", "eval", "exec", "get_ipython", "importlib", "inspect", "setprofile"}
    | {"settrace", "set_custom_exc"}
)


def suspicions(notebook: NotebookNode) -> list[str]:
    """List what in the student's own cells looks like work on the checks, without running it."""
    trees = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or utils.is_locked(cell):
            continue
        lines = (line for line in cell.source.splitlines() if not line.startswith(("%", "!")))
        try:
            trees.append((number, ast.parse("\n".join(lines))))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # it cannot run either
    modules = {name for _, tree in trees for name in _imported(tree)}
    return sorted({f"cell {i}: {what}" for i, tree in trees for what in _suspect(tree, modules)})


def _imported(tree: ast.AST) -> set[str]:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {
        (alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names
    }


def _suspect(tree: ast.AST, modules: set[str]):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in COMPARISONS:
            yield f"a class decides for itself what it equals ({node.name})"
        elif isinstance(node, ast.Constant) and node.value in COMPARISONS:
            yield f"it names {node.value}"
        elif isinstance(node, ast.Name) and node.id in TOOLS:
            yield f"it uses {node.id}"
        elif isinstance(node, ast.Attribute) and (
            node.attr in TOOLS - {"compile"} or node.attr in COMPARISONS
        ):
            yield f"it uses {node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.partition(".")[0] for alias in node.names}
            names |= {(getattr(node, "module", None) or "").partition(".")[0]}
            yield from (f"it imports {name}" for name in names & TOOLS)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in modules:
                yield f"it replaces {ast.unparse(node)}"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("setattr", "delattr")
        ):
            yield f"it uses {node.func.id}"


class AddProbes(NbGraderPreprocessor):
    """Put two cells before each test: a false assertion that must fail, and a look around.

    The false one goes on with the test itself, so that a hook in the kernel cannot tell it from
    the test. Numbers and words in it are drawn anew for each submission.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with the probes, each marked with what it must answer."""
        look = inspect.getsource(integrity_probe.look)
        cells = []
        for cell in nb.cells:
            if utils.is_grade(cell) and cell.cell_type == "code":
                word = secrets.token_hex(8)
                one, other = random.sample(range(10, 1000), 2)
                false = f"assert {one} == {other}, {word!r}\n{cell.source}"
                cells.append(_probe(false, word))
                cells.append(_look_around(look))
            cells.append(cell)
        nb.cells = [*cells, _look_around(look)]
        return nb, resources


class ReadProbes(NbGraderPreprocessor):
    """Take the probes out again.

    Attributes
    ----------
    flags : list of str
        What they found, in words.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flags: list[str] = []

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook as it was before the probes."""
        for cell in nb.cells:
            expected = cell.metadata.get("probe")
            if expected is None:
                continue
            errors = [output for output in cell.outputs if output.output_type == "error"]
            answer = errors[-1].evalue if errors else None
            if answer == expected and errors[-1].ename == "AssertionError":
                continue
            word = expected.partition(" ")[0]
            if answer and answer.startswith(f"{word} ["):
                found = ast.literal_eval(answer.removeprefix(word).strip())
            else:
                found = [f"a false assertion did not fail as it must, but: {answer}"[:200]]
            self.flags += [what for what in found if what not in self.flags]
        nb.cells = [cell for cell in nb.cells if "probe" not in cell.metadata]
        return nb, resources


def _look_around(look: str) -> NotebookNode:
    word = secrets.token_hex(8)
    # In a namespace of its own: an honest student may call a variable `list`.
    code = f"{look}\nassert False, '{word} ' + repr(look())"
    return _probe(f"exec({code!r}, {{}})", f"{word} []")


def _probe(source: str, expected: str) -> NotebookNode:
    return new_code_cell(source, metadata={"probe": expected})
