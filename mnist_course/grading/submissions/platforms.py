"""Read the names that Moodle and Canvas give to the files of a class.

Both were read from the platforms' own source code. In Moodle, the name of a student or a group
has no underscore. In Canvas, it has only letters, digits and underscores, in lower case, so the
first number between underscores is the student's.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

MOODLE = "moodle"
# A group in Moodle: its number is not a student's, so it is in no table for Moodle.
MOODLE_GROUP = "moodle group"
CANVAS = "canvas"
CANVAS_ANONYMOUS = "canvas anonymous"

# "Anna Arendt_4711_assignsubmission_file/a.ipynb", in folders or flat, with or without the last
# "_"; a team is "Team_55_...", the students without a team "Default group_...".
MOODLE_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>[0-9]{1,18}))?_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.S
)
# "arendtanna_LATE_123_4567_a-1.ipynb": name, mark, number of the student, number of the file.
CANVAS_FILE = re.compile(
    r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>[0-9]{1,18})_(?P<upload>[0-9]{1,18})_(?P<file>.+)",
    re.S,
)
CANVAS_TEXT = re.compile(
    r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>[0-9]{1,18})_(?P<file>(?:text|link)\.html)", re.S
)
CANVAS_ANONYMOUS_FILE = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon)_(?P<number>[0-9A-Za-z]{5})_"
    r"(?:(?P<upload>[0-9]{1,18})_)?(?P<file>.+)",
    re.S,
)
# Files of a quiz have the student's number after the name, without anything between them.
CANVAS_QUIZ_NAME = re.compile(r".*[0-9]_question", re.S)


class PlatformName(NamedTuple):
    """What the name of a file or folder says.

    Attributes
    ----------
    platform : str
        One of the constants of this module.
    name : str
        Name of the student or group.
    number : str
        The student's number, or the code that stands for an anonymous student.
    file : str
        Name of the student's file; "" for a folder.
    late : bool or None
        Whether the platform marked the file as late; None if it marks none.
    upload : int or None
        Canvas's number of the file; later uploads have higher numbers.
    """

    platform: str
    name: str
    number: str
    file: str
    late: bool | None = None
    upload: int | None = None


def moodle_name(name: str, *, is_folder: bool) -> PlatformName | None:
    """Parse the name of a folder or of a file in Moodle's download, or return None."""
    found = MOODLE_NAME.fullmatch(name)
    if not found or is_folder == bool(found["file"]):
        return None
    platform = MOODLE if found["number"] else MOODLE_GROUP
    return PlatformName(platform, found["name"], found["number"] or "", found["file"] or "")


def canvas_name(name: str, *, anonymous: bool) -> PlatformName | None:
    """Parse the name of a file in Canvas's download, or return None.

    A student may be called "anon_ab3xy", and an anonymous student's file "7_a.ipynb", so that
    some names have two meanings: `anonymous` says which one is preferred.
    """
    patterns = [CANVAS_FILE, CANVAS_TEXT]
    patterns.insert(0 if anonymous else 2, CANVAS_ANONYMOUS_FILE)
    found = next(filter(None, (pattern.fullmatch(name) for pattern in patterns)), None)
    if not found:
        return None
    if CANVAS_QUIZ_NAME.fullmatch(found["name"]):
        return PlatformName("", found["name"].removesuffix("_question"), "", found["file"])
    upload = found.groupdict().get("upload")
    return PlatformName(
        CANVAS_ANONYMOUS if found.re is CANVAS_ANONYMOUS_FILE else CANVAS,
        found["name"],
        found["number"],
        found["file"],
        bool(found["late"]),
        int(upload) if upload else None,
    )


def canvas_download(names: Collection[str]) -> str:
    """Return CANVAS or CANVAS_ANONYMOUS if the names of all files beside each other are Canvas's.

    At least half must be: a single one, such as "anna_2026_05_hand-in.ipynb", may be by chance.
    Names of students are in lower case, so a capital letter shows the code of an anonymous one.
    """
    parsed = [canvas_name(name, anonymous=True) for name in names]
    found = [each for each in parsed if each]
    if not found or 2 * len(found) < len(parsed):
        return ""
    codes = [each.number for each in found if each.platform == CANVAS_ANONYMOUS]
    return CANVAS_ANONYMOUS if any(code != code.lower() for code in codes) else CANVAS


def platform_name(name: str, *, is_folder: bool, canvas: str = "") -> PlatformName | None:
    """Parse a name in a download from Moodle or, with the result of `canvas_download`, Canvas.

    A student's own file name may look as if from the other platform. It comes last, so the
    platform whose mark comes first is the right one.
    """
    found = [moodle_name(name, is_folder=is_folder)]
    if canvas and not is_folder:
        found.append(canvas_name(name, anonymous=canvas == CANVAS_ANONYMOUS))
    return min(filter(None, found), key=lambda parsed: len(parsed.name), default=None)
