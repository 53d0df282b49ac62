"""Create nbgrader gradebooks and add assignments to them."""

import shutil
import tempfile
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from mnist_course.grading.assignments.nbgrader_converters import NbgraderAssignmentGenerator
from mnist_course.grading.assignments.release import AFTER_GRADEBOOK, BEFORE_GRADEBOOK, SETTINGS
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook

GRADEBOOK = "gradebook.db"


def create_gradebook(path: Path) -> None:
    """Create an empty gradebook (SQLite); nbgrader needs some seconds for this."""
    Gradebook(f"sqlite:///{path.absolute()}").close()


def add_assignment(source: SourceNotebook, course: Path) -> None:
    """Add an assignment to the gradebook of a course folder, as `nbgrader generate_assignment`.

    Raises
    ------
    AssignmentError
        Cells were added to or removed from the source after submissions were graded there.
    """
    folder = course / "source" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.path, folder / f"{source.name}.ipynb")
    directory = CourseDirectory(root=str(course.absolute()), assignment_id=source.name)
    generator = NbgraderAssignmentGenerator(coursedir=directory, config=Config(SETTINGS))
    generator.preprocessors = [*BEFORE_GRADEBOOK, SaveCells, *AFTER_GRADEBOOK]
    generator.force = True
    try:
        generator.start()
    except Exception as error:
        raise AssignmentError(
            f"nbgrader cannot add {source.name} to {course / GRADEBOOK}: "
            f"{generator.last_error or error}\n"
            "What to do: if cells were added or removed after submissions were graded there, grade "
            "into a new folder: --out."
        ) from error


def assignment_gradebook(source: SourceNotebook, empty_gradebook: Path) -> bytes:
    """Return a gradebook file with one assignment and no student.

    Parameters
    ----------
    source : SourceNotebook
        The assignment.
    empty_gradebook : Path
        A file made by :func:`create_gradebook`; it is copied because a new one takes seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        gradebook = Path(folder) / GRADEBOOK
        shutil.copyfile(empty_gradebook, gradebook)
        add_assignment(source, Path(folder))
        return gradebook.read_bytes()
