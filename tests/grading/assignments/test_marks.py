import nbformat
import pytest

from maintenance.demo_class import source_notebook
from mnist_course.grading.assignments.marks import check_marks
from mnist_course.grading.assignments.release import student_notebook
from mnist_course.grading.assignments.sources import AssignmentError

TEST_SCALE = 3  # the cell with a visible and a hidden test
LISTED = ["### BEGIN HIDDEN TESTS ... ### END HIDDEN TESTS", "tags: answer, instructor"]


def with_source(number, old, new):
    """Return the demo source after a change in one cell."""
    notebook = source_notebook()
    assert old in notebook.cells[number].source
    notebook.cells[number].source = notebook.cells[number].source.replace(old, new)
    return notebook


def test_check_marks_correct_source():
    check_marks(source_notebook())


@pytest.mark.parametrize(
    "mark",
    [
        "### BEGIN HIDDEN TEST",
        "### begin hidden tests",
        "###BEGIN HIDDEN TESTS",
        "# BEGIN HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS (only mine)",
        "### BEGIN TESTS",
        "### HIDDEN TESTS",
        "### BEGIN MARKSCHEME",
        "<!-- BEGIN MARK SCHEME -->",
        "### BEGIN SOLUTIONS",
        "### ANSWER",
        "### START SOLUTION",
    ],
)
def test_check_marks_nearly_a_mark(mark):
    notebook = with_source(TEST_SCALE, "### BEGIN HIDDEN TESTS", mark)
    notebook.cells[TEST_SCALE].source = notebook.cells[TEST_SCALE].source.replace(
        "\n### END HIDDEN TESTS", ""
    )
    with pytest.raises(AssignmentError) as error:
        check_marks(notebook)
    assert f"cell 4 (check-scale), line 2: {mark!r} looks like a mark" in str(error.value)
    assert all(text in str(error.value) for text in LISTED)


@pytest.mark.parametrize(
    "line", ["## Solution", "# The end", "solution = 3", "# begin at 0", "begin", "## Hidden units"]
)
def test_check_marks_ordinary_line(line):
    check_marks(with_source(TEST_SCALE, "assert scale(np.array([255]))", f"{line}\nassert True"))


@pytest.mark.parametrize(
    ("number", "old", "new", "message"),
    [
        (2, "\n### END SOLUTION", "", r"line 1: '### BEGIN SOLUTION' has no '### END SOLUTION'"),
        (2, "### BEGIN SOLUTION\n", "", r"END SOLUTION', but the open region is none"),
        (3, "### END HIDDEN TESTS", "### END SOLUTION", "the open region is HIDDEN TESTS"),
        (0, "# Scale", "### BEGIN SOLUTION\n### END SOLUTION", "not know as an answer"),
        (2, "SOLUTION", "HIDDEN TESTS", "not know as a test"),
    ],
)
def test_check_marks_regions(number, old, new, message):
    with pytest.raises(AssignmentError, match=message):
        check_marks(with_source(number, old, new))


@pytest.mark.parametrize("tag", ["Instructor", "instructors", "teacher", "Answer"])
def test_check_marks_unknown_tag(tag):
    notebook = source_notebook()
    notebook.cells[1].metadata.tags = [tag]
    with pytest.raises(AssignmentError, match=f"cell 2, tag '{tag}': this tag is not known"):
        check_marks(notebook)


def test_check_marks_known_tag_is_released():
    notebook = source_notebook()
    notebook.cells[0].metadata.tags = ["hide-input"]
    assert "hide-input" in nbformat.writes(student_notebook(notebook))
