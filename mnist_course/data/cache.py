"""Keep digits, trained weights and the memory of a failed download in the course's own folder."""

import contextlib
import os
import secrets
import sys
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir

from mnist_course.data.formats import KNOWN, Arrays, DataError, fingerprint, read_npz

# How long, in seconds, a failed download keeps the next one from being tried.
FAILURE_LASTS = 3600.0

# The same memory for this process alone, for when nothing can be written: time.monotonic().
_failed_at: float | None = None


def folder() -> Path:
    """Return the cache folder: `MNIST_COURSE_CACHE`, else the usual place of the system."""
    named = os.environ.get("MNIST_COURSE_CACHE")
    if named:
        return Path(named).expanduser()
    return Path(user_cache_dir("mnist-course", appauthor=False))


def read(name: str) -> Arrays | None:
    """Return the kept set `name`, a key of `KNOWN`, or None where there is no sound one.

    A damaged file is removed with a warning, so that it is warned of only once.
    """
    path = _path(name)
    try:
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        warn(f"The course's cache cannot be read and is passed over: {error}")
        return None
    with file:
        try:
            arrays = read_npz(file, path.name)
            if fingerprint(arrays) == KNOWN[name]:
                return arrays
            fault = f"the digits in {path.name} are not those of {name}."
        except DataError as error:
            fault = str(error)
    warn(f"The course's cache was damaged and is made anew: {fault}")
    with contextlib.suppress(OSError):
        path.unlink()
    return None


def write(name: str, arrays: Arrays) -> None:
    """Keep a set for the next time; where that fails, warn and go on."""
    _keep(_path(name), arrays, name)


def read_weights(key: str) -> list[np.ndarray] | None:
    """Return the weights that were kept under `key`, or None where there are no sound ones."""
    path = _weights_path(key)
    try:
        with np.load(path, allow_pickle=False) as file:  # a zip: each array brings its checksum
            return [file[f"arr_{i}"] for i in range(len(file))]
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        warn(f"The network kept in {path.name} is damaged and is trained anew: {error}")
        return None


def write_weights(key: str, weights: list[np.ndarray]) -> None:
    """Keep a trained network's weights for the next time; where that fails, warn and go on."""
    named = {f"arr_{i}": array for i, array in enumerate(weights)}
    _keep(_weights_path(key), named, "The trained network")


def _keep(path: Path, arrays: Arrays, what: str) -> None:
    # Written beside and moved into place: nobody, a second process included, ever sees half a file.
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                np.savez(file, **arrays)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        warn(
            f"{what} could not be kept for the next time ({error}). All works without it, only "
            "slower; to mend it, set MNIST_COURSE_CACHE to a folder that you can write to."
        )


def failed_lately() -> bool:
    """Tell whether a download failed in the last `FAILURE_LASTS` seconds, in any process."""
    if _failed_at is not None and time.monotonic() - _failed_at < FAILURE_LASTS:
        return True
    try:
        age = time.time() - _failure_path().stat().st_mtime
    except OSError:
        return False
    # A clock that was set back must not keep the memory alive for ever, hence abs().
    return abs(age) < FAILURE_LASTS


def remember_failure() -> None:
    """Note that a download failed just now."""
    global _failed_at
    _failed_at = time.monotonic()
    with contextlib.suppress(OSError):
        _failure_path().parent.mkdir(parents=True, exist_ok=True)
        _failure_path().write_text("A download of MNIST failed. Delete this to try at once.\n")


def forget_failure() -> None:
    """Note that a download works again."""
    global _failed_at
    _failed_at = None
    with contextlib.suppress(OSError):
        _failure_path().unlink()


def warn(message: str) -> None:
    """Warn in the name of the line that called the course, not of a line inside it."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "mnist_course":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def _path(name: str) -> Path:
    # A name that nobody else uses: a damaged file of that name is ours to remove.
    return folder() / f"course-{name.lower().replace(' ', '-')}.npz"


def _weights_path(key: str) -> Path:
    return folder() / f"course-trained-{key[:16]}.npz"


def _failure_path() -> Path:
    return folder() / "download-failed.txt"
