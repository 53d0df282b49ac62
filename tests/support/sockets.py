"""Find the sockets of a running program, and try to reach them as another user."""

import contextlib
import os
import socket
from pathlib import Path

import psutil

OTHER_USER = 65534
UNIX_KINDS = {"0001": "SOCK_STREAM", "0002": "SOCK_DGRAM", "0005": "SOCK_SEQPACKET"}
LISTENING, BOUND_UDP = "0A", "07"


def named_sockets(pid: int) -> set[tuple[str, ...]]:
    """Return family, kind and address of the sockets of a process and its descendants.

    Sockets in a network of their own are left out, except those with a path.
    """
    found = set()
    with contextlib.suppress(psutil.NoSuchProcess, OSError):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(OSError):
                found |= _sockets_of_process(Path("/proc") / str(process.pid))
    return found


def _sockets_of_process(process: Path) -> set[tuple[str, ...]]:
    inodes, found = set(), set()
    for link in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    for line in (process / "net" / "unix").read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and fields[6] in inodes:
            found.add(("AF_UNIX", UNIX_KINDS[fields[4]], fields[7]))
    if (process / "ns" / "net").readlink() != Path("/proc/self/ns/net").readlink():
        return {each for each in found if not each[2].startswith("@")}
    for table, family in (("tcp", "AF_INET"), ("tcp6", "AF_INET6"), ("udp", "AF_INET")):
        kind = "SOCK_DGRAM" if table == "udp" else "SOCK_STREAM"
        for line in (process / "net" / table).read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] in (LISTENING, BOUND_UDP):
                found.add((family, kind, str(int(fields[1].rpartition(":")[2], 16))))
    return found


def reachable_for_other_user(family: str, kind: str, address: str) -> bool:
    """Try to connect to a socket as another user; only root can become one."""
    # A fork, because other users may be unable to read the files of this Python.
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
            os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
            _connect(family, kind, address)
        except OSError:
            os._exit(1)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _connect(family: str, kind: str, address: str) -> None:
    if family == "AF_UNIX":
        target = f"\0{address[1:]}" if address.startswith("@") else address
    else:
        target = ("127.0.0.1" if family == "AF_INET" else "::1", int(address))
    socket.socket(getattr(socket, family), getattr(socket, kind)).connect(target)
