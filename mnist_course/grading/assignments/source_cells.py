"""The code cells of a source notebook, and what each is for when a submission is graded."""

import ast
import dataclasses

from nbformat import NotebookNode

from mnist_course.grading.assignments.code_cells import parse_code_cell
from mnist_course.grading.assignments.marks import INSTRUCTOR_TAGS
from mnist_course.grading.assignments.sources import grade_id

SETUP, ANSWER, TEST = "setup", "answer", "test"
LOCAL_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclasses.dataclass(frozen=True)
class SourceCell:
    """A code cell of a source notebook.

    Attributes
    ----------
    kind : str
        "setup", "answer" or "test".
    name : str
        Grade id, or "code cell 3" for the third code cell if it has none.
    source : str
        Code that the tester process runs: the whole cell, and of an answer cell its import
        statements alone.
    names : tuple of str
        Names that the cell binds at its top level, without imports.
    """

    kind: str
    name: str
    source: str
    names: tuple[str, ...]

    def hidden_lines(self) -> frozenset[int]:
        """Return the numbers of the lines of hidden tests, from 1, with their markers."""
        found, hidden = set(), False
        for number, line in enumerate(self.source.splitlines(), 1):
            begins = "BEGIN HIDDEN TESTS" in line
            if hidden or begins:
                found.add(number)
            hidden = (hidden or begins) and "END HIDDEN TESTS" not in line
        return frozenset(found)


def source_cells(source: NotebookNode) -> tuple[SourceCell, ...]:
    """Return the code cells of a source notebook in order, without those for instructors.

    Parameters
    ----------
    source : NotebookNode
        Source notebook in nbgrader's format.
    """
    cells = [
        cell
        for cell in source.cells
        if cell.cell_type == "code" and INSTRUCTOR_TAGS.isdisjoint(cell.metadata.get("tags", ()))
    ]
    return tuple(_source_cell(cell, number) for number, cell in enumerate(cells, 1))


def _source_cell(cell: NotebookNode, number: int) -> SourceCell:
    metadata = cell.metadata.get("nbgrader", {})
    name = grade_id(cell) or f"code cell {number}"
    top_level = _TopLevel()
    if tree := parse_code_cell(cell.source):
        top_level.visit(tree)
    names = tuple(sorted(top_level.names))
    if metadata.get("solution"):
        return SourceCell(ANSWER, name, "\n".join(map(ast.unparse, top_level.imports)), names)
    return SourceCell(TEST if metadata.get("grade") else SETUP, name, cell.source, names)


class _TopLevel(ast.NodeVisitor):
    """Collect imports and bound names, but not those inside functions and classes."""

    def __init__(self):
        self.names: set[str] = set()
        self.imports: list[ast.Import | ast.ImportFrom] = []

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imports.append(node)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self.names.add(node.name)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815

    def generic_visit(self, node: ast.AST) -> None:
        if not isinstance(node, LOCAL_SCOPES):
            super().generic_visit(node)
