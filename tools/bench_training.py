"""Measure an epoch of the guide's training in several ways, from one interleaved run.

    MNIST_COURSE_DATA=full python tools/bench_training.py [--rounds 5] [--others 2]

Every way is a process of its own that waits for its turn; the turns go round, so that a busy moment
of the machine does not fall on one way alone. The ways that the course teaches train all rounds;
the others take part in the first rounds only. PyTorch and JAX are measured where they are
installed: ``.venv/bin/python -m pip install torch jax``. The results are stored for chapter 12.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import time

import numpy as np

from mnist_course.data import load_mnist
from mnist_course.records import need_full, write_record

IMAGES_IN_BATCH = 150
# Multiply-adds of an image, forwards: convolution, hidden layer, output; two operations each.
FORWARD = 2 * (24 * 24 * 25 * 32 + 4608 * 128 + 128 * 10)
# Backwards each layer pays twice more, but for the first, which passes nothing on to the pixels.
OPERATIONS = 3 * FORWARD - 2 * 24 * 24 * 25 * 32

# Name, what it is called, Keras's backend, packages it needs.
WAYS = {
    "guide": ("the guide's own code", "tensorflow", ["tensorflow"]),
    "fast": ("the fast path", "tensorflow", ["tensorflow"]),
    "torch": ("PyTorch, float32", None, ["torch"]),
    "torch-bfloat16": ("PyTorch, bfloat16", None, ["torch"]),
    "keras-torch": ("Keras on PyTorch", "torch", ["torch"]),
    "keras-jax": ("Keras on JAX", "jax", ["jax"]),
}
TAUGHT = ("guide", "fast")


def keras_way(make):
    """Train a Keras model, an epoch at a call."""

    def prepare(X, Y, X_test, y_test):
        model = make()
        X, X_test = X[..., None], X_test[..., None]

        def epoch(images):
            model.fit(X[:images], Y[:images], batch_size=IMAGES_IN_BATCH, verbose=0)

        def error():
            answers = model.predict(X_test, batch_size=500, verbose=0).argmax(axis=1)
            return 100 * float(np.mean(answers != y_test))

        return epoch, error

    return prepare


def guide():
    """Build the guide's network on whichever backend Keras has."""
    from mnist_course.model import cnn_model

    return cnn_model()


def fast():
    """Build the course's fast path, in the dtype that this processor is quickest in."""
    from mnist_course.fast import best_dtype, fast_model

    with contextlib.redirect_stdout(io.StringIO()):
        dtype = best_dtype()
    return fast_model(dtype=dtype)


def torch_way(half: bool):
    """Train the guide's network in PyTorch as its documentation does."""

    def prepare(X, Y, X_test, y_test):
        import torch
        from torch import nn

        model = nn.Sequential(
            *(nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2), nn.Flatten()),
            *(nn.Linear(4608, 128), nn.ReLU(), nn.Linear(128, 10)),
        )
        adam, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
        pixels = torch.from_numpy(X[:, None])
        labels = torch.from_numpy(Y.argmax(axis=1))

        def epoch(images):
            model.train()
            for batch in torch.randperm(images).split(IMAGES_IN_BATCH):
                adam.zero_grad()
                with torch.autocast("cpu", torch.bfloat16, enabled=half):
                    cost = loss(model(pixels[batch]), labels[batch])
                cost.backward()
                adam.step()

        def error():
            model.eval()
            with torch.no_grad():
                parts = torch.from_numpy(X_test[:, None]).split(500)
                answers = torch.cat([model(part).argmax(1) for part in parts]).numpy()
            return 100 * float(np.mean(answers != y_test))

        return epoch, error

    return prepare


MAKE = {
    "guide": keras_way(guide),
    "fast": keras_way(fast),
    "torch": torch_way(half=False),
    "torch-bfloat16": torch_way(half=True),
    "keras-torch": keras_way(guide),
    "keras-jax": keras_way(guide),
}


def serve(name: str) -> None:
    """Prepare one way, then train an epoch for each line that comes in."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints must not mix with the answers
    (X, y), (X_test, y_test) = load_mnist()
    as_pixels = [images.astype("float32") / 255 for images in (X, X_test)]
    epoch, error = MAKE[name](as_pixels[0], np.eye(10, dtype="float32")[y], as_pixels[1], y_test)
    epoch(10 * IMAGES_IN_BATCH)  # builds what is built once
    print("ready", file=out, flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        epoch(len(X))
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        spent["peak"] = peak() if name == "guide" else None
        spent["error"] = error()
        print(json.dumps(spent), file=out, flush=True)


def peak() -> float:
    """Return the billions of operations that large products of matrices reach in a CPU second."""
    import tensorflow as tf

    size = 2048
    a = tf.random.normal((size, size))
    best = 0.0
    for _ in range(4):
        cpu = time.process_time()
        for _ in range(4):
            product = a @ a
        product.numpy()
        best = max(best, 4 * 2 * size**3 / (time.process_time() - cpu) / 1e9)
    return best


def start(name: str) -> subprocess.Popen:
    """Start the process of one way and wait until it is ready."""
    backend = {"KERAS_BACKEND": WAYS[name][1]} if WAYS[name][1] else {}
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", name],
        env={**os.environ, **backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdout.readline().strip() != "ready":
        sys.exit(f"{name} did not start; what it said stands above.")
    return process


def turn(process: subprocess.Popen) -> dict:
    """Let a process train one epoch; return what it measured."""
    process.stdin.write("epoch\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main(rounds: int, others: int) -> None:
    """Measure all that is installed, print the table, store the record."""
    data = load_mnist()
    need_full(data)
    installed = [n for n, (_, _, need) in WAYS.items() if all(map(importlib.util.find_spec, need))]
    for name in WAYS.keys() - set(installed):
        print(f"{WAYS[name][0]}: not installed, left out")
    if not (bfloat16 := best_dtype_is_bfloat16()):
        installed = [name for name in installed if name != "torch-bfloat16"]
    processes = {name: start(name) for name in installed}
    measured: dict[str, list[dict]] = {name: [] for name in installed}
    for i in range(rounds):
        for name, process in processes.items():
            if name in TAUGHT or i < others:
                measured[name].append(turn(process))
                spent = measured[name][-1]
                print(f"round {i + 1}: {name:16} {spent['cpu']:7.2f} CPU s", flush=True)
    for process in processes.values():
        process.stdin.close()
    results = {"ways": summary(measured), "peak": max(one["peak"] for one in measured["guide"])}
    report(results)
    settings = {"rounds": rounds, "others": others, "cores": os.cpu_count()}
    settings["bfloat16"] = bfloat16
    path = write_record(
        "bench",
        what="CPU and wall seconds of an epoch of the guide's training, in several ways",
        command="make bench",
        data=data,
        settings=settings,
        results=results,
    )
    print(f"\nStored in {path}.")


def best_dtype_is_bfloat16() -> bool:
    """Say whether this processor multiplies bfloat16 itself."""
    from mnist_course.fast import best_dtype

    return best_dtype() == "mixed_bfloat16"


def summary(measured: dict[str, list[dict]]) -> list[dict]:
    """Sum each way up: medians, ratios to the guide in the same rounds, the way to 1.27 %."""
    found = []
    for name, turns in measured.items():
        beside = measured["guide"][: len(turns)]
        pairs = list(zip(turns, beside, strict=True))
        ratio = {
            key: float(np.median([mine[key] / its[key] for mine, its in pairs]))
            for key in ("cpu", "wall")
        }
        cpu = float(np.median([one["cpu"] for one in turns]))
        reached = next((i for i, one in enumerate(turns, 1) if one["error"] <= 1.27), None)
        found.append(
            {
                "name": name,
                "label": WAYS[name][0],
                "cpu_seconds": round(cpu, 2),
                "seconds": round(float(np.median([one["wall"] for one in turns])), 2),
                "relative_cpu": round(ratio["cpu"], 3),
                "relative_wall": round(ratio["wall"], 3),
                "operations_per_cpu_second": round(OPERATIONS * 60_000 / cpu / 1e9, 2),
                "errors": [round(one["error"], 2) for one in turns],
                "cpu_seconds_to_1.27": reached
                and round(sum(one["cpu"] for one in turns[:reached]), 1),
            }
        )
    return found


def report(results: dict) -> None:
    """Print the table."""
    print(f"\n{'':24} {'CPU s':>7} {'of the guide':>13} {'wall':>6} {'of peak':>8} {'error':>7}")
    for way in results["ways"]:
        share = way["operations_per_cpu_second"] / results["peak"]
        print(
            f"{way['label']:24} {way['cpu_seconds']:7.2f} {way['relative_cpu']:13.2f} "
            f"{way['relative_wall']:6.2f} {share:8.0%} {way['errors'][-1]:6.2f} %"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="epochs of guide and fast path")
    parser.add_argument("--others", type=int, default=2, help="epochs of the other ways")
    parser.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    else:
        main(arguments.rounds, arguments.others)
