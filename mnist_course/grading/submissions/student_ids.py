"""Make student ids from the names in class lists."""

import re
import unicodedata

from mnist_course.grading.submissions.text_digest import text_digest

# Names that look like an id made below, and names that Windows keeps for devices.
NEEDS_DIGEST = re.compile(r".*-[0-9a-f]{8}|con|prn|aux|nul|com[0-9]|lpt[0-9]")


def student_id(name: str, platform_id: str = "") -> str:
    """Return an id that is unique for a student and valid as a folder name on every system.

    Parameters
    ----------
    name : str
        Name in any script.
    platform_id : str, optional
        The student's number or anonymous code in Moodle or Canvas; it distinguishes students of
        the same name.

    Returns
    -------
    str
        Lower-case ASCII letters, digits and hyphens: the letters of the name that have an ASCII
        form, then the number. Without a number, a name that changes on the way (accents, capital
        letters, other scripts) gets eight hexadecimal digits of its SHA-256 instead.
    """
    name = normalized_name(name)
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:60].strip("-") or "student"
    if platform_id.isdigit() and platform_id.isascii():
        return f"{slug}-{platform_id}"
    if slug == name and not platform_id and not NEEDS_DIGEST.fullmatch(slug):
        return slug
    return f"{slug}-{text_digest(name + platform_id)[:8]}"


def normalized_name(name: str) -> str:
    """Return the form of a name that is the same from every system.

    macOS stores "é" as two characters, other systems as one.
    """
    return unicodedata.normalize("NFC", name)
