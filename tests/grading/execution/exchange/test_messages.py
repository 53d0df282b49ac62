import json
import socket
import struct
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mnist_course.grading.execution.exchange.limits import MAX_BYTES, MAX_JSON_BYTES, MAX_PARTS
from mnist_course.grading.execution.exchange.messages import (
    ConnectionClosed,
    MessageError,
    receive_message,
    send_message,
)


@pytest.fixture
def sockets():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def received_from(raw):
    """Return the message in raw bytes, after which the connection is closed."""
    one, other = socket.socketpair()
    with one, other:
        one.sendall(raw)
        one.close()
        return receive_message(other, timeout=5)


def raw_message(text, *buffers):
    lengths = b"".join(struct.pack("!Q", len(buffer)) for buffer in buffers)
    return struct.pack("!II", len(text), len(buffers)) + lengths + text + b"".join(buffers)


def test_messages_in_order(sockets):
    one, other = sockets
    big = bytes(range(256)) * 40_000  # more than a socket holds
    sender = threading.Thread(
        target=lambda: (send_message(one, {"a": [1, "ü"]}, [big, b""]), send_message(one, {}))
    )
    sender.start()
    assert receive_message(other, timeout=10) == ({"a": [1, "ü"]}, [big, b""])
    assert receive_message(other, timeout=10) == ({}, [])
    sender.join()


def test_receive_message_timeout_while_bytes_trickle(sockets):
    one, other = sockets
    stop = threading.Event()

    def trickle():
        for byte in raw_message(b'{"a": "' + b"x" * 200 + b'"}'):
            one.sendall(bytes([byte]))
            if stop.wait(0.01):
                return

    sender = threading.Thread(target=trickle)
    sender.start()
    try:
        with pytest.raises(TimeoutError):
            receive_message(other, timeout=0.1)
    finally:
        stop.set()
        sender.join()


def test_send_message_timeout(sockets):
    with pytest.raises(TimeoutError):
        send_message(sockets[0], {}, [bytes(10**7)], timeout=0.05)


def test_messages_closed_connection(sockets):
    one, other = sockets
    other.close()
    with pytest.raises(ConnectionClosed):
        send_message(one, {})
    with pytest.raises(ConnectionClosed):
        receive_message(one, timeout=1)
    with pytest.raises(ConnectionClosed):
        received_from(raw_message(b"{}", b"1234")[:-1])


def test_send_message_too_large(sockets):
    for header, buffers in (
        ({"text": "x" * MAX_JSON_BYTES}, []),
        ({}, [bytes(MAX_BYTES), b"1"]),
        ({}, [b""] * (MAX_PARTS + 1)),
    ):
        with pytest.raises(MessageError, match="are allowed"):
            send_message(sockets[0], header, buffers, timeout=1)


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack("!II", MAX_JSON_BYTES + 1, 0),
        struct.pack("!II", 2, MAX_PARTS + 1),
        struct.pack("!IIQ", 2, 1, 2**63),
        struct.pack("!IIQQ", 2, 2, MAX_BYTES, 1),
        raw_message(b"{"),
        raw_message(b"[1]"),
        raw_message(b'{"a": NaN}'),
        raw_message(b"\xff\xfe"),
        raw_message(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        raw_message(b'{"a": ' + b"1" * 100_000 + b"}"),
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_receive_message_malformed(raw):
    with pytest.raises(MessageError):
        received_from(raw)


@given(st.binary(max_size=60) | st.binary(max_size=40).map(raw_message))
@example(b"")
@settings(max_examples=300, deadline=None)
def test_receive_message_fuzzed(raw):
    try:
        header, buffers = received_from(raw)
    except (MessageError, ConnectionClosed):
        return
    assert isinstance(header, dict) and all(isinstance(one, bytearray) for one in buffers)
    json.dumps(header)
