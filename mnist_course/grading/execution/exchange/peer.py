"""Call functions of another process over a socket, with plain values for arguments and results."""

import contextlib
import socket
import time
from collections.abc import Callable

from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.changes import (
    apply_changes,
    changed_arguments,
    snapshot,
)
from mnist_course.grading.execution.exchange.exceptions import decode_exception, encode_exception
from mnist_course.grading.execution.exchange.messages import (
    ConnectionClosed,
    MessageError,
    receive_message,
    send_message,
)
from mnist_course.grading.execution.exchange.values import decode, encode
from mnist_course.grading.submissions.printable import printable


class PeerLost(BaseException):
    """The other process has ended, does not answer, or sends something else than an answer.

    A `BaseException`, so that neither tests nor answers catch it with `except Exception`.
    """


class RemoteFunction:
    """A function of the other process.

    Attributes
    ----------
    __name__ : str
        Its name there.
    """

    def __init__(self, peer: "Peer", number: int, name: str):
        self._peer, self._number, self.__name__ = peer, number, name
        self.__doc__ = None  # not that of this class: a test may ask for the answer's

    def __call__(self, *arguments: object, **keywords: object) -> object:
        """Call it; see :meth:`Peer.call`."""
        return self._peer.call(self, arguments, keywords)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class Peer:
    """One end of the connection between a student's process and the tester process.

    Both ends work in the same way: each can call the functions that it was sent. While an end
    waits for a result, it answers the calls of the other one.

    Parameters
    ----------
    connection : socket
        Connected to the other process.
    new_seed : callable, optional
        Returns a seed to send with a call, or None.
    use_seed : callable, optional
        Called with a seed that came with a call.

    Attributes
    ----------
    deadline : float or None
        Time, by `time.monotonic`, until which the other process must have answered.
    undo : contextlib.ExitStack
        Closing it undoes the changes that calls have made in their arguments.
    """

    def __init__(
        self,
        connection: socket.socket,
        new_seed: Callable[[], int | None] = lambda: None,
        use_seed: Callable[[int], None] = lambda seed: None,
    ):
        self.connection, self.new_seed, self.use_seed = connection, new_seed, use_seed
        self.deadline: float | None = None
        self.undo = contextlib.ExitStack()
        self._functions: list[Callable] = []
        self._numbers: dict[int, int] = {}  # of the functions, by their id()

    def call(self, function: RemoteFunction, arguments: tuple, keywords: dict) -> object:
        """Call a function of the other process.

        Changes that the call makes in mutable arguments are made in the caller's objects as well.

        Raises
        ------
        Exception
            What the function raised, as the nearest built-in exception.
        TransferError
            An argument or the result cannot be sent.
        PeerLost
            The other process has ended or does not answer.
        """
        everything = [list(arguments), keywords]
        values, buffers = self._encode(everything, "the arguments")
        request = {"call": function._number, "arguments": values, "seed": self.new_seed()}
        reply = self._request(request, buffers)
        undo = apply_changes(everything, *reply.changes, from_reference=self._from_reference)
        self.undo.callback(undo)
        if reply.exception is not None:
            raise decode_exception(reply.exception)
        return self._decode(*reply.value)

    def global_variable(self, name: str) -> object:
        """Return the value of a global variable of the other process.

        Raises
        ------
        NameError
            There is no such variable.
        TransferError
            Its value cannot be sent.
        PeerLost
            The other process has ended or does not answer.
        """
        reply = self._request({"name": name})
        if reply.exception is not None:
            raise NameError(f"name {name!r} is not defined")
        return self._decode(*reply.value)

    def serve(self, namespace: dict) -> None:
        """Answer requests until the other process sends that it has finished.

        Parameters
        ----------
        namespace : dict
            The global variables that the other process may ask for.
        """
        while "finished" not in (received := receive_message(self.connection, None))[0]:
            self._answer(*received, namespace)

    def finish(self) -> None:
        """Let the other process return from :meth:`serve`."""
        with contextlib.suppress(OSError, ConnectionClosed):
            send_message(self.connection, {"finished": True})

    def _request(self, request: dict, buffers: list = ()) -> "_Reply":
        """Send a request; return the reply, after answering the calls that come before it."""
        try:
            self._send(request, buffers)
            header, buffers = receive_message(self.connection, self._seconds_left())
            while "reply" not in header:
                self._answer(header, buffers, {})
                header, buffers = receive_message(self.connection, self._seconds_left())
            if "refused" in header:
                # The text can be chosen by student code.
                raise TransferError(f"The other process reports: {printable(header['refused'])}")
            return _Reply(**header["reply"], buffers=buffers)
        except (OSError, ConnectionClosed, MessageError, LookupError, TypeError) as error:
            raise PeerLost(f"The answers' process does not answer: {error}") from error

    def _send(self, header: dict, buffers: list) -> None:
        """Send a message; one that is larger than the limits is refused and not sent."""
        try:
            send_message(self.connection, header, buffers, self._seconds_left())
        except MessageError as error:
            raise TransferError(str(error)) from error

    def _seconds_left(self) -> float | None:
        return None if self.deadline is None else max(0.01, self.deadline - time.monotonic())

    def _answer(self, request: dict, buffers: list, namespace: dict) -> None:
        """Carry out a request and send the reply."""
        try:
            if "name" in request:
                header, buffers = self._answer_name(request["name"], namespace)
            else:
                header, buffers = self._answer_call(request, buffers)
            self._send(header, buffers)
        except TransferError as error:
            self._send({"reply": {}, "refused": str(error)}, [])

    def _answer_name(self, name: str, namespace: dict) -> tuple[dict, list]:
        if name not in namespace:
            return {"reply": {"exception": {}}}, []
        encoded, buffers = self._encode(namespace[name], name)
        return {"reply": {"encoded": encoded}}, buffers

    def _answer_call(self, request: dict, buffers: list) -> tuple[dict, list]:
        everything = self._decode(request["arguments"], buffers)
        function = self._from_reference({"number": request["call"]})
        if request.get("seed") is not None:
            self.use_seed(request["seed"])
        before = snapshot(everything)
        result = exception = None
        try:
            result = function(*everything[0], **everything[1])
        except (TransferError, PeerLost, ConnectionClosed):
            raise
        except BaseException as error:
            exception = encode_exception(error)
        encoded, buffers = self._encode(result, f"the result of {_name_of(function)}")
        changes, changed = changed_arguments(before, to_reference=self._to_reference)
        reply = {"encoded": encoded, "encoded_changes": changes, "changed": len(changed)}
        return {"reply": {**reply, "exception": exception}}, [*buffers, *changed]

    def _encode(self, value: object, name: str) -> tuple:
        return encode(value, to_reference=self._to_reference, name=name)

    def _decode(self, encoded: object, buffers: list) -> object:
        return decode(encoded, buffers, from_reference=self._from_reference)

    def _to_reference(self, function: Callable) -> dict:
        if isinstance(function, RemoteFunction) and function._peer is self:
            return {"own": False, "number": function._number}
        number = self._numbers.setdefault(id(function), len(self._functions))
        if number == len(self._functions):
            self._functions.append(function)
        return {"own": True, "number": number, "name": _name_of(function)}

    def _from_reference(self, reference: dict) -> Callable:
        number = reference.get("number")
        if not isinstance(number, int):
            raise TransferError("A function came without its number.")
        if reference.get("own"):
            return RemoteFunction(self, number, printable(reference.get("name"), 100))
        if 0 <= number < len(self._functions):
            return self._functions[number]
        raise TransferError(f"There is no function with the number {number}.")


class _Reply:
    """A reply, whose fields may come from hostile code and are checked when they are decoded."""

    def __init__(
        self,
        buffers: list,
        encoded: object = None,
        encoded_changes: object = None,
        changed: int = 0,
        exception: object = None,
    ):
        split = len(buffers) - changed
        self.value = encoded, buffers[:split]
        self.changes = encoded_changes or ["list"], buffers[split:]
        self.exception = exception


def _name_of(function: Callable) -> str:
    return printable(getattr(function, "__name__", type(function).__name__), 100)
