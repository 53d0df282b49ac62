"""Remember the options of `mnist-course grade`, so that a later run need not repeat them."""

import json
from argparse import Namespace
from pathlib import Path

from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.submissions.atomic_write import write_atomically

FILE = "options.json"
FOR_ALL = ""  # the key of what holds for all assignments
# How each remembered option is called on the command line.
FOLDER_OPTIONS = {
    "sources": "--from",
    "deadlines": "--deadlines",
    "class_list": "--class-list",
    "weights": "--weights",
}
ASSIGNMENT_OPTIONS = {
    "deadline": "--deadline",
    "submitted_at": "--submitted-at",
    "late_penalty": "--late-penalty",
    "choose": "--choose",
    "teams": "--teams",
    "data": "--data",
    "cell_seconds": "--cell-seconds",
    "total_seconds": "--total-seconds",
    "memory_mb": "--memory-mb",
    "processes": "--processes",
    "cell_output_kb": "--cell-output-kb",
}


def read_options(results: ResultsFolder, assignment: str = FOR_ALL) -> dict:
    """Return the remembered options of an assignment, or those for all assignments."""
    return _read(results).get(assignment, {})


def fill_options(results: ResultsFolder, options: Namespace, assignment: str = FOR_ALL) -> str:
    """Set the options that were not given to what an earlier run was given.

    Parameters
    ----------
    results : ResultsFolder
        Where the earlier run stored its results.
    options : Namespace
        The command line; options that were not given are None or empty. Changed in place.
    assignment : str, optional
        The assignment; without it, the options that hold for all assignments are set.

    Returns
    -------
    str
        The options that were set, as they are written on the command line; "" if none.
    """
    if options.forget:
        return ""
    names = ASSIGNMENT_OPTIONS if assignment else FOLDER_OPTIONS
    filled = []
    for name, value in read_options(results, assignment).items():
        if name in names and hasattr(options, name) and not getattr(options, name):
            setattr(options, name, value)
            filled.append(names[name] if value is True else f"{names[name]} {_text(value)}")
    return " ".join(filled)


def store_options(results: ResultsFolder, options: Namespace, assignment: str = FOR_ALL) -> None:
    """Remember the options of a run, for all assignments and for its own."""
    stored = _read(results)
    for key, names in {assignment: ASSIGNMENT_OPTIONS, FOR_ALL: FOLDER_OPTIONS}.items():
        before = stored.get(key, {})
        if options.forget:
            before = {name: value for name, value in before.items() if not hasattr(options, name)}
        given = {name: _stored(getattr(options, name, None)) for name in names}
        stored[key] = before | {name: value for name, value in given.items() if value}
    content = json.dumps(stored, ensure_ascii=False, indent=1)
    with results.access():
        write_atomically(results.path / FILE, content.encode("utf-8"))


def _read(results: ResultsFolder) -> dict[str, dict]:
    path = results.path / FILE
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise ResultsError(
            f"{path.absolute()} cannot be read: {error}\n"
            "What to do: delete it, and give all options again: --from, --deadline and others."
        ) from error


def _stored(value: object) -> object:
    return str(value.expanduser().absolute()) if isinstance(value, Path) else value


def _text(value: object) -> str:
    return " ".join(map(repr, value)) if isinstance(value, list) else repr(value)
