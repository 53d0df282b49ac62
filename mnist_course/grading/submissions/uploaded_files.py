"""List the files of a class: a folder, or the zip of a Moodle or Canvas assignment."""

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
from typing import NamedTuple

from nbgrader.utils import parse_utc

from mnist_course.grading.submissions.student_ids import student_id
from mnist_course.grading.submissions.submitted_notebook import MAX_NOTEBOOK_BYTES

# One byte more than allowed, so that a file that is too large is noticed.
READ_LIMIT = MAX_NOTEBOOK_BYTES + 1

# "Name_12345_assignsubmission_file_/a.ipynb", in one folder or flat, with and without the last "_".
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?")
# "lastnamefirst_LATE_123_4567_a-1.ipynb": name, user id, upload id, file and attempt number.
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<file>[^/]+)")
ATTEMPT_NUMBER = re.compile(r"-(\d+)\.ipynb$")


class UploadsError(ValueError):
    """The folder or zip of submissions cannot be read, or does not fit the assignment."""


@dataclass(frozen=True)
class Student:
    """A student.

    Attributes
    ----------
    id : str
        nbgrader's student id, also the name of the student's folders.
    name : str
        Name as in the class list.
    platform : str
        "moodle", "canvas" or "".
    platform_id : str
        The student's number on that platform.
    """

    id: str
    name: str
    platform: str = ""
    platform_id: str = ""


@dataclass(frozen=True)
class Upload:
    """One submitted file.

    Attributes
    ----------
    student : Student
        The student who submitted it.
    file : str
        Path inside the folder or zip.
    read : callable
        Returns the content, cut after `READ_LIMIT` bytes.
    submitted_at : datetime
        Time of submission: nbgrader's timestamp, else the time of the file.
    late : bool
        True if the platform marks the file as late.
    error : str or None
        Reason why the file is not read.
    """

    student: Student
    file: str
    read: Callable[[], bytes]
    submitted_at: datetime.datetime
    late: bool = False
    error: str | None = None

    @property
    def attempt_number(self) -> int:
        """The number that Canvas appends to the file name of a resubmission, else 0."""
        found = ATTEMPT_NUMBER.search(self.file)
        return int(found[1]) if found else 0


class _UploadEntry(NamedTuple):
    """A file of the folder or zip, before its path is parsed."""

    path: PurePosixPath
    read: Callable[[], bytes]
    submitted_at: datetime.datetime
    error: str | None = None


def read_uploads(path: Path) -> list[Upload]:
    """List all submitted files.

    Parameters
    ----------
    path : Path
        A zip from Moodle or Canvas, the folder it was unpacked into, or a folder with one folder
        or one notebook for each student.

    Raises
    ------
    UploadsError
        The path does not exist, is not a readable zip or has no files.
    """
    if not path.exists():
        raise UploadsError(
            f"There is no file or folder {path.absolute()}.\n"
            "Expected: a folder of submissions, or the zip of an assignment."
        )
    entries = _list_uploaded_folder(path) if path.is_dir() else _list_uploaded_zip(path)
    uploads = [_parse_upload(entry) for entry in entries]
    if not uploads:
        raise UploadsError(
            f"There are no submissions in {path.absolute()}: it has no files.\n"
            "Expected: a folder of submissions, or the zip of an assignment."
        )
    return uploads


def _list_uploaded_folder(folder: Path) -> Iterator[_UploadEntry]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".ipynb_checkpoints")
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted(files) + links:
            path = Path(parent) / name
            status = path.lstat()
            error = None
            if stat.S_ISLNK(status.st_mode):
                error = "It is a symbolic link; symbolic links are not followed."
            elif not stat.S_ISREG(status.st_mode):
                error = "It is not a regular file."
            if name.startswith(".") and not error:
                continue
            modified = datetime.datetime.fromtimestamp(status.st_mtime).astimezone()
            yield _UploadEntry(
                PurePosixPath(path.relative_to(folder).as_posix()),
                functools.partial(_read_file, path),
                _read_uploaded_timestamp(path) or modified,
                error,
            )


def _read_file(path: Path) -> bytes:
    # O_NOFOLLOW: the file may have been replaced by a link since it was listed.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(READ_LIMIT)


def _read_uploaded_timestamp(path: Path) -> datetime.datetime | None:
    """Read the `timestamp.txt` that `nbgrader collect` writes beside a submission."""
    timestamp = path.with_name("timestamp.txt")
    if timestamp.is_file() and not timestamp.is_symlink():
        try:
            return parse_utc(timestamp.read_text().strip()).replace(tzinfo=datetime.UTC)
        except (ValueError, OverflowError):
            return None
    return None


def _list_uploaded_zip(path: Path) -> Iterator[_UploadEntry]:
    try:
        # Kept open for reading the members later: opening a large zip takes long.
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UploadsError(
            f"{path} is not a readable zip: {error}\n"
            "Expected: a folder of submissions, or the zip of an assignment."
        ) from error
    for member in archive.infolist():
        name = member.filename
        if not member.flag_bits & 0x800:  # without this flag, zipfile decodes UTF-8 as cp437
            with contextlib.suppress(UnicodeError):
                name = name.encode("cp437").decode("utf-8")
        if not member.is_dir() and not name.startswith("__MACOSX/"):
            yield _UploadEntry(
                PurePosixPath(name),
                functools.partial(_read_zip_member, archive, member),
                datetime.datetime(*member.date_time).astimezone(),
            )


def _read_zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(READ_LIMIT)


def _parse_upload(entry: _UploadEntry) -> Upload:
    """Parse student, platform and lateness from the path of a file."""
    first = entry.path.parts[0]
    late = False
    if found := MOODLE.match(first):
        student = _platform_student("moodle", found)
    elif len(entry.path.parts) == 1 and (found := CANVAS.fullmatch(first)):
        student = _platform_student("canvas", found)
        late = bool(found["late"])
    else:
        name = first if len(entry.path.parts) > 1 or entry.error else entry.path.stem
        student = Student(student_id(name), name)
    return Upload(student, str(entry.path), entry.read, entry.submitted_at, late, entry.error)


def _platform_student(platform: str, found: re.Match) -> Student:
    name, number = found["name"], found["id"]
    return Student(student_id(name, number), name, platform, number)
