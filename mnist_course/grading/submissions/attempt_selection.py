"""Identify the assignment of submitted files, and select the attempt to grade."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from mnist_course.grading.assignments.release import release_notebook
from mnist_course.grading.assignments.sources import SourceNotebook
from mnist_course.grading.submissions.class_upload import ClassUpload, Upload
from mnist_course.grading.submissions.file_decision import Candidate, decide, list_paths
from mnist_course.grading.submissions.notebook_contents import (
    NotebookContent,
    ReleasedNotebook,
    assignment_of,
)
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.uploaded_files import UploadsError


@dataclass(frozen=True)
class SelectedAttempt:
    """The submission of one student to one assignment.

    Attributes
    ----------
    student : Student
        The student.
    upload : Upload or None
        The selected file; None if there is none to grade.
    attempts : int
        Number of files submitted to this assignment.
    error : str or None
        Reason why there is nothing to grade.
    unused : dict of Upload to str
        Why each of the student's other files is not graded.
    submitted_at : datetime or None
        Time of submission; None if unknown.
    late : bool or None
        Whether it was submitted late; None if unknown.
    seconds_late : int
        Seconds after the deadline; 0 if in time or unknown.
    deadline : datetime or None
        The student's own deadline; None without one.
    evidence : str
        Where the time, or the lateness, comes from.
    excused : bool
        True if the instructor has excused the student from this assignment.
    """

    student: Student
    upload: Upload | None
    attempts: int = 0
    error: str | None = None
    unused: dict[Upload, str] = field(default_factory=dict)
    submitted_at: datetime.datetime | None = None
    late: bool | None = None
    seconds_late: int = 0
    deadline: datetime.datetime | None = None
    evidence: str = ""
    excused: bool = False


def identify_assignment(
    contents: dict[Upload, NotebookContent], sources: dict[str, SourceNotebook]
) -> str:
    """Return the name of the assignment that all uploaded notebooks belong to.

    Raises
    ------
    UploadsError
        They belong to none of the sources, or to several.
    """
    names = (assignment_of(file, content, sources) for file, content in contents.items())
    count = Counter(name for name in names if name is not None)
    if len(count) == 1:
        return next(iter(count))
    known = ", ".join(sources)
    if not count:
        raise UploadsError(
            f"No submitted notebook belongs to a known assignment ({known}).\n"
            "What to do: name the folder of your sources with --from."
        )
    found = ", ".join(f"{number} of {name}" for name, number in count.most_common())
    raise UploadsError(
        f"There are notebooks of several assignments: {found}.\n"
        f"What to do: grade one at a time, for example --assignment {count.most_common()[0][0]}."
    )


def select_attempts(
    uploaded: ClassUpload,
    contents: dict[Upload, NotebookContent],
    sources: dict[str, SourceNotebook],
    assignment: str,
    chosen: Collection[str] = (),
) -> list[SelectedAttempt]:
    """Select each student's submission to an assignment.

    An untouched copy of the release is graded only if there is nothing else. Where several
    different files remain, the only one that is named after the assignment is graded, or the last
    one by the numbers that Canvas gives; else the submission fails, and the instructor chooses.

    Parameters
    ----------
    uploaded : ClassUpload
        Students and files.
    contents : dict of Upload to NotebookContent
        The notebooks among the files.
    sources : dict of str to SourceNotebook
        All assignments; a notebook of another assignment is not graded as this one.
    assignment : str
        Name of the assignment to grade.
    chosen : collection of str
        Paths of the files that the instructor chose.

    Returns
    -------
    list of SelectedAttempt
        One for each student, sorted by student id. A submission without a file to grade has an
        `error`.

    Raises
    ------
    UploadsError
        A chosen path is not that of a student's file, or two are the same student's.
    """
    release = ReleasedNotebook(release_notebook(sources[assignment]))
    files = defaultdict(list)
    for file in uploaded.files:
        if file.student:
            files[file.student].append(file)
    choices = chosen_files(uploaded, chosen)
    selected = []
    for student in uploaded.students:
        candidates = {}
        others = {}
        for file in files[student]:
            if content := contents.get(file):
                name = assignment_of(file, content, sources)
                if name in (assignment, None):
                    has_ids = bool(content.grade_ids & sources[assignment].grade_ids)
                    untouched = has_ids and release.is_untouched(content)
                    known = has_ids and name is not None
                    candidates[file] = Candidate(file, content, assignment, known, untouched)
                else:
                    others[file] = f"belongs to {name}"
        selected.append(_select(student, files[student], candidates, others, choices.get(student)))
    return selected


def _select(
    student: Student,
    files: list[Upload],
    candidates: dict[Upload, Candidate],
    others: dict[Upload, str],
    choice: Upload | None,
) -> SelectedAttempt:
    if choice:
        upload, reasons, error = choice, {}, None
    elif candidates:
        upload, reasons, error = decide(list(candidates.values()))
    else:
        upload, reasons, error = None, {}, _nothing_to_grade(files, others)
    unused = {
        file: reasons.get(file)
        or others.get(file)
        or file.ignored
        or file.error
        or ("another file was chosen" if file in candidates else "not a notebook")
        for file in files
        if file is not upload
    }
    if upload:
        error = candidates[upload].content.error if upload in candidates else upload.error
    return SelectedAttempt(student, upload, len(candidates), error, unused)


def _nothing_to_grade(files: list[Upload], others: dict[Upload, str]) -> str:
    if others:
        return f"There is no notebook of this assignment: {list_paths(others, others)}."
    if not files:
        return "There is no file: the student's folder is empty."
    reasons = {file: file.ignored or file.error for file in files if file.ignored or file.error}
    if all(file.ignored for file in files):
        return (
            f"There is no notebook, only files that are ignored: {list_paths(files, reasons)}. "
            "What to do: if one of them is the submission, name it with --choose."
        )
    return f"There is no notebook among the files: {list_paths(files, reasons)}."


def chosen_files(uploaded: ClassUpload, chosen: Collection[str]) -> dict[Student, Upload]:
    """Return the files that the instructor chose, by student.

    Raises
    ------
    UploadsError
        A path is not that of one student's file, or two are the same student's.
    """
    by_path = defaultdict(list)
    for file in uploaded.files:
        by_path[file.path].append(file)
    choices: dict[Student, Upload] = {}
    for path in chosen:
        found = [file for file in by_path[path] if file.student]
        if len(found) != 1:
            raise UploadsError(
                f"--choose {path}: {len(found)} submitted files have this path.\n"
                "Expected: a path as in the table of files, inside the folder or zip."
            )
        if (first := choices.setdefault(found[0].student, found[0])) is not found[0]:
            raise UploadsError(
                f"--choose names two files of {first.student.name}: {first.path} and {path}.\n"
                "Expected: one file for each student."
            )
    return choices
