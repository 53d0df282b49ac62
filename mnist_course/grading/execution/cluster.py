"""Grade on a running Dask cluster, over encrypted connections only."""

import contextlib
import gc
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.worker_check import WorkerError, worker_error

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 20


def require_tls(address: str) -> None:
    """Raise a `WorkerError` unless the address of a scheduler is one with TLS."""
    if not address.startswith("tls://"):
        raise WorkerError(
            f"--cluster {address} has no TLS: anyone who can reach the scheduler could run code on "
            "its workers and on this machine.\n"
            "Expected: tls://HOST:8786, and certificates in Dask's configuration "
            "(distributed.comm.tls)."
        )


@contextlib.contextmanager
def cluster_executor(address: str, job: GradingJob) -> Iterator[tuple[Executor, int]]:
    """Connect to a scheduler, and check its workers.

    The certificates are those in Dask's configuration, `distributed.comm.tls`.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as "tls://10.0.0.1:8786".
    job : GradingJob
        What the workers must be able to grade.

    Yields
    ------
    executor : concurrent.futures.Executor
        Runs functions on the workers. If a worker dies, another one runs its functions again.
    number : int
        Number of functions that run at the same time.

    Raises
    ------
    WorkerError
        The address has no TLS, the cluster cannot be reached, or one of its workers cannot grade.
    """
    require_tls(address)
    with _connect(address) as client:
        number = sum(client.ncores().values())
        if not number:
            raise WorkerError(
                "The Dask scheduler has no workers.\nWhat to do: start some, one thread each: "
                f"dask worker {address} --nthreads 1"
            )
        for worker, error in client.run(worker_error, job).items():
            if error:
                raise WorkerError(f"The worker {worker} cannot grade. {error}")
        executor = client.get_executor(pure=False)
        try:
            yield executor, number
        finally:
            executor.shutdown(wait=False)


def _connect(address: str) -> "Client":
    try:
        # Imported here, because only a cluster needs it.
        from distributed import Client
        from distributed.security import Security
    except ImportError as error:
        raise WorkerError(
            f"--cluster needs packages that are not installed ({error}).\n"
            "What to do: pip install 'mnist-course[cluster]'"
        ) from error
    try:
        # Without certificates, Dask raises a TypeError.
        security = Security(require_encryption=True)
        return Client(address, security=security, timeout=CONNECT_SECONDS)
    except (OSError, TypeError, ValueError) as error:
        reason = str(error)
    # Now, and not while another client starts: then Dask's clean-up of the client that did not
    # connect would wait forever for a lock.
    gc.collect()
    raise WorkerError(
        f"The Dask scheduler at {address} cannot be reached: {reason}\n"
        "What to do: start one with 'dask scheduler' and workers with 'dask worker "
        f"{address} --nthreads 1' on each machine, where this package is installed. All of "
        "them, and this machine, need certificates in Dask's configuration "
        "(distributed.comm.tls)."
    )
