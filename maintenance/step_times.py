"""Time training steps of one process and of two workers, which take turns.

``python -m maintenance.step_times IMAGES`` is one of the processes. It waits for lines on stdin;
each names a batch size and a number of steps, which it then takes and times.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np

from mnist_course.training.distributed.launcher import free_ports

# The number of processes of each group.
GROUPS = {"one process": 1, "two workers": 2}


class Group:
    """Processes that train together and wait for their turn.

    Parameters
    ----------
    processes
        Their number; a single one trains without a strategy.
    images
        Number of training images that each process loads.
    """

    def __init__(self, processes: int, images: int):
        addresses = [f"127.0.0.1:{port}" for port in free_ports(processes)]
        environment = os.environ | {
            # One thread computes in each process, as on a machine with one core. Threads that
            # wait for each other would use CPU time too.
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self.processes = []
        for rank in range(processes):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "maintenance.step_times", str(images)],
                    env=environment | {"TF_CONFIG": json.dumps(task)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )
            )

    def take_turn(self, batch_size: int, steps: int) -> dict:
        """Take steps on all processes; return the seconds of a step and the CPU seconds of all."""
        for process in self.processes:
            process.stdin.write(f"{batch_size} {steps}\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for process in self.processes]
        return {
            "seconds": round(max(answer["seconds"] for answer in answers), 5),
            "cpu_seconds": round(sum(answer["cpu_seconds"] for answer in answers), 5),
        }

    def stop(self) -> None:
        """End the processes: their input ends, and a worker whose partner has ended is killed."""
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()
            process.stdout.close()


@contextlib.contextmanager
def started(images: int) -> Iterator[dict[str, Group]]:
    """Start all groups; end them on leaving."""
    groups: dict[str, Group] = {}
    try:
        for name, processes in GROUPS.items():
            groups[name] = Group(processes, images)
        yield groups
    finally:
        for group in groups.values():
            group.stop()


def measure(batch_sizes: Iterable[int], steps: int, rounds: int) -> list[dict]:
    """Return the times of a step, for each group and batch size, in each round."""
    runs = []
    with started((steps + 1) * max(batch_sizes)) as groups:
        for number in range(rounds + 1):
            for batch_size in batch_sizes:
                for name, group in groups.items():
                    spent = group.take_turn(batch_size, steps)
                    # Round 0 compiles what is compiled once.
                    if number > 0:
                        run = {"name": name, "batch_size": batch_size, "round": number}
                        runs.append(run | spent)
            print(f"round {number} of {rounds}", flush=True)
    return runs


def serve(count: int) -> None:
    """Take turns as lines on stdin demand."""
    # Imported here, so that the process that starts the others needs no TensorFlow.
    import tensorflow as tf

    from mnist_course.data.loading import load_mnist
    from mnist_course.data.preparation import prepare
    from mnist_course.training.distributed.worker import (
        epoch_batches,
        make_worker_step,
        new_worker_model,
    )

    out, sys.stdout = sys.stdout, sys.stderr  # what libraries print must not mix with the results
    workers = len(json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"])
    if workers == 1:
        strategy = tf.distribute.get_strategy()
    else:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with strategy.scope():
        model = new_worker_model()
    (X, y), test = load_mnist()
    (X, y), _ = prepare(((X[:count], y[:count]), test))
    step_functions = {}
    for line in sys.stdin:
        batch_size, steps = map(int, line.split())
        if batch_size not in step_functions:
            step_functions[batch_size] = make_worker_step(strategy, model, batch_size)
        step, n = step_functions[batch_size], (steps + 1) * batch_size
        data = epoch_batches(X[:n], y[:n], batch_size, seed=0)
        times, cpu = [], 0.0
        for images, labels in strategy.experimental_distribute_dataset(data):
            float(step(images, labels))
            times.append(time.perf_counter())
            # The first step starts the batches, and may compile; it is not counted.
            cpu = cpu or time.process_time()
        answer = {"seconds": float(np.median(np.diff(times)))}
        answer["cpu_seconds"] = (time.process_time() - cpu) / steps
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
