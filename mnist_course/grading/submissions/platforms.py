"""Read the names that Moodle and Canvas give to the files of a class.

Both were read from the platforms' own source code. In Moodle, the name of a student or a group
has no underscore. In Canvas, it has only letters, digits and underscores, in lower case, so the
first number between underscores is the student's.
"""

import re
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


def canvas_name(name: str) -> PlatformName | None:
    """Parse the name of a file in Canvas's download, or return None."""
    if found := CANVAS_ANONYMOUS_FILE.fullmatch(name):
        platform = CANVAS_ANONYMOUS
    elif found := CANVAS_FILE.fullmatch(name) or CANVAS_TEXT.fullmatch(name):
        platform = CANVAS
    else:
        return None
    if CANVAS_QUIZ_NAME.fullmatch(found["name"]):
        return PlatformName("", found["name"].removesuffix("_question"), "", found["file"])
    upload = found.groupdict().get("upload")
    return PlatformName(
        platform,
        found["name"],
        found["number"],
        found["file"],
        bool(found["late"]),
        int(upload) if upload else None,
    )


def platform_name(name: str, *, is_folder: bool, is_canvas: bool) -> PlatformName | None:
    """Parse a name in a download from Moodle or, if `is_canvas`, from either platform.

    A student's own file name may look as if from the other platform. It comes last, so the
    platform whose mark comes first is the right one.
    """
    found = [moodle_name(name, is_folder=is_folder)]
    if is_canvas and not is_folder:
        found.append(canvas_name(name))
    return min(filter(None, found), key=lambda parsed: len(parsed.name), default=None)
