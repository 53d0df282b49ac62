import zipfile

import nbformat
import pytest
from nbformat.v4 import new_output

from maintenance.demo_class import ASSIGNMENT, source_notebook
from mnist_course.grading import cli
from mnist_course.grading.scoring.feedback_pages import page_name, write_feedback
from mnist_course.grading.scoring.results_folder import ResultsError
from mnist_course.grading.scoring.student_results import student_results
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from mnist_course.grading.submissions.platforms import canvas_name, moodle_name
from tests.support.grading import FULL


@pytest.fixture
def written(results):
    """Return a function that writes the feedback and returns the pages and the zips."""

    def written():
        return write_feedback(results, ASSIGNMENT, student_results(results, ASSIGNMENT))

    return written


def test_write_feedback_replaces_stale_pages(results, store, written):
    anna = store("Anna", FULL | {"check-darkest": 0})
    bo = store("Bo")
    store("Cy", FULL | {"explain": None})  # not final, so no page
    pages, zips = written()
    assert [page.parts[-3] for page in pages] == [anna, bo] and zips == []
    before = pages[0].read_text(encoding="utf-8")
    store("Anna", digest="2")
    store("Bo", error="no notebook", digest="2")
    left = results.path / f"feedback/left-9/{ASSIGNMENT}/{ASSIGNMENT}.html"
    left.parent.mkdir(parents=True)
    left.write_text("of a student who is not in the results any more", encoding="utf-8")
    pages, _ = written()
    assert [page.parts[-3] for page in pages] == [anna]
    assert pages[0].read_text(encoding="utf-8") != before
    assert len(list((results.path / "feedback").rglob("*.html"))) == 1


def test_write_feedback_zips(results, store, written):
    store("Anna Müller", platform="moodle", platform_id="4711")
    store("Team A", platform="moodle group", platform_id="55")
    file = "bo_LATE_12_345_work-1.ipynb"
    store("bo", platform="canvas", platform_id="12", file=f"class/{file}")
    store("Di", platform="moodle", platform_id="4712", error="no notebook")
    _, zips = written()
    names = {path.name: zipfile.ZipFile(path).namelist() for path in zips}
    assert names == {
        f"{ASSIGNMENT}-feedback-moodle.zip": [
            f"Anna Müller_4711_assignsubmission_file_{ASSIGNMENT}.html",
            f"Team A_55_assignsubmission_file_{ASSIGNMENT}.html",
        ],
        f"{ASSIGNMENT}-feedback-canvas.zip": [f"bo_12_345_{ASSIGNMENT}.html"],
    }
    moodle, canvas = names.values()
    assert moodle_name(moodle[0], is_folder=False).number == "4711"
    assert canvas_name(canvas[0], anonymous=False)[2:] == ("12", f"{ASSIGNMENT}.html", False, 345)


def test_feedback_prints_how_many_pages_are_in_no_zip(results, store, capsys):
    store("bo", platform="canvas", platform_id="12", file="bo_12_345_work.ipynb")
    store("anon aB3xY", platform="canvas anonymous", file="anon_aB3xY_346_work.ipynb")
    assert cli.main(["feedback", str(results.path)]) == 0
    printed = capsys.readouterr().out
    assert "2 feedback pages" in printed and "1 pages are in no zip" in printed


def test_write_feedback_removes_an_old_zip(results, store, written):
    store("Anna", platform="moodle", platform_id="1")
    (path,) = written()[1]
    store("Anna", platform="moodle", platform_id="1", error="no notebook", digest="2")
    assert written()[1] == [] and not path.exists()


@pytest.mark.parametrize("file", ["work.ipynb", "bo_12_text.html", ""])
def test_page_name_canvas_without_number_of_the_file(file):
    status = SubmissionStatus("bo", "", None, platform="canvas", platform_id="12", file=file)
    assert page_name(status, ASSIGNMENT) is None


def test_write_feedback_hides_outputs_without_nbgraders_settings(results, store, written):
    anna = store("Anna")
    (results.path / "nbgrader_config.py").unlink()
    notebook = source_notebook()
    notebook.cells[3].metadata.mnist_course = {"hidden_tests": True}
    notebook.cells[4].outputs = [new_output("stream", text="input of a hidden test")]
    nbformat.write(notebook, results.notebook_path("autograded", anna, ASSIGNMENT))
    (page,) = written()[0]
    text = page.read_text(encoding="utf-8")
    assert "hidden tests ran before it" in text and "input of a hidden test" not in text


def test_write_feedback_nbgrader_fails(results, store, written):
    anna = store("Anna")
    results.notebook_path("autograded", anna, ASSIGNMENT).write_text("{", encoding="utf-8")
    with pytest.raises(ResultsError, match="could not make the feedback pages"):
        written()
