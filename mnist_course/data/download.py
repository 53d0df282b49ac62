"""Fetch MNIST from one of several addresses without ever waiting longer than promised."""

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
    array_hashes,
    read_idx_files,
    read_npz,
)

# An .npz file, or a folder of the four original files, gzipped.
MIRRORS = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# The longest wait in seconds, for all addresses together; a patient fetch waits that long for
# the next byte, but no longer than PATIENCE altogether.
SECONDS = 10.0
PATIENCE = 300.0

# An address that brings less than this many bytes in a quarter of SECONDS gets company.
ENOUGH = 100_000

# No file of MNIST is larger than 10 MB; a server that sends without end must not fill the memory.
LARGEST = 50_000_000


class _Transfer(threading.Thread):
    """One address being fetched into memory.

    Nothing ends a thread that hangs in a name look-up or a read. So the transfer does nothing but
    fill memory, nobody has to wait for it, and Python does not wait for it at its end (`daemon`).
    """

    def __init__(self, address: str, done: queue.SimpleQueue) -> None:
        super().__init__(daemon=True)
        self.address, self.done = address, done
        self.files: list[bytes] = []
        self.received = 0
        self.fault: str | None = None
        self.abandoned = False

    def run(self) -> None:
        try:
            if self.address.endswith(".npz"):
                self.files = [self._get(self.address)]
            else:
                self.files = [self._get(f"{self.address}{name}.gz") for name in IDX_FILES.values()]
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # It is the server's answer as well, with its connection.
            self.fault = str(error)
        self.done.put(self)

    def _get(self, url: str) -> bytes:
        body = bytearray()
        # Longer than anybody waits: this is only for the thread to end some day.
        with urllib.request.urlopen(url, timeout=2 * SECONDS) as response:
            # read1 hands over what has come; read would wait for the whole block.
            while not self.abandoned and (block := response.read1(1 << 16)):
                body += block
                self.received += len(block)
                if len(body) > LARGEST:
                    raise DataError(f"more than {LARGEST:,} bytes, expected about 11 million.")
            size = int(response.headers.get("Content-Length") or len(body))
        if len(body) < size:
            raise DataError(f"the connection broke after {len(body):,} of {size:,} bytes.")
        return bytes(body)

    def arrays(self) -> Arrays:
        """Return what came, once it is known to be MNIST; else raise the reason why not."""
        if self.fault is not None:
            raise DataError(self.fault)
        if self.address.endswith(".npz"):
            arrays = read_npz(io.BytesIO(self.files[0]), "what came")
        else:
            arrays = read_idx_files(dict(zip(IDX_FILES, self.files, strict=True)), "what came")
        if array_hashes(arrays) != KNOWN_HASHES["MNIST"]:
            raise DataError("what came are not the digits of MNIST.")
        return arrays


def fetch(*, patient: bool) -> Arrays:
    """Download MNIST and return its arrays, verified.

    The addresses are tried in turn. One that fails is followed by the next at once; one that is
    slow goes on, but the next begins beside it, and the first whole answer wins.

    Parameters
    ----------
    patient : bool
        False gives up after `SECONDS`. True goes on, with progress on stderr, as long as data
        arrives, at most for `PATIENCE` seconds.

    Raises
    ------
    DataError
        No address gave MNIST in time; the message has the reason of each.
    """
    done: queue.SimpleQueue[_Transfer] = queue.SimpleQueue()
    waiting = [_Transfer(address, done) for address in MIRRORS]
    started: list[_Transfer] = []
    reasons: dict[str, str] = {}
    begun = arrived = turn = time.monotonic()
    received = at_turn = 0
    try:
        while len(reasons) < len(MIRRORS):
            now = time.monotonic()
            if now - begun > PATIENCE or now - (arrived if patient else begun) > SECONDS:
                break
            turn_over = now - turn > SECONDS / 4
            slow = turn_over and received - at_turn < ENOUGH
            if waiting and (slow or len(started) == len(reasons)):
                started.append(waiting.pop(0))
                started[-1].start()
                turn_over = True
            if turn_over:
                turn, at_turn = now, received
            try:
                transfer = done.get(timeout=0.05)
                return transfer.arrays()
            except queue.Empty:
                pass
            except DataError as error:
                reasons[transfer.address] = str(error)
            before, received = received, sum(transfer.received for transfer in started)
            if received > before:
                arrived = time.monotonic()
                if patient:
                    _show(max(transfer.received for transfer in started))
    finally:
        for transfer in started:
            transfer.abandoned = True
        if patient and received:
            print(file=sys.stderr)
    for transfer in started:
        late = f"too slow, {transfer.received:,} bytes came" if transfer.received else "no answer"
        reasons.setdefault(transfer.address, f"{late} in {time.monotonic() - begun:.0f} s.")
    listed = "".join(f"\n  {address}: {reason}" for address, reason in reasons.items())
    raise DataError(f"MNIST could not be downloaded:{listed}")


def _show(received: int) -> None:
    text = f"\rDownloading MNIST: {received / 1e6:.1f} of about 11.5 MB"
    print(text, end="", file=sys.stderr, flush=True)
