"""The cache: damaged files are replaced, and loading works where nothing can be written."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats, provenance
from tests.support.data_server import (
    DataServer,
    equal_arrays,
    isolate_cache,
    load_with_warnings,
    load_without_warnings,
    npz_bytes,
    sample_arrays,
    small_arrays,
)

FULL, SAMPLE = "course-mnist.npz", "course-mnist-sample.npz"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate_cache(monkeypatch, tmp_path / "cache")


@pytest.fixture
def server(monkeypatch):
    """Serve a small data set, which counts as MNIST here, from the only mirror."""
    few = small_arrays()
    monkeypatch.setitem(formats.KNOWN_HASHES, "MNIST", provenance.array_hashes(few))
    with DataServer(few) as running:
        monkeypatch.setattr(download, "MIRRORS", (running.url("good"),))
        yield running


def python(code: str, *prefix: str, **environment: str) -> subprocess.Popen:
    """Start Python on lines of code, with the names that they use imported first."""
    imports = (
        "import os, sys, pathlib\n"
        "from mnist_course.data import cache, download, formats\n"
        "from mnist_course.data.loading import load_mnist\n"
    )
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", imports + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        encoding="utf-8",
    )


def small_arrays_are_mnist(server: DataServer, behaviour: str = "good") -> str:
    """Return the lines that make another process accept the server's digits as MNIST."""
    return (
        f"formats.KNOWN_HASHES['MNIST'] = {provenance.array_hashes(small_arrays())!r}\n"
        f"download.MIRRORS = ({server.url(behaviour)!r},)\n"
    )


# --- damaged --------------------------------------------------------------------------------------


def _damaged(arrays: dict) -> dict[str, bytes]:
    whole = npz_bytes(arrays)
    middle = len(whole) // 2
    return {
        "empty": b"",
        "half written": whole[:middle],
        "one byte wrong": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "other digits": npz_bytes({**arrays, "x_train": 255 - arrays["x_train"]}),
        "other shapes": npz_bytes({**arrays, "x_train": arrays["x_train"][..., None]}),
        "other arrays": npz_bytes({"x": np.zeros(3)}),
        "pickle": npz_bytes({**arrays, "y_test": np.array([{}], dtype=object)}),
        "zeros": bytes(len(whole)),
    }


@pytest.mark.parametrize("damage", _damaged(small_arrays()))
@pytest.mark.parametrize("source", [None, "full"])
def test_load_mnist_damaged_cache_full_set(server, cache, damage, source):
    cache.mkdir()
    (cache / FULL).write_bytes(_damaged(small_arrays())[damage])
    data, (text,) = load_with_warnings(source)
    assert equal_arrays(data, small_arrays()) and data.source == "download"
    assert "cache is damaged and is replaced" in text
    assert load_without_warnings(source).source == "course cache"


@pytest.mark.parametrize("damage", ["half written", "other digits"])
def test_load_mnist_damaged_cache_sample(cache, damage):
    cache.mkdir()
    (cache / SAMPLE).write_bytes(_damaged(small_arrays())[damage])
    data, (text,) = load_with_warnings("sample")
    assert equal_arrays(data, sample_arrays())
    assert "cache is damaged and is replaced" in text
    assert equal_arrays(load_without_warnings("sample"), sample_arrays())


def test_load_mnist_damaged_cache_warns_once(server, cache, monkeypatch):
    monkeypatch.setattr(download, "MIRRORS", ())
    data_cache.write_cached_dataset("MNIST sample", sample_arrays())
    (cache / FULL).write_bytes(b"damaged")
    data, (damaged, failed) = load_with_warnings()
    assert data.name == "MNIST sample"
    assert "cache is damaged" in damaged and "could not be downloaded" in failed
    assert load_without_warnings().name == "MNIST sample"


def test_load_mnist_partly_written_file(server, cache):
    cache.mkdir()
    (cache / f"{FULL}.123-abc.part").write_bytes(npz_bytes(small_arrays())[:100])
    assert load_without_warnings().source == "download"
    assert load_without_warnings().source == "course cache"


# --- not writable ---------------------------------------------------------------------------------


def test_load_mnist_impossible_cache_folder(server, tmp_path, monkeypatch):
    # Below a file there can be no folder, for root either, whom permissions do not stop.
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path / "file" / "below"))
    for source, expected in (
        (None, small_arrays()),
        ("full", small_arrays()),
        ("sample", sample_arrays()),
    ):
        data, (text,) = load_with_warnings(source)
        assert equal_arrays(data, expected)
        assert "could not be stored" in text and "MNIST_COURSE_CACHE" in text
    assert len(server.requested_paths) == 2


def _no_home() -> str:
    raise RuntimeError("could not determine the home directory")


@pytest.mark.parametrize("variable", ["", "~no-user-of-this-name/cache"])
def test_load_mnist_no_home_folder(server, monkeypatch, tmp_path, variable):
    # As in a container that runs with a user of whom the system knows nothing.
    monkeypatch.setenv("MNIST_COURSE_CACHE", variable)
    monkeypatch.setattr(data_cache, "user_cache_dir", lambda *_, **__: _no_home())
    monkeypatch.chdir(tmp_path)
    for source, expected in ((None, small_arrays()), ("sample", sample_arrays())):
        data, (text,) = load_with_warnings(source)
        assert equal_arrays(data, expected)
        assert "there is no home folder" in text and "set MNIST_COURSE_CACHE to a folder" in text
    assert data_cache.read_cached_weights("key", [(3,)]) is None
    with pytest.warns(UserWarning, match="there is no home folder"):
        data_cache.write_cached_weights("key", [np.ones(3)])
    assert list(tmp_path.iterdir()) == []


def without_root_rights() -> list[str]:
    """Return a command prefix under which file permissions apply, even for root."""
    if os.name != "posix":
        pytest.skip("folders have no such permissions here")
    if os.geteuid() != 0:
        return []
    prefix = ["setpriv", "--bounding-set=-all"]
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"]).returncode:
        pytest.skip("permissions do not apply to root, and setpriv (util-linux) cannot change that")
    return prefix


def test_load_mnist_read_only_cache(server, cache):
    cache.mkdir()
    cache.chmod(0o555)
    run = python(
        small_arrays_are_mnist(server) + "print(load_mnist().source)", *without_root_rights()
    )
    out, err = run.communicate()
    assert out.splitlines()[1:] == ["download"], err
    assert "could not be stored" in err and "Permission denied" in err
    assert list(cache.iterdir()) == []


def test_load_mnist_read_only_cache_with_data(server, cache):
    # A class shares one cache: the instructor filled it, the learners only read.
    data_cache.write_cached_dataset("MNIST", small_arrays())
    cache.chmod(0o555)
    run = python(
        small_arrays_are_mnist(server) + "print(load_mnist().source)", *without_root_rights()
    )
    out, err = run.communicate()
    assert (out.splitlines()[1:], err) == (["course cache"], "")


@pytest.mark.skipif(os.name != "posix", reason="other users' rights are not set this way here")
def test_write_dataset_readable_by_others(cache):
    before = os.umask(0o022)
    try:
        data_cache.write_cached_dataset("MNIST sample", sample_arrays())
    finally:
        os.umask(before)
    assert (cache / SAMPLE).stat().st_mode & 0o444 == 0o444


def test_load_mnist_unreadable_cache_file(server, cache):
    # A folder in the file's place cannot be opened, by root either.
    (cache / FULL).mkdir(parents=True)
    data, (not_read, not_stored) = load_with_warnings()
    assert data.source == "download"
    assert "cannot be read" in not_read and "could not be stored" in not_stored
    assert [path.name for path in cache.iterdir()] == [FULL]


@pytest.mark.parametrize("limit", [0, 20_000])
def test_load_mnist_full_disk(server, cache, limit):
    resource = pytest.importorskip(
        "resource", reason="this system has no file size limit to simulate a full disk"
    )
    assert limit < len(npz_bytes(small_arrays())) and resource.RLIMIT_FSIZE
    code = (
        small_arrays_are_mnist(server)
        + f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        + "print(load_mnist().source)"
    )
    run = python(code)
    out, err = run.communicate()
    assert run.returncode == 0 and out.splitlines()[1:] == ["download"], err
    assert err.count("could not be stored") == 1
    assert list(cache.iterdir()) == []


# --- two at once ----------------------------------------------------------------------------------


def test_load_mnist_concurrent_processes(server, cache):
    # Each waits until all are ready, so that all find the cache empty.
    barrier = cache.with_name("barrier")
    barrier.mkdir()
    code = small_arrays_are_mnist(server, "slow") + (
        f"barrier = pathlib.Path({str(barrier)!r}); (barrier / str(os.getpid())).touch()\n"
        "while len(list(barrier.iterdir())) < 3: pass\n"
        "print(load_mnist().source)"
    )
    runs = [python(code) for _ in range(3)]
    for run in runs:
        out, err = run.communicate()
        assert (out.splitlines()[1:], err) == (["download"], "")
    assert [path.name for path in cache.iterdir()] == [FULL]
    assert load_without_warnings().source == "course cache"


def test_write_dataset_concurrent_readers(cache):
    data_cache.write_cached_dataset("MNIST sample", sample_arrays())
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "name = 'MNIST sample'\n"
        "for _ in range(25): cache.write_cached_dataset(name, cache.read_cached_dataset(name))"
    )
    runs = [python(code) for _ in range(2)]
    assert [run.communicate()[1] for run in runs] == ["", ""]
    assert [path.name for path in cache.iterdir()] == [SAMPLE]


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
def test_read_weights_as_written(dtype):
    weights = [np.linspace(-2, 2, 6).reshape(2, 3).astype(dtype), np.ones(3, dtype)]
    data_cache.write_cached_weights("key", weights)
    loaded = data_cache.read_cached_weights("key", [(2, 3), (3,)])
    assert [array.dtype.kind for array in loaded] == ["f", "f"]
    for array, expected in zip(loaded, weights, strict=True):
        np.testing.assert_array_equal(array, expected.astype(array.dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_write_weights_not_finite(cache, value):
    with pytest.raises(ValueError, match="not finite"):
        data_cache.write_cached_weights("key", [np.ones(3), np.array([1, value])])
    assert not cache.exists()


def test_read_weights_not_finite(cache):
    data_cache.write_cached_weights("key", [np.ones(3)])
    [path] = cache.iterdir()
    np.savez(path, arr_0=np.array([1, np.nan]))
    with pytest.warns(UserWarning, match="not finite"):
        assert data_cache.read_cached_weights("key", [(2,)]) is None


def _unusable_weights():
    file = io.BytesIO()
    np.save(file, np.ones(3))
    yield "a single array", file.getvalue()
    yield "no zip", b"weights of another program"
    yield "empty zip", b"PK\x05\x06" + bytes(18)
    yield "text", npz_bytes({"arr_0": np.array(["a", "b", "c"])})
    yield "pickled objects", npz_bytes({"arr_0": np.array([{}, 1, 2], dtype=object)})
    yield "other names", npz_bytes({"kernel": np.ones(3)})
    yield "other shape", npz_bytes({"arr_0": np.ones((3, 1))})
    yield "another array", npz_bytes({"arr_0": np.ones(3), "arr_1": np.ones(3)})


@pytest.mark.parametrize(
    "content", [pytest.param(content, id=name) for name, content in _unusable_weights()]
)
def test_read_weights_unusable_file(cache, content):
    data_cache.write_cached_weights("key", [np.ones(3)])
    [path] = cache.iterdir()
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=f"network in {path.name} is damaged and is trained again"):
        assert data_cache.read_cached_weights("key", [(3,)]) is None


def test_read_weights_missing_file(cache):
    assert data_cache.read_cached_weights("key", [(3,)]) is None


def test_read_weights_impossible_cache_folder(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path / "file" / "below"))
    assert data_cache.read_cached_weights("key", [(3,)]) is None


# --- where it is ----------------------------------------------------------------------------------


WATCH = """
touched = []
def record_paths(event, arguments):
    if event.startswith(("open", "os.")) and any(".keras" in str(value) for value in arguments):
        touched.append((event, arguments))
sys.addaudithook(record_paths)
"""


def at_home(home: Path) -> dict[str, str]:
    """Return the environment of somebody whose home folder this is."""
    gone = dict.fromkeys(("MNIST_COURSE_CACHE", "XDG_CACHE_HOME", "KERAS_HOME"), "")
    return {"HOME": str(home), "USERPROFILE": str(home), **gone}


@pytest.mark.skipif(os.name != "posix", reason="the home folder is not found by a variable here")
@pytest.mark.parametrize("source", ["None", "'full'", "'sample'"])
def test_load_mnist_keras_cache_untouched(server, tmp_path, source):
    home = tmp_path / "home"
    theirs = home / ".keras" / "datasets" / "mnist.npz"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"keras keeps its own here")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    code = WATCH + small_arrays_are_mnist(server) + f"load_mnist({source})\nprint(touched)"
    for _ in range(2):
        out, err = python(code, **at_home(home)).communicate()
        assert out.splitlines()[1:] == ["[]"], err
    assert theirs.read_bytes() == b"keras keeps its own here"
    after = {path: path.stat().st_mtime_ns for path in (home / ".keras").rglob("*")}
    assert after == {path: time for path, time in before.items() if path in after}
    kept = list(home.rglob("course-mnist*.npz"))
    assert [path.parent.name for path in kept] == ["mnist-course"]


@pytest.mark.skipif(os.name != "posix", reason="the home folder is not found by a variable here")
def test_load_mnist_creates_no_keras_folder(server, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    code = small_arrays_are_mnist(server) + "load_mnist()"
    _, err = python(code, **at_home(home)).communicate()
    assert err == ""
    assert not (home / ".keras").exists()
    assert [path.name for path in home.rglob("*.npz")] == [FULL]
