"""Measure an epoch of the guide's training in several ways, from one interleaved run.

    MNIST_COURSE_DATA=full python tools/bench_training.py [--rounds 6]

Every way is a process of its own that waits for its turn; the turns go round, so that a busy moment
of the machine does not fall on one way alone. A turn is an epoch; chapter 10's short plan, which is
not the guide's training, has a single turn and trains all its epochs in it. PyTorch and JAX are
measured where they are installed: ``.venv/bin/python -m pip install torch jax``. The results are
stored for chapter 12. The test images measure here what was chosen without them.
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

from mnist_course.data.loading import load_mnist
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.records import write_record

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
    "recipe": ("chapter 10's short plan", "tensorflow", ["tensorflow"]),
}
# How long until a way has come below these errors, in %: the guide's own, and chapter 10's aim.
GOALS = (1.27, 0.50)


def keras_way(make, cut=None):
    """Train a Keras model, an epoch at a call, on arrays or on what ``cut`` makes of them."""

    def prepare(X, Y, X_test, y_test):
        model = make()
        X, X_test = X[..., None], X_test[..., None]

        def epoch(images):
            if cut:
                model.fit(cut(X[:images], Y[:images]), shuffle=False, verbose=0)
            else:
                model.fit(X[:images], Y[:images], batch_size=IMAGES_IN_BATCH, verbose=0)
            return 1

        def error():
            answers = model.predict(X_test, batch_size=500, verbose=0).argmax(axis=1)
            return 100 * float(np.mean(answers != y_test))

        return epoch, error

    return prepare


def guide():
    """Build the guide's network on whichever backend Keras has."""
    from mnist_course.models.guide_cnn import cnn_model

    return cnn_model()


def fast():
    """Build the course's fast path, in the dtype that this processor is quickest in."""
    from mnist_course.models.fast_cnn import best_dtype, fast_model

    with contextlib.redirect_stdout(io.StringIO()):
        dtype = best_dtype()
    return fast_model(dtype=dtype)


def fast_batches(X, Y):
    """Cut the course's own batches."""
    from mnist_course.models.fast_cnn import untuned_batches

    return untuned_batches(X, Y, IMAGES_IN_BATCH)


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
            return 1

        def error():
            model.eval()
            with torch.no_grad():
                parts = torch.from_numpy(X_test[:, None]).split(500)
                answers = torch.cat([model(part).argmax(1) for part in parts]).numpy()
            return 100 * float(np.mean(answers != y_test))

        return epoch, error

    return prepare


def recipe(X, Y, X_test, y_test):
    """Train chapter 10's short plan: its learning rate rises and falls once, so it is one turn."""
    # Imported here: they bring TensorFlow, which the other libraries' processes do without.
    from mnist_course.evaluation.metrics import error_percent
    from mnist_course.experiments.improvements import SHORT, train_recipe
    from mnist_course.models.improved_cnn import predict_views

    X, X_test = X[..., None], X_test[..., None]
    trained = {}

    def plan(images):
        trained["model"] = train_recipe(X[:images], Y[:images], seed=1, **SHORT)
        return SHORT["epochs"]

    return plan, lambda: error_percent(y_test, predict_views(trained["model"], X_test))


MAKE = {
    "guide": keras_way(guide),
    "fast": keras_way(fast, fast_batches),
    "torch": torch_way(half=False),
    "torch-bfloat16": torch_way(half=True),
    "keras-torch": keras_way(guide),
    "keras-jax": keras_way(guide),
    "recipe": recipe,
}


def serve(name: str) -> None:
    """Prepare one way, then take a turn for each line that comes in."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints must not mix with the answers
    (X, y), (X_test, y_test) = load_mnist()
    as_pixels = [images.astype("float32") / 255 for images in (X, X_test)]
    epoch, error = MAKE[name](as_pixels[0], np.eye(10, dtype="float32")[y], as_pixels[1], y_test)
    epoch(10 * IMAGES_IN_BATCH)  # builds what is built once
    print("ready", file=out, flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        epochs = epoch(len(X))
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        spent["epochs"] = epochs
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
    """Let a process take its turn; return what it measured."""
    process.stdin.write("turn\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main(rounds: int) -> None:
    """Measure all that is installed, print the table, store the record."""
    data = load_mnist()
    require_full_mnist(data)
    installed = [n for n, (_, _, need) in WAYS.items() if all(map(importlib.util.find_spec, need))]
    for name in WAYS.keys() - set(installed):
        print(f"{WAYS[name][0]}: not installed, left out")
    if not (bfloat16 := best_dtype_is_bfloat16()):
        installed = [name for name in installed if name != "torch-bfloat16"]
    processes = {name: start(name) for name in installed}
    measured: dict[str, list[dict]] = {name: [] for name in installed}
    for i in range(rounds):
        for name, process in processes.items():
            if i > 0 and measured[name][0]["epochs"] > 1:
                continue  # it has trained to its end
            measured[name].append(spent := turn(process))
            cost = f"{spent['cpu']:7.2f} CPU s, test error {spent['error']:.2f} %"
            print(f"round {i + 1}: {name:16} {cost}", flush=True)
    for process in processes.values():
        process.stdin.close()
    results = {"ways": summary(measured), "peak": max(one["peak"] for one in measured["guide"])}
    report(results)
    settings = {"rounds": rounds, "goals": GOALS, "cores": os.cpu_count()}
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
    from mnist_course.models.fast_cnn import best_dtype

    return best_dtype() == "mixed_bfloat16"


def summary(measured: dict[str, list[dict]]) -> list[dict]:
    """Sum each way up: medians, ratios to the guide in the same rounds, the way to each goal."""
    found = []
    for name, turns in measured.items():
        epochs = turns[0]["epochs"]
        beside = measured["guide"][: len(turns)]
        pairs = list(zip(turns, beside, strict=True))
        ratio = {
            key: float(np.median([mine[key] / epochs / its[key] for mine, its in pairs]))
            for key in ("cpu", "wall")
        }
        cpu, wall = (np.median([one[key] for one in turns]) / epochs for key in ("cpu", "wall"))
        # The plan of chapter 10 trains another network: these are not its operations.
        rate = None if name == "recipe" else round(OPERATIONS * 60_000 / cpu / 1e9, 2)
        found.append(
            {
                "name": name,
                "label": WAYS[name][0],
                "epochs": epochs * len(turns),
                "cpu_seconds": round(cpu, 2),
                "seconds": round(wall, 2),
                "relative_cpu": round(ratio["cpu"], 3),
                "relative_wall": round(ratio["wall"], 3),
                "operations_per_cpu_second": rate,
                "errors": [round(one["error"], 2) for one in turns],
                "cpu_seconds_to": {f"{goal:.2f}": spent_until(turns, goal) for goal in GOALS},
            }
        )
    return found


def spent_until(turns: list[dict], goal: float) -> float | None:
    """Return the CPU seconds until the test error was at most ``goal`` %, None if never."""
    reached = next((i for i, one in enumerate(turns, 1) if one["error"] <= goal), None)
    return reached and round(sum(one["cpu"] for one in turns[:reached]), 1)


def report(results: dict) -> None:
    """Print the tables: an epoch of each way, and the way to each goal."""
    print(f"\n{'an epoch':24} {'CPU s':>7} {'of the guide':>13} {'wall':>6} {'of peak':>8}")
    for way in results["ways"]:
        rate = way["operations_per_cpu_second"]
        share = f"{rate / results['peak']:8.0%}" if rate else f"{'':8}"
        print(
            f"{way['label']:24} {way['cpu_seconds']:7.2f} {way['relative_cpu']:13.2f} "
            f"{way['relative_wall']:6.2f} {share}"
        )
    print(f"\n{'CPU s to an error of':24}" + "".join(f"{goal:8.2f} %" for goal in GOALS))
    for way in results["ways"]:
        spent = [f"{seconds or 'not':>10}" for seconds in way["cpu_seconds_to"].values()]
        last = f"{way['errors'][-1]:.2f} % after {way['epochs']} epochs"
        print(f"{way['label']:24}{''.join(spent)}   {last}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="epochs of each way")
    parser.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    else:
        main(arguments.rounds)
