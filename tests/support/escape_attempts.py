"""Attempts to escape from a sandbox, and things on this machine that they try to reach."""

import contextlib
import ctypes
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from maintenance.demo_class import ASSIGNMENT

# From linux/keyctl.h.
SESSION_KEYRING, JOIN_SESSION, READ_KEY = -3, 1, 11

ESCAPES = """
import ctypes, os, socket, subprocess
from pathlib import Path
libc = ctypes.CDLL(None, use_errno=True)
def call(result):
    if result == -1: raise OSError(ctypes.get_errno(), "refused")
    return result
def connect(address):
    socket.socket(socket.AF_UNIX).connect(address)
def search_processes(file):
    def found(path):
        try:
            return {secret!r}.encode() in path.read_bytes()
        except OSError:
            return False
    return next(filter(found, Path("/proc").glob("[0-9]*/" + file)))
def open_files():
    links = [(fd, os.path.join("/proc/self/fd", fd)) for fd in os.listdir("/proc/self/fd")]
    return [(int(fd), os.readlink(link)) for fd, link in links if os.path.islink(link)]
def attempt(name, action):
    try:
        print("ESCAPED", name, action())
    except BaseException as error:
        print("blocked", name, type(error).__name__)
attempt("gradebook", lambda: open({database!r}, "r+b").write(b"forged"))
attempt("sources", lambda: Path({source!r}).read_text()[:9])
attempt("network", lambda: socket.create_connection(("127.0.0.1", {port}), 2))
attempt("socket file", lambda: connect({socket_file!r}))
attempt("abstract socket", lambda: connect("\\0" + {socket_file!r}))
attempt("repository", lambda: sorted(os.listdir({repository!r})).index("tests"))
attempt("processes", lambda: os.listdir("/proc").index({pid!r}))
attempt("signals", lambda: os.kill({pid}, 0))
attempt("command lines", lambda: search_processes("cmdline"))
attempt("environments", lambda: search_processes("environ"))
attempt("keyring", lambda: call(libc.syscall({keyctl}, {read_key}, {key}, None, 0, 0)))
attempt("temporary files", lambda: os.listdir("/tmp").index(os.path.basename({socket_file!r})))
attempt("writable folders", lambda: [line for line in open("/proc/self/mounts")
    if "rw" in line.split()[3].split(",") and not line.split()[1].startswith(("/proc", "/dev/"))
    and line.split()[1] not in ("/tmp", "/home/student")][0])
attempt("user namespace", lambda: subprocess.run(
    ["unshare", "--user", "true"], check=True, capture_output=True))
attempt("memory file", lambda: os.memfd_create("x"))
attempt("shared segment", lambda: call(libc.shmctl(call(libc.shmget(0, 4096, 0o600)), 0, None)))
attempt("users", lambda: open("/etc/shadow").read(3))
attempt("root user", lambda: os.setuid(0))
attempt("capabilities", lambda: [line for line in open("/proc/self/status")
    if line.startswith(("CapPrm", "CapEff", "CapAmb", "CapBnd")) and int(line.split()[1], 16)
    or line.split() == ["NoNewPrivs:", "0"]][0])
attempt("priority", lambda: os.nice(-1))
attempt("first process", lambda: call(libc.ptrace(16, 1, 0, 0)))
attempt("inherited files", lambda: [path for _, path in open_files()
    if path[0] == "/" and not path.startswith(("/dev/", "/memfd:log"))][0])
attempt("packages", lambda: Path(os.__file__).with_name("evil.py").write_text("x"))
attempt("course", lambda: Path(__import__("mnist_course").__file__).open("a").write(""))
attempt("root folder", lambda: Path("/evil").write_text("x"))
attempt("devices", lambda: Path("/dev/evil").write_text("x"))
attempt("kernel settings", lambda: open("/proc/sys/kernel/core_pattern", "r+"))
attempt("mounts", lambda: subprocess.run(
    ["mount", "-t", "tmpfs", "x", "/tmp"], check=True, capture_output=True))
attempt("log", lambda: [os.pwrite(fd, b"x", 65_536) for fd, path in open_files()
    if path.startswith("/memfd:log")][0])
attempt("disk", lambda: [Path(f"/tmp/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
attempt("shared memory",
    lambda: [Path(f"/dev/shm/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
"""
ATTEMPTS = re.findall(r'attempt\("(.+?)"', ESCAPES)
# Without a sandbox, root would damage this machine by these, or there is nothing to attempt.
ONLY_IN_SANDBOX = ATTEMPTS[ATTEMPTS.index("first process") :]
# Without a sandbox, only root can do these.
FOR_ROOT = ATTEMPTS[ATTEMPTS.index("users") : ATTEMPTS.index("first process")]


def harmless_escapes(escapes: str) -> str:
    """Return the code of the attempts that may also be made without a sandbox."""
    return escapes[: escapes.index(f'attempt("{ONLY_IN_SANDBOX[0]}"')]


@contextlib.contextmanager
def escape_targets(course: Path) -> Iterator[str]:
    """Make what the attempts try to reach; yield their code."""
    secret, socket_file = uuid.uuid4().hex, f"/tmp/mnist-course-{uuid.uuid4().hex}"
    wait = [sys.executable, "-c", "import time; time.sleep(600)", secret]
    with (
        subprocess.Popen(wait, env={"SECRET": secret}) as process,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(socket_file, family=socket.AF_UNIX),
        socket.create_server(f"\0{socket_file}", family=socket.AF_UNIX),
    ):
        try:
            yield ESCAPES.format(
                secret=secret,
                database=str(course / "spare.db"),
                source=str(course / "sources" / f"{ASSIGNMENT}.ipynb"),
                port=server.getsockname()[1],
                socket_file=socket_file,
                repository=str(Path(__file__).parents[2]),
                pid=str(process.pid),
                keyctl=_call_number("keyctl"),
                read_key=READ_KEY,
                key=_key_in_new_session(secret.encode()),
            )
        finally:
            process.kill()
            Path(socket_file).unlink()


def _key_in_new_session(secret: bytes) -> int:
    """Give this process a new session keyring with a key, which its children inherit."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [b"user", b"mnist-course-test", secret, len(secret), SESSION_KEYRING]
    if libc.syscall(_call_number("keyctl"), JOIN_SESSION, None) == -1:
        raise OSError(ctypes.get_errno(), "a new session keyring was refused")
    return libc.syscall(_call_number("add_key"), *arguments)


def _call_number(name: str) -> int:
    import pyseccomp  # importing it needs libseccomp, which only the sandbox needs

    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
