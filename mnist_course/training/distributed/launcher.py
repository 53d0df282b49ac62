"""Start workers on this machine, pass on their messages, and stop all when one fails.

Each worker is a process of its own, ``python -m mnist_course.training.distributed.worker``. This
module does not import TensorFlow.
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

from mnist_course.data.provenance import arrays_sha256

IMAGES = "images.npz"
# Measured: 0.4 GB for each worker, and the libraries' files, which all workers share.
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
    on_message: Callable[[dict], object] = print,
    timeout: float = 300,
) -> list[dict]:
    """Train the guide's network with several processes on this machine (lesson 20).

    Called again with the same folder, it continues from the last checkpoint there.

    Parameters
    ----------
    X, y
        Images and labels as ``prepare`` returns them.
    folder
        Where images, checkpoints and the workers' error messages are stored.
    workers
        Number of processes; a single one trains without a strategy.
    epochs
        The number of epochs after which to stop.
    dropout
        Whether dropout is active.
    kill
        ``(worker, step)``: kill that worker after that step.
    try_fit
        Whether each worker first tries Keras's own ``fit`` and reports the outcome.
    on_message
        Called with every message of every worker, a dictionary.
    timeout
        Seconds without any message after which all workers are stopped.

    Returns
    -------
    list of dict
        The last message of each worker, with the SHA-256 of its ``weights``.

    Raises
    ------
    ChildProcessError
        If a worker ends early. The others are then stopped.
    TimeoutError
        If no worker sends a message in time. All are then stopped.
    MemoryError
        If too little memory is free for the workers.
    ValueError
        If the checkpoints in the folder are of training on other images.
    """
    require_memory(workers * WORKER_GB)
    folder = Path(folder)
    store_images(folder, X, y)
    command = [
        *(sys.executable, "-m", "mnist_course.training.distributed.worker"),
        str(folder),
        f"--epochs={epochs}",
    ]
    command += ["--no-dropout"] * (not dropout) + ["--try-fit"] * try_fit
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    last_message = [{"worker": rank} for rank in range(workers)]
    messages, processes, running, failure = queue.Queue(), [], workers, None
    try:
        for rank in range(workers):
            wait = [f"--wait-at={kill[1]}"] if kill and kill[0] == rank else []
            processes.append(start_worker(command + wait, folder, addresses, rank, messages))
        while running:
            rank, message = messages.get(timeout=timeout)
            if message is not None:
                last_message[rank] |= message
                on_message({"worker": rank, **message})
                if kill and all(last.get("step") == kill[1] for last in last_message):
                    processes[kill[0]].kill()
                continue
            running -= 1
            if processes[rank].wait() and failure is None:
                failure = failure_message(folder, last_message[rank], processes[rank].returncode)
                stop_workers(processes)
    except queue.Empty:
        raise TimeoutError(
            f"No worker has sent a message for {timeout} s, so all were stopped. "
            f"Their error messages are in {folder}, worker-*.log."
        ) from None
    finally:
        stop_workers(processes)
    if failure:
        raise ChildProcessError(failure)
    return last_message


def store_images(folder: Path, X: np.ndarray, y: np.ndarray) -> None:
    """Store the images for the workers; raise if the folder has checkpoints of other images."""
    path, digest = folder / IMAGES, folder / "images.sha256"
    new = arrays_sha256([X, y])
    if (
        (folder / "checkpoints").exists()
        and digest.exists()
        and digest.read_text(encoding="utf-8") != new
    ):
        raise ValueError(
            f"The checkpoints in {folder} are of training on other images or labels.\n"
            "What to do: pass the same images as before, or name another folder to start again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    digest.write_text(new, encoding="utf-8")
    np.savez(path, X=X, y=y)


def start_worker(
    command: list[str], folder: Path, addresses: list[str], rank: int, messages: queue.Queue
) -> subprocess.Popen:
    """Start one worker; a thread puts its messages into the queue, and None when it ends."""
    cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
    # The workers share the cores, unless the environment sets the number of threads.
    share = {"TF_NUM_INTRAOP_THREADS": str(max(1, (os.cpu_count() or 1) // len(addresses)))}
    config = {"TF_CONFIG": json.dumps(cluster), "TF_CPP_MIN_LOG_LEVEL": "2"}
    with (folder / f"worker-{rank}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            env=share | os.environ | config,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def forward_messages() -> None:
        with process.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    messages.put((rank, json.loads(line)))
        messages.put((rank, None))

    threading.Thread(target=forward_messages, daemon=True).start()
    return process


def stop_workers(processes: list[subprocess.Popen]) -> None:
    """Kill the workers that still run, and wait until they have ended."""
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def failure_message(folder: Path, last_message: dict, code: int) -> str:
    """Return the message for a worker that ended early: how it ended, and what to do."""
    log = (
        (folder / f"worker-{last_message['worker']}.log")
        .read_text(errors="replace", encoding="utf-8")
        .split("\n")
    )
    how = f"killed by {signal.Signals(-code).name}" if code < 0 else "ended by an error"
    last_line = [line for line in log if line.strip()][-1:] if code > 0 else []
    return "\n".join(
        [
            f"Worker {last_message['worker']} was {how} after step {last_message.get('step', 0)}.",
            "The others were stopped too: every step needs all workers.",
            "Run the same call with the same folder: it continues from the last checkpoint.",
            *last_line,
        ]
    )


def free_ports(count: int) -> list[int]:
    """Return unused TCP ports of this machine."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("", 0))
        return [each.getsockname()[1] for each in found]


def require_memory(gigabytes: float) -> None:
    """Raise a MemoryError unless that much memory is free."""
    free = free_memory_gb()
    if free < gigabytes:
        raise MemoryError(
            f"These workers need about {gigabytes:.1f} GB of memory; {free:.1f} GB are free. "
            "Shut down other notebooks and try again. The stored outputs of lesson 20 show a run."
        )


def free_memory_gb() -> float:
    """Return the free memory in gigabytes; infinity where the system does not report it."""
    found = []
    with contextlib.suppress(OSError):
        numbers = (
            line.split() for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        )
        found += [1024 * int(words[1]) for words in numbers if words[0] == "MemAvailable:"]
    # A container has its own limit: control groups of version 2, or of version 1.
    for limit, used, kinds in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        with contextlib.suppress(OSError, ValueError):
            left = int((CGROUP / limit).read_text(encoding="utf-8")) - int(
                (CGROUP / used).read_text(encoding="utf-8")
            )
            lines = (CGROUP / kinds).read_text(encoding="utf-8").splitlines()
            numbers = dict(line.split() for line in lines)
            # Cached pages of files are freed when memory runs short.
            files = int(numbers["inactive_file"]) + int(numbers["active_file"])
            found.append(left + files)
    return min(found, default=float("inf")) / 1e9
