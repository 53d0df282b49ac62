"""Train the planned runs of an experiment in several processes, and keep the finished ones."""

import argparse
import functools
import json
import multiprocessing
import os
import time
from collections.abc import Callable

import keras

from mnist_course.data.loading import load_mnist
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.run_cache import RunCache, run_conditions


def run_stages(description: str, stages: dict[str, Callable[[int], None]]) -> None:
    """Run the stages of an experiment that the command line names, or all.

    Parameters
    ----------
    description
        What the command does, for its help.
    stages
        Each is called with the number of processes.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--stage", choices=stages, action="append", help="all unless given")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    for stage in arguments.stage or stages:
        stages[stage](arguments.processes)


def finish_runs(name: str, train: Callable, planned: list[dict], processes: int) -> RunCache:
    """Train the planned runs that are not in the cache; return the cache with all of them.

    Parameters
    ----------
    name
        Name of the cache.
    train
        Called with the full MNIST and the settings of a run as keyword arguments; returns a result
        with the key ``error``. A change in its module, or in what that imports, makes cached runs
        invalid.
    planned
        Settings of each run, in the order of training.
    processes
        Number of processes. Each uses one thread: two such processes finish sooner than one with
        two threads, and the load of the machine does not change the results.
    """
    data = load_data_once()
    require_full_mnist(data)
    finished = RunCache(name, run_conditions(data, train.__module__))
    missing = [settings for settings in planned if settings not in finished]
    print(
        f"{len(planned)} training runs, {len(planned) - len(missing)} of them finished", flush=True
    )
    start = time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(processes, initializer=use_one_thread) as pool:
        each = functools.partial(train_in_process, train)
        for i, (settings, run) in enumerate(pool.imap_unordered(each, missing), start=1):
            finished.add(settings, run)
            left = (time.monotonic() - start) / i * (len(missing) - i) / 60
            print(
                f"{describe_changes(settings, planned[0]):60} {run['error']:6.2f} %  "
                f"{left:4.0f} min left",
                flush=True,
            )
    return finished


def describe_changes(settings: dict, base: dict) -> str:
    """Return the settings that differ from the base's, and the seed, as text."""
    changed = {k: v for k, v in settings.items() if k == "seed" or base.get(k) != v}
    return ", ".join(
        f"{k} {v if isinstance(v, str) else json.dumps(v)}" for k, v in changed.items()
    )


def use_one_thread() -> None:
    """Limit this process to one thread, before TensorFlow creates its thread pools."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


@functools.cache
def load_data_once():
    """Load the data, once in each process."""
    return load_mnist()


def train_in_process(train: Callable, settings: dict) -> tuple[dict, dict]:
    """Train once in a process of the pool; return the settings and the result."""
    keras.backend.clear_session()
    return settings, train(load_data_once(), **settings)
