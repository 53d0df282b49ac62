"""Find folders around the whole class, which a zip or a download tool adds."""

from collections.abc import Iterable
from typing import NamedTuple

from mnist_course.grading.submissions.file_names import name_without_ending
from mnist_course.grading.submissions.platforms import canvas_download, moodle_name
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.uploaded_files import UploadsError


class PathInUpload(NamedTuple):
    """A path and whether it is a folder."""

    parts: tuple[str, ...]
    is_folder: bool


def wrapper_depth(paths: Iterable[PathInUpload], assignments: Iterable[str]) -> int:
    """Return how many folders are around the folders or files of the students.

    A folder is taken as one around the class if it holds what Moodle or Canvas writes for each
    student, or two or more folders and no notebook beside them.

    Parameters
    ----------
    paths : iterable of PathInUpload
        All paths but ignored ones.
    assignments : iterable of str
        Names of all assignments; a folder with a notebook of such a name is a student's.

    Raises
    ------
    UploadsError
        Everything is in one folder with several notebooks: those of one student or of several.
    """
    paths, depth = list(paths), 0
    while _is_wrapped(paths, set(assignments)):
        depth += 1
        paths = _below(paths)
    return depth


def files_at_top(paths: Iterable[PathInUpload]) -> list[str]:
    """Return the names of the files that are in no folder."""
    return [path.parts[0] for path in paths if len(path.parts) == 1 and not path.is_folder]


def _below(paths: list[PathInUpload]) -> list[PathInUpload]:
    return [PathInUpload(parts[1:], is_folder) for parts, is_folder in paths if len(parts) > 1]


def _is_wrapped(paths: list[PathInUpload], assignments: set[str]) -> bool:
    files = files_at_top(paths)
    outer = {path.parts[0] for path in paths} - set(files)
    at_top = [moodle_name(name, is_folder=name in outer) for name in {*outer, *files}]
    if not outer or any(at_top) or any(map(_may_be_submission, files)):
        return False
    inner = _below(paths)
    not_empty = {path.parts[0] for path in paths if len(path.parts) > 1}
    if outer == not_empty and all(map(_is_from_moodle, inner)):
        return True
    return len(outer) == 1 and _holds_a_class(next(iter(outer)), inner, assignments)


def _may_be_submission(file: str) -> bool:
    return ".ipynb" in file.lower() or file.lower().endswith(".zip")


def _is_from_moodle(path: PathInUpload) -> bool:
    is_folder = path.is_folder or len(path.parts) > 1
    return moodle_name(path.parts[0], is_folder=is_folder) is not None


def _holds_a_class(folder: str, paths: list[PathInUpload], assignments: set[str]) -> bool:
    """Return True if the paths in the only folder are those of a class, not of one student."""
    if any(map(_is_from_moodle, paths)) or canvas_download(files_at_top(paths)):
        return True
    folders = {parts[0] for parts, is_folder in paths if is_folder or len(parts) > 1}
    notebooks = list(filter(_may_be_submission, files_at_top(paths)))
    if not notebooks:
        return len(folders) > 1 or _is_wrapped(paths, assignments)
    if len(notebooks) > 1 and assignments.isdisjoint(map(name_without_ending, notebooks)):
        folder = printable(folder, 200, one_line=True)
        raise UploadsError(
            f"Everything is in one folder, {folder}, with {len(notebooks)} notebooks: they may be "
            "those of one student, or of one student each.\n"
            f"What to do: for a class, grade the unpacked folder {folder} itself; for one student, "
            "name the notebook to grade after its assignment."
        )
    return False
