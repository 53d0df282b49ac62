"""Resource limits of one submission."""

import contextlib
import dataclasses
from pathlib import Path

with contextlib.suppress(ImportError):  # Windows has none; nothing is limited there
    import resource

KILOBYTE = 1_000
MEGABYTE = 1_000_000
RESERVED_BYTES = 4000 * MEGABYTE  # TensorFlow reserves much more memory than it uses


@dataclasses.dataclass(frozen=True)
class Limits:
    """Resource limits of one submission.

    Attributes
    ----------
    cell_seconds, total_seconds : int
        Time for each cell, and for the whole notebook.
    memory_bytes : int
        Memory of all its processes together, without files in memory (0.5 GB for each of /tmp,
        /dev/shm and the home folder).
    processes : int
        Processes and threads; TensorFlow alone starts some 10 threads for each core.
    cell_output_bytes : int
        Output of one cell; the rest is cut while it is received.
    """

    cell_seconds: int = 300
    total_seconds: int = 1200
    memory_bytes: int = 3000 * MEGABYTE
    processes: int = 1000
    cell_output_bytes: int = MEGABYTE


def limit_memory(size: int) -> None:
    """Set the largest size in bytes of what this process reserves to write to."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    size = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def apply_limits(limits: Limits) -> None:
    """Set the limits that the operating system enforces for this process and its children."""
    for name, value in {
        "CORE": 0,
        "FSIZE": 500 * MEGABYTE,
        "NPROC": limits.processes,
        "NOFILE": 1024,  # each socket and pipe holds memory outside the process
        "NICE": 0,
        "RTPRIO": 0,
    }.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:  # macOS, without a sandbox, lacks some
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
    # The resource monitor measures the memory in use; this only stops single huge arrays.
    limit_memory(limits.memory_bytes + RESERVED_BYTES)
    preference = Path("/proc/self/oom_score_adj")
    if preference.exists():
        # If the machine runs out of memory, the system ends this process, not the grading one.
        preference.write_text("1000", encoding="utf-8")
