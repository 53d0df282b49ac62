"""Kernels that start warm: forked from a process that has TensorFlow loaded, into the sandbox.

Importing Keras takes longer than training a small network. So one process for each worker imports
it once; it holds nothing of a student or an instructor, runs a single thread, and is forked for
each submission. The fork enters the room that bubblewrap has made (as `nsenter` does) and gives up
every right before student code runs.
"""

import ctypes
import fcntl
import importlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.execution import kernel_process

# Of linux/nsfs.h, linux/prctl.h and linux/capability.h.
NS_GET_PARENT = 0xB702
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
# The one that changes what files there are comes last.
NAMESPACES = ("user", "cgroup", "ipc", "net", "uts", "pid", "mnt")

# One thread: only such a process is forked safely. TensorFlow starts its threads when it first
# computes, which is after the fork.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **kernel_process.ENVIRONMENT}


class WarmKernels:
    """The process that is forked, seen from outside.

    Parameters
    ----------
    modules : iterable of str
        What it imports.

    Attributes
    ----------
    address : str or None
        Where to `ask` for a kernel; None where a module cannot be imported, or started a thread.
    """

    def __init__(self, modules: Iterable[str]):
        folder = Path(tempfile.mkdtemp(prefix="mnist-course-warm-", dir="/tmp"))
        address = str(folder / "socket")
        # It ends when this end of the pipe is closed, however this process may end.
        life, self._life = os.pipe()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address)
            server.listen(64)
            # No folder in its arguments and no secret in its environment: its forks can read both.
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "mnist_course.grading.execution.fork_server",
                    str(life),
                    *modules,
                ],
                stdin=server,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(life,),
                env={"PATH": "/usr/bin:/bin", "HOME": kernel_process.HOME, **ENVIRONMENT},
                cwd="/",
            )
        os.close(life)
        ready = process.stdout.readline() == b"ready\n"
        process.stdout.close()
        self.address = address if ready else None


def ask(address: str, request: dict) -> int:
    """Ask for a kernel in a room.

    Parameters
    ----------
    address : str
        Of the `WarmKernels`.
    request : dict
        `pid` and `group`: a process in the room, and the group of processes that makes it up;
        `limits`, `environment`, `arguments` and `stderr` of the kernel.

    Returns
    -------
    int
        The process that waits for the kernel, and is the ancestor of all that it starts.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(address)
        client.sendall(json.dumps(request).encode())
        client.shutdown(socket.SHUT_WR)
        return int(client.recv(100))


def main() -> None:
    """Import what kernels need; then fork for each that is asked for."""
    life = int(sys.argv[1])
    server = socket.socket(fileno=0)
    folder = Path(server.getsockname()).parent
    try:
        for module in sys.argv[2:]:
            importlib.import_module(module)
        if len(list(Path("/proc/self/task").iterdir())) == 1:  # else a fork could hang
            print("ready", flush=True)
            _serve(server, life)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(server: socket.socket, life: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while life not in select.select([server, life], [], [])[0]:
        client, _ = server.accept()
        with client:
            text = b"".join(iter(lambda: client.recv(65536), b""))  # noqa: B023
            process = os.fork()
            if not process:
                client.detach()
                _wait_for_kernel(json.loads(text))
            client.sendall(str(process).encode())


def _wait_for_kernel(request: dict) -> None:
    """Start a kernel in its room, and end the room with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.closerange(3, 4096)
        for number, where in ((0, os.devnull), (1, request["stderr"]), (2, request["stderr"])):
            os.dup2(os.open(where, os.O_RDWR | os.O_APPEND), number)
        os.closerange(3, 4096)
        if not (process := os.fork()):
            _enter(request["pid"])
            # A namespace of processes is entered by children only.
            if not (process := os.fork()):
                _become_kernel(request)
        os.waitpid(process, 0)
        os.killpg(request["group"], signal.SIGKILL)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _enter(pid: int) -> None:
    """Enter all namespaces of a process."""
    own = Path("/proc/self/ns/user").stat().st_ino
    opened = {name: os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in NAMESPACES}
    users = opened.pop("user")
    nested = os.fstat(users).st_ino != own
    if nested:
        # bubblewrap makes two, one in the other; the outer one owns the other namespaces.
        outer = fcntl.ioctl(users, NS_GET_PARENT)
        if os.fstat(outer).st_ino != own:
            _call("setns", outer, 0)
        else:
            _call("setns", users, 0)
            nested = False
    for descriptor in opened.values():
        _call("setns", descriptor, 0)
    if nested:
        _call("setns", users, 0)


def _become_kernel(request: dict) -> None:
    os.setsid()
    os.closerange(3, 4096)
    os.chdir(kernel_process.HOME)
    os.environ.clear()
    os.environ.update(request["environment"])
    random = sys.modules.get("numpy.random")
    if random:
        random.seed()
    # The limits go first, for root may set them; then every right, in this order.
    kernel_process.confine(request["limits"])
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    _call("capset", header, bytes(24))
    # As it would be had this program been started here: its own /proc/self can be read again.
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    sys.argv = ["kernel"]
    kernel_process.serve(request["limits"], request["arguments"])


def _call(name: str, *arguments) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


if __name__ == "__main__":
    main()
