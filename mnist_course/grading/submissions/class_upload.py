"""Find out whose the files of an upload are."""

import dataclasses
import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.utils import parse_utc

from mnist_course.grading.submissions.class_list import Person, recognize
from mnist_course.grading.submissions.file_names import (
    is_hidden,
    name_without_ending,
    without_system_parts,
)
from mnist_course.grading.submissions.platforms import PlatformName, canvas_download, platform_name
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import normalized_name
from mnist_course.grading.submissions.students import Owner, Student, make_students
from mnist_course.grading.submissions.uploaded_files import (
    EXPECTED,
    READ_ERRORS,
    UploadedFile,
    UploadsError,
    list_upload,
    list_zip_inside,
)
from mnist_course.grading.submissions.wrapper_folders import (
    PathInUpload,
    files_at_top,
    wrapper_depth,
)

NO_PATH = "its name is not a path"
SYSTEM = "made by the operating system or by a program"


@dataclass(frozen=True, eq=False)
class Upload:
    """One file of an upload.

    Attributes
    ----------
    student : Student or None
        Whose it is; None if nobody's.
    path : str
        Path inside the folder or zip, printable.
    name : str
        Name of the file, without what a platform put before it.
    read : callable
        Returns the content, as that of an `UploadedFile`.
    ignored : str or None
        Reason why it cannot be a submission.
    error : str or None
        Reason why the file is not read.
    late : bool or None
        Whether the platform marked it as late; None if it marks none.
    upload_number : int or None
        Canvas's number of the file; later uploads have higher numbers.
    submitted_at : datetime or None
        The time that `nbgrader collect` wrote beside it. Other times prove nothing.
    """

    student: Student | None
    path: str
    name: str
    read: Callable[..., bytes]
    ignored: str | None = None
    error: str | None = None
    late: bool | None = None
    upload_number: int | None = None
    submitted_at: datetime.datetime | None = None


@dataclass(frozen=True)
class ClassUpload:
    """The students of an upload, with and without files, and all files."""

    students: list[Student]
    files: list[Upload]


def read_class_upload(
    path: Path,
    assignments: Collection[str],
    *,
    teams: bool = False,
    people: Collection[Person] | None = None,
) -> ClassUpload:
    """List the students and the files of an upload.

    Parameters
    ----------
    path : Path
        A zip from Moodle or Canvas, the folder it was unpacked into, or a folder with one folder
        or one notebook for each student.
    assignments : collection of str
        Names of all assignments.
    teams : bool
        True if a download from Moodle has groups' submissions. Moodle names groups as it names
        students; a default group, which has no number, shows it as well.
    people : collection of Person, optional
        The class list, which makes one student of one person over all assignments.

    Raises
    ------
    UploadsError
        The path does not exist, is not a readable zip or has no submissions.
    """
    listed = [_ListedFile(file) for file in list_upload(path)]
    paths = [each.path for each in listed if each.path.parts]
    if len(paths) == 1 and not paths[0].is_folder and paths[0].parts[0].lower().endswith(".zip"):
        raise UploadsError(
            f"The upload has only one file, a zip: {printable(paths[0].parts[0], 200)}.\n"
            "What to do: unpack the outer zip, and grade the inner one."
        )
    depth = wrapper_depth(paths, assignments)
    inside = (PathInUpload(parts[depth:], folder) for parts, folder in paths)
    canvas = canvas_download(files_at_top(inside))
    for each in listed:
        each.find_owner(depth, canvas)
    owners = {each.owner: None for each in listed if each.owner}
    if not owners:
        raise UploadsError(f"There are no submissions in {path.absolute()}.\n{EXPECTED}")
    students = make_students(owners, teams=teams)
    if people is not None:
        students = recognize(students, people)
    times = _nbgrader_times(listed, assignments)
    files = [upload for each in listed for upload in each.uploads(students, times)]
    return ClassUpload(sorted(students.values(), key=lambda student: student.id), files)


class _ListedFile:
    """A listed file, with the owner that its path names.

    Attributes
    ----------
    path : PathInUpload
        The path up to what the operating system or a program has made.
    parts : tuple of str
        Path below the folders around the class.
    owner : Owner or None
        Whose it is.
    """

    def __init__(self, file: UploadedFile):
        self.file, self.parts = file, file.parts
        kept = without_system_parts(file.parts, is_folder=file.is_folder)
        self.path = PathInUpload(kept, file.is_folder or kept != file.parts)
        self.owner: Owner | None = None
        self.name: PlatformName | None = None
        self.ignored = None if kept == file.parts else SYSTEM
        if not file.parts:
            self.ignored = NO_PATH

    def find_owner(self, depth: int, canvas: str) -> None:
        """Set the owner, from the first part of the path below the folders around the class."""
        self.parts = self.parts[depth:]
        if len(self.path.parts) <= depth:
            self.ignored = self.ignored or "not in a student's folder"
            return
        first, is_folder = self.parts[0], self.file.is_folder or len(self.parts) > 1
        self.name = platform_name(first, is_folder=is_folder, canvas=canvas)
        # A student's own folder is never hidden: nobody is left out because of its name.
        inside = self.parts[1:] if is_folder else self.parts
        if self.name:
            inside = (self.name.file, *self.parts[1:])
            self.owner = Owner(
                self.name.platform, self.name.number, normalized_name(self.name.name)
            )
        elif is_folder or not is_hidden(inside) or ".ipynb" in first.lower():
            name = first if is_folder else name_without_ending(first)
            self.owner = Owner("", "", normalized_name(name))
        if not self.ignored:
            self.ignored = _ignored_reason(inside)

    def uploads(self, students: dict[Owner, Student], times: dict) -> Iterator[Upload]:
        """Yield the file and, if it is a student's zip, the files in it; nothing for a folder."""
        if self.file.is_folder:
            return
        upload = Upload(
            student=students.get(self.owner),
            path=self.file.path,
            name=self.name.file if self.name and self.name.file else (self.parts or ("",))[-1],
            read=self.file.read,
            ignored=self.ignored,
            error=self.file.error,
            late=self.name.late if self.name else None,
            upload_number=self.name.upload if self.name else None,
            submitted_at=times.get(self.file.parts[:-1]),
        )
        if upload.ignored or upload.error or not upload.name.lower().endswith(".zip"):
            yield upload
            return
        try:
            inside = list_zip_inside(self.file)
        except UploadsError as error:
            yield dataclasses.replace(upload, error=str(error))
            return
        yield dataclasses.replace(upload, ignored="opened; its files follow")
        for file in inside:
            below = file.parts[len(self.file.parts) :]
            if not file.is_folder:
                name, ignored = (below or ("",))[-1], _ignored_reason(below)
                yield dataclasses.replace(
                    upload, path=file.path, name=name, read=file.read, ignored=ignored
                )


def _ignored_reason(parts: tuple[str, ...]) -> str | None:
    if not parts:
        return NO_PATH
    if without_system_parts(parts, is_folder=False) != parts:
        return SYSTEM
    return "hidden: a name in its path starts with a dot" if is_hidden(parts) else None


def _nbgrader_times(listed: list[_ListedFile], assignments: Collection[str]) -> dict:
    """Return the times in the `timestamp.txt` files of `nbgrader collect`, by folder.

    A file of that name elsewhere may be the student's own, and proves nothing.
    """
    times = {}
    for each in listed:
        if each.owner and not each.owner.platform and len(each.parts) == 3:
            _, assignment, name = each.parts
            if name == "timestamp.txt" and assignment in assignments and not each.file.error:
                try:
                    text = each.file.read(100).decode().strip()
                    time = parse_utc(text).replace(tzinfo=datetime.UTC)
                except (*READ_ERRORS, OverflowError):
                    continue
                times[each.file.parts[:-1]] = time
    return times
