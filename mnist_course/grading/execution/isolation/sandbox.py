"""Run a program in a sandbox made by bubblewrap."""

import contextlib
import functools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mnist_course.grading.execution.isolation.bubblewrap import (
    TEMPORARY_BYTES,
    TEMPORARY_FOLDERS,
    bubblewrap_command,
)
from mnist_course.grading.execution.isolation.cgroup import cgroup_command, cgroup_limits
from mnist_course.grading.execution.isolation.limits import MEGABYTE, Limits
from mnist_course.grading.execution.isolation.resource_monitor import kill_process_group
from mnist_course.grading.execution.isolation.system_call_filter import SystemCallFilterError

# User ids that systemd's documentation lists as unused, and their number. A container may have no
# more than 65,536 user ids.
UNUSED_USERS = [(1_879_048_192, 200_000_000), (60_578, 600)]
# What the programs around a submission, and the system for its files, need beside its limits.
EXTRA_MEMORY_BYTES = len(TEMPORARY_FOLDERS) * TEMPORARY_BYTES + 300 * MEGABYTE
EXTRA_PROCESSES = 10

HOW_TO_INSTALL = (
    "What to do: sudo apt-get install bubblewrap util-linux (on Fedora: sudo dnf install "
    "bubblewrap util-linux). The Python package named bubblewrap is something else."
)
WITHOUT_SANDBOX = "To run student code without any protection, use --without-sandbox."


class SandboxError(RuntimeError):
    """The sandbox does not work on this machine."""


@functools.cache
def require_sandbox() -> None:
    """Raise a `SandboxError` if a sandbox cannot be made on this machine."""
    python = [sys.executable, "-I", "-S", "-c", "import json"]
    with start_in_sandbox(
        python, limits=Limits(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            message = process.communicate(timeout=60)[1].decode(errors="replace").strip()
        except subprocess.TimeoutExpired:
            message = "it did not start within 60 s"
            kill_process_group(process.pid)
    if process.returncode != 0:
        raise SandboxError(
            f"bubblewrap is installed, but cannot make a sandbox here: {message}\n"
            "Expected: bubblewrap 0.8 or newer, user namespaces for ordinary users, and a Python "
            "that every user can read.\n"
            "What to do: set sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu "
            "kernel.apparmor_restrict_unprivileged_userns=0, where they exist; start Docker with "
            "--cap-add SYS_ADMIN and --security-opt seccomp=unconfined, apparmor=unconfined and "
            f"systempaths=unconfined; run chmod -R o+rX {sys.prefix}.\n{WITHOUT_SANDBOX}"
        )


def limits_in_force() -> list[str]:
    """Describe in a few words how each limit is enforced on this machine."""
    in_group = cgroup_limits()
    if "processor" in in_group:
        processor = "equal shares by control group"
    else:
        processor = "no fixed shares; a submission with many busy threads gets the lowest priority"
    return [
        f"memory: checked by this program{' and a control group' if 'memory' in in_group else ''}",
        f"processes: by the system{' and a control group' if 'processes' in in_group else ''}",
        f"processor: {processor}",
        "files: 0.5 GB in memory for each of three folders",
    ]


def start_in_sandbox(
    program: list[str],
    *,
    readable: Iterable[Path] = (),
    environment: Mapping[str, str] | None = None,
    pass_fds: Iterable[int] = (),
    limits: Limits | None = None,
    **options,
) -> subprocess.Popen:
    """Start a program in a new sandbox; see :func:`sandbox_command`.

    To end it with all its processes, kill its process group. The sandbox also ends when the thread
    that called this function ends.

    Parameters
    ----------
    **options
        Passed to `subprocess.Popen`, such as `stdout`.
    """
    with sandbox_command(
        program, readable=readable, environment=environment, pass_fds=pass_fds, limits=limits
    ) as (command, sandbox_options):
        options = {"stdin": subprocess.DEVNULL, **sandbox_options, **options}
        return subprocess.Popen(command, start_new_session=True, **options)


@contextlib.contextmanager
def sandbox_command(
    program: list[str],
    *,
    readable: Iterable[Path] = (),
    environment: Mapping[str, str] | None = None,
    pass_fds: Iterable[int] = (),
    limits: Limits | None = None,
) -> Iterator[tuple[list[str], dict]]:
    """Make the command line that runs a program in a new sandbox.

    The program can write only to temporary folders in memory. It has no network and no privilege,
    and sees no process outside. If root starts it, it has a user id that nothing else uses.

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
    limits : Limits, optional
        Limits of the control group, where this machine has them. The program itself must set the
        others, with :func:`limits.apply_limits`.

    Yields
    ------
    command : list of str
        The command line, which can be started until the context ends.
    options : dict
        Options for `subprocess.Popen` that belong to it.

    Raises
    ------
    SandboxError
        A program or library that makes the sandbox is missing.
    """
    group, group_environment = [], {}
    if limits is not None:
        group, group_environment = cgroup_command(
            limits.memory_bytes + EXTRA_MEMORY_BYTES, limits.processes + EXTRA_PROCESSES
        )
    try:
        with bubblewrap_command(
            _find_program("bwrap"),
            program,
            list(readable),
            environment or {},
            _drop_root(),
            _end_with_parent(),
        ) as (command, descriptors):
            options = {"env": group_environment, "pass_fds": (*pass_fds, *descriptors)}
            yield [*group, *command], options
    except SystemCallFilterError as error:
        raise SandboxError(f"{error}\n{WITHOUT_SANDBOX}") from None


def _drop_root() -> list[str]:
    """Return the start of a command that gives up root's user id; nothing for ordinary users."""
    if os.geteuid() != 0:
        return []
    # A different user for each sandbox: the kernel counts processes by user.
    ranges = [each for each in UNUSED_USERS if _user_exists_here(sum(each) - 1)]
    if not ranges:
        raise SandboxError(
            "This container has too few user ids for a sandbox.\nWhat to do: run the command as an "
            f"ordinary user, or give the container 65,536 user ids.\n{WITHOUT_SANDBOX}"
        )
    first, number = ranges[0]
    user = str(first + secrets.randbelow(number))
    setpriv = [_find_program("setpriv"), "--reuid", user, "--regid", user, "--clear-groups"]
    return [*setpriv, "--no-new-privs"]


def _end_with_parent() -> list[str]:
    """Return the start of a command that ends with its parent; nothing for ordinary users.

    For them, bubblewrap's --die-with-parent is enough. For root there are two sandboxes, and the
    outer one may not send a signal to the inner one, which has another user id. So the outer one is
    the first process of a process namespace: when it is killed, the system kills all others.
    """
    if os.geteuid() != 0:
        return []
    namespace = [_find_program("unshare"), "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [_find_program("setpriv"), "--pdeathsig", "KILL", *namespace]


def _user_exists_here(user: int) -> bool:
    """Return whether a user id exists in this container."""
    lines = Path("/proc/self/uid_map").read_text(encoding="utf-8").splitlines()
    ranges = [(int(first), int(length)) for first, _, length in map(str.split, lines)]
    return any(first <= user < first + length for first, length in ranges)


def _find_program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        message = f"The program {name} was not found."
        raise SandboxError(f"{message}\n{HOW_TO_INSTALL}\n{WITHOUT_SANDBOX}")
    return program
