"""Find code that measures on the test set: it may only be loaded, prepared and asked for its shape.

``measurements(cells)`` follows the names that hold the test set through a notebook, without running
it: through assignments, loops, and the calls that prepare it as the training set is prepared.
"""

import ast
from collections.abc import Iterator

NAMES = frozenset({"X_test", "y_test"})
# What may be asked of the test set; what only prepares it.
FREE = {"shape", "dtype", "ndim", "size", "nbytes"}
PREPARING_METHODS = {"reshape", "astype", "items", "values"}
PREPARING = {"to_categorical", "one_hot", "normalize", "to_channels_last", "enumerate"}


def measurements(cells: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of a cell and the code in it that uses the test set for more than its shape.

    Parameters
    ----------
    cells
        The code cells as plain Python, in order.
    """
    names = set(NAMES)
    for number, source in enumerate(cells):
        tree = ast.parse(source)
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                child.parent = parent
        names |= loaded_names(tree)
        # Twice, because a function may use a name that is assigned below it.
        for _ in range(2):
            found = []
            for node in ast.walk(tree):
                loaded = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
                if loaded and (node.id in names or within_loop(node)):
                    found += follow(node, names)
        yield from ((number, code) for code in dict.fromkeys(found))


def loaded_names(tree: ast.Module) -> set[str]:
    """Return the names that get the second pair that ``load_mnist`` returns."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            called = [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
            if called == ["load_mnist"] and len(node.targets[0].elts) == 2:
                found |= stored_names(node.targets[0].elts[1])
    return found - {"_"}


def stored_names(target: ast.AST) -> set[str]:
    """Return the names that an assignment's target stores."""
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def within_loop(node: ast.Name) -> bool:
    """Return whether a name is the variable of a loop over the test set."""
    place = node
    while place := getattr(place, "parent", None):
        if node.id in getattr(place, "loop_names", ()):
            return True
    return False


def follow(node: ast.AST, names: set[str]) -> Iterator[str]:
    """Follow a value to where it is used; add the names that hold it then, or yield the code."""
    while True:
        parent = node.parent
        if isinstance(parent, ast.Attribute) and parent.attr in FREE:
            return
        if isinstance(parent, ast.Call) and ast.unparse(parent.func) == "len":
            return
        if isinstance(parent, ast.Assign) and node is parent.value:
            names.update(*map(stored_names, parent.targets))
            return
        if isinstance(parent, (ast.For, ast.comprehension)) and node is parent.iter:
            # Of `name, array in arrays.items()`, the last holds the array.
            targets = getattr(parent.target, "elts", [parent.target])
            loop = parent if isinstance(parent, ast.For) else parent.parent
            loop.loop_names = getattr(loop, "loop_names", set()) | stored_names(targets[-1])
            return
        if not passes_on(parent, node):
            yield ast.unparse(parent)
            return
        node = parent


def passes_on(parent: ast.AST, node: ast.AST) -> bool:
    """Return whether an expression is the test set again, a part of it or a collection with it."""
    if isinstance(parent, ast.Call):
        if isinstance(node, ast.Attribute) and node is parent.func:
            return True
        return ast.unparse(parent.func).rpartition(".")[2] in PREPARING
    if isinstance(parent, ast.Attribute):
        return parent.attr in PREPARING_METHODS
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.right, ast.Constant)
    return isinstance(parent, (ast.Subscript, ast.Tuple, ast.List, ast.Dict))
