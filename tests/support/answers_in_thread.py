"""Run tests in this process, with the answers in a thread of it."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

from IPython.core.interactiveshell import InteractiveShell

from mnist_course.grading.assignments.source_cells import SourceCell
from mnist_course.grading.execution.exchange.peer import Peer
from mnist_course.grading.execution.tester.run import TesterRun
from tests.support.grading import LIMITS


@contextlib.contextmanager
def running(cells: Sequence[SourceCell], namespace: dict) -> Iterator[TesterRun]:
    """Yield a run of a source's cells, with a student's global variables at the other end."""
    InteractiveShell.clear_instance()
    here, there = socket.socketpair()
    peer = Peer(here)
    server = threading.Thread(target=Peer(there).serve, args=(namespace,))
    with here, there:
        server.start()
        try:
            yield TesterRun(cells, peer, LIMITS)
        finally:
            peer.finish()
            server.join(timeout=10)
            InteractiveShell.clear_instance()
