"""The folder of results: an nbgrader course whose gradebook is filled submission by submission."""

import contextlib
import dataclasses
import datetime
import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

from mnist_course.grading.assignments.sources import Source, register
from mnist_course.grading.execution.autograde import Outcome

CONFIGURATION = '''"""nbgrader's settings for this course: made by mnist-course, yours to change."""

from pathlib import Path

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).parent.absolute())
# Feedback pages hold no hidden test, neither in a cell nor in a traceback.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "mnist_course.grading.scoring.feedback.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.OverwriteCells.add_missing_cells = True
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = ".*"
'''


class ResultsError(RuntimeError):
    """The folder of results cannot be used as it was asked for."""


@dataclasses.dataclass
class Record:
    """What is known of one student's submission of one exercise, kept as a JSON file.

    Attributes
    ----------
    id, name, platform, number : str
        The student.
    digest : str
        A fingerprint of what was graded: the submission, the source and the data.
    cause : str or None
        Why it failed; None where it was graded.
    flags, notes : list of str
        What a person must look at, and what was put right.
    file : str
        What was graded, as it was handed in.
    attempts, seconds_late : int
        How many there were, and how late this one was.
    late : bool
        Whether it was.
    time : str
        When it was handed in, or "".
    seconds : float
        How long grading took.
    graded : str
        When it was graded.
    """

    id: str
    name: str
    platform: str
    number: str
    digest: str
    cause: str | None
    flags: list[str]
    notes: list[str]
    file: str
    attempts: int
    seconds_late: int
    late: bool
    time: str
    seconds: float
    graded: str


class Results:
    """A folder of results.

    Attributes
    ----------
    folder : Path
        An nbgrader course: `gradebook.db`, `source/`, `submitted/`, `autograded/`, and after
        `nbgrader generate_feedback` also `feedback/`; and `records/` of this package.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def database(self) -> str:
        """The address of the gradebook; a reader in another process may hold it for minutes."""
        return f"sqlite:///{(self.folder / 'gradebook.db').absolute()}?timeout=300"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out; raise `ResultsError` where one is at work here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ResultsError(
                    f"Another run is grading into {self.folder.absolute()}.\n"
                    "What to do: wait for it, or name another folder with --out."
                ) from None
            yield

    def open(self, source: Source, deadline=None) -> bytes:
        """Enter an exercise, and return a gradebook that knows it and no student.

        Raises
        ------
        ResultsError
            The folder holds other things.
        """
        if not (self.folder / "gradebook.db").exists():
            strange = {path.name for path in self.folder.iterdir()} - {".lock", ".empty.db"}
            if strange:
                raise ResultsError(
                    f"{self.folder.absolute()} holds other things ({', '.join(sorted(strange))}).\n"
                    "What to do: name a new folder with --out, or one of an earlier run."
                )
            # Made once and copied: nbgrader takes seconds to make one.
            Gradebook(f"sqlite:///{(self.folder / '.empty.db').absolute()}").close()
            shutil.copyfile(self.folder / ".empty.db", self.folder / "gradebook.db")
            (self.folder / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")
        register(source, self.folder)
        if deadline is not None:
            due = deadline.astimezone(datetime.UTC).replace(tzinfo=None)
            with Gradebook(self.database) as gradebook:
                gradebook.update_or_create_assignment(source.name, duedate=due)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(self.folder / ".empty.db", Path(folder) / "gradebook.db")
            register(source, Path(folder))
            return (Path(folder) / "gradebook.db").read_bytes()

    def record(self, exercise: str, student: str) -> Record | None:
        """Return what is known of a submission, or None where it was never graded to the end."""
        path = self._record_path(exercise, student)
        if not path.exists():
            return None
        return Record(**json.loads(path.read_text(encoding="utf-8")))

    def records(self, exercise: str) -> list[Record]:
        """Return all records of an exercise, sorted by student."""
        paths = sorted((self.folder / "records" / exercise).glob("*.json"))
        return [Record(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]

    def exercises(self) -> list[str]:
        """List the exercises that were graded here."""
        return sorted(path.name for path in (self.folder / "records").glob("*"))

    def store(self, exercise: str, record: Record, content: bytes | None, outcome: Outcome) -> None:
        """Keep one submission and what became of it; a run that is killed leaves it whole or out.

        Points and comments given by hand are left as they are.
        """
        if content is not None:
            self._write("submitted", record.id, exercise, content)
            if record.time:
                stamp = self.folder / "submitted" / record.id / exercise / "timestamp.txt"
                stamp.write_text(record.time, encoding="utf-8")
        if outcome.notebook is not None:
            self._write("autograded", record.id, exercise, outcome.notebook.encode())
        before = self.record(exercise, record.id)
        changed = before is None or before.digest != record.digest
        with Gradebook(self.database) as gradebook:
            self._enter(gradebook, exercise, record, outcome, changed)
        # Last of all: with the record there, the submission counts as done.
        path = self._record_path(exercise, record.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dataclasses.asdict(record), ensure_ascii=False, indent=1)
        _write_whole(path, text.encode())

    def _enter(self, gradebook, exercise, record, outcome, changed: bool) -> None:
        if outcome.cause is not None:
            # nbgrader would show a submission without points as one with 0 points.
            return
        gradebook.update_or_create_student(record.id, last_name=record.name)
        time = {}
        if record.time:
            time = {"timestamp": parse_utc(record.time)}
        gradebook.update_or_create_submission(exercise, record.id, **time)
        for name, points in outcome.grades.items():
            grade = gradebook.find_grade(name, exercise, exercise, record.id)
            grade.auto_score = points
            if grade.manual_score is None:
                grade.needs_manual_grade = points is None or bool(outcome.flags)
            elif changed:
                grade.needs_manual_grade = True  # the points stand; a person looks again
        for name, text in outcome.comments.items():
            comment = gradebook.find_comment(name, exercise, exercise, record.id)
            comment.auto_comment = text
        gradebook.db.commit()

    def _write(self, step: str, student: str, exercise: str, content: bytes) -> None:
        path = self.folder / step / student / exercise / f"{exercise}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)

    def _record_path(self, exercise: str, student: str) -> Path:
        return self.folder / "records" / exercise / f"{student}.json"


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
