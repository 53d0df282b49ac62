"""The stored status of one graded submission."""

import dataclasses
import json
import typing
from pathlib import Path

from mnist_course.grading.submissions.printable import printable


@dataclasses.dataclass
class SubmissionStatus:
    """Status of one student's submission to one assignment, stored as a JSON file.

    All text in it is made printable.

    Attributes
    ----------
    student_id : str
        The student; see `Student`.
    digest : str
        SHA-256 of everything that was graded: submission, source and data.
    error : str or None
        Reason why grading failed; None if it was graded.
    student_name, platform, platform_id : str
        The student; see `Student`.
    retry : bool
        True if the machine or a time limit may be the reason; --resume grades it again.
    flags, notes : list of str
        What an instructor must check, and what was repaired.
    file : str
        Path of the graded file in the folder or zip of submissions.
    attempts : int
        Number of files submitted to this assignment.
    seconds_late : int
        Seconds after the deadline.
    late : bool or None
        Whether it was submitted late; None if unknown.
    submitted_at : str
        Time of submission in ISO 8601, or "" if unknown.
    grading_seconds : float
        Duration of grading.
    graded_at : str
        Time of grading in ISO 8601.
    student_note : str
        Reason why a student from a platform is in no table for it.
    deadline : str
        The student's deadline in ISO 8601, or "" without one.
    evidence : str
        Where the time of submission, or the lateness, comes from.
    excused : bool
        True if the instructor has excused the student from this assignment.
    answers : dict of str to str
        A digest of the answer behind each graded cell; see `answer_digests`.
    """

    student_id: str
    digest: str
    error: str | None
    student_name: str = ""
    platform: str = ""
    platform_id: str = ""
    student_note: str = ""
    retry: bool = False
    flags: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    file: str = ""
    attempts: int = 0
    seconds_late: int = 0
    late: bool | None = None
    submitted_at: str = ""
    grading_seconds: float = 0.0
    graded_at: str = ""
    deadline: str = ""
    evidence: str = ""
    excused: bool = False
    answers: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        for name, value in vars(self).items():
            if isinstance(value, str):
                setattr(self, name, printable(value, one_line=True))
            elif isinstance(value, list):
                setattr(self, name, [printable(each, one_line=True) for each in value])

    @classmethod
    def read(cls, path: Path) -> "SubmissionStatus":
        """Read a status from its JSON file; if it is damaged, return a failed one to retry."""
        try:
            return cls._from_json(path.read_text(encoding="utf-8"))
        except (OSError, RecursionError, ValueError) as error:
            reason = f"The file {path.name} in {path.parent} cannot be read: {error}"
            return cls(path.stem, "", reason, student_name=path.stem, retry=True)

    @classmethod
    def _from_json(cls, text: str) -> "SubmissionStatus":
        stored, values = json.loads(text), {}
        if not isinstance(stored, dict):
            raise ValueError("it is not an object")
        for field in dataclasses.fields(cls):
            if field.name in stored:
                value = values[field.name] = stored[field.name]
                kind = typing.get_origin(field.type)
                if not isinstance(value, kind if kind in (list, dict) else field.type):
                    raise ValueError(f"{field.name} is {value!r:.50}")
            elif field.name in ("student_id", "digest", "error"):
                raise ValueError(f"it has no {field.name}")
        return cls(**values)

    def to_json(self) -> str:
        """Return the status as JSON."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)
