"""Grade many submissions at once, on Dask's distributed scheduler."""

import contextlib
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.grading.execution import sandbox
from mnist_course.grading.execution.autograde import Exercise, Outcome
from mnist_course.grading.execution.subprocess_grading import grade_apart

# So many submissions a worker travel ahead of it: it never waits, and a class of 10,000 never
# lies in the scheduler's memory as a whole.
AHEAD = 3


class ScheduleError(RuntimeError):
    """The workers cannot grade."""


def grade_all(
    exercise: Exercise,
    submissions: Iterable[tuple[str, Callable[[], bytes]]],
    done: Callable[[str, Outcome], None],
    *,
    workers: int | None = None,
    cluster: str | None = None,
) -> None:
    """Grade submissions in parallel.

    Submissions travel to the workers through the scheduler, and outcomes back: no disk is shared.
    What a dying worker had in hand goes to another one.

    Parameters
    ----------
    exercise : Exercise
        What is graded.
    submissions : iterable of (id, callable)
        Each student's id, and what returns the bytes of the notebook.
    done : callable
        Called here, once for each submission, with its id and its outcome, as they come in.
    workers : int, optional
        How many processes to start on this machine; one for each core where it is left out.
    cluster : str, optional
        The address of a running Dask scheduler, such as "tcp://10.0.0.1:8786", instead.

    Raises
    ------
    ScheduleError
        The cluster cannot be reached, or a worker of it cannot grade.
    """
    waiting = iter(submissions)
    with _client(workers, cluster) as client:
        _check(client, exercise)
        queue, running = as_completed(), {}

        def send() -> None:
            for student, read in waiting:
                key = f"{student}-{uuid.uuid4().hex}"
                future = client.submit(grade_apart, exercise, read(), key=key)
                running[future] = student
                queue.add(future)
                return

        for _ in range(AHEAD * sum(client.ncores().values())):
            send()
        for future in queue:
            student = running.pop(future)
            send()
            done(student, _outcome(future))


def _outcome(future) -> Outcome:
    try:
        return future.result()
    except KilledWorker:
        return Outcome(cause="Several workers died while they graded it.")
    except Exception as error:
        return Outcome(cause=f"The worker could not grade it: {type(error).__name__}: {error}")


@contextlib.contextmanager
def _client(workers: int | None, cluster: str | None) -> Iterator[Client]:
    if cluster:
        try:
            client = Client(cluster, timeout=20)
        except (OSError, ValueError) as error:
            raise ScheduleError(
                f"No Dask scheduler answers at {cluster}: {error}\n"
                "What to do: start one with 'dask scheduler' and workers with 'dask worker "
                f"{cluster} --nthreads 1' on each machine, where this package is installed."
            ) from error
        with client:
            yield client
        return
    settings = {
        # A worker holds a notebook or two; what students' code takes is limited elsewhere.
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


def _check(client: Client, exercise: Exercise) -> None:
    """Ask every worker whether it can grade, before any time is lost."""
    if not client.ncores():
        raise ScheduleError(
            "The Dask scheduler has no workers.\nWhat to do: start some, one thread each: "
            f"dask worker {client.scheduler.address} --nthreads 1"
        )
    for worker, fault in client.run(fault_here, exercise).items():
        if fault:
            raise ScheduleError(f"The worker {worker} cannot grade. {fault}")


def fault_here(exercise: Exercise) -> str | None:
    """Return why this machine cannot grade an exercise; None where it can.

    On the way the digits come into the course's cache, where sandboxed code finds them.
    """
    try:
        if exercise.sandboxed:
            sandbox.require()
        if "load_mnist" in exercise.release:
            with contextlib.redirect_stdout(None):
                load_mnist(exercise.data)
    except (sandbox.SandboxError, DataError) as error:
        return str(error)
    return None
