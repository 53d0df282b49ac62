"""Measure the time of an epoch for more images, filters and workers; store it for lesson 19.

    MNIST_COURSE_DATA=full python -m tools.measure_costs

All settings are measured in turn, several times, so that other load on the machine affects all of
them. CPU seconds depend less on other load than wall seconds do.
"""

import argparse
import os
import tempfile
import time
from functools import partial

# One thread for each process, here and in the workers: threads that wait for each other use CPU
# time too. TensorFlow reads the variable when it starts.
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"

import keras
import numpy as np

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.distributed.launcher import run_workers
from mnist_course.training.settings import BATCH_SIZE

IMAGES = (7_500, 15_000, 30_000, 60_000)
FILTERS = (8, 16, 32, 64, 128)
WORKERS = (1, 2)
# Number of images in the measurements of filters and workers.
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
    """Measure one epoch of Keras's ``fit``, after a step that traces the network."""
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
    """Measure the second epoch of several workers: CPU seconds of all, wall seconds of the last."""
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        run_workers(X, y, folder, workers=workers, on_message=seen.append, timeout=1800)
    steps = len(X) // BATCH_SIZE
    spent = {"cpu_seconds": [], "seconds": []}
    for rank in range(workers):
        at = {m["step"]: m for m in seen if m["worker"] == rank and "step" in m}
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
    arguments = parser.parse_args()
    data = load_mnist()
    require_full_mnist(data)
    (X_train, y_train), test = data
    (X, y), _ = prepare(((X_train[: max(IMAGES)], y_train[: max(IMAGES)]), test))
    fixed = X[:FIXED_IMAGES], y[:FIXED_IMAGES]
    plan = [("images", n, partial(by_fit, X[:n], y[:n], 32)) for n in IMAGES]
    plan += [("filters", filters, partial(by_fit, *fixed, filters)) for filters in FILTERS]
    plan += [("workers", n, partial(by_workers, *fixed, n)) for n in WORKERS]
    runs = []
    for repeat in range(1, arguments.repeats + 1):
        for setting, value, measure in plan:
            run = {"setting": setting, "value": value, "repeat": repeat, **measure()}
            runs.append(run)
            print(f"{setting:8} {value:6,} {run['cpu_seconds']:7.2f} CPU s", flush=True)
        path = write_record(
            "costs",
            description="CPU and wall seconds of one epoch of the guide's network, one thread a "
            "process",
            command="make bench",
            data=data,
            settings={
                "images": IMAGES,
                "filters": FILTERS,
                "workers": WORKERS,
                "images_for_filters_and_workers": FIXED_IMAGES,
                "batch_size": BATCH_SIZE,
                "cores": os.cpu_count(),
                "repeats": repeat,
            },
            results=runs,
        )
        print(f"Stored in {path}.", flush=True)


if __name__ == "__main__":
    main()
