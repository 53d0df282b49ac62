"""Monitor the processes of a sandbox, and kill them if they exceed a limit."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

import psutil

from mnist_course.grading.execution.limits import Limits

INTERVAL_SECONDS = 0.2


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
        if time.monotonic() > self.deadline:
            return f"It ran longer than the limit of {limits.total_seconds} s for all cells."
        return None


def kill_process_group(group: int) -> None:
    """Kill a process group; the first process of a sandbox takes all others with it."""
    with contextlib.suppress(ProcessLookupError):
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
    sizes = [_read_or_zero(process, lambda each: each.memory_info().rss) for process in processes]
    # Counting shared pages is slow in a growing process, so it is done only if it can decide.
    if sum(sizes) <= limit or max(sizes) > limit:
        return sum(sizes)
    return sum(
        _read_or_zero(process, lambda each: each.memory_full_info().pss) for process in processes
    )


def _read_or_zero(process: psutil.Process, read: Callable[[psutil.Process], int]) -> int:
    try:
        return read(process)
    except (psutil.Error, AttributeError):
        return 0  # the process has ended, or the system does not report this value
