"""Grade many submissions in parallel, on this machine or on a Dask cluster."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait

from mnist_course.grading.execution.cluster import cluster_executor
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.subprocess_grading import (
    grade_in_subprocess,
    kill_grading_processes,
)
from mnist_course.grading.execution.worker_check import WorkerError, worker_error

# Submissions sent to each worker in advance: workers need not wait, and this process does not hold
# a class of 10,000 in memory.
PREFETCH = 3
THREAD_NAME = "mnist-course-grading"


def grade_all(
    job: GradingJob,
    submissions: Iterable[tuple[str, Callable[[], bytes]]],
    store: Callable[[str, Outcome], None],
    *,
    workers: int | None = None,
    cluster: str | None = None,
) -> None:
    """Grade submissions in parallel.

    If it is interrupted, by Ctrl-C or because `store` raises, it stops the other submissions.

    Parameters
    ----------
    job : GradingJob
        The assignment and how to grade it.
    submissions : iterable of (str, callable)
        Student ids, and functions that return the content of the notebook.
    store : callable
        Called in this process with student id and outcome, as each submission is finished.
    workers : int, optional
        Number of submissions graded at the same time on this machine; default: one for each core.
    cluster : str, optional
        Address of a running Dask scheduler to use instead, such as "tls://10.0.0.1:8786".
        Submissions and outcomes are sent through it, so no shared disk is needed.

    Raises
    ------
    WorkerError
        This machine, or a worker of the cluster, cannot grade.
    """
    waiting, running = iter(submissions), {}
    with _executor(job, workers, cluster) as (executor, number):

        def submit_next() -> None:
            for student, read in waiting:
                running[executor.submit(grade_in_subprocess, job, read())] = student
                return

        try:
            for _ in range(PREFETCH * number):
                submit_next()
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    submit_next()
                    store(running[future], _outcome_of_future(future))
                    del running[future]
        except KeyboardInterrupt:
            for future, student in running.items():
                if future.done():
                    store(student, _outcome_of_future(future))
            raise


def _outcome_of_future(future: Future) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # such as Dask's, if several workers died while grading it
        reason = f"{type(error).__name__}: {error}"
        return Outcome(error=f"The worker could not grade it: {reason}", retry=True)


def _executor(
    job: GradingJob, workers: int | None, cluster: str | None
) -> contextlib.AbstractContextManager[tuple[Executor, int]]:
    if cluster:
        return cluster_executor(cluster, job)
    return _local_executor(job, workers or os.cpu_count() or 1)


@contextlib.contextmanager
def _local_executor(job: GradingJob, number: int) -> Iterator[tuple[Executor, int]]:
    """Return threads, each of which waits for one grading process; no port is opened."""
    if error := worker_error(job):
        raise WorkerError(f"This machine cannot grade. {error}")
    executor = ThreadPoolExecutor(number, thread_name_prefix=THREAD_NAME)
    try:
        yield executor, number
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        # Nothing runs any more, unless grading was interrupted.
        while any(each.name.startswith(THREAD_NAME) for each in threading.enumerate()):
            kill_grading_processes()
            time.sleep(0.05)
