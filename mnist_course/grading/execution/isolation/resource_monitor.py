"""Monitor the processes of a sandbox, and kill them if they exceed a limit."""

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from mnist_course.grading.execution.isolation.bubblewrap import TEMPORARY_FOLDERS
from mnist_course.grading.execution.isolation.limits import Limits

INTERVAL_SECONDS = 0.2
# Each file in memory also takes about a kilobyte of the system's own memory.
MAX_FILES = 100_000
# The system holds up to some megabytes for each; honest code with a kernel has about 30.
MAX_SOCKETS = 200
# The programs that make the sandbox, and the kernel: they come first among its processes.
FIRST_PROCESSES = 5
# Honest work is rarely busy in more threads than this, and never for so many checks in a row.
MANY_BUSY_THREADS = 2 * (os.cpu_count() or 1)
BUSY_CHECKS = 5


class ResourceMonitor(threading.Thread):
    """Kill a sandbox that exceeds its memory, number of processes or total time.

    Parameters
    ----------
    sandbox_group : int
        Process group of the sandbox, which is also the id of its first process.
    limits : Limits
        Limits of the submission.

    Attributes
    ----------
    error : str or None
        The limit that was exceeded.
    """

    def __init__(self, sandbox_group: int, limits: Limits):
        super().__init__(daemon=True)
        self.sandbox_group, self.limits = sandbox_group, limits
        self.error: str | None = None
        self.deadline = time.monotonic() + limits.total_seconds
        self.stopped = threading.Event()
        self._busy_checks = 0

    def run(self) -> None:
        """Check the limits until stopped, or until all processes have ended."""
        while not self.stopped.wait(INTERVAL_SECONDS):
            processes = process_tree(self.sandbox_group)
            if not processes:
                return
            self.error = self._exceeded_limit(processes)
            if self.error:
                kill_process_group(self.sandbox_group)
                return
            self._lower_priority_if_busy(processes)

    def stop(self) -> None:
        """Stop monitoring and kill the sandbox."""
        self.stopped.set()
        kill_process_group(self.sandbox_group)

    def _exceeded_limit(self, processes: list[psutil.Process]) -> str | None:
        limits = self.limits
        if _used_memory(processes, limits.memory_bytes) > limits.memory_bytes:
            return f"It used more memory than the limit of {limits.memory_bytes / 1e9:g} GB."
        if len(processes) > limits.processes:
            return f"It started more processes than the limit of {limits.processes}."
        if _number_of_files(processes) > MAX_FILES:
            return f"It made more files than the limit of {MAX_FILES:,}."
        if _number_of_sockets(processes) > MAX_SOCKETS:
            return f"It opened more sockets than the limit of {MAX_SOCKETS}."
        if time.monotonic() > self.deadline:
            return f"It ran longer than the limit of {limits.total_seconds} s for all cells."
        return None

    def _lower_priority_if_busy(self, processes: list[psutil.Process]) -> None:
        """Let other submissions go first, for good, if this one keeps many threads busy.

        Threads and processes that it starts later have the same low priority.
        """
        if self._busy_checks == BUSY_CHECKS:
            return
        states = [state for process in processes for state in _thread_states(process)]
        busy = [thread for thread, state in states if state == "R"]
        self._busy_checks = self._busy_checks + 1 if len(busy) > MANY_BUSY_THREADS else 0
        if self._busy_checks == BUSY_CHECKS:
            for thread, _ in states:
                with contextlib.suppress(OSError):  # the thread has ended
                    os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))


def kill_process_group(group: int) -> None:
    """Kill a process group; the first process of a sandbox takes all others with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def process_tree(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants; nothing if it has ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _used_memory(processes: list[psutil.Process], limit: int) -> int:
    """Return the memory of processes in bytes; shared pages count once where it matters."""
    tables = sum(_read_or_zero(process, _page_tables) for process in processes)
    sizes = [_read_or_zero(process, lambda each: each.memory_info().rss) for process in processes]
    # Counting shared pages is slow in a growing process, so it is done only if it can decide.
    if tables + sum(sizes) <= limit or tables + max(sizes) > limit:
        return tables + sum(sizes)
    return tables + sum(
        _read_or_zero(process, lambda each: each.memory_full_info().pss) for process in processes
    )


def _page_tables(process: psutil.Process) -> int:
    """Return the bytes of a process's page tables, which are large if it maps much memory."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmPTE:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _read_or_zero(process: psutil.Process, read: Callable[[psutil.Process], int]) -> int:
    try:
        return read(process)
    except (psutil.Error, AttributeError, OSError):
        return 0  # the process has ended, or the system does not report this value


def _number_of_files(processes: list[psutil.Process]) -> int:
    """Return the number of files in the temporary folders of a sandbox."""
    numbers = [0]
    for process in processes[:FIRST_PROCESSES]:
        number = 0
        for folder in TEMPORARY_FOLDERS:
            with contextlib.suppress(OSError):  # no such folder, or the process has ended
                path = f"/proc/{process.pid}/root{folder}"
                # While the sandbox is being made, a process still sees the folders outside.
                if not Path(folder).exists() or not Path(folder).samefile(path):
                    files = os.statvfs(path)
                    number += files.f_files - files.f_ffree
        numbers.append(number)
    return max(numbers)


def _number_of_sockets(processes: list[psutil.Process]) -> int:
    """Return the number of sockets in the network of a sandbox."""
    numbers = [0]
    for process in processes[:FIRST_PROCESSES]:
        with contextlib.suppress(OSError):  # the process has ended
            # While the sandbox is being made, a process still has the network outside.
            if not Path("/proc/self/ns/net").samefile(f"/proc/{process.pid}/ns/net"):
                text = Path(f"/proc/{process.pid}/net/sockstat").read_text(encoding="utf-8")
                numbers.append(int(text.split()[2]))  # "sockets: used 12"
    return max(numbers)


def _thread_states(process: psutil.Process) -> list[tuple[int, str]]:
    """Return the ids of a process's threads and their states, such as "R" for running."""
    states = []
    for path in Path(f"/proc/{process.pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # the thread has ended
            states.append(
                (int(path.parent.name), path.read_text(encoding="utf-8").rpartition(") ")[2][0])
            )
    return states
