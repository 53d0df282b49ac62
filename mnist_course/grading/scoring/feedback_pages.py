"""Write the feedback pages of an assignment, and zips of them for Moodle and Canvas."""

import io
import shutil
import zipfile
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades

from mnist_course.grading.assignments.nbgrader_converters import NbgraderFeedbackGenerator
from mnist_course.grading.scoring.feedback import FeedbackOutputs
from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.scoring.student_results import GRADED, StudentResult
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from mnist_course.grading.submissions.atomic_write import write_atomically
from mnist_course.grading.submissions.platforms import CANVAS, MOODLE, MOODLE_GROUP, canvas_name
from mnist_course.grading.submissions.printable import printable

ZIPS = {"moodle": (MOODLE, MOODLE_GROUP), "canvas": (CANVAS,)}


def write_feedback(
    results: ResultsFolder, assignment: str, students: list[StudentResult]
) -> tuple[list[Path], list[Path]]:
    """Write a page for each student with a final score, and the zips.

    Pages of earlier runs are removed.

    Returns
    -------
    tuple of two lists of Path
        The pages, and the zips: at most one for Moodle and one for Canvas.

    Raises
    ------
    ResultsError
        nbgrader could not make the pages.
    """
    _generate(results, assignment)
    final = {each.status.student_id: each.status for each in students if each.state == GRADED}
    pages = {}
    with results.access():
        for folder in sorted((results.path / "feedback").glob(f"*/{assignment}")):
            page = folder / f"{assignment}.html"
            if folder.parent.name in final and page.exists():
                pages[page] = final[folder.parent.name]
            else:
                shutil.rmtree(folder)
        zips = [_write_zip(results.path, assignment, platform, pages) for platform in ZIPS]
    return list(pages), [path for path in zips if path]


def _generate(results: ResultsFolder, assignment: str) -> None:
    directory = CourseDirectory(root=str(results.path.absolute()), assignment_id=assignment)
    # Not from nbgrader_config.py: nbgrader ignores one that it cannot read.
    generator = NbgraderFeedbackGenerator(coursedir=directory)
    generator.preprocessors = [GetGrades, FeedbackOutputs, CSSHTMLHeaderPreprocessor]
    generator.force = True
    generator.log.setLevel("ERROR")
    try:
        generator.start()
    except Exception as error:
        raise ResultsError(
            f"nbgrader could not make the feedback pages of {assignment}: "
            f"{printable(generator.last_error or error)}\n"
            "What to do: grade again, without --resume."
        ) from error


def _write_zip(
    folder: Path, assignment: str, platform: str, pages: dict[Path, SubmissionStatus]
) -> Path | None:
    """Write the zip for a platform, or remove that of an earlier run and return None."""
    path = folder / f"{assignment}-feedback-{platform}.zip"
    path.unlink(missing_ok=True)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for page, status in pages.items():
            if status.platform in ZIPS[platform] and (name := page_name(status, assignment)):
                archive.write(page, name)
        is_empty = not archive.namelist()
    if is_empty:
        return None
    write_atomically(path, content.getvalue())
    return path


def page_name(status: SubmissionStatus, assignment: str) -> str | None:
    """Return the name by which the platform finds the student of a page; None if it cannot.

    Moodle reads the participant's or the group's number from the name, Canvas the numbers of the
    student and of the submitted file.
    """
    if status.platform in ZIPS["moodle"] and status.platform_id:
        name = status.student_name.replace("_", " ").replace("/", " ")
        return f"{name}_{status.platform_id}_assignsubmission_file_{assignment}.html"
    if status.platform != CANVAS:
        return None
    for part in status.file.split("/"):
        parsed = canvas_name(part, anonymous=False)
        if parsed and parsed.upload:
            return f"{parsed.name}_{parsed.number}_{parsed.upload}_{assignment}.html"
    return None
