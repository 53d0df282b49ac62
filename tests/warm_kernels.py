"""Kernels that are forked from a process with Keras loaded, for the chapters' tests on Linux.

Importing Keras costs a kernel 5 CPU seconds, as much as many chapters on the sample. So each test
process imports it once, in a process of one thread, which is forked for every kernel. With
MNIST_COURSE_ALL_ROWS=1, as in .ci/run, each kernel starts from nothing as a learner's does.
"""

import multiprocessing
import os
import time
from pathlib import Path

from jupyter_client.provisioning import local_provisioner

PRELOADED = ["ipykernel.kernelapp", "ipywidgets", "keras", "matplotlib.pyplot", "mnist_course"]
# One thread, or a fork could hang; TensorFlow starts its own when it first computes. The backend
# is the one that ipykernel names, which comes too late for a Matplotlib that is loaded.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
server = multiprocessing.get_context("forkserver")


class ForkedKernel(server.Process):
    """A kernel's process, with as much of ``subprocess.Popen`` as jupyter_client asks for."""

    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        """Return how the kernel ended, or None while it runs."""
        return self.exitcode

    def wait(self) -> int:
        """Wait for the kernel's end and return how it ended."""
        self.join()
        return self.exitcode

    def send_signal(self, signum: int) -> None:
        """Send the kernel a signal."""
        os.kill(self.pid, signum)


def become_kernel(arguments: list[str], folder: str | None, environment: dict) -> None:
    """Turn a fork of the server into a kernel."""
    from ipykernel.kernelapp import IPKernelApp

    if len(list(Path(f"/proc/{os.getppid()}/task").iterdir())) > 1:
        raise RuntimeError("a module in PRELOADED starts a thread: a fork may hang; leave it out")
    os.setsid()
    os.chdir(folder or ".")
    os.environ.clear()
    os.environ.update(environment)
    IPKernelApp.launch_instance(arguments)


def launch(
    command: list[str], cwd: str | None = None, env: dict | None = None, **_
) -> ForkedKernel:
    """Fork a kernel; in the place of ``jupyter_client.launcher.launch_kernel``."""
    arguments = command[command.index("-f") :]
    kernel = ForkedKernel(
        target=become_kernel, args=(arguments, cwd, dict(env or os.environ)), daemon=True
    )
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)  # for the server, which starts with the first kernel
    try:
        kernel.start()
    finally:
        os.environ.clear()
        os.environ.update(before)
    while os.getpgid(kernel.pid) != kernel.pid:  # its own group: signals go to all of a group
        time.sleep(0.001)
    return kernel


def fork_kernels() -> None:
    """Have all kernels of this process forked from here on."""
    server.set_forkserver_preload(PRELOADED)
    local_provisioner.launch_kernel = launch
