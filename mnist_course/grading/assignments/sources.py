"""The exercises: their source notebooks, what of them is released, how a submission is known."""

import dataclasses
import hashlib
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from mnist_course.grading.assignments.converters import AssignmentGenerator
from mnist_course.grading.assignments.release import (
    FOR_STUDENTS,
    SETTINGS,
    WITH_HIDDEN_TESTS,
    ReleaseError,
    student_notebook,
)
from mnist_course.grading.execution.restore_cells import grade_id

DEFAULT_FOLDER = Path("notebooks/exercises")


@dataclasses.dataclass(frozen=True)
class Source:
    """A source notebook.

    Attributes
    ----------
    name : str
        Its file name without the ending.
    path : Path
        Where it lies.
    notebook : NotebookNode
        What it holds, solutions and hidden tests included.
    """

    name: str
    path: Path
    notebook: NotebookNode

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its nbgrader cells, by which a submission is known whatever its name."""
        return frozenset(name for cell in self.notebook.cells if (name := grade_id(cell)))

    @property
    def digest(self) -> str:
        """A fingerprint of the content."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def released(self) -> NotebookNode:
        """Return the student's notebook."""
        try:
            return student_notebook(self.notebook)
        except ReleaseError as error:
            raise ReleaseError(f"{self.path}: {error}") from error

    def hidden_lines(self) -> tuple[str, ...]:
        """Return the lines of the hidden tests."""
        return hidden_lines(cell.source for cell in self.notebook.cells)


def hidden_lines(sources) -> tuple[str, ...]:
    """Return the stripped lines between BEGIN and END HIDDEN TESTS."""
    lines, inside = [], False
    for line in (line for source in sources for line in source.splitlines()):
        if "BEGIN HIDDEN TESTS" in line or "END HIDDEN TESTS" in line:
            inside = "BEGIN" in line
        elif inside:
            lines.append(line.strip())
    return tuple(lines)


def read_sources(folder: Path) -> dict[str, Source]:
    """Read the source notebooks of a folder, by name.

    Raises
    ------
    ReleaseError
        The folder has none, or one of them is no notebook.
    """
    sources = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as error:
            raise ReleaseError(f"{path} is no notebook: {error}") from error
        sources[path.stem] = Source(path.stem, path, notebook)
    if not sources:
        raise ReleaseError(
            f"There is no source notebook in {folder.absolute()}.\n"
            "Expected: one .ipynb file for each exercise.\n"
            "What to do: name the folder with --from, such as --from notebooks/exercises."
        )
    return sources


def release(sources: dict[str, Source], out: Path) -> list[Path]:
    """Write the student's notebook of each source into a folder, and return their paths."""
    made = {out / f"{name}.ipynb": source.released() for name, source in sources.items()}
    if out.resolve() in {source.path.parent.resolve() for source in sources.values()}:
        raise ReleaseError(
            f"The students' notebooks would take the place of their sources in {out}.\n"
            "What to do: name another folder with --out."
        )
    out.mkdir(parents=True, exist_ok=True)
    for path, notebook in made.items():
        nbformat.write(notebook, path)
    return list(made)


def register(source: Source, course: Path) -> None:
    """Enter an exercise into the gradebook of a course folder, with nbgrader's own command.

    Raises
    ------
    ReleaseError
        The exercise lost or gained cells since the first submission was graded there.
    """
    folder = course / "source" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.path, folder / f"{source.name}.ipynb")
    directory = CourseDirectory(root=str(course.absolute()), assignment_id=source.name)
    generate = AssignmentGenerator(coursedir=directory, config=Config(SETTINGS))
    generate.preprocessors = [*WITH_HIDDEN_TESTS, SaveCells, *FOR_STUDENTS]
    generate.force = True
    try:
        generate.start()
    except Exception as error:
        raise ReleaseError(
            f"nbgrader cannot enter {source.name} into {course / 'gradebook.db'}: "
            f"{generate.raised or error}\n"
            "If cells were added or removed after the first submissions were graded there, grade "
            "into a new folder: --out."
        ) from error


def empty_gradebook(source: Source) -> bytes:
    """Return an nbgrader gradebook that knows one exercise and no student."""
    with tempfile.TemporaryDirectory() as folder:
        register(source, Path(folder))
        return (Path(folder) / "gradebook.db").read_bytes()
