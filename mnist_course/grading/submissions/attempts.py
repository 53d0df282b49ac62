"""Choose for each student the attempt that counts."""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mnist_course.grading.assignments.sources import Source
from mnist_course.grading.submissions.uploads import Student, Upload, UploadsError

GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]+)"')


@dataclass(frozen=True)
class Submission:
    """What of a student is graded.

    Attributes
    ----------
    student : Student
        Whose it is.
    upload : Upload or None
        The file that counts; None where there is none.
    attempts : int
        How many files of this exercise the student handed in.
    seconds_late : int
        How long after the deadline; 0 where it was in time, or nobody can tell.
    late : bool
        Whether it was late.
    cause : str or None
        Why there is nothing to grade.
    """

    student: Student
    upload: Upload | None
    attempts: int = 0
    seconds_late: int = 0
    late: bool = False
    cause: str | None = None


def exercise_of(uploads: Iterable[Upload], sources: dict[str, Source]) -> str:
    """Return the exercise that these uploads belong to.

    Raises
    ------
    UploadsError
        They belong to none of the sources, or to more than one.
    """
    count = Counter(
        name for upload in uploads if (name := _exercise_of(upload, sources)) is not None
    )
    if len(count) == 1:
        return next(iter(count))
    known = ", ".join(sources)
    if not count:
        raise UploadsError(
            f"No notebook there belongs to a known exercise ({known}).\n"
            "What to do: name the folder of your sources with --from."
        )
    found = ", ".join(f"{number} of {name}" for name, number in count.most_common())
    raise UploadsError(
        f"There are notebooks of several exercises: {found}.\n"
        f"What to do: grade one after the other; --exercise {count.most_common()[0][0]} names one."
    )


def collect(
    uploads: Iterable[Upload],
    sources: dict[str, Source],
    exercise: str,
    deadline: datetime.datetime | None = None,
) -> list[Submission]:
    """Choose each student's last attempt before the deadline; with none in time, the last of all.

    Parameters
    ----------
    uploads : iterable of Upload
        All that was handed in.
    sources : dict of str to Source
        All exercises: a file of another one is not graded as this one.
    exercise : str
        The one to grade.
    deadline : datetime, optional
        With its time zone.

    Returns
    -------
    list of Submission
        One for each student, sorted by id. None is left out: who handed in nothing that can be
        graded has a `cause`.
    """
    by_student: dict[str, list[Upload]] = defaultdict(list)
    for upload in uploads:
        by_student[upload.student.id].append(upload)
    return [_choose(files, sources, exercise, deadline) for _, files in sorted(by_student.items())]


def _choose(files: list[Upload], sources: dict, exercise: str, deadline) -> Submission:
    student = files[0].student
    notebooks = [file for file in files if file.file.lower().endswith(".ipynb") or file.fault]
    known = {id(file): _exercise_of(file, sources) for file in notebooks}
    attempts = [file for file in notebooks if known[id(file)] == exercise]
    if not attempts:
        # A damaged file cannot say what it is; what it is instead, somebody should hear.
        attempts = [file for file in notebooks if known[id(file)] is None]
    if not attempts:
        others = ", ".join(sorted({name for name in known.values() if name}))
        cause = f"There is no notebook of {exercise}, only of {others}."
        if not others:
            names = ", ".join(sorted(file.file for file in files))
            cause = f"There is no notebook among the files: {names[:300]}."
        return Submission(student, None, cause=cause)
    attempts.sort(key=_order)
    in_time = [file for file in attempts if not _late(file, deadline)]
    chosen = (in_time or attempts)[-1]
    late = not in_time
    seconds = int((chosen.time - deadline).total_seconds()) if late and deadline else 0
    return Submission(student, chosen, len(attempts), max(0, seconds), late, chosen.fault)


def _order(file: Upload) -> tuple:
    earliest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    # A link or another thing that is not read never wins over a file.
    return file.fault is None, file.attempt, file.time or earliest, file.file


def _late(file: Upload, deadline: datetime.datetime | None) -> bool:
    return file.late or bool(deadline and file.time and file.time > deadline)


def _exercise_of(upload: Upload, sources: dict[str, Source]) -> str | None:
    """Tell an exercise by the ids in it, or else by the file's name."""
    if upload.fault or not upload.file.lower().endswith(".ipynb"):
        return None
    content = upload.read()
    ids = {match.decode(errors="replace") for match in GRADE_ID.findall(content)}
    best = max(sources.values(), key=lambda source: len(source.ids & ids))
    if best.ids & ids:
        return best.name
    return next((name for name in sources if name in upload.file), None)
