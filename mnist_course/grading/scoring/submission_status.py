"""The stored status of one graded submission."""

import dataclasses
import json
from pathlib import Path


@dataclasses.dataclass
class SubmissionStatus:
    """Status of one student's submission to one assignment, stored as a JSON file.

    Attributes
    ----------
    student_id, student_name, platform, platform_id : str
        The student; see `Student`.
    digest : str
        SHA-256 of everything that was graded: submission, source and data.
    error : str or None
        Reason why grading failed; None if it was graded.
    flags, notes : list of str
        What an instructor must check, and what was repaired.
    file : str
        Path of the graded file in the folder or zip of submissions.
    attempts : int
        Number of files submitted to this assignment.
    seconds_late : int
        Seconds after the deadline.
    late : bool
        True if submitted after the deadline.
    submitted_at : str
        Time of submission in ISO 8601, or "" without a file.
    grading_seconds : float
        Duration of grading.
    graded_at : str
        Time of grading in ISO 8601.
    """

    student_id: str
    student_name: str
    platform: str
    platform_id: str
    digest: str
    error: str | None
    flags: list[str]
    notes: list[str]
    file: str
    attempts: int
    seconds_late: int
    late: bool
    submitted_at: str
    grading_seconds: float
    graded_at: str

    @classmethod
    def read(cls, path: Path) -> "SubmissionStatus":
        """Read a status from its JSON file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def to_json(self) -> str:
        """Return the status as JSON."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)
