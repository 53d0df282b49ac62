"""Linux system calls: enter the namespaces of a sandbox, and drop privileges."""

import ctypes
import fcntl
import os
import struct
from pathlib import Path

# Constants from linux/nsfs.h, linux/prctl.h and linux/capability.h.
NS_GET_PARENT = 0xB702
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
# The mount namespace comes last: afterwards the other files in /proc are out of reach.
NAMESPACES = ("user", "cgroup", "ipc", "net", "uts", "pid", "mnt")


def enter_namespaces(pid: int) -> None:
    """Enter all namespaces of a process, as `nsenter` does; only children enter the one for pids.

    Raises
    ------
    OSError
        The process is gone, or belongs to another user.
    """
    own_user_namespace = Path("/proc/self/ns/user").stat().st_ino
    namespaces = {name: os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in NAMESPACES}
    user_namespace = namespaces.pop("user")
    nested = os.fstat(user_namespace).st_ino != own_user_namespace
    if nested:
        # bubblewrap makes two nested user namespaces; the outer one owns the other namespaces.
        outer = fcntl.ioctl(user_namespace, NS_GET_PARENT)
        if os.fstat(outer).st_ino != own_user_namespace:
            _call_libc("setns", outer, 0)
        else:
            _call_libc("setns", user_namespace, 0)
            nested = False
    for namespace in namespaces.values():
        _call_libc("setns", namespace, 0)
    if nested:
        _call_libc("setns", user_namespace, 0)


def drop_privileges() -> None:
    """Give up all capabilities of this process, and the right to gain new ones."""
    _call_libc("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    _call_libc("capset", header, bytes(24))
    # After these calls /proc/self is unreadable; a newly started program could read it.
    _call_libc("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)


def _call_libc(name: str, *arguments) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
