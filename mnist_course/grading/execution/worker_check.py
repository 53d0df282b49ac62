"""Check that a machine can grade, before it gets submissions."""

import contextlib

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.grading.assignments.code_cells import names_in_notebook
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.isolation.sandbox import SandboxError, require_sandbox


class WorkerError(RuntimeError):
    """A machine or the cluster cannot grade."""


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
