"""Download MNIST from one of several mirrors within a time limit.

The package pooch would not replace this code. Its downloader limits the time of each read only, so
a name look-up that hangs, or a server that sends single bytes, would need a thread as well. Its
cache needs a writable disk and compares hashes of files; the course compares hashes of arrays.
"""

import io
import queue
import sys
import threading
import time
import urllib.error
import urllib.request

from mnist_course.data.formats import (
    IDX_FILES,
    KNOWN_HASHES,
    Arrays,
    DataError,
    read_idx_files,
    read_npz,
)
from mnist_course.data.provenance import array_hashes

# An .npz file, or a folder of the four original files, gzipped.
MIRRORS = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# Limits in seconds, for all mirrors together. A download that the user requested continues while
# data arrives: TIME_LIMIT then limits the wait for the next byte, REQUESTED_TIME_LIMIT the whole.
TIME_LIMIT = 10.0
REQUESTED_TIME_LIMIT = 300.0

# If fewer bytes than this arrive in a quarter of TIME_LIMIT, the next mirror starts as well.
MIN_BYTES = 100_000

# No file of MNIST is larger than 10 MB; a response without end must not fill the memory.
MAX_BYTES = 50_000_000


class _MirrorDownload(threading.Thread):
    """Download from one mirror into memory.

    A thread that hangs in a name look-up or a read cannot be stopped. So it writes to memory only,
    the caller never waits for it, and Python does not wait for it at exit (`daemon`).
    """

    def __init__(self, mirror: str, done: queue.SimpleQueue) -> None:
        super().__init__(daemon=True)
        self.mirror, self.done = mirror, done
        self.files: list[bytes] = []
        self.received = 0
        self.error: str | None = None
        self.cancelled = False

    def run(self) -> None:
        try:
            if self.mirror.endswith(".npz"):
                self.files = [self._get(self.mirror)]
            else:
                self.files = [self._get(f"{self.mirror}{name}.gz") for name in IDX_FILES.values()]
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # the error keeps the connection open
            self.error = str(error)
        self.done.put(self)

    def _get(self, url: str) -> bytes:
        body = bytearray()
        # Longer than the caller waits: this time-out only makes sure that the thread ends.
        with urllib.request.urlopen(url, timeout=2 * TIME_LIMIT) as response:
            # read1 returns the bytes that have arrived; read would wait for the whole block.
            while not self.cancelled and (block := response.read1(1 << 16)):
                body += block
                self.received += len(block)
                if len(body) > MAX_BYTES:
                    raise DataError(f"more than {MAX_BYTES:,} bytes, expected about 11 million.")
            size = int(response.headers.get("Content-Length") or len(body))
        if len(body) < size:
            raise DataError(f"the connection broke after {len(body):,} of {size:,} bytes.")
        return bytes(body)

    def arrays(self) -> Arrays:
        """Return the arrays; raise a DataError unless they are those of MNIST."""
        if self.error is not None:
            raise DataError(self.error)
        if self.mirror.endswith(".npz"):
            arrays = read_npz(io.BytesIO(self.files[0]), "the downloaded file")
        else:
            contents = dict(zip(IDX_FILES, self.files, strict=True))
            arrays = read_idx_files(contents, "the four downloaded files")
        if array_hashes(arrays) != KNOWN_HASHES["MNIST"]:
            raise DataError("the downloaded digits are not those of MNIST.")
        return arrays


def download_mnist(*, requested: bool) -> Arrays:
    """Download MNIST, verify it and return its arrays.

    The mirrors are tried in turn. After an error the next one starts at once. A slow one continues
    while the next one starts as well, and the first complete download is returned.

    Parameters
    ----------
    requested : bool
        True if the user asked for the full set: the download continues, with progress on stderr,
        while data arrives, for at most `REQUESTED_TIME_LIMIT` seconds. False stops it after
        `TIME_LIMIT` seconds.

    Returns
    -------
    dict
        The four arrays by key of `IDX_FILES`.

    Raises
    ------
    DataError
        If no mirror delivers MNIST in time; the message lists the error of each mirror.
    """
    done: queue.SimpleQueue[_MirrorDownload] = queue.SimpleQueue()
    pending = [_MirrorDownload(mirror, done) for mirror in MIRRORS]
    started: list[_MirrorDownload] = []
    errors: dict[str, str] = {}
    start = last_arrival = last_check = time.monotonic()
    received = received_at_check = 0
    try:
        while len(errors) < len(MIRRORS):
            now = time.monotonic()
            waited = now - (last_arrival if requested else start)
            if now - start > REQUESTED_TIME_LIMIT or waited > TIME_LIMIT:
                break
            check = now - last_check > TIME_LIMIT / 4
            slow = check and received - received_at_check < MIN_BYTES
            if pending and (slow or len(started) == len(errors)):
                started.append(pending.pop(0))
                started[-1].start()
                check = True
            if check:
                last_check, received_at_check = now, received
            try:
                transfer = done.get(timeout=0.05)
                return transfer.arrays()
            except queue.Empty:
                pass
            except DataError as error:
                errors[transfer.mirror] = str(error)
            before, received = received, sum(transfer.received for transfer in started)
            if received > before:
                last_arrival = time.monotonic()
                if requested:
                    _show_progress(max(transfer.received for transfer in started))
    finally:
        for transfer in started:
            transfer.cancelled = True
        if requested and received:
            print(file=sys.stderr)
    seconds = f"in {time.monotonic() - start:.0f} s."
    for transfer in started:
        if transfer.received:
            error = f"too slow, {transfer.received:,} bytes received {seconds}"
        else:
            error = f"no answer {seconds}"
        errors.setdefault(transfer.mirror, error)
    listed = "".join(f"\n  {mirror}: {error}" for mirror, error in errors.items())
    raise DataError(f"MNIST could not be downloaded:{listed}")


def _show_progress(received: int) -> None:
    text = f"\rDownloading MNIST: {received / 1e6:.1f} of about 11.5 MB"
    print(text, end="", file=sys.stderr, flush=True)
