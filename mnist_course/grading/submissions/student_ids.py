"""Names from real class lists, as names of folders that every system takes."""

import hashlib
import re
import unicodedata


def student_id(name: str, number: str = "") -> str:
    """Return the id under which a student's work is kept, which no two students share.

    Parameters
    ----------
    name : str
        A name in any script, with any spaces.
    number : str, optional
        The student's number in the learning platform, which alone tells namesakes apart.

    Returns
    -------
    str
        Lower-case ASCII letters, digits and hyphens: what is left of the name, and the number. With
        no number, a name that does not survive as it is (because of an accent, a capital letter or
        another script) gets eight digits of its fingerprint. `students.csv` leads back.
    """
    # macOS writes é as e and an accent, others as one letter: the same name.
    name = unicodedata.normalize("NFC", name).strip()
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:60] or "student"
    if number:
        return f"{slug}-{number}"
    if slug == name:
        return slug
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
