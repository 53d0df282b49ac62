"""Grade one submission: nbgrader's autograder, with a kernel that runs in a room of its own."""

import dataclasses
import logging
import re
import time
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from mnist_course.data import cache
from mnist_course.grading.assignments.converters import Autograder
from mnist_course.grading.execution.execute import ExecuteInRoom, SubmissionError
from mnist_course.grading.execution.integrity_checks import AddProbes, ReadProbes, suspicions
from mnist_course.grading.execution.restore_cells import RestoreCells
from mnist_course.grading.execution.sandbox import Limits
from mnist_course.grading.execution.sandbox_kernel import Room

LARGEST_NOTEBOOK = 30_000_000
STUDENT = "student"


@dataclasses.dataclass(frozen=True)
class Exercise:
    """All that grading a submission of one exercise takes, ready to travel to another machine.

    Attributes
    ----------
    name : str
        The exercise, such as "03-normalize".
    release : str
        The student's notebook as it was handed out.
    gradebook : bytes
        An nbgrader gradebook that knows the exercise and no student.
    hidden : tuple of str
        The lines of its hidden tests.
    data : str
        What `MNIST_COURSE_DATA` says to the student's code.
    limits : Limits
        What one submission may use.
    sandboxed : bool
        False only where the instructor plainly asked to go without.
    """

    name: str
    release: str
    gradebook: bytes
    hidden: tuple[str, ...] = ()
    data: str = "sample"
    limits: Limits = dataclasses.field(default_factory=Limits)
    sandboxed: bool = True

    @property
    def modules(self) -> tuple[str, ...]:
        """What its submissions are likely to import."""
        slow = re.search("keras|tensorflow|cnn_model|train|reference_model", self.release)
        return ("numpy", "keras") if slow else ("numpy",)


@dataclasses.dataclass
class Outcome:
    """What became of one submission.

    Attributes
    ----------
    cause : str or None
        Why it failed; None where it was graded.
    flags : list of str
        What a person must look at before the points count.
    notes : list of str
        What was put right on the way.
    grades : dict of str to float or None
        Points for each cell; None where a person gives them.
    comments : dict of str to str or None
        nbgrader's own comments, such as "No response."
    notebook : str or None
        The graded notebook.
    seconds : float
        How long it took.
    """

    cause: str | None = None
    flags: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    grades: dict[str, float | None] = dataclasses.field(default_factory=dict)
    comments: dict[str, str | None] = dataclasses.field(default_factory=dict)
    notebook: str | None = None
    seconds: float = 0.0


def read_notebook(content: bytes) -> nbformat.NotebookNode:
    """Read a submitted notebook; raise `SubmissionError` with what is wrong with it."""
    if len(content) > LARGEST_NOTEBOOK:
        megabytes = LARGEST_NOTEBOOK // 1_000_000
        raise SubmissionError(f"The file is larger than the {megabytes} MB that are read.")
    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        for cell in notebook.cells:
            # Outputs are made anew, and what a stranger wrote there is not worth a fault.
            cell.pop("attachments", None)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        _, notebook = nbformat.validator.normalize(notebook)
        nbformat.validate(notebook)
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The file is no notebook: it is not UTF-8 ({error}).") from None
    except RecursionError:
        raise SubmissionError("The file is no notebook: it is nested too deeply.") from None
    except Exception as error:
        fault = str(error).strip().partition("\n")[0][:200]
        raise SubmissionError(f"The file is no notebook that can be read: {fault}") from None
    return notebook


def grade(exercise: Exercise, content: bytes, folder: Path, warm: str | None = None) -> Outcome:
    """Grade one submission. Meant for a process of its own, as `apart.grade_apart` makes it.

    Parameters
    ----------
    exercise : Exercise
        What is graded.
    content : bytes
        The submitted notebook.
    folder : Path
        An empty folder with a short path, to work in.
    warm : str, optional
        The address of `warm.WarmKernels`; else the kernel is started from nothing.

    Returns
    -------
    Outcome
        Always: what goes wrong is its `cause`.
    """
    began, outcome = time.monotonic(), Outcome()
    logging.disable()  # what nbgrader has to say is in the outcome
    try:
        _grade(exercise, read_notebook(content), folder, warm, outcome)
    except SubmissionError as error:
        outcome.cause = str(error)
    except Exception as error:
        outcome.cause = f"nbgrader could not grade it: {type(error).__name__}: {error}"
    outcome.seconds = time.monotonic() - began
    return outcome


def _grade(exercise: Exercise, notebook, root: Path, warm: str | None, outcome) -> None:
    submitted = root / "submitted" / STUDENT / exercise.name / f"{exercise.name}.ipynb"
    submitted.parent.mkdir(parents=True)
    nbformat.write(notebook, submitted)
    (root / "gradebook.db").write_bytes(exercise.gradebook)
    (root / "room").mkdir()
    environment, readable = _data(exercise.data)
    sandboxed = exercise.sandboxed
    room = Room(root / "room", exercise.limits, readable, environment, sandboxed, warm)

    restore = RestoreCells(nbformat.reads(exercise.release, as_version=4))
    execute, probes = ExecuteInRoom(room), ReadProbes()
    converter = Autograder(coursedir=CourseDirectory(root=str(root), assignment_id=exercise.name))
    converter.sanitize_preprocessors = [
        nbgrader.ClearOutput,
        restore,
        nbgrader.DeduplicateIds,
        nbgrader.OverwriteKernelspec,
        nbgrader.OverwriteCells,
        nbgrader.CheckCellMetadata,
    ]
    converter.autograde_preprocessors = [
        AddProbes(),
        execute,
        probes,
        # Any text on stderr would count as a failed test; TensorFlow writes there, and warnings.
        nbgrader.IgnorePattern(enabled=True, pattern=".*"),
        ClearMetadataPreprocessor,
        nbgrader.LimitOutput,
        nbgrader.SaveAutoGrades,
        nbgrader.CheckCellMetadata,
    ]
    try:
        converter.start()
    except NbGraderException as error:
        raise converter.raised or error from None
    graded = root / "autograded" / STUDENT / exercise.name / f"{exercise.name}.ipynb"
    outcome.notebook = graded.read_text(encoding="utf-8")
    result = nbformat.reads(outcome.notebook, as_version=4)
    outcome.notes += restore.notes
    outcome.flags += [*restore.flags, *probes.flags, *suspicions(result)]
    outcome.flags += _leaks(result, exercise.hidden)
    _read_grades(root / "gradebook.db", exercise.name, outcome)


def _read_grades(path: Path, exercise: str, outcome: Outcome) -> None:
    with Gradebook(f"sqlite:///{path}") as gradebook:
        (notebook,) = gradebook.find_submission(exercise, STUDENT).notebooks
        for grade in notebook.grades:
            outcome.grades[grade.name] = None if grade.needs_manual_grade else grade.auto_score
        for comment in notebook.comments:
            outcome.comments[comment.name] = comment.auto_comment


def _leaks(notebook: NotebookNode, hidden: tuple[str, ...]) -> list[str]:
    """Tell whether a cell shows hidden tests: in a traceback they may be, elsewhere never."""
    shown = [
        output.get("text") or str(output.get("data", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type != "error"
    ]
    leaked = any(line in text for line in hidden if len(line) > 15 for text in shown)
    return ["its output shows lines of the hidden tests"] if leaked else []


def _data(data: str) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Return the variables that name the digits, and the files that must be readable for it."""
    folder = cache.folder().absolute()
    if data in ("full", "sample"):
        environment = {"MNIST_COURSE_DATA": data, "MNIST_COURSE_CACHE": str(folder)}
        return environment, (folder,) if folder.exists() else ()
    path = Path(data).expanduser().absolute()
    return {"MNIST_COURSE_DATA": str(path)}, (path,)
