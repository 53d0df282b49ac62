"""Read and check digit sets: NumPy's .npz files and the four original idx files."""

import gzip
import math
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

Arrays = dict[str, np.ndarray]

# Name of an array in Keras's .npz file -> name of the original file with the same content.
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}

# SHA-256 of the raw bytes of the arrays, in the order of IDX_FILES. Arrays are hashed, not files:
# zip and gzip files with the same digits can differ in every byte.
KNOWN_HASHES = {
    "MNIST": (
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
    "MNIST sample": (
        "64ebef1ed08799f792e0dee242324409c4dcb6661acb013e3b4af7339a4593ca",
        "8b415587464fdf0c6b2b123b239c0a937beac89d79fe104cb227ff7c5680e65c",
        "d6dd11cbcb8291db9eac8c57e1f3b80225e23fb1991738847727963a69aa31c3",
        "347d68e2b8d5dcba2d674dbd3200116002148d66b19b70d4ab4ed36554bf0e51",
    ),
}


class DataError(ValueError):
    """The requested digits are not available, or are not as expected."""


def read_npz(file: BinaryIO, name: str) -> Arrays:
    """Read the four arrays of an .npz file and check them.

    Parameters
    ----------
    file : binary file
        Open for reading, seekable.
    name : str
        Name of the file in error messages.

    Returns
    -------
    dict
        The four arrays by key of `IDX_FILES`, as `check_arrays` describes them.

    Raises
    ------
    DataError
        If the file is damaged, contains pickled objects or lacks an array, or `check_arrays` finds
        an error.
    """
    if not zipfile.is_zipfile(file):
        raise DataError(f"{name} is not an .npz file, or was cut short.")
    file.seek(0)
    try:
        loaded = np.load(file, allow_pickle=False)
        missing = [key for key in IDX_FILES if key not in loaded]
        arrays = {key: np.asarray(loaded[key]) for key in IDX_FILES if key not in missing}
    except Exception as error:
        # A damaged zip file raises many types of error; for the reader all mean the same.
        if "pickle" in str(error):
            raise DataError(
                f"{name} contains pickled Python objects, which can run any code when they are "
                "opened; expected plain arrays of uint8."
            ) from error
        raise DataError(f"{name} is damaged ({error}).") from error
    if missing:
        found = ", ".join(loaded.files) or "none"
        raise DataError(f"{name} lacks {', '.join(missing)}; the arrays in it are: {found}.")
    check_arrays(arrays, name)
    return arrays


def read_idx_files(contents: dict[str, bytes], name: str) -> Arrays:
    """Read the bytes of the four original idx files, gzipped or not, and check them.

    Parameters
    ----------
    contents : dict
        For each key of `IDX_FILES` the bytes of that file.
    name : str
        Name of the four files together in error messages.

    Returns
    -------
    dict
        The four arrays by key of `IDX_FILES`, as `check_arrays` describes them.

    Raises
    ------
    DataError
        If a file is damaged or of the wrong kind or length, or `check_arrays` finds an error.
    """
    arrays = {key: _parse_idx(contents[key], IDX_FILES[key]) for key in IDX_FILES}
    check_arrays(arrays, name)
    return arrays


def read_folder(folder: Path) -> Arrays:
    """Read the four original idx files of a folder, gzipped or not, and check them.

    Raises
    ------
    DataError
        If a file is missing, or `read_idx_files` finds an error.
    OSError
        If a file cannot be read.
    """
    contents = {}
    for key, name in IDX_FILES.items():
        # Some unpackers turn the dash before "idx" into a dot.
        stems = (name, name.replace("-idx", ".idx"))
        candidates = [folder / f"{stem}{end}" for stem in stems for end in ("", ".gz")]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise DataError(f"The folder {folder} has no file {name} or {name}.gz.")
        contents[key] = path.read_bytes()
    return read_idx_files(contents, f"The folder {folder}")


def _parse_idx(raw: bytes, name: str) -> np.ndarray:
    """Return the array in one idx file of unsigned bytes.

    Layout: two zero bytes, the type (8: unsigned byte), the number of axes, the length of each
    axis as a big-endian 4-byte integer, then the values.
    """
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name} is a damaged gzip file ({error}).") from error
    axes = raw[3] if len(raw) > 3 else 0
    start = 4 + 4 * axes
    if raw[:3] != b"\x00\x00\x08" or axes == 0 or len(raw) < start:
        raise DataError(
            f"{name} does not start like an idx file of unsigned bytes: found "
            f"{raw[:4].hex(' ') or 'nothing'}, expected 00 00 08 and the number of axes."
        )
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + math.prod(shape)
    if len(raw) != expected:
        error = "is cut short" if len(raw) < expected else "has extra bytes at its end"
        raise DataError(f"{name} {error}: {len(raw):,} bytes, expected {expected:,}.")
    # A copy, because an array on top of `bytes` is read-only.
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape).copy()


def check_arrays(arrays: Arrays, name: str) -> None:
    """Raise a `DataError` unless the arrays are digits in the form that the course uses.

    Expected are images of shape (n, 28, 28) and labels of shape (n,), both uint8, with labels from
    0 to 9, at least one image in each part, and one label for each image.
    """
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        for key, array, shape in (
            (f"x_{part}", images, (..., 28, 28)),
            (f"y_{part}", labels, (...,)),
        ):
            if array.dtype != np.uint8:
                raise DataError(
                    f"{key} of {name} has dtype {array.dtype}, expected uint8 "
                    "(pixels from 0 to 255, labels from 0 to 9)."
                )
            if array.ndim != len(shape) or array.shape[1:] != shape[1:]:
                wanted = str(shape).replace("Ellipsis", "n")
                raise DataError(f"{key} of {name} has shape {array.shape}, expected {wanted}.")
        if len(images) != len(labels):
            raise DataError(
                f"{name} has {len(images):,} images in x_{part} but {len(labels):,} labels in "
                f"y_{part}, expected one label for each image."
            )
        if len(images) == 0:
            raise DataError(f"x_{part} of {name} is empty, expected at least one image.")
        if labels.max() > 9:
            raise DataError(f"y_{part} of {name} has a label {labels.max()}, expected 0 to 9.")
