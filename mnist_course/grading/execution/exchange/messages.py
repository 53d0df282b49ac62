"""Send and receive messages, each a JSON object and raw bytes, over a socket.

A message is a prefix (lengths of the JSON text and of the buffers), the JSON text and the buffers.
Its parts are checked against limits before memory is allocated for them.
"""

import json
import socket
import struct
import time
from collections.abc import Sequence

from mnist_course.grading.execution.exchange.limits import MAX_BYTES, MAX_JSON_BYTES, MAX_PARTS

PREFIX = struct.Struct("!II")  # bytes of the JSON text, number of buffers
LENGTH = struct.Struct("!Q")  # bytes of a buffer


class ConnectionClosed(Exception):  # noqa: N818 - a state of the connection
    """The other process has closed the connection, or ended."""


class MessageError(Exception):
    """A message is malformed or larger than the limits."""


def send_message(
    sock: socket.socket,
    header: dict,
    buffers: Sequence[bytes | bytearray | memoryview] = (),
    timeout: float | None = None,
) -> None:
    """Send a message.

    Parameters
    ----------
    sock : socket.socket
        A connected stream socket.
    header : dict
        An object that JSON can represent.
    buffers : sequence of bytes-like
        Raw bytes.
    timeout : float or None
        Seconds to wait until the other process has read the message; None waits without end.

    Raises
    ------
    MessageError
        If the message is larger than the limits. Nothing was sent.
    ConnectionClosed
        If the other process has closed the connection.
    TimeoutError
        If the other process does not read. The connection cannot be used afterwards.
    """
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode("ascii")
    lengths = [len(buffer) for buffer in buffers]
    _check_sizes(len(text), len(lengths), sum(lengths))
    message = [PREFIX.pack(len(text), len(lengths)), *map(LENGTH.pack, lengths), text, *buffers]
    try:
        sock.settimeout(timeout)
        sock.sendall(b"".join(message))
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionClosed("The other process has closed the connection.") from error


def receive_message(sock: socket.socket, timeout: float | None) -> tuple[dict, list[bytearray]]:
    """Receive a message.

    Parameters
    ----------
    sock : socket.socket
        A connected stream socket.
    timeout : float or None
        Seconds to wait until the whole message has arrived; None waits without end.

    Returns
    -------
    tuple of dict and list of bytearray
        The header and the buffers.

    Raises
    ------
    MessageError
        If the message is malformed or larger than the limits.
    ConnectionClosed
        If the other process has closed the connection.
    TimeoutError
        If the message did not arrive in time.

    After an error the connection cannot be used.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    json_bytes, count = PREFIX.unpack(_receive(sock, PREFIX.size, deadline))
    _check_sizes(json_bytes, count, 0)
    packed = _receive(sock, LENGTH.size * count, deadline)
    lengths = [length for (length,) in LENGTH.iter_unpack(packed)]
    _check_sizes(json_bytes, count, sum(lengths))
    header = _parse(_receive(sock, json_bytes, deadline))
    content = memoryview(_receive(sock, sum(lengths), deadline))
    buffers = []
    for length in lengths:
        buffers.append(bytearray(content[:length]))
        content = content[length:]
    return header, buffers


def _check_sizes(json_bytes: int, count: int, buffer_bytes: int) -> None:
    """Raise MessageError if a message is larger than the limits."""
    for what, size, largest in (
        ("bytes of JSON text", json_bytes, MAX_JSON_BYTES),
        ("buffers", count, MAX_PARTS),
        ("bytes in buffers", buffer_bytes, MAX_BYTES),
    ):
        if size > largest:
            raise MessageError(f"A message has {size:,} {what}; at most {largest:,} are allowed.")


def _receive(sock: socket.socket, count: int, deadline: float | None) -> bytearray:
    """Return the next `count` bytes."""
    received = bytearray(count)
    rest = memoryview(received)
    while rest:
        try:
            sock.settimeout(None if deadline is None else max(deadline - time.monotonic(), 1e-6))
            size = sock.recv_into(rest)
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionClosed("The connection to the other process is broken.") from error
        if size == 0:
            raise ConnectionClosed("The other process has closed the connection.")
        rest = rest[size:]
    return received


def _parse(text: bytearray) -> dict:
    """Parse the header."""
    try:
        header = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MessageError("A message has a header that is not valid JSON.") from error
    if not isinstance(header, dict):
        raise MessageError(f"A message has a {type(header).__name__} as header, not an object.")
    return header


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is not JSON.")
