"""Decide which of a student's files is the submission, or say why nothing decides."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mnist_course.grading.submissions.class_upload import Upload
from mnist_course.grading.submissions.file_names import name_without_ending
from mnist_course.grading.submissions.notebook_contents import NotebookContent

# Canvas appends "-1", "-2" to the name of a file that a student submits again.
CANVAS_REPETITION = re.compile(r"(?P<name>.*?)(?:-(?P<number>[0-9]{1,9}))?", re.S)
LISTED_PATHS = 10


@dataclass(frozen=True)
class Candidate:
    """A file that may be the submission.

    Attributes
    ----------
    file : Upload
        The file.
    content : NotebookContent
        Its content.
    assignment : str
        Name of the assignment to grade.
    belongs : bool
        True if it has the assignment's grade ids.
    untouched : bool
        True if it is the release without any answer.
    """

    file: Upload
    content: NotebookContent
    assignment: str
    belongs: bool
    untouched: bool

    @property
    def is_named(self) -> bool:
        """True if the file is named after the assignment."""
        return self.assignment.lower() in self.file.name.lower()

    @property
    def may_hold_answers(self) -> bool:
        """True unless it is untouched, has no cells, or is a link."""
        if self.untouched or (self.file.error and not self.file.name.lower().endswith(".zip")):
            return False
        return self.content.damaged or bool(self.content.cells)

    @property
    def description(self) -> str:
        """What the content is, for the table of files."""
        if self.content.error:
            return self.content.error
        if self.content.damaged:
            return "damaged"
        if self.untouched:
            return "untouched copy of the release"
        return "with answers" if self.belongs else "without cells of the assignment"


def decide(candidates: list[Candidate]) -> tuple[Upload | None, dict[Upload, str], str | None]:
    """Decide which file is the submission.

    Returns
    -------
    upload : Upload or None
        The submission; None if a person must choose.
    reasons : dict of Upload to str
        What each of the other files is.
    error : str or None
        What the instructor must choose from.
    """
    reasons = {each.file: each.description for each in candidates}
    possible = _possible(candidates)
    if len({each.content.digest for each in possible}) == 1:
        upload = min(possible, key=_by_name).file
        same = {each.file: f"same content as {upload.path}" for each in possible}
        return upload, reasons | same, None
    if upload := _only_one_named(possible):
        others = {each.file: "not named after the assignment" for each in possible}
        return upload, reasons | others, None
    if upload := _last_in_canvas(possible):
        earlier = {each.file: f"an earlier upload than {upload.path}" for each in possible}
        return upload, reasons | earlier, None
    listed = [each.file for each in possible]
    undecided = {file: f"{reasons[file]}; nothing shows which file counts" for file in listed}
    error = (
        "Several different files may be the submission, and nothing shows which one counts: "
        f"{list_paths(listed, reasons)}. What to do: choose one, for example --choose "
        f"{shlex.quote(listed[0].path)}, and grade again with --resume."
    )
    return None, reasons | undecided, error


def _possible(candidates: list[Candidate]) -> list[Candidate]:
    """Return the files between which only other evidence or a person can decide."""
    with_answers = [each for each in candidates if each.may_hold_answers]
    edited = [each for each in with_answers if each.belongs]
    if edited:
        # What nobody can read may be a newer version of the submission.
        unreadable = [
            each
            for each in with_answers
            if not each.belongs and (each.content.error or (each.content.damaged and each.is_named))
        ]
        return edited + unreadable
    untouched = [each for each in candidates if each.untouched]
    return with_answers + untouched or candidates


def _by_name(candidate: Candidate) -> tuple:
    stem = name_without_ending(candidate.file.name)
    return stem != candidate.assignment, len(candidate.file.path), candidate.file.path


def _only_one_named(candidates: list[Candidate]) -> Upload | None:
    """Return the only file named after the assignment, unless another one cannot be read."""
    if not all(each.belongs for each in candidates):
        return None
    named = [each for each in candidates if each.is_named]
    return named[0].file if len(named) == 1 else None


def _last_in_canvas(candidates: list[Candidate]) -> Upload | None:
    """Return the last upload of one file name, if Canvas's two numbers agree on it."""
    if any(each.file.upload_number is None for each in candidates):
        return None
    files = sorted((each.file for each in candidates), key=lambda file: file.upload_number)
    found = [CANVAS_REPETITION.fullmatch(name_without_ending(file.name)) for file in files]
    numbers = [int(match["number"] or 0) for match in found]
    if len({match["name"] for match in found}) == 1 and sorted(set(numbers)) == numbers:
        return files[-1]
    return None


def list_paths(files: Iterable[Upload], notes: Mapping[Upload, str] | None = None) -> str:
    """Return the paths of files, with a note for each, for one line of a message."""
    notes = notes or {}
    listed = [f"{file.path} ({notes[file]})" if file in notes else file.path for file in files]
    more = [f"and {len(listed) - LISTED_PATHS} more"] if len(listed) > LISTED_PATHS else []
    return ", ".join(listed[:LISTED_PATHS] + more)
