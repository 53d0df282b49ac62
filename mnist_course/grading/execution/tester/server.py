"""The tester server: a process with the libraries imported, forked for the tests of a submission.

It never holds student code, and runs a single thread until it is forked. A fork gets the cells of
the source and a socket that is connected to the student's process; then it runs the test cells
that the grading process names, one after the other.
"""

import contextlib
import dataclasses
import importlib
import os
import select
import signal
import socket
import sys
import threading

import psutil

from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.execution.exchange.messages import (
    ConnectionClosed,
    receive_message,
    send_message,
)
from mnist_course.grading.execution.exchange.peer import Peer
from mnist_course.grading.execution.isolation.limits import Limits, apply_limits
from mnist_course.grading.execution.tester.run import SetupError, TesterRun, new_seeds

READY = b"ready\n"
EXTRA_SECONDS = 60  # beyond the time limit of the submission


def main() -> None:
    """Import the modules named on the command line, then fork for each connection.

    Arguments: the descriptors of a listening socket and of a pipe, which is closed when the parent
    process ends; then the modules.
    """
    listener, parent_pipe = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    for module in sys.argv[3:]:
        importlib.import_module(module)
    threads = psutil.Process().num_threads()
    if threads > 1:  # a fork of several threads can wait forever for a lock
        raise RuntimeError(f"importing {sys.argv[3:]} has started {threads - 1} threads")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(sys.stdout.fileno(), READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # nobody reads it any more
    while parent_pipe not in select.select([listener, parent_pipe], [], [])[0]:
        control, _ = listener.accept()
        if not os.fork():
            listener.close()
            _run_tests(control)
        control.close()


def _run_tests(control: socket.socket) -> None:
    """Run tests until the grading process closes its end of the connection."""
    status = 1
    try:
        threading.Thread(target=_exit_with_connection, args=(control,), daemon=True).start()
        _, (answers, *_), *_ = socket.recv_fds(control, 1, 1)
        job, _ = receive_message(control, None)
        limits = Limits(**job["limits"])
        apply_limits(limits)
        signal.alarm(limits.total_seconds + EXTRA_SECONDS)
        cells = [SourceCell(**{**cell, "names": tuple(cell["names"])}) for cell in job["cells"]]
        peer = Peer(socket.socket(fileno=answers), new_seed=new_seeds())
        run = TesterRun(cells, peer, limits)
        with contextlib.suppress(ConnectionClosed):
            _run_requested_tests(control, run, peer)
        status = 0
    finally:
        os._exit(status)


def _run_requested_tests(control: socket.socket, run: TesterRun, peer: Peer) -> None:
    error = None
    try:
        run.run_until_answer()
    except SetupError as setup_error:
        error = str(setup_error)
    while True:
        request, _ = receive_message(control, None)
        if error is None:
            try:
                reply = dataclasses.asdict(run.run_test(request["test"]))
            except SetupError as setup_error:
                error = str(setup_error)
        send_message(control, {"error": error} if error else reply)
        # After the reply: the student's cell must end last.
        peer.finish()


def _exit_with_connection(control: socket.socket) -> None:
    poll = select.poll()
    poll.register(control, 0)  # the end of the connection is always reported
    poll.poll()
    os._exit(1)


if __name__ == "__main__":
    main()
