"""Which code of a lesson is folded: code that only draws, and none that visible code uses."""

import ast
from itertools import compress

from tests.support.notebook_parts import is_folded, lesson_code

# A visible cell may have so many lines that only draw.
DRAWING_LINES = 4


DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def stored(tree: ast.AST) -> set[str]:
    """Return the names that code assigns, defines or imports outside of functions and classes."""
    if isinstance(tree, DEFINITIONS):
        return {tree.name}
    if isinstance(tree, ast.alias):
        return {tree.asname or tree.name}
    if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Store):
        return {tree.id}
    return set().union(*map(stored, ast.iter_child_nodes(tree)))


def used(tree: ast.AST) -> set[str]:
    """Return the names that code uses and does not store itself, in functions or outside."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    local = {name.id for name in names if isinstance(name.ctx, ast.Store)} | stored(tree)
    return {name.id for name in names} - local


def lines_of(statement: ast.stmt) -> int:
    """Return the number of lines of a statement."""
    return statement.end_lineno - statement.lineno + 1


def draws(statement: ast.stmt) -> bool:
    """Return whether a statement is a call of ``show`` or ``explore``."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in ("show", "explore")


def folded(notebook: dict, name: str):
    """Check that code which only draws is folded, and that no code which matters is."""
    cells = lesson_code(notebook)
    trees = [ast.parse(source) for _, _, source in cells]
    uses = [used(tree) for tree in trees]
    visible = [not is_folded(cell) for _, cell, _ in cells]
    for place, ((i, cell, _), tree) in enumerate(zip(cells, trees, strict=True), start=1):
        if is_folded(cell) != bool(cell["metadata"].get("jupyter", {}).get("source_hidden")):
            yield f"cell {i}: hide-input and jupyter.source_hidden go together"
        if is_folded(cell):
            later = set().union(*compress(uses[place:], visible[place:]))
            if matters := stored(tree) & later:
                yield f"cell {i}: folded code defines what visible code uses: {sorted(matters)}"
        elif any(map(draws, tree.body)):
            later = set().union(*uses[place:])
            only_draw = [s for s in tree.body if not stored(s) & later]
            lines = sum(map(lines_of, only_draw))
            if lines > DRAWING_LINES:
                yield f"cell {i}: {lines} lines that only draw: fold them"
