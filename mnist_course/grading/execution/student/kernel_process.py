"""The program that runs in the sandbox: apply the limits, then run a Jupyter kernel."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp

from mnist_course.grading.execution.isolation.limits import MEGABYTE, Limits, apply_limits
from mnist_course.grading.execution.student import answer_server

ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "LANG": "C.UTF-8"}


class CappedStream(OutStream):
    """An output stream that cuts the output of each cell.

    It keeps the output of honest work small. Student code can disable it, so the process that
    receives the output cuts it too.

    Attributes
    ----------
    max_length : int
        Characters that one cell may write.
    """

    max_length = MEGABYTE
    _cell, _used = None, 0

    def write(self, string: str) -> int:
        """Write a string, cut where the cell reaches its limit."""
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._used = cell, 0
        left = max(0, self.max_length - self._used)
        self._used += len(string)
        if left:
            # One character more than allowed: the receiver must notice that output was cut.
            super().write(string[: left + 1])
        return len(string)


class SandboxKernelApp(IPKernelApp):
    """A kernel that uses sockets which were bound outside the sandbox, and no connection file.

    Attributes
    ----------
    connection : dict
        Jupyter's connection information.
    sockets : dict of int to int
        File descriptors of the listening sockets, by port.
    """

    connection: dict = {}  # noqa: RUF012 - set once, before the kernel starts
    sockets: dict[int, int] = {}  # noqa: RUF012

    def init_connection_file(self) -> None:
        """Use the connection information that this process was given."""
        self.load_connection_info(self.connection)

    def write_connection_file(self, **kwargs) -> None:
        """Write no file: the process outside has the connection information."""

    def _try_bind_socket(self, s, port):
        s.setsockopt(zmq.USE_FD, self.sockets[port])
        return super()._try_bind_socket(s, port)

    def init_heartbeat(self) -> None:
        """Start the heartbeat, on its inherited socket."""
        context = zmq.Context()
        context.setsockopt(zmq.USE_FD, self.sockets[self.hb_port])
        self.heartbeat = Heartbeat(context, (self.transport, self.ip, self.hb_port))
        self.heartbeat.start()


def main() -> None:
    """Read the settings from a file descriptor, apply the limits and run the kernel."""
    with os.fdopen(int(sys.argv.pop()), encoding="utf-8") as file:
        settings = json.load(file)
    limits = Limits(**settings["limits"])
    apply_limits(limits)
    if settings["answer_socket"] is not None:
        answer_server.use_socket(settings["answer_socket"])
    CappedStream.max_length = limits.cell_output_bytes
    SandboxKernelApp.connection = settings["connection"]
    SandboxKernelApp.sockets = {int(port): fd for port, fd in settings["sockets"].items()}
    stream = f"{CappedStream.__module__}.{CappedStream.__qualname__}"
    app = SandboxKernelApp.instance(outstream_class=stream)
    with _output_discarded():
        app.initialize(["--HistoryManager.enabled=False"])
    app.start()


@contextlib.contextmanager
def _output_discarded() -> Iterator[None]:
    """Discard what is written to the descriptors of stdout and stderr, unless the block fails.

    ipykernel repeats there what programs print, and stops reading their output if it cannot. The
    log, to which both lead at first, is full after 64 KB.
    """
    log = os.dup(sys.__stderr__.fileno())
    discard = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (sys.__stdout__.fileno(), sys.__stderr__.fileno()):
        os.dup2(discard, descriptor)
    os.close(discard)
    try:
        yield
    except BaseException:
        os.dup2(log, sys.__stderr__.fileno())
        raise
    finally:
        os.close(log)


if __name__ == "__main__":
    # The kernel imports the classes by their module's name, which is not `__main__`; the settings
    # must be set on those classes.
    from mnist_course.grading.execution.student import kernel_process

    kernel_process.main()
