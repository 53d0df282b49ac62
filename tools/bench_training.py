"""Measure an epoch of the guide's training in several ways, from one interleaved run.

    MNIST_COURSE_DATA=full python -m tools.bench_training [--rounds 6]

Each variant runs in its own process. In each round every process trains one epoch in turn, so that
other load on the machine affects all variants. Lesson 15's short plan, which is not the guide's
training, runs all its epochs in its only turn. PyTorch and JAX are measured if they are installed:
``.venv/bin/python -m pip install torch jax``. The results are stored for lesson 19. The test
images are used for measuring only; no choice depends on them.
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
from mnist_course.training.settings import BATCH_SIZE

# Operations for an image, forward pass: two for each multiply-add of the three layers with weights.
FORWARD = 2 * (24 * 24 * 25 * 32 + 4608 * 128 + 128 * 10)
# The backward pass needs twice as many, less the gradient of the pixels, which is not computed.
OPERATIONS = 3 * FORWARD - 2 * 24 * 24 * 25 * 32

# Name: label, Keras's backend, packages it needs.
VARIANTS = {
    "guide": ("the guide's own code", "tensorflow", ["tensorflow"]),
    "fast": ("the fast path", "tensorflow", ["tensorflow"]),
    "torch": ("PyTorch, float32", None, ["torch"]),
    "torch-bfloat16": ("PyTorch, bfloat16", None, ["torch"]),
    "keras-torch": ("Keras on PyTorch", "torch", ["torch"]),
    "keras-jax": ("Keras on JAX", "jax", ["jax"]),
    "improved": ("lesson 10's short plan", "tensorflow", ["tensorflow"]),
}
# The time to these test errors, in %, is reported: the guide's own, and the target of lesson 15.
TARGET_ERRORS = (1.27, 0.50)


def keras_variant(make, cut=None):
    """Train a Keras model, one epoch per call, on arrays or on the batches that ``cut`` returns."""

    def prepare(X, Y, X_test, y_test):
        model = make()
        X, X_test = X[..., None], X_test[..., None]

        def epoch(images):
            if cut:
                model.fit(cut(X[:images], Y[:images]), shuffle=False, verbose=0)
            else:
                model.fit(X[:images], Y[:images], batch_size=BATCH_SIZE, verbose=0)
            return 1

        def error():
            answers = model.predict(X_test, batch_size=500, verbose=0).argmax(axis=1)
            return 100 * float(np.mean(answers != y_test))

        return epoch, error

    return prepare


def guide():
    """Build the guide's network on the configured backend of Keras."""
    from mnist_course.models.guide_cnn import cnn_model

    return cnn_model()


def fast():
    """Build the course's fast path, in the fastest dtype of this processor."""
    from mnist_course.models.fast_cnn import fast_model, fastest_dtype

    with contextlib.redirect_stdout(io.StringIO()):
        dtype = fastest_dtype()
    return fast_model(dtype=dtype)


def fast_batches(X, Y):
    """Return the course's own batches."""
    from mnist_course.training.batches import shuffled_batches

    return shuffled_batches(X, Y, BATCH_SIZE)


def torch_variant(half: bool):
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
            for batch in torch.randperm(images).split(BATCH_SIZE):
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


def improved(X, Y, X_test, y_test):
    """Train lesson 15's short plan, in one turn: its schedule spans all its epochs."""
    # Imported here, because they import TensorFlow, which the other processes must not load.
    from mnist_course.evaluation.metrics import error_percent
    from mnist_course.experiments.improvements import PLANS
    from mnist_course.models.improved_cnn import predict_with_tta
    from mnist_course.training.improved_run import train_improved_model

    X, X_test = X[..., None], X_test[..., None]
    trained = {}

    def plan(images):
        trained["model"] = train_improved_model(X[:images], Y[:images], seed=1, **PLANS["short"])
        return PLANS["short"]["epochs"]

    return plan, lambda: error_percent(y_test, predict_with_tta(trained["model"], X_test))


MAKE = {
    "guide": keras_variant(guide),
    "fast": keras_variant(fast, fast_batches),
    "torch": torch_variant(half=False),
    "torch-bfloat16": torch_variant(half=True),
    "keras-torch": keras_variant(guide),
    "keras-jax": keras_variant(guide),
    "improved": improved,
}


def serve(name: str) -> None:
    """Prepare one variant, then run one turn for each line on stdin."""
    out = sys.stdout
    sys.stdout = sys.stderr  # what libraries print must not mix with the results
    (X, y), (X_test, y_test) = load_mnist()
    as_pixels = [images.astype("float32") / 255 for images in (X, X_test)]
    epoch, error = MAKE[name](as_pixels[0], np.eye(10, dtype="float32")[y], as_pixels[1], y_test)
    epoch(10 * BATCH_SIZE)  # compiles what is compiled once
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
    """Return the rate of large matrix products, in billions of operations per CPU second."""
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
    """Start the process of one variant and wait until it is ready."""
    backend = {"KERAS_BACKEND": VARIANTS[name][1]} if VARIANTS[name][1] else {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.bench_training", "--serve", name],
        env={**os.environ, **backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if process.stdout.readline().strip() != "ready":
        sys.exit(f"{name} did not start: its error is above.")
    return process


def take_turn(process: subprocess.Popen) -> dict:
    """Run one turn of a process; return its measurements."""
    process.stdin.write("turn\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main(rounds: int) -> None:
    """Measure all installed variants, print the tables and store the record."""
    data = load_mnist()
    require_full_mnist(data)
    installed = [
        n for n, (_, _, need) in VARIANTS.items() if all(map(importlib.util.find_spec, need))
    ]
    for name in VARIANTS.keys() - set(installed):
        print(f"{VARIANTS[name][0]}: not installed, left out")
    if not (bfloat16 := best_dtype_is_bfloat16()):
        installed = [name for name in installed if name != "torch-bfloat16"]
    processes = {name: start(name) for name in installed}
    measurements: dict[str, list[dict]] = {name: [] for name in installed}
    for i in range(rounds):
        for name, process in processes.items():
            if i > 0 and measurements[name][0]["epochs"] > 1:
                continue  # it has trained all its epochs
            measurements[name].append(spent := take_turn(process))
            cost = f"{spent['cpu']:7.2f} CPU s, test error {spent['error']:.2f} %"
            print(f"round {i + 1}: {name:16} {cost}", flush=True)
    for process in processes.values():
        process.stdin.close()
    results = {
        "variants": summary(measurements),
        "peak": max(one["peak"] for one in measurements["guide"]),
    }
    report(results)
    settings = {"rounds": rounds, "target_errors": TARGET_ERRORS, "cores": os.cpu_count()}
    settings["bfloat16"] = bfloat16
    path = write_record(
        "bench",
        description="CPU and wall seconds of an epoch of the guide's training, in several ways",
        command="make bench",
        data=data,
        settings=settings,
        results=results,
        packages=compared_packages(installed),
    )
    print(f"\nStored in {path}.")


def compared_packages(variants: list[str]) -> list[str]:
    """Return the packages that these variants need beside TensorFlow, sorted."""
    return sorted({package for name in variants for package in VARIANTS[name][2]} - {"tensorflow"})


def best_dtype_is_bfloat16() -> bool:
    """Return whether this processor has instructions for bfloat16."""
    from mnist_course.models.fast_cnn import fastest_dtype

    return fastest_dtype() == "mixed_bfloat16"


def summary(measurements: dict[str, list[dict]]) -> list[dict]:
    """Summarize each variant: medians, ratios to the guide in the same rounds, CPU s to targets."""
    found = []
    for name, turns in measurements.items():
        epochs = turns[0]["epochs"]
        beside = measurements["guide"][: len(turns)]
        pairs = list(zip(turns, beside, strict=True))
        ratio = {
            key: float(np.median([mine[key] / epochs / its[key] for mine, its in pairs]))
            for key in ("cpu", "wall")
        }
        cpu, wall = (np.median([one[key] for one in turns]) / epochs for key in ("cpu", "wall"))
        # The plan of lesson 15 trains another network, to which OPERATIONS does not apply.
        rate = None if name == "improved" else round(OPERATIONS * 60_000 / cpu / 1e9, 2)
        found.append(
            {
                "name": name,
                "label": VARIANTS[name][0],
                "epochs": epochs * len(turns),
                "cpu_seconds": round(cpu, 2),
                "seconds": round(wall, 2),
                "relative_cpu": round(ratio["cpu"], 3),
                "relative_wall": round(ratio["wall"], 3),
                "operations_per_cpu_second": rate,
                "errors": [round(one["error"], 2) for one in turns],
                "cpu_seconds_to": {
                    f"{target:.2f}": cpu_seconds_until(turns, target) for target in TARGET_ERRORS
                },
            }
        )
    return found


def cpu_seconds_until(turns: list[dict], target: float) -> float | None:
    """Return the CPU seconds until the test error was at most ``target`` %, None if never."""
    reached = next((i for i, one in enumerate(turns, 1) if one["error"] <= target), None)
    return reached and round(sum(one["cpu"] for one in turns[:reached]), 1)


def report(results: dict) -> None:
    """Print two tables: the cost of an epoch, and the CPU seconds to each target error."""
    print(f"\n{'an epoch':24} {'CPU s':>7} {'of the guide':>13} {'wall':>6} {'of peak':>8}")
    for variant in results["variants"]:
        rate = variant["operations_per_cpu_second"]
        share = f"{rate / results['peak']:8.0%}" if rate else f"{'':8}"
        print(
            f"{variant['label']:24} {variant['cpu_seconds']:7.2f} {variant['relative_cpu']:13.2f} "
            f"{variant['relative_wall']:6.2f} {share}"
        )
    print(
        f"\n{'CPU s to an error of':24}" + "".join(f"{target:8.2f} %" for target in TARGET_ERRORS)
    )
    for variant in results["variants"]:
        spent = [f"{seconds or 'not':>10}" for seconds in variant["cpu_seconds_to"].values()]
        last = f"{variant['errors'][-1]:.2f} % after {variant['epochs']} epochs"
        print(f"{variant['label']:24}{''.join(spent)}   {last}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="epochs of each variant")
    parser.add_argument("--serve", choices=VARIANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    else:
        main(arguments.rounds)
