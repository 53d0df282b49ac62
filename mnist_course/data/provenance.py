"""Describe what a computation used: hashes of its data, and package versions."""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version

import numpy as np

from mnist_course.data.formats import IDX_FILES, Arrays, DataError


def arrays_sha256(arrays: Iterable[np.ndarray]) -> str:
    """Hash arrays in their order.

    Parameters
    ----------
    arrays
        Arrays of any shape and dtype, such as ``model.get_weights()``. Shapes and dtypes are not
        part of the hash.

    Returns
    -------
    str
        SHA-256 of the raw bytes, 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def array_hashes(arrays: Arrays) -> tuple[str, ...]:
    """Return the SHA-256 of each array's raw bytes, in the order of `IDX_FILES`."""
    return tuple(hashlib.sha256(np.ascontiguousarray(arrays[key])).hexdigest() for key in IDX_FILES)


def provenance(data, packages: Iterable[str] = ()) -> dict:
    """Return the data set and the package versions that a computation uses.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns.
    packages
        Further packages that the computation uses, such as ``"scipy"``.

    Returns
    -------
    dict
        ``data``: its ``name`` and the ``sha256`` of each of its four arrays; ``versions`` of
        Python, Keras, NumPy, TensorFlow and the further packages.
    """
    arrays = zip(("X_train", "y_train", "X_test", "y_test"), sum(map(tuple, data), ()), strict=True)
    return {
        "data": {
            "name": data.name,
            "sha256": {name: arrays_sha256([array]) for name, array in arrays},
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("keras", "numpy")}
        | {"tensorflow": _tensorflow_version()}
        | {name: version(name) for name in packages},
    }


def record_fingerprint(record: dict) -> str:
    """Hash a record without its key ``fingerprint`` (SHA-256 of its JSON, keys sorted)."""
    parts = {key: value for key, value in record.items() if key != "fingerprint"}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def require_full_mnist(data) -> None:
    """Raise unless the data set is the full MNIST.

    Raises
    ------
    DataError
        If it is another data set. The figures in the book are measured on the full MNIST.
    """
    if data.name != "MNIST":
        raise DataError(
            f"This computation needs the full MNIST; the loaded data set is {data.name}.\n"
            "What to do: set MNIST_COURSE_DATA to 'full' (downloads it) or to the path of an "
            "mnist.npz."
        )


def _tensorflow_version() -> str:
    # The CPU build is another distribution, so its metadata has another name.
    import tensorflow

    return tensorflow.__version__
