"""Start tester servers, and let a tester process run the tests of a submission."""

import contextlib
import dataclasses
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.execution.data_access import data_access
from mnist_course.grading.execution.exchange.messages import (
    ConnectionClosed,
    MessageError,
    receive_message,
    send_message,
)
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.isolation.limits import Limits
from mnist_course.grading.execution.isolation.sandbox import start_in_sandbox
from mnist_course.grading.execution.student import kernel_process
from mnist_course.grading.execution.tester.preload import modules_to_preload
from mnist_course.grading.execution.tester.report import CellReport
from mnist_course.grading.execution.tester.server import READY
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.submitted_notebook import SubmissionError

# One thread until the fork; TensorFlow starts its own at its first computation, after the fork.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
ENVIRONMENT |= kernel_process.ENVIRONMENT
START_SECONDS = 120
REPORT_SECONDS = 10  # the tester reports before the student's cell ends


class TesterServer:
    """A tester server; it ends with this process.

    Parameters
    ----------
    modules : sequence of str
        Modules that it imports before it is forked.
    environment : dict of str to str
        Environment variables for the data.
    readable : sequence of Path
        Files and folders with data.
    sandboxed : bool
        True runs it in a sandbox of its own.

    Attributes
    ----------
    address : str
        Path of its socket, in a folder that only this user can open.
    process : subprocess.Popen
        The server, or the sandbox in which it runs.

    Raises
    ------
    SubmissionError
        It did not start.
    """

    def __init__(
        self,
        modules: Sequence[str],
        environment: dict[str, str],
        readable: Sequence[Path],
        sandboxed: bool,
    ):
        folder = Path(tempfile.mkdtemp(prefix="mnist-course-tests-", dir="/tmp"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.address = str(folder / "socket")
        # The server ends when the write end of this pipe is closed, however this process ends.
        parent_pipe, write_end = os.pipe()
        weakref.finalize(self, os.close, write_end)
        with socket.socket(socket.AF_UNIX) as listener, tempfile.TemporaryFile() as log:
            listener.bind(self.address)
            listener.listen(64)
            descriptors = (listener.fileno(), parent_pipe)
            module = "mnist_course.grading.execution.tester.server"
            program = [sys.executable, "-P", "-m", module, *map(str, descriptors), *modules]
            environment = {**ENVIRONMENT, **environment}
            options = {"pass_fds": descriptors, "stdout": subprocess.PIPE}
            options["stderr"] = log
            if sandboxed:
                self.process = start_in_sandbox(
                    program, readable=readable, environment=environment, **options
                )
            else:
                environment["HOME"] = str(folder)
                self.process = subprocess.Popen(
                    program, stdin=subprocess.DEVNULL, env=environment, cwd="/", **options
                )
            os.close(parent_pipe)
            in_time = select.select([self.process.stdout], [], [], START_SECONDS)[0]
            if not in_time or self.process.stdout.readline() != READY:
                self.process.kill()
                log.seek(0)
                reason = printable(log.read()[-500:]) if in_time else f"not in {START_SECONDS} s"
                message = f"The tester process did not start: {reason}"
                raise SubmissionError(message, retry=True)

    @property
    def is_alive(self) -> bool:
        """True until its process has ended."""
        return self.process.poll() is None


_servers: dict[tuple, TesterServer] = {}
_servers_lock = threading.Lock()


def tester_server(job: GradingJob) -> TesterServer:
    """Return this process's tester server for a job, started on first use and if it has ended."""
    key = (modules_to_preload(job.release), job.data, job.sandboxed)
    with _servers_lock:
        if key not in _servers or not _servers[key].is_alive:
            _servers[key] = TesterServer(key[0], *data_access(job.data), job.sandboxed)
        return _servers[key]


class Tester:
    """The connection to the tester process of one submission.

    Parameters
    ----------
    address : str
        Path of a tester server's socket.
    cells : sequence of SourceCell
        The code cells of the source.
    limits : Limits
        Limits of the submission.

    Attributes
    ----------
    answer_socket : socket
        For the student's process; close it here when that process has started.

    Raises
    ------
    SubmissionError
        The tester server has ended.
    """

    def __init__(self, address: str, cells: Sequence[SourceCell], limits: Limits):
        self.cells, self._next = cells, 0
        self.answer_socket, tester_socket = socket.socketpair()
        self._control = socket.socket(socket.AF_UNIX)
        job = {"cells": [dataclasses.asdict(cell) for cell in cells]}
        try:
            self._control.settimeout(START_SECONDS)
            self._control.connect(address)
            socket.send_fds(self._control, [b"\0"], [tester_socket.fileno()])
            send_message(self._control, {**job, "limits": dataclasses.asdict(limits)})
        except (OSError, ConnectionClosed) as error:
            self.close()
            message = f"The tester process did not start: {error}"
            raise SubmissionError(message, retry=True) from error
        finally:
            tester_socket.close()

    def start_test(self, name: str) -> int:
        """Start a test cell; it waits until the student's process serves its answers.

        Returns
        -------
        int
            How many cells the tester runs for it: those since the test before it, at least one.
        """
        index = next(i for i, cell in enumerate(self.cells) if cell.name == name)
        cells = max(1, index - self._next + 1)
        self._next = index + 1
        with contextlib.suppress(OSError, ConnectionClosed):  # then there is no report
            send_message(self._control, {"test": index})
        return cells

    def report(self) -> CellReport | None:
        """Return the report of the test cell started last, or None if it has not finished.

        Raises
        ------
        SubmissionError
            The tester process has ended, or a set-up cell failed in it.
        """
        if self._control.fileno() < 0:
            return None  # an earlier test has not finished
        try:
            reply, _ = receive_message(self._control, REPORT_SECONDS)
        except TimeoutError:
            self.close()
            return None
        except (OSError, ConnectionClosed, MessageError) as error:
            raise SubmissionError(f"The tester process has ended: {error}", retry=True) from error
        if "error" in reply:
            raise SubmissionError(str(reply["error"]), retry=True)
        return CellReport(**reply)

    def close(self) -> None:
        """End the tester process."""
        self._control.close()
        self.answer_socket.close()
