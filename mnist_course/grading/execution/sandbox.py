"""Run a program in a sandbox made by bubblewrap."""

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import mnist_course

HOME = "/home/student"

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

HOW_TO_INSTALL = (
    "What to do: install bubblewrap: sudo apt-get install bubblewrap (on Fedora: sudo dnf install "
    "bubblewrap). The Python package of that name is something else."
)
WITHOUT_SANDBOX = "To run student code without any protection, use --without-sandbox."


class SandboxError(RuntimeError):
    """The sandbox does not work on this machine."""


def require_sandbox() -> None:
    """Raise a `SandboxError` if bubblewrap is missing or does not work."""
    _bubblewrap_command()


def sandbox_command(
    program: list[str], *, writable: Path, readable: Iterable[Path], environment: dict[str, str]
) -> list[str]:
    """Return the command line that runs a program in a new sandbox.

    Parameters
    ----------
    program : list of str
        The program and its arguments. Python and its packages are at their usual paths, read-only.
    writable : Path
        The only folder of this machine with write access; the home folder is temporary.
    readable : iterable of Path
        Further files and folders with read access.
    environment : dict of str to str
        All environment variables, beside HOME and PATH.

    Raises
    ------
    SandboxError
        bubblewrap is missing or does not work.
    """
    arguments = [*_bubblewrap_command(), *_system_mounts(), "--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp", HOME):
        arguments += ["--perms", "1777", "--size", "500000000", "--tmpfs", folder]
    for path in [*_python_paths(), *readable]:
        arguments += [*_parent_folders(path), "--ro-bind", str(path), str(path)]
    arguments += [*_parent_folders(writable), "--bind", str(writable), str(writable)]
    arguments += ["--remount-ro", "/", "--chdir", HOME]
    arguments += ["--clearenv"]
    for name, value in {"HOME": HOME, "PATH": "/usr/bin:/bin", **environment}.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--", *program]


def sandbox_user() -> int | None:
    """Return the user id for student code, or None to keep the user; only root can change it."""
    # A different id for each sandbox: the kernel counts processes by user, and never limits root.
    return 200_000 + os.getpid() % 1_000_000 if "--cap-add" in _bubblewrap_command() else None


@functools.cache
def _bubblewrap_command() -> list[str]:
    """Return the start of bubblewrap's command line; root needs no user namespace."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"The program bwrap was not found.\n{HOW_TO_INSTALL}\n{WITHOUT_SANDBOX}")
    common = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    common += ["--unshare-cgroup-try", "--hostname", "sandbox", "--new-session"]
    common += ["--die-with-parent"]
    as_root = [program, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    as_root += common
    as_user = [program, "--unshare-user", "--disable-userns", *common]
    for command in [as_root, as_user] if os.geteuid() == 0 else [as_user]:
        test_command = [*command, *_system_mounts(), "--proc", "/proc", "--dev", "/dev", "true"]
        run = subprocess.run(test_command, capture_output=True, text=True)
        if run.returncode == 0:
            return command
    raise SandboxError(
        f"bubblewrap is installed, but cannot make a sandbox here: {run.stderr.strip()}\n"
        "Expected: user namespaces are allowed.\n"
        "What to do: set sysctl kernel.unprivileged_userns_clone=1 where that exists; start Docker "
        f"with --security-opt seccomp=unconfined --cap-add SYS_ADMIN.\n{WITHOUT_SANDBOX}"
    )


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


def _parent_folders(path: Path) -> list[str]:
    # bubblewrap would make these folders readable for root only.
    parents = reversed([parent for parent in path.parents if parent != Path("/")])
    return [word for parent in parents for word in ("--perms", "0755", "--dir", str(parent))]


def _python_paths() -> list[Path]:
    """List the folders of Python and its packages, without the repository and its solutions."""
    paths = {
        sys.prefix,
        sys.base_prefix,
        *map(sysconfig.get_path, ("purelib", "platlib", "stdlib")),
    }
    found = {Path(path) for path in paths} | {Path(mnist_course.__file__).parent}
    return sorted(path for path in found if not path.is_relative_to("/usr"))
