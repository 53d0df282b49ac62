"""Measure steps of one process and of two workers at several batch sizes, for lesson 20.

    MNIST_COURSE_DATA=full python -m tools.measure_steps [--rounds 10]

All processes run on this machine and take turns, so that other load affects all of them. CPU
seconds depend less on other load than wall seconds do.
"""

import argparse
import os

import numpy as np

from maintenance.step_times import GROUPS, measure
from mnist_course.data.loading import load_mnist
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record

BATCH_SIZES = (75, 150, 300, 600, 1200, 2400)
STEPS = 6


def main() -> None:
    """Measure everything in turn, print the medians and store the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    data = load_mnist()
    require_full_mnist(data)
    runs = measure(BATCH_SIZES, STEPS, rounds)
    for name in GROUPS:
        for batch_size in BATCH_SIZES:
            own = [r for r in runs if (r["name"], r["batch_size"]) == (name, batch_size)]
            cpu, wall = (
                1000 * np.array([run[key] for run in own]) for key in ("cpu_seconds", "seconds")
            )
            print(
                f"{name:24} {batch_size:5,}: CPU {np.median(cpu):6.1f} ms "
                f"({cpu.min():.1f} to {cpu.max():.1f}), wall {np.median(wall):6.1f} ms "
                f"({wall.min():.1f} to {wall.max():.1f})"
            )
    path = write_record(
        "step_times",
        description="CPU seconds of all processes, and wall seconds, of a step of the training",
        command="make bench",
        data=data,
        settings={
            "groups": GROUPS,
            "batch_sizes": BATCH_SIZES,
            "steps": STEPS,
            "rounds": rounds,
            "cores": os.cpu_count(),
        },
        results=runs,
    )
    print(f"Stored in {path}.")


if __name__ == "__main__":
    main()
