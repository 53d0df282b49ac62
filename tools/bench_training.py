"""Measure the optimizations of lesson 19: the costs of an epoch, and the errors of the networks.

    MNIST_COURSE_DATA=full python -m tools.bench_training [--rounds 20] [--seeds 5]

Stage ``costs``: the guide's code, each optimization added to those before it, and all optimizations
without one. In each round all of these train one epoch in turn, so that other load on the machine
affects all of them; costs are relative to the guide's code in the same round.

Stage ``errors``: the guide's code and the fast path in both dtypes, trained with several seeds on
the training images without the last 10,000, and measured on those.
"""

import argparse
import os

import numpy as np

from maintenance.speed import FAST, GUIDE, OPTIMIZATIONS, errors, measure, optimizations, variants
from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

# Images of an epoch whose costs are measured.
IMAGES = 15_000
HELD_OUT = 10_000


def bench_costs(data, X: np.ndarray, Y: np.ndarray, rounds: int) -> None:
    """Measure the costs of an epoch, print their medians and store the record."""
    found = variants(chosen := optimizations())
    runs = measure(found, X, Y, rounds)
    guide = {run["round"]: run for run in runs if run["name"] == GUIDE}
    for name in found:
        own = [run for run in runs if run["name"] == name]
        cpu, wall = (
            np.median([run[key] / guide[run["round"]][key] for run in own])
            for key in ("cpu_seconds", "seconds")
        )
        print(f"{name:40} CPU {cpu:.2f} and wall {wall:.2f} of the guide's")
    path = write_record(
        "bench",
        description="CPU and wall seconds of an epoch of the guide's training, with optimizations",
        command="make bench",
        data=data,
        settings={
            "optimizations": chosen,
            "images": len(X),
            "rounds": rounds,
            "batch_size": BATCH_SIZE,
            "cores": os.cpu_count(),
        },
        results=runs,
    )
    print(f"Stored in {path}.")


def bench_errors(data, X: np.ndarray, Y: np.ndarray, seeds: int) -> None:
    """Measure the errors of the guide's code and of the fast path, and store the record."""
    found = {GUIDE: [], f"{FAST}, float32": list(OPTIMIZATIONS[:-1])}
    if "bfloat16" in optimizations():
        found[f"{FAST}, bfloat16"] = list(OPTIMIZATIONS)
    known, new = slice(None, -HELD_OUT), slice(-HELD_OUT, None)
    runs = errors(found, (X[known], Y[known]), (X[new], Y[new]), seeds, EPOCHS)
    path = write_record(
        "bench_errors",
        description="errors, in %, on the last 10,000 training images after training on the others",
        command="make bench",
        data=data,
        settings={"variants": found, "seeds": seeds, "epochs": EPOCHS, "batch_size": BATCH_SIZE},
        results=runs,
    )
    print(f"Stored in {path}.")


def main() -> None:
    """Measure both, or one stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stage", choices=("costs", "errors"), help="default: both")
    parser.add_argument("--rounds", type=int, default=20, help="epochs of each variant")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    data = load_mnist()
    require_full_mnist(data)
    (X, Y), _ = prepare(data)
    if arguments.stage != "errors":
        bench_costs(data, X[:IMAGES], Y[:IMAGES], arguments.rounds)
    if arguments.stage != "costs":
        bench_errors(data, X, Y, arguments.seeds)


if __name__ == "__main__":
    main()
