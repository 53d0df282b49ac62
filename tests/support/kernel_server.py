"""Start Jupyter kernels as forks of one process that has imported Keras.

Importing Keras takes about five CPU seconds, and most lessons do it. So one process imports it
when the first kernel is asked for, and each kernel is a fork of that process.
"""

import contextlib
import importlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from jupyter_client import launcher

# Names the socket of the server of this test run, for all its processes.
ADDRESS = "MNIST_COURSE_KERNELS"
PRELOADED = ("keras", "ipykernel.kernelapp")
# A fork copies one thread only. TensorFlow starts its threads when it first computes, and NumPy's
# libraries when they are imported, unless they are to use one thread.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ForkedKernel:
    """The part of ``subprocess.Popen`` that Jupyter uses, for a kernel that the server forked."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid, self.returncode = pid, None

    def poll(self) -> int | None:
        """Return 0 once the process has ended; only the server, its parent, learns its status."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            self.returncode = 0
        return self.returncode

    def wait(self) -> int | None:
        """Return the status; Jupyter calls this after ``poll`` has returned one."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


def start_server() -> Callable[[], None]:
    """Start the server, which imports nothing yet; return a function that ends it."""
    folder = tempfile.TemporaryDirectory(prefix="kernels-", dir="/tmp")
    address = str(Path(folder.name, "socket"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(listener.fileno())],
            # The server ends when this pipe is closed, however this process may end.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env=os.environ | ONE_THREAD,
            start_new_session=True,
        )
    os.environ[ADDRESS] = address

    def stop() -> None:
        process.stdin.close()
        process.wait()
        del os.environ[ADDRESS]
        folder.cleanup()

    return stop


def launch_kernel(
    command: list[str], *, env: dict, cwd: str, **options
) -> ForkedKernel | subprocess.Popen:
    """Start a kernel as Jupyter's function of this name does, but as a fork of the server."""
    request, reply = {"arguments": command[-2:], "env": env, "cwd": str(cwd)}, b""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.connect(os.environ[ADDRESS])
        client.sendall(json.dumps(request).encode())
        client.shutdown(socket.SHUT_WR)
        reply = client.recv(100)
    if reply:
        return ForkedKernel(int(reply))
    warnings.warn(
        "The server of kernels cannot import Keras, or has several threads, so that it cannot be "
        "forked: each kernel is a new process, and the tests take longer.",
        stacklevel=2,
    )
    return launcher.launch_kernel(command, env=env, cwd=cwd, **options)


def main() -> None:
    """Fork a kernel for each request, until the standard input is closed."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, reap)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        client, _ = listener.accept()
        with client:
            request = json.loads(b"".join(iter(lambda: client.recv(65536), b"")))  # noqa: B023
            for module in PRELOADED:
                importlib.import_module(module)
            if len(list(Path("/proc/self/task").iterdir())) == 1 and os.fork() == 0:
                listener.close()
                become_kernel(client, request)


def reap(*_) -> None:
    """Collect kernels that have ended, which also adds their CPU time to the server's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def become_kernel(client: socket.socket, request: dict) -> None:
    """Turn this fork into a kernel, as a process that was started for it would be."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    random.seed()
    np.random.seed()  # noqa: NPY002
    client.sendall(str(os.getpid()).encode())
    client.close()
    arguments = [*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.argv = ["ipykernel_launcher", *arguments]
    IPKernelApp.launch_instance(arguments)
    os._exit(0)


if __name__ == "__main__":
    main()
