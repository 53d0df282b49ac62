"""Run a program in a sandbox made by bubblewrap."""

import contextlib
import functools
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import mnist_course
from mnist_course.grading.execution.limits import MEGABYTE
from mnist_course.grading.execution.system_call_filter import (
    SystemCallFilterError,
    system_call_filter,
)

HOME = "/home/student"
# Folders in memory: all that a sandbox can write.
TEMPORARY_FOLDERS = ("/dev/shm", "/tmp", HOME)
TEMPORARY_BYTES = 500 * MEGABYTE  # for each of them

# The parts of /etc that Python with TensorFlow reads; none of them describes this machine's users.
ETC = [
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
]
ISOLATION = [
    "--unshare-user",
    "--disable-userns",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    *("--hostname", "sandbox"),
    "--new-session",
    "--die-with-parent",
    *("--cap-drop", "ALL"),
    "--clearenv",
]
# User ids that systemd's documentation lists as unused, and their number. The second range is for
# containers, which may have no more than 65,536 user ids.
UNUSED_USERS = [(1_879_048_192, 200_000_000), (60_578, 600)]

HOW_TO_INSTALL = (
    "What to do: install bubblewrap: sudo apt-get install bubblewrap (on Fedora: sudo dnf install "
    "bubblewrap). The Python package of that name is something else."
)
WITHOUT_SANDBOX = "To run student code without any protection, use --without-sandbox."


class SandboxError(RuntimeError):
    """The sandbox does not work on this machine."""


def require_sandbox() -> None:
    """Raise a `SandboxError` if a sandbox cannot be made on this machine."""
    _first_unused_user()


def start_in_sandbox(
    program: list[str],
    *,
    readable: Iterable[Path] = (),
    environment: Mapping[str, str] | None = None,
    pass_fds: Iterable[int] = (),
    **options,
) -> subprocess.Popen:
    """Start a program in a new sandbox; see :func:`sandbox_command`.

    Kill its process group to end it with all its processes. The sandbox also ends when the thread
    that called this function ends.

    Parameters
    ----------
    **options
        Passed to `subprocess.Popen`, such as `stdout`.
    """
    with sandbox_command(
        program, readable=readable, environment=environment, pass_fds=pass_fds
    ) as (command, sandbox_options):
        return subprocess.Popen(
            command, **{"stdin": subprocess.DEVNULL, **sandbox_options, **options}
        )


@contextlib.contextmanager
def sandbox_command(
    program: list[str],
    *,
    readable: Iterable[Path] = (),
    environment: Mapping[str, str] | None = None,
    pass_fds: Iterable[int] = (),
) -> Iterator[tuple[list[str], dict]]:
    """Make the command line that runs a program in a new sandbox.

    The program can write only to temporary folders in memory. It has no network, no privilege, and
    sees no process outside. When run by root, it has a user id that nothing else uses.

    Parameters
    ----------
    program : list of str
        The program and its arguments, which other users of this machine can read. Python and its
        packages are at their usual paths, read-only.
    readable : iterable of Path
        Further files and folders with read access.
    environment : mapping of str to str, optional
        All environment variables, beside HOME and PATH.
    pass_fds : iterable of int
        File descriptors that the program inherits, under the same numbers.

    Yields
    ------
    command : list of str
        The command line; it can be started until the context ends.
    options : dict
        Options for `subprocess.Popen` that belong to it.

    Raises
    ------
    SandboxError
        A sandbox cannot be made on this machine.
    """
    first_user, number = _first_unused_user()
    user = None if first_user is None else first_user + secrets.randbelow(number)
    with _bubblewrap_command(program, user, list(readable), environment or {}) as (command, files):
        yield command, {"env": {}, "start_new_session": True, "pass_fds": (*pass_fds, *files)}


@contextlib.contextmanager
def _bubblewrap_command(
    program: list[str], user: int | None, readable: list[Path], environment: Mapping[str, str]
) -> Iterator[tuple[list[str], list[int]]]:
    """Yield a command line and the file descriptors that it needs."""
    bubblewrap = _find_program("bwrap")
    mounts = [*_system_mounts(), *_read_only_mounts([*_python_paths(), *readable])]
    inside = [*ISOLATION, "--proc", "/proc", "--dev", "/dev", *_system_mounts()]
    for folder in TEMPORARY_FOLDERS:
        inside += ["--perms", "1777", "--size", str(TEMPORARY_BYTES), "--tmpfs", folder]
    inside += _read_only_mounts([*_python_paths(), *readable])
    inside += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]
    for name, value in {"HOME": HOME, "PATH": "/usr/bin:/bin", **environment}.items():
        inside += ["--setenv", name, value]
    with contextlib.ExitStack() as files:
        blocked = files.enter_context(_file_in_memory(system_call_filter()))
        arguments = files.enter_context(
            _file_in_memory("\0".join([*inside, "--seccomp", str(blocked)]).encode())
        )
        command, descriptors = [bubblewrap, "--args", str(arguments)], [blocked, arguments]
        if user is not None:
            # Root gives up its user id before it makes a user namespace, because in a namespace of
            # its own root still owns this machine's files and settings. The outer bubblewrap makes
            # no user namespace: it shows the same files, also those below a private folder of root.
            outside = ["--die-with-parent", "--cap-drop", "ALL", "--dir", "/tmp"]
            outside += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
            outside += ["--dev", "/dev", "--bind", "/proc", "/proc", *mounts, "--remount-ro", "/"]
            outer = files.enter_context(_file_in_memory("\0".join(outside).encode()))
            drop = [_find_program("setpriv"), "--reuid", str(user), "--regid", str(user)]
            drop += ["--clear-groups", "--no-new-privs"]
            command = [bubblewrap, "--args", str(outer), "--", *drop, *command]
            descriptors.append(outer)
        yield [*command, "--", *program], descriptors


@contextlib.contextmanager
def _file_in_memory(content: bytes) -> Iterator[int]:
    """Yield the descriptor of a file in memory; arguments in a file are hidden from other users."""
    with os.fdopen(os.memfd_create("sandbox"), "wb", buffering=0) as file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


@functools.cache
def _first_unused_user() -> tuple[int | None, int]:
    """Return the first of a range of user ids for root, and its length; check that it works."""
    for first, number in UNUSED_USERS if os.geteuid() == 0 else [(None, 0)]:
        python = [sys.executable, "-I", "-S", "-c", "import json"]
        try:
            with _bubblewrap_command(python, first, [], {}) as (command, files):
                run = subprocess.run(
                    command, env={}, pass_fds=files, capture_output=True, text=True, timeout=60
                )
        except SystemCallFilterError as error:
            raise SandboxError(f"{error}\n{WITHOUT_SANDBOX}") from None
        except subprocess.TimeoutExpired:
            raise SandboxError(
                "bubblewrap did not start a program within 60 s.\nWhat to do: try again when the "
                f"machine is less busy.\n{WITHOUT_SANDBOX}"
            ) from None
        if run.returncode == 0:
            return first, number
    raise SandboxError(
        f"bubblewrap is installed, but cannot make a sandbox here: {run.stderr.strip()}\n"
        "Expected: bubblewrap 0.8 or newer, user namespaces for ordinary users, and a Python that "
        "every user can read.\n"
        "What to do: set sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu "
        "kernel.apparmor_restrict_unprivileged_userns=0, where they exist; start Docker with "
        "--cap-add SYS_ADMIN and --security-opt seccomp=unconfined, apparmor=unconfined and "
        f"systempaths=unconfined; run chmod -R o+rX on the Python environment.\n{WITHOUT_SANDBOX}"
    )


def _find_program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise SandboxError(
            f"The program {name} was not found.\n{HOW_TO_INSTALL}\n{WITHOUT_SANDBOX}"
        )
    return program


@functools.cache
def _system_mounts() -> list[str]:
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


def _read_only_mounts(paths: Iterable[Path]) -> list[str]:
    arguments = []
    for path in paths:
        # bubblewrap would make the folders above it readable for its own user only.
        for parent in reversed(path.parents[:-1]):
            arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def _python_paths() -> list[Path]:
    """List the folders of Python and its packages, without the repository and its solutions."""
    paths = {
        sys.prefix,
        sys.base_prefix,
        *map(sysconfig.get_path, ("purelib", "platlib", "stdlib")),
    }
    found = {Path(path) for path in paths} | {Path(mnist_course.__file__).parent}
    return sorted(path for path in found if not path.is_relative_to("/usr"))
