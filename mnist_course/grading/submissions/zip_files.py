"""Read zip files that a learning platform, a computer of the class or a student made."""

import contextlib
import io
import lzma
import struct
import zipfile
import zlib
from pathlib import Path

from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.submitted_notebook import READ_LIMIT

# What zipfile and its decompressors raise for damaged, encrypted or unusual members.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    ValueError,
)
ENCRYPTED = 0x1
UTF8_NAME = 0x800


def open_zip(source: Path | bytes) -> zipfile.ZipFile:
    """Open a zip: its path, or its content."""
    return zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)


def list_zip(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """List the members with their names; the names of folders end in a slash or backslash."""
    return [(_member_name(member), member) for member in archive.infolist()]


def read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int = READ_LIMIT
) -> bytes:
    """Return the content of a member, cut after `limit` bytes."""
    if member.flag_bits & ENCRYPTED:
        raise RuntimeError("it is encrypted with a password")
    with archive.open(member) as file:
        return file.read(limit)


def reason(error: Exception) -> str:
    """Return the message of an error, which may name files, or its kind if it has none."""
    return printable(error, 300, one_line=True).rstrip(".") or type(error).__name__


def _member_name(member: zipfile.ZipInfo) -> str:
    r"""Return the name of a member; zipfile decodes names that are not marked as UTF-8 as cp437.

    macOS and Unix write UTF-8 without the mark, Windows the code page of the country. A code page
    is the right one if all its characters outside ASCII are letters: "Jo\xc3\xa3o".
    """
    if member.flag_bits & UTF8_NAME:
        return member.filename
    with contextlib.suppress(UnicodeError):
        encoded = member.filename.encode("cp437")
        for encoding in ("utf-8", "cp437", "cp850"):
            with contextlib.suppress(UnicodeError):
                name = encoded.decode(encoding)
                others = [each for each in name if not each.isascii()]
                if encoding == "utf-8" or all(map(str.isalpha, others)):
                    return name
    return member.filename
