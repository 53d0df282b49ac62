"""Start the kernel of one submission in a sandbox."""

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from mnist_course.grading.execution.isolation.limits import Limits
from mnist_course.grading.execution.isolation.sandbox import sandbox_command
from mnist_course.grading.execution.student import kernel_process

# The socket rejects larger messages, each of which would be held in memory several times.
MAX_MESSAGE_BYTES = 32_000_000
LOG_BYTES = 65_536
PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


@dataclasses.dataclass(frozen=True)
class SandboxKernel:
    """How and with which limits the kernel of one submission is started.

    Attributes
    ----------
    folder : Path
        An empty folder with a short path, for the kernel's sockets. The kernel has no access to it.
    limits : Limits
        Limits of the submission.
    readable : tuple of Path
        Files and folders with read access, beside those of Python.
    environment : dict of str to str
        Environment variables.
    sandboxed : bool
        False only if the instructor chose --without-sandbox.
    answer_socket : socket or None
        A socket that the kernel inherits, for :func:`answer_server.use_socket`.
    """

    folder: Path
    limits: Limits
    readable: tuple[Path, ...] = ()
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    sandboxed: bool = True
    answer_socket: socket.socket | None = None

    @property
    def kernel_environment(self) -> dict[str, str]:
        """Environment variables of the kernel, beside HOME and PATH."""
        return {**kernel_process.ENVIRONMENT, **self.environment}


class SandboxKernelManager(AsyncKernelManager):
    """Manage a sandboxed kernel that communicates through Unix sockets which are bound outside."""

    def __init__(self, kernel: SandboxKernel, **kwargs):
        context = zmq.asyncio.Context()
        context.maxmsgsize = MAX_MESSAGE_BYTES
        super().__init__(context=context, **kwargs)
        self.kernel, self._log = kernel, _open_log(kernel.sandboxed)
        self.transport, self.ip = "ipc", str(kernel.folder / "s")
        self.connection_file = str(kernel.folder / "connection.json")
        for name, port in PORTS.items():
            setattr(self, name, port)

    async def start_sandboxed_kernel(self) -> int:
        """Start the kernel; return its process group."""
        with contextlib.ExitStack() as stack:
            sockets = {port: stack.enter_context(self._listen(port)) for port in PORTS.values()}
            answer_socket = self.kernel.answer_socket
            settings = {
                "limits": dataclasses.asdict(self.kernel.limits),
                "connection": {**self.get_connection_info(), "key": self.session.key.decode()},
                "sockets": {port: each.fileno() for port, each in sockets.items()},
                "answer_socket": answer_socket.fileno() if answer_socket else None,
            }
            read_end = stack.enter_context(_pipe_with(json.dumps(settings).encode()))
            inherited = [read_end, *settings["sockets"].values()]
            if answer_socket:
                inherited.append(answer_socket.fileno())
            command, options = stack.enter_context(self._command(read_end, inherited))
            self._kernel_spec = KernelSpec(
                argv=command, language="python", interrupt_mode="message"
            )
            # "independent" only keeps jupyter_client from adding an environment variable.
            await self.start_kernel(
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                independent=True,
                **options,
            )
        return self.provisioner.pid

    def log_text(self) -> str:
        """Return what the kernel printed while it started; student code can write to it, too."""
        text = os.pread(self._log.fileno(), LOG_BYTES, 0)
        return text.rstrip(b"\0").decode(errors="replace")

    def _listen(self, port: int) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(f"{self.ip}-{port}")
        listening.listen(8)
        return listening

    @contextlib.contextmanager
    def _command(self, settings: int, inherited: list[int]) -> Iterator[tuple[list[str], dict]]:
        module = "mnist_course.grading.execution.student.kernel_process"
        program = [sys.executable, "-P", "-m", module, str(settings)]
        if self.kernel.sandboxed:
            with sandbox_command(
                program,
                readable=self.kernel.readable,
                environment=self.kernel.kernel_environment,
                pass_fds=inherited,
                limits=self.kernel.limits,
            ) as result:
                yield result
        else:
            environment = {**os.environ, **self.kernel.kernel_environment}
            yield program, {"env": environment, "pass_fds": inherited}


def _open_log(sandboxed: bool) -> BinaryIO:
    """Open a file for the kernel's log; in a sandbox it is in memory and cannot grow."""
    if not sandboxed:
        return tempfile.TemporaryFile()
    log = os.fdopen(os.memfd_create("log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+b")
    log.truncate(LOG_BYTES)
    import fcntl  # Windows has none

    fcntl.fcntl(log, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return log


@contextlib.contextmanager
def _pipe_with(content: bytes) -> Iterator[int]:
    """Yield the read end of a pipe that holds a short content."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"):
        with os.fdopen(write_end, "wb") as file:
            file.write(content)
        yield read_end
