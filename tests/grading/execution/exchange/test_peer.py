"""Two ends of a connection, one of them in a thread."""

import contextlib
import socket
import threading
import time

import numpy as np
import pytest

from mnist_course.grading.execution.exchange import messages
from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.messages import receive_message, send_message
from mnist_course.grading.execution.exchange.peer import Peer, PeerLost, RemoteFunction


@contextlib.contextmanager
def serving(**options):
    """Yield a peer, and a namespace which the other end serves."""
    here, there = socket.socketpair()
    namespace, peer = {}, Peer(here)
    peer.deadline = time.monotonic() + 20
    server = threading.Thread(target=Peer(there, **options).serve, args=(namespace,))
    with here, there:
        server.start()
        yield peer, namespace
        peer.finish()
        server.join(timeout=10)
        assert not server.is_alive()


@pytest.fixture
def served():
    with serving() as (peer, namespace):
        yield peer, namespace


def test_peer_calls_function(served):
    peer, namespace = served
    namespace["add"] = lambda a, *, b: a + b
    add = peer.global_variable("add")
    assert isinstance(add, RemoteFunction)
    assert np.array_equal(add(np.arange(3), b=1), [1, 2, 3])


def test_peer_variable_is_current(served):
    peer, namespace = served
    for value in (1, [2.5, "x"]):
        namespace["value"] = value
        assert peer.global_variable("value") == value
    with pytest.raises(NameError, match="name 'other' is not defined"):
        peer.global_variable("other")


def test_peer_function_raises(served):
    peer, namespace = served

    def fail():
        raise ValueError("too dark")

    namespace["fail"] = fail
    with pytest.raises(ValueError, match="too dark"):
        peer.global_variable("fail")()


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_peer_function_ends_its_process(served, kind):
    peer, namespace = served

    def end():
        raise kind

    namespace["end"] = end
    with pytest.raises(Exception, match=kind.__name__):
        peer.global_variable("end")()
    namespace["value"] = 1
    assert peer.global_variable("value") == 1


def test_peer_refuses_results(served):
    peer, namespace = served
    namespace["steps"] = lambda: iter([1])
    namespace["anything"] = object()
    steps = peer.global_variable("steps")
    with pytest.raises(TransferError, match="the result of <lambda>"):
        steps()
    with pytest.raises(TransferError, match="anything"):
        peer.global_variable("anything")


def test_peer_changes_are_copied_back_and_undone(served):
    peer, namespace = served

    def darken(images, names):
        images[:] = 0
        names.append("new")

    namespace["darken"] = darken
    images, names = np.ones((4, 2)), ["old"]
    peer.global_variable("darken")(images[1:3], names=names)
    assert images.sum(axis=1).tolist() == [2, 0, 0, 2] and names == ["old", "new"]
    peer.undo.close()
    assert images.sum() == 8 and names == ["old"]


def test_peer_calls_back(served):
    peer, namespace = served
    namespace["twice"] = lambda function, value: function(function(value))
    assert peer.global_variable("twice")(lambda value: 3 * value, 2) == 18


def test_peer_function_returns_to_its_owner(served):
    peer, namespace = served
    namespace["double"] = lambda value: 2 * value
    namespace["same"] = lambda function: function is namespace["double"]
    double = peer.global_variable("double")
    assert peer.global_variable("same")(double)


def test_peer_sends_seeds():
    seeds = []
    with serving(use_seed=seeds.append) as (peer, namespace):
        namespace["call"] = lambda: None
        call = peer.global_variable("call")
        peer.new_seed = iter([None, 7, None]).__next__
        for _ in range(3):
            call()
    assert seeds == [7]


# What a hostile process may send in place of a reply.
REPLIES = [
    {"reply": {}, "unknown": 1},
    {"reply": 5},
    {"reply": {"encoded": ["ndarray", "<f8", [10**9]], "changed": 0}},
    {"reply": {"encoded": 1, "changed": "x"}},
    {"reply": {"encoded": 1, "encoded_changes": [["tuple", 0, 1]]}},
    {"reply": {"encoded": ["reference", {"number": "x", "own": True}]}},
    {"reply": {"encoded": ["reference", {"number": 99, "own": False}]}},
    {"reply": {"other": 1}},
    {"call": 10**6, "arguments": [1]},
    {"name": "__builtins__"},
    {},
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_peer_hostile_replies(reply):
    here, there = socket.socketpair()
    with here, there:
        peer = Peer(here)
        peer.deadline = 0
        send_message(there, reply)
        there.shutdown(socket.SHUT_WR)
        with contextlib.suppress(PeerLost, TransferError):  # and no other exception
            assert peer.call(RemoteFunction(peer, 0, "f"), (), {}) is None


def test_peer_other_process_ends():
    here, there = socket.socketpair()
    there.close()
    with here, pytest.raises(PeerLost, match="does not answer"):
        Peer(here).global_variable("x")


def test_peer_deadline():
    here, there = socket.socketpair()
    with here, there:
        peer = Peer(here)
        peer.deadline = 0
        with pytest.raises(PeerLost, match="does not answer"):
            peer.global_variable("x")


def test_peer_calls_only_functions_that_were_sent():
    here, there = socket.socketpair()
    with here, there:
        peer = Peer(here)
        send_message(there, {"call": -1, "arguments": ["list", ["list"], ["dict"]]})
        there.shutdown(socket.SHUT_WR)
        with pytest.raises(PeerLost):
            peer.global_variable("x")
        receive_message(there, 10)
        assert "refused" in receive_message(there, 10)[0]


def test_peer_refuses_a_reply_that_is_too_large(served, monkeypatch):
    peer, namespace = served
    namespace["numbers"] = lambda: list(range(2000))
    namespace["value"] = 1
    numbers = peer.global_variable("numbers")
    monkeypatch.setattr(messages, "MAX_JSON_BYTES", 1000)
    with pytest.raises(TransferError, match="bytes of JSON text"):
        numbers()
    assert peer.global_variable("value") == 1
