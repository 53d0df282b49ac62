"""Grade each submission in a process of its own, forked from one that has nbgrader loaded."""

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from mnist_course.grading.execution.autograde import Exercise, Outcome, grade
from mnist_course.grading.execution.fork_server import WarmKernels

_kernels: dict[tuple[str, ...], WarmKernels] = {}
_one_at_a_time = threading.Lock()

# How long, in seconds, nbgrader's own work around the kernel may take.
GRACE = 120


def grade_apart(exercise: Exercise, content: bytes) -> Outcome:
    """Grade one submission where it can harm no other; see `autograde.grade`.

    Loading nbgrader takes seconds. A server process loads it once, runs no thread and nothing of
    a student's, and is forked for each submission.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mnist_course.grading.execution.autograde"])
    # Dask's workers are daemons, and multiprocessing lets those have no children. Ours never
    # outlives this call, nor this process: it looks after that itself.
    multiprocessing.current_process()._config["daemon"] = False
    # A short path: those of sockets may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="mnist-course-", dir="/tmp"))
    ours, theirs = context.Pipe(duplex=False)
    given = (exercise, content, folder, _warm(exercise), theirs)
    process = context.Process(target=_grade, args=given, daemon=True)
    try:
        process.start()
        theirs.close()
        if ours.poll(exercise.limits.seconds + GRACE):
            with contextlib.suppress(EOFError):
                return ours.recv()
            return Outcome(cause="The process that graded it ended early (was memory short?).")
        return Outcome(cause=f"It was not done after {exercise.limits.seconds + GRACE} s.")
    finally:
        process.kill()
        process.join()
        ours.close()
        shutil.rmtree(folder, ignore_errors=True)


def _warm(exercise: Exercise) -> str | None:
    """Return the address of kernels that start warm, made when the first is asked for."""
    if not exercise.sandboxed:
        return None  # only the sandbox keeps a fork of that process in its limits
    with _one_at_a_time:
        if exercise.modules not in _kernels:
            _kernels[exercise.modules] = WarmKernels(exercise.modules)
    return _kernels[exercise.modules].address


def _grade(exercise, content: bytes, folder: Path, warm: str | None, answer: Connection) -> None:
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    answer.send(grade(exercise, content, folder, warm))


def _end_with_parent(folder: Path) -> None:
    multiprocessing.parent_process().join()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
