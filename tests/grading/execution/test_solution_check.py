import nbformat
import pytest

from maintenance.demo_class import ASSIGNMENT, source_notebook, write_source
from mnist_course.grading import cli
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook, read_sources
from mnist_course.grading.execution.solution_check import check_solution


def source(tmp_path, old, new):
    """Return the demo assignment's source with other code in place of some of it."""
    notebook = source_notebook()
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path := tmp_path / f"{ASSIGNMENT}.ipynb")
    return SourceNotebook(ASSIGNMENT, path, notebook)


def test_check_solution_correct(tmp_path):
    check_solution(read_sources(write_source(tmp_path / "sources"))[ASSIGNMENT])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("images / 255", "images / 256", "check-scale, line 1\n    assert scale"),
        ("int(images.max())", "iter([images])", "check-darkest, line 1\n.*\nTransferError"),
        ("== 7, 'in two dimensions'", "== 8", "check-darkest, line 3"),
        ("def darkest", "1 / 0\ndef darkest", "darkest: ZeroDivisionError"),
    ],
    ids=["visible", "refused", "hidden", "answer raises"],
)
def test_check_solution_names_cell_and_line(tmp_path, old, new, message):
    with pytest.raises(AssignmentError, match=message):
        check_solution(source(tmp_path, old, new))


def test_release_refuses_failing_solution(tmp_path, capsys):
    source(tmp_path, "images / 255", "images / 256")
    options = ["release", "--from", str(tmp_path), "--out", str(tmp_path / "student")]
    assert cli.main(options) == 1
    assert "the solution does not pass its tests" in capsys.readouterr().err
    assert not (tmp_path / "student").exists()


def test_release_refuses_an_exercise_against_the_rules(tmp_path, capsys):
    source(tmp_path, "(2 points)", "(1 point)")
    options = ["release", "--from", str(tmp_path), "--out", str(tmp_path / "student")]
    assert cli.main(options) == 1
    printed = capsys.readouterr()
    assert "the headings of the tasks state 1, 3, 1 points" in printed.err
    assert "running the solution" not in printed.out
    assert not (tmp_path / "student").exists()
