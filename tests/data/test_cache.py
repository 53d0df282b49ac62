"""The course's cache: what is broken is replaced, what cannot be written is done without."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats
from tests.support.data_server import (
    DataServer,
    few_digits,
    isolate,
    load_and_hear,
    load_quietly,
    npz_bytes,
    same,
    sample,
)

FULL, SAMPLE = "course-mnist.npz", "course-mnist-sample.npz"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate(monkeypatch, tmp_path / "cache")


@pytest.fixture
def server(monkeypatch):
    """Serve a few digits, which count as MNIST here, at the only address."""
    few = few_digits()
    monkeypatch.setitem(formats.KNOWN, "MNIST", formats.fingerprint(few))
    with DataServer(few) as running:
        monkeypatch.setattr(download, "ADDRESSES", (running.address("good"),))
        yield running


def python(code: str, *prefix: str, **environment: str) -> subprocess.Popen:
    """Start Python on some lines of code, after the names that they use are imported."""
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
    )


def few_digits_are_mnist(server: DataServer, behaviour: str = "good") -> str:
    """Return the lines that make another process take the server's digits for MNIST."""
    return (
        f"formats.KNOWN['MNIST'] = {formats.fingerprint(few_digits())!r}\n"
        f"download.ADDRESSES = ({server.address(behaviour)!r},)\n"
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


@pytest.mark.parametrize("damage", _damaged(few_digits()))
@pytest.mark.parametrize("source", [None, "full"])
def test_damaged_full_set_is_downloaded_anew(server, cache, damage, source):
    cache.mkdir()
    (cache / FULL).write_bytes(_damaged(few_digits())[damage])
    data, (text,) = load_and_hear(source)
    assert same(data, few_digits()) and data.source == "download"
    assert "cache was damaged and is made anew" in text
    assert load_quietly(source).source == "course cache"


@pytest.mark.parametrize("damage", ["half written", "other digits"])
def test_damaged_sample_is_made_anew(cache, damage):
    cache.mkdir()
    (cache / SAMPLE).write_bytes(_damaged(few_digits())[damage])
    data, (text,) = load_and_hear("sample")
    assert same(data, sample())
    assert "cache was damaged and is made anew" in text
    assert same(load_quietly("sample"), sample())


def test_damage_that_cannot_be_mended_is_told_once(server, cache, monkeypatch):
    monkeypatch.setattr(download, "ADDRESSES", ())
    data_cache.write("MNIST sample", sample())
    (cache / FULL).write_bytes(b"damaged")
    data, (damaged, failed) = load_and_hear()
    assert data.name == "MNIST sample"
    assert "cache was damaged" in damaged and "could not be downloaded" in failed
    assert load_quietly().name == "MNIST sample"


def test_what_an_interrupted_write_left_behind_is_never_read(server, cache):
    cache.mkdir()
    (cache / f"{FULL}.123-abc.part").write_bytes(npz_bytes(few_digits())[:100])
    assert load_quietly().source == "download"
    assert load_quietly().source == "course cache"


# --- not writable ---------------------------------------------------------------------------------


def test_cache_folder_that_cannot_be(server, tmp_path, monkeypatch):
    # Below a file there can be no folder: this stops root too, whom permissions do not.
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path / "file" / "below"))
    for source, expected in ((None, few_digits()), ("full", few_digits()), ("sample", sample())):
        data, (text,) = load_and_hear(source)
        assert same(data, expected)
        assert "could not be kept" in text and "MNIST_COURSE_CACHE" in text
    assert len(server.asked) == 2


def powerless() -> list[str]:
    """Return what to put before a command so that permissions bind it, even under root."""
    if os.name != "posix":
        pytest.skip("folders have no such permissions here")
    if os.geteuid() != 0:
        return []
    prefix = ["setpriv", "--bounding-set=-all"]
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"]).returncode:
        pytest.skip("permissions do not bind root, and setpriv (util-linux) cannot change that")
    return prefix


def test_read_only_cache_folder(server, cache):
    cache.mkdir()
    cache.chmod(0o555)
    run = python(few_digits_are_mnist(server) + "print(load_mnist().source)", *powerless())
    out, err = run.communicate()
    assert out.splitlines()[1:] == ["download"], err
    assert "could not be kept" in err and "Permission denied" in err
    assert list(cache.iterdir()) == []


def test_read_only_cache_that_is_full_of_use(server, cache):
    # As when a class shares one: the instructor filled it, the learners only read.
    data_cache.write("MNIST", few_digits())
    cache.chmod(0o555)
    run = python(few_digits_are_mnist(server) + "print(load_mnist().source)", *powerless())
    out, err = run.communicate()
    assert (out.splitlines()[1:], err) == (["course cache"], "")


@pytest.mark.skipif(os.name != "posix", reason="other users' rights are not set this way here")
def test_cache_can_be_shared(cache):
    before = os.umask(0o022)
    try:
        data_cache.write("MNIST sample", sample())
    finally:
        os.umask(before)
    assert (cache / SAMPLE).stat().st_mode & 0o444 == 0o444


def test_unreadable_cache_file(server, cache):
    # A folder in the file's place cannot be opened, by root either.
    (cache / FULL).mkdir(parents=True)
    data, (unread, unkept) = load_and_hear()
    assert data.source == "download"
    assert "cannot be read" in unread and "could not be kept" in unkept
    assert [path.name for path in cache.iterdir()] == [FULL]


@pytest.mark.parametrize("limit", [0, 20_000])
def test_full_disk(server, cache, limit):
    resource = pytest.importorskip("resource", reason="no file size limit here to stand for it")
    assert limit < len(npz_bytes(few_digits())) and resource.RLIMIT_FSIZE
    code = (
        few_digits_are_mnist(server)
        + f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        + "print(load_mnist().source)"
    )
    run = python(code)
    out, err = run.communicate()
    assert run.returncode == 0 and out.splitlines()[1:] == ["download"], err
    assert err.count("could not be kept") == 1
    assert list(cache.iterdir()) == []


# --- two at once ----------------------------------------------------------------------------------


def test_two_processes_at_once_with_an_empty_cache(server, cache):
    # Each waits until all are ready, so that they meet at the empty cache.
    meeting = cache.with_name("meeting")
    meeting.mkdir()
    code = few_digits_are_mnist(server, "slow") + (
        f"meeting = pathlib.Path({str(meeting)!r}); (meeting / str(os.getpid())).touch()\n"
        "while len(list(meeting.iterdir())) < 3: pass\n"
        "print(load_mnist().source)"
    )
    runs = [python(code) for _ in range(3)]
    for run in runs:
        out, err = run.communicate()
        assert (out.splitlines()[1:], err) == (["download"], "")
    assert [path.name for path in cache.iterdir()] == [FULL]
    assert load_quietly().source == "course cache"


def test_nobody_ever_reads_half_a_file(cache):
    data_cache.write("MNIST sample", sample())
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "for _ in range(25): cache.write('MNIST sample', cache.read('MNIST sample'))"
    )
    runs = [python(code) for _ in range(2)]
    assert [run.communicate()[1] for run in runs] == ["", ""]
    assert [path.name for path in cache.iterdir()] == [SAMPLE]


# --- where it is ----------------------------------------------------------------------------------


WATCH = """
touched = []
def watch(event, arguments):
    if event.startswith(("open", "os.")) and any(".keras" in str(value) for value in arguments):
        touched.append((event, arguments))
sys.addaudithook(watch)
"""


def at_home(home: Path) -> dict[str, str]:
    """Return the environment of somebody whose home folder this is."""
    gone = dict.fromkeys(("MNIST_COURSE_CACHE", "XDG_CACHE_HOME", "KERAS_HOME"), "")
    return {"HOME": str(home), "USERPROFILE": str(home), **gone}


@pytest.mark.skipif(os.name != "posix", reason="the home folder is not found by a variable here")
@pytest.mark.parametrize("source", ["None", "'full'", "'sample'"])
def test_keras_s_own_cache_is_never_touched(server, tmp_path, source):
    home = tmp_path / "home"
    theirs = home / ".keras" / "datasets" / "mnist.npz"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"keras keeps its own here")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    code = WATCH + few_digits_are_mnist(server) + f"load_mnist({source})\nprint(touched)"
    for _ in range(2):
        out, err = python(code, **at_home(home)).communicate()
        assert out.splitlines()[1:] == ["[]"], err
    assert theirs.read_bytes() == b"keras keeps its own here"
    after = {path: path.stat().st_mtime_ns for path in (home / ".keras").rglob("*")}
    assert after == {path: time for path, time in before.items() if path in after}
    kept = list(home.rglob("course-mnist*.npz"))
    assert [path.parent.name for path in kept] == ["mnist-course"]


@pytest.mark.skipif(os.name != "posix", reason="the home folder is not found by a variable here")
def test_no_keras_folder_is_made(server, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    code = few_digits_are_mnist(server) + "load_mnist()"
    _, err = python(code, **at_home(home)).communicate()
    assert err == ""
    assert not (home / ".keras").exists()
    assert [path.name for path in home.rglob("*.npz")] == [FULL]
