"""Make the command line of bubblewrap for a sandbox."""

import contextlib
import functools
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import mnist_course
from mnist_course.grading.execution.isolation.limits import MEGABYTE
from mnist_course.grading.execution.isolation.system_call_filter import system_call_filter

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
    *("--proc", "/proc"),
    *("--dev", "/dev"),
]
# Root makes this sandbox without a user namespace, and gives up its user id in it.
VIEW = [
    "--die-with-parent",
    *("--cap-drop", "ALL"),
    *("--cap-add", "CAP_SETUID"),
    *("--cap-add", "CAP_SETGID"),
    *("--dev", "/dev"),
    *("--bind", "/proc", "/proc"),
    *("--dir", "/tmp"),
    *("--chdir", "/"),
]


@contextlib.contextmanager
def bubblewrap_command(
    bubblewrap: str,
    program: list[str],
    readable: Iterable[Path],
    environment: Mapping[str, str],
    drop_root: list[str],
    end_with_parent: list[str],
) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the command line that runs a program in a sandbox, and the descriptors it inherits.

    Parameters
    ----------
    bubblewrap : str
        Path of the program bwrap.
    program : list of str
        The program and its arguments.
    readable : iterable of Path
        Files and folders with read access, beside those of Python.
    environment : mapping of str to str
        All environment variables, beside HOME and PATH.
    drop_root : list of str
        For root, the start of a command line that runs the rest of it as an ordinary user; else
        empty.
    end_with_parent : list of str
        For root, the start of a command line that kills all processes of the rest when the thread
        that starts it ends; else empty.
    """
    mounts = [*_system_mounts(), *read_only_mounts([*python_paths(), *readable])]
    temporary = []
    for folder in TEMPORARY_FOLDERS:
        temporary += ["--perms", "1777", "--size", str(TEMPORARY_BYTES), "--tmpfs", folder]
    with contextlib.ExitStack() as stack:
        blocked = stack.enter_context(_file_in_memory(system_call_filter()))
        # Read-only mounts come last: they may lie in a temporary folder.
        sandbox = [*ISOLATION, *temporary, *mounts, "--remount-ro", "/dev", "--remount-ro", "/"]
        sandbox += ["--seccomp", str(blocked), "--chdir", HOME]
        for name, value in {"HOME": HOME, "PATH": "/usr/bin:/bin", **environment}.items():
            sandbox += ["--setenv", name, value]
        inner = stack.enter_context(_arguments(sandbox))
        command, descriptors = [bubblewrap, "--args", str(inner)], [blocked, inner]
        if drop_root:
            # In a user namespace of its own, root would still own this machine's files and
            # settings. So an ordinary user makes the user namespace. The outer sandbox shows that
            # user the same files, also those below a private folder of root.
            outer = stack.enter_context(_arguments([*VIEW, *mounts, "--remount-ro", "/"]))
            view = [bubblewrap, "--args", str(outer), "--"]
            command = [*end_with_parent, *view, *drop_root, *command]
            descriptors.append(outer)
        yield [*command, "--", *program], descriptors


def _arguments(words: list[str]) -> contextlib.AbstractContextManager[int]:
    """Write arguments to a file, because other users can read command lines."""
    return _file_in_memory("\0".join(words).encode())


@contextlib.contextmanager
def _file_in_memory(content: bytes) -> Iterator[int]:
    with os.fdopen(os.memfd_create("sandbox"), "wb", buffering=0) as file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


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


def read_only_mounts(paths: Iterable[Path]) -> list[str]:
    """Return bubblewrap's options that show files and folders at their own paths, read-only."""
    arguments = []
    for path in paths:
        # bubblewrap would make the folders above it readable for its own user only.
        for parent in reversed(path.parents[:-1]):
            arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def python_paths() -> list[Path]:
    """Return the folders of Python and its packages, without the repository and its solutions."""
    paths = {
        sys.prefix,
        sys.base_prefix,
        *map(sysconfig.get_path, ("purelib", "platlib", "stdlib")),
    }
    found = {Path(path) for path in paths} | {Path(mnist_course.__file__).parent}
    return sorted(path for path in found if not path.is_relative_to("/usr"))
