"""Make student ids from the names in class lists."""

import hashlib
import re
import unicodedata


def student_id(name: str, platform_id: str = "") -> str:
    """Return an id that is unique for a student and valid as a folder name on every system.

    Parameters
    ----------
    name : str
        Name in any script.
    platform_id : str, optional
        The student's number in Moodle or Canvas; it distinguishes students of the same name.

    Returns
    -------
    str
        Lower-case ASCII letters, digits and hyphens: the letters of the name that have an ASCII
        form, then the number. Without a number, a name that changes on the way (accents, capital
        letters, other scripts) gets eight hexadecimal digits of its SHA-256 instead.
    """
    # macOS stores "é" as two characters, other systems as one: both must give the same id.
    name = unicodedata.normalize("NFC", name).strip()
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:60] or "student"
    if platform_id:
        return f"{slug}-{platform_id}"
    if slug == name:
        return slug
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
