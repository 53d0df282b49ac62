"""Resource limits of one submission."""

import dataclasses

KILOBYTE = 1_000
MEGABYTE = 1_000_000


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
