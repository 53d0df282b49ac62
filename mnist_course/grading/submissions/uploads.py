"""Read what a class handed in: a folder, or the zip of a Moodle or Canvas assignment."""

import contextlib
import datetime
import functools
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from mnist_course.grading.submissions.student_ids import student_id

# One byte more than is graded, so that too much is seen as too much.
READ_AT_MOST = 30_000_001

# "Name_12345_assignsubmission_file_/a.ipynb", in one folder or flat, with and without the last "_".
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?")
# "lastnamefirst_LATE_123_4567_a-1.ipynb": user, upload, and the number of the new attempt.
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<file>[^/]+)")
ATTEMPT = re.compile(r"-(\d+)\.ipynb$")


class UploadsError(ValueError):
    """What was handed in cannot be read at all."""


@dataclass(frozen=True)
class Student:
    """Who handed in.

    Attributes
    ----------
    id : str
        The name of the student's folders, and nbgrader's id.
    name : str
        As the class list has it.
    platform : str
        "moodle", "canvas" or "".
    number : str
        The student's number there.
    """

    id: str
    name: str
    platform: str = ""
    number: str = ""


@dataclass(frozen=True)
class Upload:
    """One file that a student handed in.

    Attributes
    ----------
    student : Student
        Whose it is.
    file : str
        Its path as it was handed in.
    read : callable
        Returns its bytes; of a file that is too large, enough to see that.
    time : datetime or None
        When, as far as it is known.
    late : bool
        The platform itself says that it was late.
    fault : str or None
        Why it is not read.
    """

    student: Student
    file: str
    read: Callable[[], bytes]
    time: datetime.datetime | None = None
    late: bool = False
    fault: str | None = None

    @property
    def attempt(self) -> int:
        """The number that Canvas gives to a file that was handed in again."""
        found = ATTEMPT.search(self.file)
        return int(found[1]) if found else 0


def read_uploads(path: Path) -> list[Upload]:
    """List all files that a class handed in.

    Parameters
    ----------
    path : Path
        A zip as Moodle or Canvas gives it, the folder it was unpacked into, or a folder with one
        folder or one notebook for each student.

    Raises
    ------
    UploadsError
        There is nothing there that can be read.
    """
    if not path.exists():
        raise UploadsError(
            f"There is no file or folder {path.absolute()}.\n"
            "Expected: a folder of submissions, or the zip of an assignment."
        )
    entries = _in_folder(path) if path.is_dir() else _in_zip(path)
    uploads = [_owned(*entry) for entry in entries]
    if not uploads:
        raise UploadsError(f"There is no file in {path.absolute()}, so nobody handed in anything.")
    return uploads


def _in_folder(folder: Path) -> Iterator[tuple]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in (".ipynb_checkpoints",))
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted(files) + links:
            path = Path(parent) / name
            inner = PurePosixPath(path.relative_to(folder).as_posix())
            about = path.lstat()
            fault = None
            if stat.S_ISLNK(about.st_mode):
                fault = "It is a symbolic link, and those are not followed."
            elif not stat.S_ISREG(about.st_mode):
                fault = "It is no regular file."
            if name.startswith(".") and not fault:
                continue
            time = _stamp(path) or datetime.datetime.fromtimestamp(about.st_mtime).astimezone()
            yield inner, functools.partial(_read, path), time, fault


def _read(path: Path) -> bytes:
    # O_NOFOLLOW: what was a file when it was listed must not have become a link since.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(READ_AT_MOST)


def _stamp(path: Path) -> datetime.datetime | None:
    """Read the `timestamp.txt` that nbgrader's own collecting puts beside a submission."""
    stamp = path.with_name("timestamp.txt")
    if stamp.is_file() and not stamp.is_symlink():
        try:
            return parse_utc(stamp.read_text().strip()).replace(tzinfo=datetime.UTC)
        except (ValueError, OverflowError):
            return None
    return None


def _in_zip(path: Path) -> Iterator[tuple]:
    try:
        # Left open for all that is read later: to open a large one takes long.
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UploadsError(f"{path} is no zip that can be read: {error}") from error
    for member in archive.infolist():
        name = member.filename
        if not member.flag_bits & 0x800:  # without this mark, zipfile takes UTF-8 for cp437
            with contextlib.suppress(UnicodeError):
                name = name.encode("cp437").decode("utf-8")
        if not member.is_dir() and not name.startswith("__MACOSX/"):
            time = datetime.datetime(*member.date_time).astimezone()
            read = functools.partial(_unzip, archive, member)
            yield PurePosixPath(name), read, time, None


def _unzip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(READ_AT_MOST)


def _owned(path: PurePosixPath, read: Callable, time, fault) -> Upload:
    first = path.parts[0]
    if found := MOODLE.match(first):
        student = _student(found["name"], "moodle", found["number"])
        return Upload(student, str(path), read, time, fault=fault)
    if len(path.parts) == 1 and (found := CANVAS.fullmatch(first)):
        student = _student(found["name"], "canvas", found["number"])
        return Upload(student, str(path), read, time, bool(found["late"]), fault)
    name = first if len(path.parts) > 1 or fault else path.stem
    return Upload(Student(student_id(name), name), str(path), read, time, fault=fault)


def _student(name: str, platform: str, number: str) -> Student:
    return Student(student_id(name, number), name, platform, number)
