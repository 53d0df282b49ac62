from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from maintenance.demo_class import nbgrader_cell, source_notebook
from mnist_course.grading.assignments.source_cells import source_cells

ANSWER = """
import numpy as np
from math import pi as half_turn
with open("x") as file:
    total = 0
for index, (a, b) in enumerate([]):
    [hidden for hidden in a]
try:
    scale = lambda image: image
except ValueError:
    late = 1
def area(radius):
    import json
    inner = radius
class Shape:
    sides = 4
"""


def test_source_cells_of_demo_class():
    cells = source_cells(source_notebook())
    assert [(cell.kind, cell.name, cell.names) for cell in cells] == [
        ("answer", "scale", ("scale",)),
        ("test", "check-scale", ()),
        ("answer", "darkest", ("darkest",)),
        ("test", "check-darkest", ()),
    ]
    assert cells[0].source == "import numpy as np"
    assert "HIDDEN TESTS" in cells[1].source


def test_source_cells_names_and_imports_of_an_answer():
    (cell,) = source_cells(
        new_notebook(cells=[nbgrader_cell("code", "answer", ANSWER, solution=True)])
    )
    names = ("Shape", "a", "area", "b", "file", "index", "late", "scale", "total")
    assert cell.names == names
    assert cell.source == "import numpy as np\nfrom math import pi as half_turn"


def test_source_cells_set_up():
    cells = [
        new_markdown_cell("text"),
        new_code_cell("%matplotlib inline\nx = 1"),
        new_code_cell("print(1)", metadata={"tags": ["instructor"]}),
        nbgrader_cell("code", "set-up", "y = 2", locked=True),
    ]
    found = source_cells(new_notebook(cells=cells))
    assert [(cell.kind, cell.name, cell.names) for cell in found] == [
        ("setup", "code cell 1", ("x",)),
        ("setup", "set-up", ("y",)),
    ]


def test_source_cell_hidden_lines():
    source = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    cell = nbgrader_cell("code", "test", source, 1, grade=True)
    (cell,) = source_cells(new_notebook(cells=[cell]))
    assert cell.hidden_lines() == {2, 3, 4}
