"""Which code of a lesson is folded: code that only draws, and none that visible code uses."""

import ast
from itertools import compress

from tests.support.notebook_parts import is_folded, lesson_code

# A visible cell may have so many lines that only draw.
DRAWING_LINES = 4


def names_in(tree: ast.AST, kind: type) -> set[str]:
    """Return the names that code loads or stores; a function's or class's name is stored too."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)}
    if kind is ast.Store:
        definitions = (ast.FunctionDef, ast.ClassDef)
        found |= {n.name for n in ast.walk(tree) if isinstance(n, definitions)}
    return found


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
    loads = [names_in(tree, ast.Load) - names_in(tree, ast.Store) for tree in trees]
    visible = [not is_folded(cell) for _, cell, _ in cells]
    for place, ((i, cell, _), tree) in enumerate(zip(cells, trees, strict=True), start=1):
        if is_folded(cell) != bool(cell["metadata"].get("jupyter", {}).get("source_hidden")):
            yield f"cell {i}: hide-input and jupyter.source_hidden go together"
        if is_folded(cell):
            later = set().union(*compress(loads[place:], visible[place:]))
            if used := names_in(tree, ast.Store) & later:
                yield f"cell {i}: folded code defines what visible code uses: {sorted(used)}"
        elif any(map(draws, tree.body)):
            later = set().union(*loads[place:])
            lines = sum(lines_of(s) for s in tree.body if only_draws(s, later))
            if lines > DRAWING_LINES:
                yield f"cell {i}: {lines} lines that only draw: fold them"


def only_draws(statement: ast.stmt, later: set[str]) -> bool:
    """Return whether a statement of a drawing cell makes nothing that later cells use."""
    is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
    return not is_import and not names_in(statement, ast.Store) & later
