"""What runs first inside the sandbox: bind itself to the limits, then become a Jupyter kernel."""

import json
import os
import resource
import sys

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp

HOME = "/home/student"
MEGABYTE = 1_000_000
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "LANG": "C.UTF-8"}


class CappedStream(OutStream):
    """A stream that cuts what one cell prints: honest work that prints too much stays small.

    The code of a submission can undo this; the far end of the wire cuts, too.
    """

    limit = MEGABYTE
    _cell, _used = None, 0

    def write(self, string: str) -> int:
        """Write the part of a string that the cell may still print."""
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._used = cell, 0
        left = max(0, self.limit - self._used)
        self._used += len(string)
        if left:
            # One more than allowed: so the far end sees that something was cut.
            super().write(string[: left + 1])
        return len(string)


def main() -> None:
    """Read the limits from the environment and run a kernel under them."""
    limits = json.loads(os.environ.pop("MNIST_COURSE_LIMITS"))
    confine(limits)
    serve(limits, sys.argv[1:])


def serve(limits: dict, arguments: list[str]) -> None:
    """Run a kernel until it is told to stop; its limits are set already."""
    CappedStream.limit = limits["output"]
    stream = f"{CappedStream.__module__}.{CappedStream.__qualname__}"
    app = IPKernelApp.instance(outstream_class=stream)
    app.initialize(arguments)
    app.start()


def confine(limits: dict) -> None:
    """Set this process's limits for good, and give up root where it has it."""
    for which, value in [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 500 * MEGABYTE),
        (resource.RLIMIT_NPROC, limits["processes"]),
        # Address space that is only reserved counts here, too, and TensorFlow reserves much: this
        # stops one huge array at once, and the watch outside counts what is really held.
        (resource.RLIMIT_DATA, limits["memory"] + 4000 * MEGABYTE),
    ]:
        resource.setrlimit(which, (value, value))
    if limits["user"] is not None:
        os.setgroups([])
        os.setresgid(*[limits["user"]] * 3)
        os.setresuid(*[limits["user"]] * 3)


if __name__ == "__main__":
    # The class that the kernel looks up by name must be the one whose limit was set.
    from mnist_course.grading.execution import kernel_process

    kernel_process.main()
