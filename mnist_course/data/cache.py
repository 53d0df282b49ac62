"""Store data sets, trained weights and the time of a failed download in the course's cache."""

import contextlib
import os
import secrets
import sys
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir

from mnist_course.data.formats import KNOWN_HASHES, Arrays, DataError, read_npz
from mnist_course.data.provenance import array_hashes

# Seconds after a failed download before the next one is tried.
RETRY_AFTER = 3600.0

# time.monotonic() of the last failure in this process, for a cache that cannot be written to.
_failed_at: float | None = None


def cache_folder() -> Path:
    """Return the cache folder: `MNIST_COURSE_CACHE`, or else the operating system's usual place.

    Raises
    ------
    FileNotFoundError
        If that place is in a home folder and there is none, as in some containers.
    """
    named = os.environ.get("MNIST_COURSE_CACHE")
    try:
        return Path(named or user_cache_dir("mnist-course", appauthor=False)).expanduser()
    except RuntimeError as error:
        raise FileNotFoundError(f"there is no home folder: {error}") from error


def read_cached_dataset(name: str) -> Arrays | None:
    """Return the cached data set `name`, a key of `KNOWN_HASHES`, or None if there is none.

    A damaged file is removed with a warning, so that the warning appears only once.
    """
    try:
        path = cache_folder() / _dataset_file_name(name)
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        warn_caller(f"The course's cache cannot be read and is ignored: {error}")
        return None
    with file:
        try:
            arrays = read_npz(file, path.name)
            if array_hashes(arrays) == KNOWN_HASHES[name]:
                return arrays
            message = f"the digits in {path.name} are not those of {name}."
        except DataError as error:
            message = str(error)
    warn_caller(f"A file in the course's cache is damaged and is replaced: {message}")
    with contextlib.suppress(OSError):
        path.unlink()
    return None


def write_cached_dataset(name: str, arrays: Arrays) -> None:
    """Store a data set in the cache; warn if that fails."""
    _write_npz(_dataset_file_name(name), arrays, name)


def read_cached_weights(key: str, shapes: Iterable[tuple[int, ...]]) -> list[np.ndarray] | None:
    """Return the weights cached under `key`, or None if there are none, or they are unusable.

    `shapes` are those of the network's weights; a file with others is not used.
    """
    name = _weights_file_name(key)
    try:
        # A zip: each array has a checksum.
        with np.load(cache_folder() / name, allow_pickle=False) as file:
            weights = [file[f"arr_{i}"] for i in range(len(file))]
        if [array.shape for array in weights] != list(shapes):
            error = "its weights have other shapes"
        elif not are_cacheable(weights):
            error = "it contains weights that are not finite"
        else:
            return weights
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as reason:  # as many types as there are ways to damage a zip
        error = str(reason)
    warn_caller(f"The network in {name} is damaged and is trained again: {error}")
    return None


def write_cached_weights(key: str, weights: list[np.ndarray]) -> None:
    """Store a network's weights in the cache; warn if that fails.

    Raises
    ------
    ValueError
        If a weight is not finite: later sessions would load a network that cannot predict.
    """
    if not are_cacheable(weights):
        raise ValueError("Weights that are not finite (NaN or infinite) are not stored.")
    # NumPy's file format has no bfloat16. float32 represents every bfloat16 and float16 exactly.
    wide = (array.astype(np.promote_types(array.dtype, np.float32)) for array in weights)
    named = {f"arr_{i}": array for i, array in enumerate(wide)}
    _write_npz(_weights_file_name(key), named, "The trained network")


def are_cacheable(weights: list[np.ndarray]) -> bool:
    """Return whether no weight is NaN or infinite."""
    return all(np.isfinite(array).all() for array in weights)


def _write_npz(name: str, arrays: Arrays, content: str) -> None:
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        # Moved into place when complete: no other process ever reads a partly written file.
        part = folder / f"{name}.{os.getpid()}-{secrets.token_hex(4)}.part"
        try:
            with part.open("xb") as file:
                np.savez(file, **arrays)
            part.replace(folder / name)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        warn_caller(
            f"{content} could not be stored for the next time ({error}). Everything works without "
            "it, only slower. What to do: set MNIST_COURSE_CACHE to a folder that you can write to."
        )


def download_failed_recently() -> bool:
    """Return whether a download failed in the last `RETRY_AFTER` seconds, in any process."""
    if _failed_at is not None and time.monotonic() - _failed_at < RETRY_AFTER:
        return True
    try:
        age = time.time() - _failure_path().stat().st_mtime
    except OSError:
        return False
    # abs(): if the clock was set back, the age is negative and would count as recent for too long.
    return abs(age) < RETRY_AFTER


def store_download_failure() -> None:
    """Store the current time as that of the last failed download."""
    global _failed_at
    _failed_at = time.monotonic()
    with contextlib.suppress(OSError):
        _failure_path().parent.mkdir(parents=True, exist_ok=True)
        _failure_path().write_text(
            "A download of MNIST failed. Delete this file to try again.\n", encoding="utf-8"
        )


def clear_download_failure() -> None:
    """Remove the time of the last failed download."""
    global _failed_at
    _failed_at = None
    with contextlib.suppress(OSError):
        _failure_path().unlink()


def warn_caller(message: str) -> None:
    """Warn with the location of the line that called the package, not of a line inside it."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "mnist_course":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def _dataset_file_name(name: str) -> str:
    # With a prefix that no other program uses, because a damaged file is removed.
    return f"course-{name.lower().replace(' ', '-')}.npz"


def _weights_file_name(key: str) -> str:
    return f"course-trained-{key[:16]}.npz"


def _failure_path() -> Path:
    return cache_folder() / "download-failed.txt"
