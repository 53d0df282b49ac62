"""Chapter 12: start workers on this machine, follow what they say, end all when one fails.

Each worker is a process of its own, ``python -m mnist_course.training.distributed.worker``. Nothing
here needs TensorFlow.
"""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

IMAGES = "images.npz"
# Measured: a worker's own memory is 0.4 GB beside the libraries' files, which all share.
WORKER_GB = 0.5
CGROUP = Path("/sys/fs/cgroup")


def run_workers(
    X: np.ndarray,
    y: np.ndarray,
    folder: str | os.PathLike,
    *,
    workers: int = 2,
    epochs: int = 2,
    dropout: bool = True,
    kill: tuple[int, int] | None = None,
    try_fit: bool = False,
    report: Callable[[dict], object] = print,
    patience: float = 300,
) -> list[dict]:
    """Train the guide's network with several processes on this machine (chapter 12).

    Called again with the same folder it goes on from the last checkpoint there.

    Parameters
    ----------
    X, y
        Images and labels as ``prepare`` gives them.
    folder
        Where the images, the checkpoints and the workers' error messages lie.
    workers
        How many processes; one trains alone, without a strategy.
    epochs
        The number of epochs after which to stop.
    dropout
        Whether the network drops values, as it does in training.
    kill
        ``(worker, step)``: kill that worker without warning after that step.
    try_fit
        Whether each worker first tries Keras's own ``fit`` and reports what came of it.
    report
        Called with every message of every worker, a dictionary, as it comes.
    patience
        Seconds without any message after which the workers count as stuck.

    Returns
    -------
    list of dict
        The last message of each worker, with the SHA-256 of its ``weights``.

    Raises
    ------
    ChildProcessError
        If a worker ends before its time. The others are ended too.
    TimeoutError
        If the workers are stuck. All are ended.
    MemoryError
        If too little memory is free for so many workers.
    """
    need_memory(workers * WORKER_GB)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / IMAGES, X=X, y=y)
    command = [
        sys.executable,
        "-m",
        "mnist_course.training.distributed.worker",
        str(folder),
        f"--epochs={epochs}",
    ]
    command += ["--no-dropout"] * (not dropout) + ["--try-fit"] * try_fit
    places = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    said = [{"worker": rank} for rank in range(workers)]
    messages, processes, running, failure = queue.Queue(), [], workers, None
    try:
        for rank in range(workers):
            hold = [f"--hold-at={kill[1]}"] if kill and kill[0] == rank else []
            processes.append(start_worker(command + hold, folder, places, rank, messages))
        while running:
            rank, message = messages.get(timeout=patience)
            if message is not None:
                said[rank] |= message
                report({"worker": rank, **message})
                if kill and all(last.get("step") == kill[1] for last in said):
                    processes[kill[0]].kill()
                continue
            running -= 1
            if processes[rank].wait() and failure is None:
                failure = last_words(folder, said[rank], processes[rank].returncode)
                end(processes)
    except queue.Empty:
        raise TimeoutError(
            f"No worker has said anything for {patience} s, so all were ended. "
            f"Their error messages are in {folder}, worker-*.log."
        ) from None
    finally:
        end(processes)
    if failure:
        raise ChildProcessError(failure)
    return said


def start_worker(
    command: list[str], folder: Path, places: list[str], rank: int, messages: queue.Queue
) -> subprocess.Popen:
    """Start one worker; a thread puts into the queue what it says, and None at its end."""
    cluster = {"cluster": {"worker": places}, "task": {"type": "worker", "index": rank}}
    # The workers share the cores, unless whoever starts them has said otherwise.
    share = {"TF_NUM_INTRAOP_THREADS": str(max(1, (os.cpu_count() or 1) // len(places)))}
    place = {"TF_CONFIG": json.dumps(cluster), "TF_CPP_MIN_LOG_LEVEL": "2"}
    with (folder / f"worker-{rank}.log").open("w") as log:
        process = subprocess.Popen(
            command, env=share | os.environ | place, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def listen() -> None:
        with process.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    messages.put((rank, json.loads(line)))
        messages.put((rank, None))

    threading.Thread(target=listen, daemon=True).start()
    return process


def end(processes: list[subprocess.Popen]) -> None:
    """Kill the workers that still run, and wait until they are gone."""
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def last_words(folder: Path, said: dict, code: int) -> str:
    """Say how a worker ended before its time, and what to do."""
    log = (folder / f"worker-{said['worker']}.log").read_text(errors="replace").split("\n")
    how = f"killed by {signal.Signals(-code).name}" if code < 0 else "ended by an error"
    words = [line for line in log if line.strip()][-1:] if code > 0 else []
    return "\n".join(
        [
            f"Worker {said['worker']} was {how} after step {said.get('step', 0)}.",
            "The others were ended too: no step is complete without all.",
            "Run the same again with the same folder: it goes on from the last checkpoint.",
            *words,
        ]
    )


def free_ports(count: int) -> list[int]:
    """Find ports on which nobody listens."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("", 0))
        return [each.getsockname()[1] for each in found]


def need_memory(gigabytes: float) -> None:
    """Stop with clear words unless so much memory is free."""
    free = memory_left()
    if free < gigabytes:
        raise MemoryError(
            f"These workers need about {gigabytes:.1f} GB of memory; {free:.1f} GB are free. "
            "Shut down other notebooks and try again. The stored outputs show a run."
        )


def memory_left() -> float:
    """Return how many gigabytes new processes may take; infinity where the system does not say."""
    found = []
    with contextlib.suppress(OSError):
        numbers = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
        found += [1024 * int(words[1]) for words in numbers if words[0] == "MemAvailable:"]
    # A container has a limit of its own: control groups of version 2, or of version 1.
    for limit, used, kinds in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        with contextlib.suppress(OSError, ValueError):
            left = int((CGROUP / limit).read_text()) - int((CGROUP / used).read_text())
            lines = (CGROUP / kinds).read_text().splitlines()
            numbers = dict(line.split() for line in lines)
            # Pages of files are given back when memory runs short.
            files = int(numbers["inactive_file"]) + int(numbers["active_file"])
            found.append(left + files)
    return min(found, default=float("inf")) / 1e9
