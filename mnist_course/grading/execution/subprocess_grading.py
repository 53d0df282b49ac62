"""Grade each submission in its own process, forked from one that has imported nbgrader."""

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from mnist_course.grading.execution.autograde import grade_submission
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.isolation.limits import MEGABYTE, limit_memory
from mnist_course.grading.execution.tester.client import tester_server
from mnist_course.grading.submissions.submitted_notebook import SubmissionError

# Time for nbgrader's own work, beside the limit for the notebook.
EXTRA_SECONDS = 120
START_SECONDS = 120  # a busy machine takes long to remove a process that has ended
MEMORY_BYTES = 2000 * MEGABYTE  # grading takes 0.1 to 0.4 GB
PROCESS_NAME = "grading"
SAFE_PATH = "PYTHONSAFEPATH"  # a variable of Python
SAFE_PATH_LOCK = threading.Lock()  # the environment belongs to all threads


def grade_in_subprocess(job: GradingJob, content: bytes) -> Outcome:
    """Grade one submission in its own process; see :func:`autograde.grade_submission`.

    Importing nbgrader takes seconds. A server process imports it once, runs no thread and has no
    student data, and is forked for each submission. Several threads may call this.
    """
    folder = None
    try:
        # A short path: the path of a Unix socket may have 107 characters.
        folder = Path(tempfile.mkdtemp(prefix="mnist-course-", dir="/tmp"))
        return _grade_in_folder(job, content, folder)
    except (OSError, SubmissionError) as error:
        return Outcome(error=f"This machine could not grade it: {error}", retry=True)
    finally:
        if folder:
            _remove_folder(folder)


def kill_grading_processes() -> None:
    """Kill all processes of :func:`grade_in_subprocess`, which then returns."""
    for process in multiprocessing.active_children():
        if process.name == PROCESS_NAME:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def _grade_in_folder(job: GradingJob, content: bytes, folder: Path) -> Outcome:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    seconds = job.limits.total_seconds + EXTRA_SECONDS
    with receiver:
        with sender:
            process = _start_process(job, content, folder, tester_server(job).address, sender)
        try:
            if not receiver.poll(seconds):
                return Outcome(error=f"Grading did not finish within {seconds} s.", retry=True)
            with contextlib.suppress(EOFError, OSError):  # it ended before or while sending
                return receiver.recv()
            return Outcome(
                error="The grading process ended early; the machine may have had too little "
                "memory.",
                retry=True,
            )
        finally:
            process.kill()
            process.join()


def _start_process(*arguments: object) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mnist_course.grading.execution.autograde"])
    # Dask's workers are daemons, which multiprocessing allows no children. This child is killed
    # by its caller, and ends by itself if this process ends.
    multiprocessing.current_process()._config["daemon"] = False
    options = {"target": _grade_and_send, "args": arguments, "name": PROCESS_NAME, "daemon": True}
    deadline = None
    while True:
        process = context.Process(**options)
        try:
            with _safe_path():
                process.start()
            return process
        except (EOFError, OSError) as error:
            # The server process was killed. multiprocessing starts it again, once the system has
            # removed the old one. A busy machine may need long to notice that, so the time counts
            # from the first error.
            deadline = deadline or time.monotonic() + START_SECONDS
            if time.monotonic() > deadline:
                raise OSError(f"no process could be started: {error}") from error
            time.sleep(0.05)


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Let no process that is started here import modules from the current folder.

    It may be the folder of the submissions: a student's `numpy.py` would run outside the sandbox.
    """
    with SAFE_PATH_LOCK:
        before = os.environ.get(SAFE_PATH)
        os.environ[SAFE_PATH] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ[SAFE_PATH]
            else:
                os.environ[SAFE_PATH] = before


def _grade_and_send(
    job: GradingJob, content: bytes, folder: Path, address: str, sender: Connection
) -> None:
    os.setsid()  # Ctrl-C in the terminal reaches the main process only
    # Libraries warn about notebooks there, and what they quote could change a terminal.
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    limit_memory(MEMORY_BYTES)  # a message of a kernel may have any number of parts
    threading.Thread(target=_exit_with_parent, args=(folder,), daemon=True).start()
    sender.send(grade_submission(job, content, folder, address))


def _exit_with_parent(folder: Path) -> None:
    multiprocessing.parent_process().join()
    _remove_folder(folder)
    os._exit(1)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(RecursionError):  # nested too deeply: a leftover must stop no run
        shutil.rmtree(folder, ignore_errors=True)
