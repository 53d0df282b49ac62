"""Watch a sandbox from outside, and end it where it takes too much."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

import psutil

from mnist_course.grading.execution.sandbox import Limits


class Watch(threading.Thread):
    """Ends a sandbox that holds too much memory, too many processes or too long."""

    def __init__(self, pid: int, others: list[int], limits: Limits):
        super().__init__(daemon=True)
        self.sandbox, self.others, self.limits = pid, others, limits
        self.cause: str | None = None
        self.deadline = time.monotonic() + limits.seconds
        self.done = threading.Event()

    def run(self) -> None:
        """Look every fifth of a second until told to stop, or until the sandbox is gone."""
        while not self.done.wait(0.2):
            found = [each for pid in [self.sandbox, *self.others] for each in family(pid)]
            if not found:
                return
            if _memory(found, self.limits.memory) > self.limits.memory:
                allowed = self.limits.memory / 1e9
                self.cause = f"It used more memory than the {allowed:g} GB it may."
            elif len(found) > self.limits.processes:
                self.cause = f"It started more than the {self.limits.processes} processes it may."
            elif time.monotonic() > self.deadline:
                self.cause = f"It ran longer than the {self.limits.seconds} s it may in all."
            if self.cause:
                end(self.sandbox)
                return


def end(pid: int) -> None:
    """End a sandbox; its first process takes all others with it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def family(pid: int) -> list[psutil.Process]:
    """List a process and all that stem from it."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(family: list[psutil.Process], limit: int) -> int:
    """Return the bytes that processes hold together; a page that several share counts once."""
    sizes = [_ask(process, lambda each: each.memory_info().rss) for process in family]
    # Counting shared pages takes long in a process that grows, so it is done only where it matters.
    if sum(sizes) <= limit or max(sizes) > limit:
        return sum(sizes)
    return sum(_ask(process, lambda each: each.memory_full_info().pss) for process in family)


def _ask(process: psutil.Process, question: Callable) -> int:
    try:
        return question(process)
    except (psutil.Error, AttributeError):
        return 0  # it is gone, or this system does not tell
