"""Start kernels quickly: fork them from a process that has imported TensorFlow already.

Importing Keras takes longer than training a small network. Each worker therefore has one process
that imports it once. This process has no student or instructor data, runs a single thread, and is
forked for each submission. The fork enters the sandbox that bubblewrap has made and drops all
privileges before student code runs.
"""

import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.execution import kernel_process
from mnist_course.grading.execution.namespaces import drop_privileges, enter_namespaces
from mnist_course.grading.execution.sandbox import HOME

# Only a process with a single thread can be forked safely. TensorFlow starts its threads at its
# first computation, which is after the fork.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **kernel_process.ENVIRONMENT}


class KernelForkServer:
    """Start a fork server; it ends with this process.

    Parameters
    ----------
    modules : iterable of str
        Modules that it imports.

    Attributes
    ----------
    address : str or None
        Address for :func:`request_kernel`; None if a module cannot be imported or starts a thread.
    """

    def __init__(self, modules: Iterable[str]):
        folder = Path(tempfile.mkdtemp(prefix="mnist-course-fork-", dir="/tmp"))
        address = str(folder / "socket")
        # The server ends when the write end of this pipe is closed, however this process ends.
        read_end, self._write_end = os.pipe()
        module = "mnist_course.grading.execution.fork_server"
        # Arguments and environment have no path of the course and no secret: forks can read both.
        environment = {"PATH": "/usr/bin:/bin", "HOME": HOME, **ENVIRONMENT}
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address)
            server.listen(64)
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(read_end), *modules],
                stdin=server,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(read_end,),
                env=environment,
                cwd="/",
            )
        os.close(read_end)
        ready = process.stdout.readline() == b"ready\n"
        process.stdout.close()
        self.address = address if ready else None


def request_kernel(address: str, request: dict) -> int:
    """Request a kernel in an existing sandbox.

    Parameters
    ----------
    address : str
        Address of a `KernelForkServer`.
    request : dict
        `sandbox_pid`: a process in the sandbox; `sandbox_group`: its process group, killed when
        the kernel ends; `limits`, `user`, `environment` and `arguments` of the kernel; `log`: file
        for its output.

    Returns
    -------
    int
        Id of the process that waits for the kernel; the kernel and all its processes descend from
        it.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(address)
        client.sendall(json.dumps(request).encode())
        client.shutdown(socket.SHUT_WR)
        return int(client.recv(100))


def main() -> None:
    """Import the modules, then fork for each request."""
    parent_pipe = int(sys.argv[1])
    server = socket.socket(fileno=0)
    folder = Path(server.getsockname()).parent
    try:
        for module in sys.argv[2:]:
            importlib.import_module(module)
        if len(list(Path("/proc/self/task").iterdir())) == 1:  # a fork of threads can deadlock
            print("ready", flush=True)
            _serve(server, parent_pipe)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(server: socket.socket, parent_pipe: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while parent_pipe not in select.select([server, parent_pipe], [], [])[0]:
        client, _ = server.accept()
        with client:
            text = b"".join(iter(lambda: client.recv(65536), b""))  # noqa: B023
            process = os.fork()
            if not process:
                client.detach()
                _supervise_kernel(json.loads(text))
            client.sendall(str(process).encode())


def _supervise_kernel(request: dict) -> None:
    """Start a kernel in its sandbox, wait for its end and then kill the sandbox."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.closerange(3, 4096)
        for descriptor, path in ((0, os.devnull), (1, request["log"]), (2, request["log"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_APPEND), descriptor)
        os.closerange(3, 4096)
        if not (process := os.fork()):
            enter_namespaces(request["sandbox_pid"])
            # Only children are in the new pid namespace.
            if not (process := os.fork()):
                _become_kernel(request)
        os.waitpid(process, 0)
        os.killpg(request["sandbox_group"], signal.SIGKILL)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _become_kernel(request: dict) -> None:
    os.setsid()
    os.closerange(3, 4096)
    os.chdir(HOME)
    os.environ.clear()
    os.environ.update(request["environment"])
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random:
        numpy_random.seed()
    # Limits first, because setting them may need root; then no privilege is left.
    kernel_process.apply_limits(request["limits"], request["user"])
    drop_privileges()
    sys.argv = ["kernel"]
    kernel_process.run_kernel_process(request["limits"], request["arguments"])


if __name__ == "__main__":
    main()
