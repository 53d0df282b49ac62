"""Grade each submission in its own process, forked from one that has imported nbgrader."""

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from mnist_course.grading.execution.autograde import grade_submission
from mnist_course.grading.execution.grading_job import GradingJob, Outcome

# Time for nbgrader's own work, beside the limit for the notebook.
EXTRA_SECONDS = 120


def grade_in_subprocess(job: GradingJob, content: bytes) -> Outcome:
    """Grade one submission in its own process; see :func:`autograde.grade_submission`.

    Importing nbgrader takes seconds. A server process imports it once, runs no thread and has no
    student data, and is forked for each submission.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mnist_course.grading.execution.autograde"])
    # Dask's workers are daemons, which multiprocessing allows no children. This child is killed
    # below, and ends by itself if this process ends.
    multiprocessing.current_process()._config["daemon"] = False
    # A short path: the path of a Unix socket may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="mnist-course-", dir="/tmp"))
    receiver, sender = context.Pipe(duplex=False)
    arguments = (job, content, folder, sender)
    process = context.Process(target=_grade_and_send, args=arguments, daemon=True)
    seconds = job.limits.total_seconds + EXTRA_SECONDS
    try:
        process.start()
        sender.close()
        if receiver.poll(seconds):
            with contextlib.suppress(EOFError):
                return receiver.recv()
            return Outcome(error="The grading process ended early (was there too little memory?).")
        return Outcome(error=f"Grading did not finish within {seconds} s.")
    finally:
        process.kill()
        process.join()
        receiver.close()
        shutil.rmtree(folder, ignore_errors=True)


def _grade_and_send(job: GradingJob, content: bytes, folder: Path, sender: Connection) -> None:
    threading.Thread(target=_exit_with_parent, args=(folder,), daemon=True).start()
    sender.send(grade_submission(job, content, folder))


def _exit_with_parent(folder: Path) -> None:
    multiprocessing.parent_process().join()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
