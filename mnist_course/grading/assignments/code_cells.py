"""Parse the Python code of notebook cells, which may contain IPython magics."""

import ast
from collections.abc import Iterable, Iterator

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

PACKAGE = "mnist_course"


def parse_code_cell(source: str) -> ast.Module | None:
    """Parse a code cell.

    The first line of a cell magic such as `%%time` is dropped, and the code below it is parsed.

    Returns
    -------
    ast.Module or None
        The syntax tree; None if the cell is not valid Python.
    """
    while source.lstrip().startswith("%%"):
        source = source.lstrip().partition("\n")[2]
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def names_in_notebook(notebook: str) -> set[str]:
    """Return the full names that the code cells of a notebook import or use from this package.

    Parameters
    ----------
    notebook : str
        The notebook as JSON.

    Returns
    -------
    set of str
        Names such as "numpy", "keras.layers.Dense" and "mnist_course.load_mnist".
    """
    names: set[str] = set()
    for cell in nbformat.reads(notebook, as_version=4).cells:
        tree = parse_code_cell(cell.source) if cell.cell_type == "code" else None
        for node in ast.walk(tree) if tree else ():
            names.update(names_imported_in_cells([node]))
            # `import mnist_course` and then `mnist_course.load_mnist()`.
            if isinstance(node, ast.Attribute) and ast.unparse(node).startswith(f"{PACKAGE}."):
                names.add(ast.unparse(node))
    return names


def names_imported_in_cells(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the full names that import statements import, such as "keras.layers.Dense"."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
