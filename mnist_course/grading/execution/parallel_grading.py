"""Grade many submissions in parallel, with Dask's distributed scheduler."""

import contextlib
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.grading.assignments.code_cells import names_in_notebook
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.sandbox import SandboxError, require_sandbox
from mnist_course.grading.execution.subprocess_grading import grade_in_subprocess

# Submissions sent to each worker in advance: workers need not wait, and the scheduler does not
# hold a class of 10,000 in memory.
PREFETCH = 3


class GradingClusterError(RuntimeError):
    """The Dask cluster cannot be reached, or one of its workers cannot grade."""


def grade_all(
    job: GradingJob,
    submissions: Iterable[tuple[str, Callable[[], bytes]]],
    store: Callable[[str, Outcome], None],
    *,
    workers: int | None = None,
    cluster: str | None = None,
) -> None:
    """Grade submissions in parallel.

    Submissions and outcomes are sent through the scheduler, so no shared disk is needed. If a
    worker dies, its submissions are graded by another one.

    Parameters
    ----------
    job : GradingJob
        The assignment and how to grade it.
    submissions : iterable of (str, callable)
        Student ids, and functions that return the content of the notebook.
    store : callable
        Called in this process with student id and outcome, as each submission is finished.
    workers : int, optional
        Number of processes on this machine; default: one for each core.
    cluster : str, optional
        Address of a running Dask scheduler to use instead, such as "tcp://10.0.0.1:8786".

    Raises
    ------
    GradingClusterError
        The cluster cannot be reached, or one of its workers cannot grade.
    """
    waiting = iter(submissions)
    with _connect(workers, cluster) as client:
        _check_workers(client, job)
        queue, running = as_completed(), {}

        def submit_next() -> None:
            for student, read in waiting:
                key = f"{student}-{uuid.uuid4().hex}"
                future = client.submit(grade_in_subprocess, job, read(), key=key)
                running[future] = student
                queue.add(future)
                return

        for _ in range(PREFETCH * sum(client.ncores().values())):
            submit_next()
        for future in queue:
            student = running.pop(future)
            submit_next()
            store(student, _outcome_of_future(future))


def _outcome_of_future(future: Future) -> Outcome:
    try:
        return future.result()
    except KilledWorker:
        return Outcome(error="Several workers died while grading it.")
    except Exception as error:
        return Outcome(error=f"The worker could not grade it: {type(error).__name__}: {error}")


@contextlib.contextmanager
def _connect(workers: int | None, cluster: str | None) -> Iterator[Client]:
    if cluster:
        try:
            client = Client(cluster, timeout=20)
        except (OSError, ValueError) as error:
            raise GradingClusterError(
                f"There is no Dask scheduler at {cluster}: {error}\n"
                "What to do: start one with 'dask scheduler' and workers with 'dask worker "
                f"{cluster} --nthreads 1' on each machine, where this package is installed."
            ) from error
        with client:
            yield client
        return
    settings = {
        # A worker holds only a few notebooks; student code has its own memory limit.
        "memory_limit": 0,
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": logging.CRITICAL,
    }
    number = workers or os.cpu_count() or 1
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        LocalCluster(n_workers=number, threads_per_worker=1, processes=True, **settings) as local,
        Client(local) as client,
    ):
        yield client


def _check_workers(client: Client, job: GradingJob) -> None:
    """Raise a `GradingClusterError` if there is no worker, or one that cannot grade."""
    if not client.ncores():
        raise GradingClusterError(
            "The Dask scheduler has no workers.\nWhat to do: start some, one thread each: "
            f"dask worker {client.scheduler.address} --nthreads 1"
        )
    for worker, error in client.run(worker_error, job).items():
        if error:
            raise GradingClusterError(f"The worker {worker} cannot grade. {error}")


def worker_error(job: GradingJob) -> str | None:
    """Return the reason why this machine cannot grade a job, or None.

    If the assignment imports `load_mnist`, this also downloads the data into the course's cache,
    because sandboxed code has no network.
    """
    try:
        if job.sandboxed:
            require_sandbox()
        if any(name.endswith(".load_mnist") for name in names_in_notebook(job.release)):
            with contextlib.redirect_stdout(None):
                load_mnist(job.data)
    except (SandboxError, DataError) as error:
        return str(error)
    return None
