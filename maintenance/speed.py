"""Time an epoch of the guide's training, with the optimizations of lesson 19 added in turn."""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

from maintenance.plan_costs import spent
from mnist_course.models.fast_cnn import STEPS_PER_EXECUTION, fastest_dtype
from mnist_course.models.layers import ByteDropout, ConvMaxPool
from mnist_course.models.optimizers import FusedAdam
from mnist_course.training.batches import shuffled_batches
from mnist_course.training.settings import BATCH_SIZE

# In the order in which they are added to the guide's own code.
OPTIMIZATIONS = (
    "batches without the tuner",
    "ten steps in one call",
    "pool first",
    "byte dropout",
    "fused Adam",
    "bfloat16",
)
GUIDE, FAST = "the guide's own code", "the fast path"
PEAK_SIZE = 2048


def optimizations() -> list[str]:
    """Return the optimizations that this processor can use, in their order."""
    return list(OPTIMIZATIONS if fastest_dtype() == "mixed_bfloat16" else OPTIMIZATIONS[:-1])


def variants(chosen: list[str]) -> dict[str, list[str]]:
    """Return the optimizations of each variant, by its name.

    First the guide's code, then one optimization more at a time, then all without one. The last
    of the second group has all of them: it is the fast path. The two with all but the last are the
    same, so their difference shows how exact the measurement is.
    """
    found = {GUIDE: []}
    for i, name in enumerate(chosen, start=1):
        found[f"with {name}"] = chosen[:i]
    for name in chosen:
        found[f"without {name}"] = [other for other in chosen if other != name]
    return found


def make_model(chosen: Iterable[str]) -> keras.Sequential:
    """Build and compile the guide's network with these optimizations of its layers and steps."""
    dtype = "mixed_bfloat16" if "bfloat16" in chosen else "float32"
    convolution = [Conv2D(32, 5, activation="relu", dtype=dtype), MaxPooling2D(dtype=dtype)]
    if "pool first" in chosen:
        convolution = [ConvMaxPool(32, 5, dtype=dtype)]
    dropout = ByteDropout if "byte dropout" in chosen else Dropout
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *convolution,
            dropout(0.2, dtype=dtype),
            Flatten(dtype=dtype),
            Dense(128, activation="relu", dtype=dtype),
            Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=(FusedAdam if "fused Adam" in chosen else keras.optimizers.Adam)(),
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION if "ten steps in one call" in chosen else 1,
    )
    return model


def train(
    model: keras.Sequential, chosen: Iterable[str], X: np.ndarray, Y: np.ndarray, epochs: int = 1
) -> None:
    """Train a network, on batches without the tuner if that is among the optimizations."""
    if "batches without the tuner" in chosen:
        model.fit(shuffled_batches(X, Y, BATCH_SIZE), epochs=epochs, shuffle=False, verbose=0)
    else:
        model.fit(X, Y, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)


def peak() -> float:
    """Return the rate of large matrix products, in billions of operations per CPU second."""
    a = tf.random.normal((PEAK_SIZE, PEAK_SIZE))
    cost = spent(lambda: [a @ a for _ in range(4)][-1].numpy())
    return round(4 * 2 * PEAK_SIZE**3 / cost["cpu_seconds"] / 1e9, 2)


def measure(found: dict[str, list[str]], X: np.ndarray, Y: np.ndarray, rounds: int) -> list[dict]:
    """Return the seconds of an epoch of each variant in each round; the variants take turns."""
    models = {name: make_model(chosen) for name, chosen in found.items()}
    for name, model in models.items():  # compiles what is compiled once
        train(model, found[name], X[: 10 * BATCH_SIZE], Y[: 10 * BATCH_SIZE])
    peak()
    runs = []
    for number in range(1, rounds + 1):
        for name, model in models.items():
            runs.append({"name": name, "round": number, **spent(train, model, found[name], X, Y)})
            cost = f"{runs[-1]['cpu_seconds']:7.2f} CPU s, {runs[-1]['seconds']:6.2f} s"
            print(f"round {number}: {name:36} {cost}", flush=True)
        runs.append({"name": "peak", "round": number, "operations_per_cpu_second": peak()})
    return runs


def errors(
    found: dict[str, list[str]], known: tuple, new: tuple, seeds: int, epochs: int
) -> list[dict]:
    """Train each variant with several seeds; return the errors, in %, on new images.

    Parameters
    ----------
    found
        Variants, as :func:`variants` returns them.
    known, new
        Images with one-hot labels, to train on and to measure on.
    seeds
        Number of seeds, from 1.
    epochs
        Number of epochs of each run.
    """
    runs = []
    for seed in range(1, seeds + 1):
        for name, chosen in found.items():
            keras.utils.set_random_seed(seed)
            model = make_model(chosen)
            train(model, chosen, *known, epochs=epochs)
            X, Y = new
            answers = model.predict(X, batch_size=500, verbose=0).argmax(axis=1)
            error = round(100 * float(np.mean(answers != Y.argmax(axis=1))), 2)
            runs.append({"name": name, "seed": seed, "error": error})
            print(f"seed {seed}: {name:36} {error:.2f} %", flush=True)
            keras.backend.clear_session()
    return runs
