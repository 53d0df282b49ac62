"""The room that student code runs in, made by bubblewrap, and its limits."""

import dataclasses
import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import mnist_course
from mnist_course.grading.execution.kernel_process import HOME

# What a Python with TensorFlow reads of /etc; nothing there tells of the host or of a person.
ETC = [
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
]

HOW_TO_INSTALL = (
    "The sandbox is Debian's bubblewrap: sudo apt-get install bubblewrap (on Fedora: sudo dnf "
    "install bubblewrap). The Python package of that name is something else.\n"
    "To run student code without any protection, say so: --without-sandbox."
)


class SandboxError(RuntimeError):
    """The sandbox cannot be had on this machine."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, seconds : int
        For each cell, and for the whole submission.
    memory : int
        Bytes that all its processes hold together; files in memory count apart, 0.5 GB each place.
    processes : int
        Processes and threads; TensorFlow alone starts some 10 threads for each core.
    output : int
        Bytes that one cell may put out; the rest is cut while it streams.
    """

    cell_seconds: int = 300
    seconds: int = 1200
    memory: int = 3_000_000_000
    processes: int = 1000
    output: int = 1_000_000


def require() -> None:
    """Raise a `SandboxError` that says what to do, where bubblewrap is missing or cannot work."""
    _means()


def command(program: list[str], *, writable: Path, readable: Iterable[Path], environment: dict):
    """Return the command line that runs a program inside a new room.

    Parameters
    ----------
    program : list of str
        What to run. It finds Python and its packages in their usual places, read-only.
    writable : Path
        The one folder of this machine that it may write to; its own home is lost with the room.
    readable : iterable of Path
        Further files and folders that it may read.
    environment : dict
        All of its environment.

    Raises
    ------
    SandboxError
        bubblewrap is missing or cannot work.
    """
    arguments = [*_means(), *_system(), "--proc", "/proc", "--dev", "/dev"]
    for place in ("/dev/shm", "/tmp", HOME):
        arguments += ["--perms", "1777", "--size", "500000000", "--tmpfs", place]
    for path in [*_python(), *readable]:
        arguments += [*_parents(path), "--ro-bind", str(path), str(path)]
    arguments += [*_parents(writable), "--bind", str(writable), str(writable)]
    arguments += ["--remount-ro", "/", "--chdir", HOME]
    arguments += ["--clearenv"]
    for name, value in {"HOME": HOME, "PATH": "/usr/bin:/bin", **environment}.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--", *program]


def user() -> int | None:
    """Return the user id that student code gets: only root can and must give one."""
    # An id of each room's own: the kernel counts processes by user, and never stops root's.
    return 200_000 + os.getpid() % 1_000_000 if "--cap-add" in _means() else None


@functools.cache
def _means() -> list[str]:
    """Return how to call bubblewrap here, tried once: as root with no new user, else with one."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"The program bwrap was not found.\n{HOW_TO_INSTALL}")
    common = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    common += ["--unshare-cgroup-try", "--hostname", "sandbox", "--new-session"]
    common += ["--die-with-parent"]
    as_root = [program, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    as_root += common
    as_user = [program, "--unshare-user", "--disable-userns", *common]
    for means in [as_root, as_user] if os.geteuid() == 0 else [as_user]:
        trial = [*means, *_system(), "--proc", "/proc", "--dev", "/dev", "true"]
        run = subprocess.run(trial, capture_output=True, text=True)
        if run.returncode == 0:
            return means
    raise SandboxError(
        f"bubblewrap is installed, but cannot make a sandbox here: {run.stderr.strip()}\n"
        "It needs user namespaces: sysctl kernel.unprivileged_userns_clone=1 where that exists; "
        "Docker needs --security-opt seccomp=unconfined --cap-add SYS_ADMIN.\n"
        "To run student code without any protection, say so: --without-sandbox."
    )


@functools.cache
def _system() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for path in map(Path, ("/bin", "/sbin", "/lib", "/lib32", "/lib64")):
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--perms", "0755", "--dir", "/etc"]
    for name in ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return arguments


def _parents(path: Path) -> list[str]:
    # bubblewrap would make them for root alone.
    parents = reversed([parent for parent in path.parents if parent != Path("/")])
    return [word for parent in parents for word in ("--perms", "0755", "--dir", str(parent))]


def _python() -> list[Path]:
    """List where Python and the packages lie; not the repository, which holds the solutions."""
    paths = {
        sys.prefix,
        sys.base_prefix,
        *map(sysconfig.get_path, ("purelib", "platlib", "stdlib")),
    }
    found = {Path(path) for path in paths} | {Path(mnist_course.__file__).parent}
    return sorted(path for path in found if not path.is_relative_to("/usr"))
