"""List the files of a folder or a zip, without knowing whose they are."""

import functools
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_course.grading.submissions.file_names import split_path
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.submitted_notebook import READ_LIMIT
from mnist_course.grading.submissions.zip_files import (
    ZIP_ERRORS,
    list_zip,
    open_zip,
    read_member,
    reason,
)

# Limits of a zip that a student submitted.
MAX_ZIP_BYTES = 100_000_000
MAX_ZIP_FILES = 1000
MAX_UNPACKED_BYTES = 300_000_000
MAX_DEPTH = 50
EXPECTED = "Expected: a folder of submissions, or the zip of an assignment."


class UploadsError(ValueError):
    """The folder or zip of submissions cannot be read, or does not fit the assignment."""


@dataclass(frozen=True, eq=False)
class UploadedFile:
    """A file or folder of an upload.

    Attributes
    ----------
    path : str
        Path inside the upload, printable.
    parts : tuple of str
        Parts of the path as they are; empty if the name is no path.
    read : callable
        Returns the content, cut after the number of bytes that it may be given, at most
        `READ_LIMIT`. Raises one of `READ_ERRORS`.
    is_folder : bool
        True if it is a folder.
    error : str or None
        Reason why the file is never read.
    """

    path: str
    parts: tuple[str, ...]
    read: Callable[..., bytes]
    is_folder: bool = False
    error: str | None = None


READ_ERRORS = ZIP_ERRORS


def list_upload(path: Path) -> list[UploadedFile]:
    """List all files and folders of a folder or zip.

    Raises
    ------
    UploadsError
        The path does not exist or is not a readable zip.
    """
    if not path.exists():
        raise UploadsError(f"There is no file or folder {path.absolute()}.\n{EXPECTED}")
    if path.is_dir():
        try:
            return list(_list_folder(path, ()))
        except OSError as error:
            raise UploadsError(f"{path} cannot be read: {error}\n{EXPECTED}") from error
    try:
        # Kept open for reading the members later: opening a large zip takes long.
        archive = open_zip(path)
    except ZIP_ERRORS as error:
        raise UploadsError(f"{path} is not a readable zip: {reason(error)}\n{EXPECTED}") from error
    return [
        _uploaded_file(split_path(name), name, functools.partial(read_member, archive, member))
        for name, member in list_zip(archive)
    ]


def list_zip_inside(file: UploadedFile) -> list[UploadedFile]:
    """List the files of a zip that a student submitted; zips inside it are not opened.

    Raises
    ------
    UploadsError
        The zip cannot be read, or is too large.
    """
    try:
        members = list_zip(_open_zip_inside(file))
    except ZIP_ERRORS as error:
        raise UploadsError(f"It is not a readable zip: {reason(error)}") from error
    if len(members) > MAX_ZIP_FILES:
        raise UploadsError(f"The zip has {len(members)} files; at most {MAX_ZIP_FILES} are read.")
    if sum(member.file_size for _, member in members) > MAX_UNPACKED_BYTES:
        megabytes = MAX_UNPACKED_BYTES // 1_000_000
        raise UploadsError(f"Unpacked, the zip is larger than the limit of {megabytes} MB.")
    return [
        _uploaded_file(
            (*file.parts, *split_path(name)),
            f"{file.path}/{name}",
            functools.partial(_read_member_inside, file, index),
        )
        for index, (name, _) in enumerate(members)
    ]


# The files of a zip are read one after the other, so the last zip is kept.
@functools.lru_cache(maxsize=1)
def _open_zip_inside(file: UploadedFile) -> zipfile.ZipFile:
    content = file.read(MAX_ZIP_BYTES + 1)
    if len(content) > MAX_ZIP_BYTES:
        raise ValueError(f"it is larger than the limit of {MAX_ZIP_BYTES // 1_000_000} MB")
    return open_zip(content)


def _read_member_inside(file: UploadedFile, index: int, limit: int = READ_LIMIT) -> bytes:
    archive = _open_zip_inside(file)
    return read_member(archive, archive.infolist()[index], limit)


def _uploaded_file(parts: tuple[str, ...], name: str, read: Callable) -> UploadedFile:
    is_folder = name.endswith(("/", "\\"))
    return UploadedFile(printable(name, one_line=True), parts, read, is_folder)


def _list_folder(folder: Path, parts: tuple[str, ...]) -> Iterator[UploadedFile]:
    with os.scandir(folder) as found:
        names = sorted(entry.name for entry in found)
    for name in names:
        path = folder / name
        # A name may hold the backslashes of a zip from Windows that was unpacked on Linux.
        inner = (*parts, *split_path(name))
        status = path.lstat()
        make = functools.partial(
            UploadedFile, printable("/".join((*parts, name)), one_line=True), inner
        )
        if stat.S_ISDIR(status.st_mode):
            yield make(_nothing, is_folder=True)
            if len(parts) >= MAX_DEPTH:
                yield make(_nothing, error="Its folders are nested too deeply.")
                continue
            try:
                yield from list(_list_folder(path, inner))
            except OSError as error:
                yield make(_nothing, error=f"The folder cannot be read: {reason(error)}")
        elif stat.S_ISREG(status.st_mode):
            yield make(functools.partial(_read_file, path))
        elif stat.S_ISLNK(status.st_mode):
            yield make(_nothing, error="It is a symbolic link; symbolic links are not followed.")
        else:
            yield make(_nothing, error="It is not a regular file.")


def _nothing(limit: int = READ_LIMIT) -> bytes:
    return b""


def _read_file(path: Path, limit: int = READ_LIMIT) -> bytes:
    # O_NOFOLLOW: the file may have been replaced by a link since it was listed. Windows lacks it.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        return file.read(limit)
