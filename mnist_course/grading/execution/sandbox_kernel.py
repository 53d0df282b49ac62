"""Start the kernel of one submission in a sandbox."""

import dataclasses
import json
import os
import sys
import time
from pathlib import Path

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from mnist_course.grading.execution import fork_server, kernel_process
from mnist_course.grading.execution.limits import Limits
from mnist_course.grading.execution.resource_monitor import process_tree
from mnist_course.grading.execution.sandbox import HOME, sandbox_command, sandbox_user

# The socket rejects larger messages, each of which would be held in memory several times.
MAX_MESSAGE_BYTES = 32_000_000
START_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class SandboxKernel:
    """How and with which limits the kernel of one submission is started.

    Attributes
    ----------
    folder : Path
        An empty folder with a short path, for the kernel's sockets.
    limits : Limits
        Limits of the submission.
    readable : tuple of Path
        Files and folders with read access, beside those of Python.
    environment : dict of str to str
        Environment variables.
    sandboxed : bool
        False only if the instructor chose --without-sandbox.
    fork_server : str or None
        Address of a `KernelForkServer`; None starts a new Python process.
    """

    folder: Path
    limits: Limits
    readable: tuple[Path, ...] = ()
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    sandboxed: bool = True
    fork_server: str | None = None

    @property
    def user(self) -> int | None:
        """User id of student code, or None for the user of this process."""
        return sandbox_user() if self.sandboxed else None

    @property
    def connection_file(self) -> str:
        """Path of Jupyter's connection file."""
        return str(self.folder / "connection.json")

    @property
    def log(self) -> Path:
        """File for the kernel's log, beside the folder: student code cannot write there."""
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def arguments(self) -> list[str]:
        """Command line arguments of the kernel."""
        return ["-f", self.connection_file, "--HistoryManager.enabled=False"]

    @property
    def kernel_environment(self) -> dict[str, str]:
        """Environment variables of the kernel, beside HOME and PATH."""
        return {**kernel_process.ENVIRONMENT, **self.environment}

    def command(self) -> list[str]:
        """Return the command line that starts the kernel, or an empty sandbox for a forked one."""
        module = "mnist_course.grading.execution.kernel_process"
        program = [sys.executable, "-P", "-m", module, *self.arguments]
        if self.fork_server:
            program = ["sleep", "infinity"]
        settings = {"limits": dataclasses.asdict(self.limits), "user": self.user}
        environment = {**self.kernel_environment, "MNIST_COURSE_LIMITS": json.dumps(settings)}
        if not self.sandboxed:
            return ["env", *(f"{name}={value}" for name, value in environment.items()), *program]
        return sandbox_command(
            program, writable=self.folder, readable=self.readable, environment=environment
        )

    def start_forked(self, sandbox_group: int) -> int:
        """Start a forked kernel in an empty sandbox.

        Parameters
        ----------
        sandbox_group : int
            Process group of the sandbox.

        Returns
        -------
        int
            Id of the process from which the kernel descends.
        """
        deadline = time.monotonic() + START_SECONDS
        while not (found := [p for p in process_tree(sandbox_group) if p.name() == "sleep"]):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start within {START_SECONDS} s")
            time.sleep(0.005)
        request = {
            "sandbox_pid": found[0].pid,
            "sandbox_group": sandbox_group,
            "limits": dataclasses.asdict(self.limits),
            "user": self.user,
            "arguments": self.arguments,
            "environment": {"HOME": HOME, "PATH": "/usr/bin:/bin", **self.kernel_environment},
            "log": str(self.log),
        }
        return fork_server.request_kernel(self.fork_server, request)


class SandboxKernelManager(AsyncKernelManager):
    """Manage a sandboxed kernel that communicates through Unix sockets in its folder."""

    def __init__(self, kernel: SandboxKernel, **kwargs):
        context = zmq.asyncio.Context()
        context.maxmsgsize = MAX_MESSAGE_BYTES
        super().__init__(context=context, **kwargs)
        self.transport = "ipc"
        self.ip = str(kernel.folder / "s")
        self.connection_file = kernel.connection_file
        self._kernel_spec = KernelSpec(
            argv=kernel.command(), language="python", interrupt_mode="message"
        )
        self._user = kernel.user
        if self._user is not None:
            os.chown(kernel.folder, self._user, self._user)

    def write_connection_file(self, **kwargs) -> None:
        """Write the connection file, readable for the kernel's user."""
        super().write_connection_file(**kwargs)
        if self._user is not None:
            os.chown(self.connection_file, self._user, self._user)
