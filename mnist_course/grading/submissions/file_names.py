"""Split the paths of uploaded files, and tell files that a student did not submit."""

import re

# Written by the operating system, an editor or version control, at any depth.
SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
SYSTEM_FILE_STARTS = ("._", "~$", ".~lock.")
SYSTEM_FOLDERS = frozenset(
    {"__macosx", ".ipynb_checkpoints", "__pycache__", ".git", ".svn", ".hg", ".idea", ".vscode"}
    | {".trashes", ".spotlight-v100", ".fseventsd", "$recycle.bin", "system volume information"}
)


def split_path(path: str) -> tuple[str, ...]:
    r"""Return the parts of a path with "/" or "\" between them.

    "." and ".." are dropped, so that no path leads into the folder of another student. A path
    such as "." has no parts.
    """
    return tuple(part for part in re.split(r"[/\\]", path) if part not in ("", ".", ".."))


def without_system_parts(parts: tuple[str, ...], *, is_folder: bool) -> tuple[str, ...]:
    """Return a path up to the first part that the operating system or a program has made."""
    for position, part in enumerate(parts):
        is_file = position == len(parts) - 1 and not is_folder
        if _is_system_file(part) if is_file else part.lower() in SYSTEM_FOLDERS:
            return parts[:position]
    return parts


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Return True if a name in a path starts with a dot."""
    return any(part.startswith(".") for part in parts)


def _is_system_file(name: str) -> bool:
    return name.lower() in SYSTEM_FILES or name.startswith(SYSTEM_FILE_STARTS)


def name_without_ending(file: str) -> str:
    """Return a file name without its ending, and without an ending that a browser appended.

    "anna.ipynb", "anna.ipynb.txt" and "anna.ipynb (1)" are all "anna".
    """
    stem, _, ending = file.rpartition(".")
    if not stem or len(ending) > 10:
        return file
    return stem.removesuffix(".ipynb") or stem
