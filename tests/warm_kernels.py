"""Kernels that are forked from a process with Keras loaded, for the chapters' tests on Linux.

Importing Keras costs a kernel 5 CPU seconds, as much as many chapters on the sample. So each test
process imports it once, in a process of one thread, which is forked for every kernel. With
MNIST_COURSE_ALL_ROWS=1, as in .ci/run, each kernel starts from nothing as a learner's does.
"""

import multiprocessing
import os
import time
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from nbval.kernel import NbvalKernelspecManager

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


class ForkedProvisioner(LocalProvisioner):
    """Has the kernel forked where jupyter_client would start a program."""

    async def launch_kernel(self, cmd: list[str], **settings) -> dict:
        """Fork a kernel; return how to reach it."""
        environment = dict(settings.get("env") or os.environ)
        arguments = (cmd[cmd.index("-f") :], settings.get("cwd"), environment)
        self.process = ForkedKernel(target=become_kernel, args=arguments, daemon=True)
        before = dict(os.environ)
        os.environ.update(ENVIRONMENT)  # for the server, which starts with the first kernel
        try:
            self.process.start()
        finally:
            os.environ.clear()
            os.environ.update(before)
        self.pid = self.pgid = self.process.pid
        while os.getpgid(self.pid) != self.pid:  # signals go to its group, so it has its own
            time.sleep(0.001)
        return self.connection_info


def fork_kernels() -> None:
    """Have nbval's kernels forked from here on. Those of grading stay in their sandbox."""
    server.set_forkserver_preload(PRELOADED)
    group = KernelProvisionerFactory.GROUP_NAME
    entry = EntryPoint("forked", f"{__name__}:{ForkedProvisioner.__name__}", group)
    KernelProvisionerFactory.instance().provisioners[entry.name] = entry
    find = NbvalKernelspecManager.get_kernel_spec

    def get_kernel_spec(self: NbvalKernelspecManager, kernel_name: str):
        spec = find(self, kernel_name)
        spec.metadata |= {"kernel_provisioner": {"provisioner_name": entry.name}}
        return spec

    NbvalKernelspecManager.get_kernel_spec = get_kernel_spec
