"""Read and check digit sets: NumPy's .npz files and the four original idx files."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

Arrays = dict[str, np.ndarray]

# Array name in an .npz (Keras's own names) -> the original file that holds the same.
FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}

# SHA-256 of the raw bytes of x_train, y_train, x_test, y_test. The arrays are hashed, not the
# files: the same digits come in many zip and gzip files that differ in every byte.
KNOWN = {
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
    """Digits that were asked for cannot be had, or are not what they should be."""


def fingerprint(arrays: Arrays) -> tuple[str, ...]:
    """Return the SHA-256 of each array's raw bytes, in the order of `FILES`."""
    return tuple(hashlib.sha256(np.ascontiguousarray(arrays[key])).hexdigest() for key in FILES)


def read_npz(file: BinaryIO, name: str) -> Arrays:
    """Read the four arrays of an .npz file and check them.

    Parameters
    ----------
    file : binary file, open for reading
    name : str
        What to call the file in an error.

    Raises
    ------
    DataError
        The file is damaged, holds pickled objects, lacks an array, or `check` finds a fault.
    """
    try:
        loaded = np.load(file, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise DataError(f"{name} holds a single array, not four.")
        missing = [key for key in FILES if key not in loaded]
        if missing:
            found = ", ".join(loaded.files) or "none"
            raise DataError(f"{name} has no array {', '.join(missing)}; its arrays: {found}.")
        arrays = {key: loaded[key] for key in FILES}
    except DataError:
        raise
    # A damaged zip raises a dozen kinds of error, and all of them mean the same to the reader.
    except Exception as error:
        if "pickle" in str(error):
            raise DataError(
                f"{name} is no .npz file of plain arrays: it holds pickled Python objects, "
                "which can run code when they are opened, or something else altogether."
            ) from error
        raise DataError(f"{name} is damaged or is no .npz file ({error}).") from error
    check(arrays, name)
    return arrays


def read_idx_folder(folder: Path) -> Arrays:
    """Read the four original idx files of a folder, gzipped or not, and check them.

    Raises
    ------
    DataError
        A file is missing, damaged, of the wrong kind or length, or `check` finds a fault.
    OSError
        A file cannot be read.
    """
    contents = {}
    for key, name in FILES.items():
        # Some unpackers turn the dash before "idx" into a dot.
        spellings = [name, name.replace("-idx", ".idx")]
        candidates = [folder / f"{stem}{end}" for stem in spellings for end in ("", ".gz")]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise DataError(f"The folder {folder} has no file {name} (nor {name}.gz).")
        contents[key] = parse_idx(path.read_bytes(), path.name)
    check(contents, str(folder))
    return contents


def parse_idx(raw: bytes, name: str) -> np.ndarray:
    """Return the array of unsigned bytes that one idx file, gzipped or not, holds.

    The layout (LeCun's MNIST page): two zero bytes, the type (8: unsigned byte), the number of
    axes, the length of each axis as a big-endian 4-byte integer, then the values.
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
            f"{name} does not start as an idx file of unsigned bytes does; "
            f"its first bytes are {raw[:4].hex(' ') or 'missing'}, expected 00 00 08."
        )
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + math.prod(shape)
    if len(raw) != expected:
        kind = "cut short" if len(raw) < expected else "too long"
        raise DataError(f"{name} is {kind}: {len(raw):,} bytes, expected {expected:,}.")
    # A copy, because an array on top of `bytes` could not be written to.
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape).copy()


def check(arrays: Arrays, name: str) -> None:
    """Raise a `DataError` unless the arrays are digits as the course uses them.

    That is: images uint8 of shape (n, 28, 28), labels uint8 of shape (n,) from 0 to 9, at least
    one image in each part, and a label for each image.
    """
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        for key, array in ((f"x_{part}", images), (f"y_{part}", labels)):
            if array.dtype != np.uint8:
                raise DataError(
                    f"{key} of {name} has dtype {array.dtype}, expected uint8 "
                    "(pixels 0 to 255, labels 0 to 9)."
                )
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise DataError(f"x_{part} of {name} has shape {images.shape}, expected (n, 28, 28).")
        if labels.ndim != 1:
            raise DataError(f"y_{part} of {name} has shape {labels.shape}, expected (n,).")
        if len(images) != len(labels):
            raise DataError(
                f"{name} has {len(images):,} images in x_{part} but {len(labels):,} labels in "
                f"y_{part}; each image needs one label."
            )
        if len(images) == 0:
            raise DataError(f"x_{part} of {name} is empty, expected at least one image.")
        if labels.max() > 9:
            raise DataError(f"y_{part} of {name} holds label {labels.max()}, expected 0 to 9.")
