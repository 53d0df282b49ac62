"""The program that runs in the sandbox: apply the limits, then run a Jupyter kernel."""

import json
import os
import resource
import sys

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp

from mnist_course.grading.execution.limits import MEGABYTE

ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "LANG": "C.UTF-8"}


class CappedStream(OutStream):
    """An output stream that cuts the output of each cell.

    It keeps the output of honest work small. Student code can disable it, so the process that
    receives the output cuts it too.

    Attributes
    ----------
    max_length : int
        Characters that one cell may write.
    """

    max_length = MEGABYTE
    _cell, _used = None, 0

    def write(self, string: str) -> int:
        """Write a string, cut where the cell reaches its limit."""
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._used = cell, 0
        left = max(0, self.max_length - self._used)
        self._used += len(string)
        if left:
            # One character more than allowed: the receiver must notice that output was cut.
            super().write(string[: left + 1])
        return len(string)


def main() -> None:
    """Read limits and user from the environment, apply them and run the kernel."""
    settings = json.loads(os.environ.pop("MNIST_COURSE_LIMITS"))
    apply_limits(settings["limits"], settings["user"])
    run_kernel_process(settings["limits"], sys.argv[1:])


def run_kernel_process(limits: dict, arguments: list[str]) -> None:
    """Run a kernel until it is shut down; the operating system's limits must be set already."""
    CappedStream.max_length = limits["cell_output_bytes"]
    stream = f"{CappedStream.__module__}.{CappedStream.__qualname__}"
    app = IPKernelApp.instance(outstream_class=stream)
    app.initialize(arguments)
    app.start()


def apply_limits(limits: dict, user: int | None) -> None:
    """Set the limits that the operating system enforces for this process, and change its user.

    Parameters
    ----------
    limits : dict
        The fields of `Limits`.
    user : int or None
        User id to change to; None keeps the user.
    """
    for kind, value in [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 500 * MEGABYTE),
        (resource.RLIMIT_NPROC, limits["processes"]),
        # This counts reserved address space, of which TensorFlow has much, so it only stops single
        # huge arrays. The resource monitor measures the memory in use.
        (resource.RLIMIT_DATA, limits["memory_bytes"] + 4000 * MEGABYTE),
    ]:
        resource.setrlimit(kind, (value, value))
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


if __name__ == "__main__":
    # The kernel imports the class by its module name, which is not `__main__`; the limit must be
    # set on that class.
    from mnist_course.grading.execution import kernel_process

    kernel_process.main()
