"""Find code and output of a submission that an instructor must check, without running anything."""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader import utils

from mnist_course.grading.execution.code_cells import parse_code_cell

COMPARISON_METHODS = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__"} | {
    "__instancecheck__",
    "__array__",
    "__array_ufunc__",
    "__array_function__",
}
# Names that give access to the interpreter; no assignment of this course needs one.
INTERPRETER_NAMES = (
    {"__builtins__", "__import__", "_getframe", "builtins", "compile", "ctypes", "gc"}
    | {"currentframe", "eval", "exec", "get_ipython", "importlib", "inspect", "setprofile"}
    | {"settrace", "set_custom_exc"}
)
# Shorter lines, such as "else:", also occur in honest output.
MIN_LEAKED_CHARACTERS = 16


def find_suspicious_code(notebook: NotebookNode) -> list[str]:
    """List code in the student's own cells that could manipulate the tests."""
    cells = [
        (number, parse_code_cell(cell.source))
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and not utils.is_locked(cell)
    ]
    # A cell that is not valid Python cannot run either.
    trees = [(number, tree) for number, tree in cells if tree]
    modules = {name for _, tree in trees for name in _names_bound_by_imports(tree)}
    return sorted(
        {
            f"cell {number}: {finding}"
            for number, tree in trees
            for finding in _inspect_tree(tree, modules)
        }
    )


def find_hidden_tests_in_output(notebook: NotebookNode, lines: tuple[str, ...]) -> list[str]:
    """Return a flag if output shows hidden tests; in tracebacks they are expected."""
    texts = [
        output.get("text") or str(output.get("data", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type != "error"
    ]
    long_lines = [line for line in lines if len(line) >= MIN_LEAKED_CHARACTERS]
    found = any(line in text for line in long_lines for text in texts)
    return ["its output shows lines of the hidden tests"] if found else []


def _names_bound_by_imports(tree: ast.AST) -> set[str]:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {
        (alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names
    }


def _inspect_tree(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in COMPARISON_METHODS:
            yield f"a class defines its own comparison ({node.name})"
        elif isinstance(node, ast.Constant) and node.value in COMPARISON_METHODS:
            yield f"it contains the name {node.value}"
        elif isinstance(node, ast.Name) and node.id in INTERPRETER_NAMES:
            yield f"it uses {node.id}"
        elif isinstance(node, ast.Attribute) and (
            node.attr in INTERPRETER_NAMES - {"compile"} or node.attr in COMPARISON_METHODS
        ):
            yield f"it uses {node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.partition(".")[0] for alias in node.names}
            names |= {(getattr(node, "module", None) or "").partition(".")[0]}
            yield from (f"it imports {name}" for name in names & INTERPRETER_NAMES)
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
