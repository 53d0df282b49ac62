"""Measure what an epoch costs as images, filters and workers grow; store it for chapter 12.

    MNIST_COURSE_DATA=full python tools/measure_costs.py

All settings are measured in turn, several times over, so that a busy moment of the machine does not
fall on one of them alone. CPU seconds bear company better than wall seconds do.
"""

import argparse
import os
import tempfile
import time
from functools import partial

# One thread for each process, here and in the workers: threads that wait for each other on a busy
# machine burn CPU seconds too. TensorFlow reads it when it starts.
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.distributed.launcher import run_workers

BATCH_SIZE = 150
IMAGES = (7_500, 15_000, 30_000, 60_000)
FILTERS = (8, 16, 32, 64, 128)
WORKERS = (1, 2)
# So many images where filters and workers grow.
FIXED_IMAGES = 15_000


def with_filters(filters: int) -> keras.Sequential:
    """Build the guide's network with another number of filters, and compile it."""
    layers = []
    for layer in cnn_model().layers:
        config = layer.get_config()
        if "filters" in config:
            config["filters"] = filters
        layers.append(type(layer).from_config(config))
    model = keras.Sequential([keras.Input(shape=(28, 28, 1)), *layers])
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def by_fit(X: np.ndarray, y: np.ndarray, filters: int) -> dict:
    """Measure one epoch of Keras's ``fit``, after a step that builds what is built once."""
    keras.backend.clear_session()
    model = with_filters(filters)
    model.fit(X[:BATCH_SIZE], y[:BATCH_SIZE], batch_size=BATCH_SIZE, verbose=0)
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(X, y, batch_size=BATCH_SIZE, verbose=0)
    return {
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "seconds": round(time.perf_counter() - wall, 3),
    }


def by_workers(X: np.ndarray, y: np.ndarray, workers: int) -> dict:
    """Measure the second epoch of so many workers: CPU seconds of all, wall seconds of the last."""
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        run_workers(X, y, folder, workers=workers, report=seen.append, patience=1800)
    steps = len(X) // BATCH_SIZE
    spent = {"cpu_seconds": [], "seconds": []}
    for rank in range(workers):
        at = {said["step"]: said for said in seen if said["worker"] == rank and "step" in said}
        for key, values in spent.items():
            # From the end of the epoch's first step to the end of its last.
            values.append((at[2 * steps][key] - at[steps + 1][key]) * steps / (steps - 1))
    return {
        "cpu_seconds": round(sum(spent["cpu_seconds"]), 3),
        "seconds": round(max(spent["seconds"]), 3),
    }


def main() -> None:
    """Measure everything in turn; store the record after each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--divisor", type=int, default=1, help="only so small a part of the images")
    arguments = parser.parse_args()
    data = load_mnist()
    require_full_mnist(data)
    images = [n // arguments.divisor for n in IMAGES]
    few = FIXED_IMAGES // arguments.divisor
    (X_train, y_train), test = data
    (X, y), _ = prepare(((X_train[: max(images)], y_train[: max(images)]), test))
    plan = [("images", n, partial(by_fit, X[:n], y[:n], 32)) for n in images]
    plan += [
        ("filters", filters, partial(by_fit, X[:few], y[:few], filters)) for filters in FILTERS
    ]
    plan += [("workers", n, partial(by_workers, X[:few], y[:few], n)) for n in WORKERS]
    runs = []
    for repeat in range(1, arguments.repeats + 1):
        for what, value, measure in plan:
            run = {"what": what, "value": value, "repeat": repeat, **measure()}
            runs.append(run)
            print(f"{what:8} {value:6,} {run['cpu_seconds']:7.2f} CPU s", flush=True)
        path = write_record(
            "costs",
            what="CPU and wall seconds of one epoch of the guide's network, one thread a process",
            command="python tools/measure_costs.py",
            data=data,
            settings={
                "images": images,
                "filters": FILTERS,
                "workers": WORKERS,
                "images_for_filters_and_workers": few,
                "batch_size": BATCH_SIZE,
                "cores": os.cpu_count(),
                "repeats": repeat,
            },
            results=runs,
        )
        print(f"Stored in {path}.", flush=True)


if __name__ == "__main__":
    main()
