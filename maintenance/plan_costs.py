"""Time the epochs of the improvements and plans of lesson 15 in turn."""

import time
from collections.abc import Callable

import numpy as np

from mnist_course.experiments.improvements import CANDIDATES, COMPARISON, PLANS, comparison_rows
from mnist_course.models.fast_cnn import fast_model
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.improved_cnn import improved_model, predict_with_tta
from mnist_course.training.batches import shuffled_batches
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

TEST_IMAGES = 10_000


class Network:
    """A network whose epochs are timed.

    Parameters
    ----------
    name
        Its name in the record.
    make
        Builds and compiles it.
    epochs
        Number of epochs of its whole training run.
    batch_size
        As in ``keras.Model.fit``.
    own_batches
        Whether it trains on the course's batches, as plans do, or on arrays, as the guide does.
    with_tta
        Whether it predicts with test-time augmentation.
    """

    def __init__(
        self,
        name: str,
        make: Callable,
        *,
        epochs: int,
        batch_size: int = BATCH_SIZE,
        own_batches: bool = True,
        with_tta: bool = False,
    ):
        self.name, self.model = name, make()
        self.epochs, self.batch_size = epochs, batch_size
        self.own_batches, self.with_tta = own_batches, with_tta

    def train(self, X: np.ndarray, Y: np.ndarray) -> None:
        """Train one epoch."""
        if self.own_batches:
            self.model.fit(shuffled_batches(X, Y, self.batch_size), shuffle=False, verbose=0)
        else:
            self.model.fit(X, Y, batch_size=self.batch_size, verbose=0)

    def predict(self, X: np.ndarray) -> None:
        """Predict once."""
        if self.with_tta:
            predict_with_tta(self.model, X)
        else:
            self.model.predict(X, batch_size=500, verbose=0)


def networks() -> list[Network]:
    """Build the guide's network in both forms, each row of the comparison, and all plans."""
    found = [
        Network("guide", cnn_model, epochs=EPOCHS, own_batches=False),
        Network("fast path", fast_model, epochs=EPOCHS),
    ]
    for kind, name, improvements in comparison_rows():
        settings = {k: v for k, v in COMPARISON.items() if k not in ("epochs", "batch_size")}
        found.append(
            Network(
                f"{kind}: {name}",
                lambda improvements=improvements, settings=settings: improved_model(
                    1000, improvements, **settings
                ),
                epochs=COMPARISON["epochs"],
                batch_size=COMPARISON["batch_size"],
            )
        )
    for name, plan in {**CANDIDATES, "long": PLANS["long"]}.items():
        settings = {k: v for k, v in plan.items() if k not in ("epochs", "batch_size")}
        found.append(
            Network(
                name,
                lambda settings=settings: improved_model(1000, **settings),
                epochs=plan["epochs"],
                batch_size=plan["batch_size"],
                with_tta=True,
            )
        )
    return found


def spent(run: Callable, *arguments) -> dict[str, float]:
    """Return the CPU and wall seconds of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    run(*arguments)
    return {
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "seconds": round(time.perf_counter() - wall, 3),
    }


def measure(found: list[Network], X: np.ndarray, Y: np.ndarray, rounds: int) -> list[dict]:
    """Return the seconds of an epoch and of a prediction, for each network and round."""
    for network in found:  # compiles what is compiled once
        network.train(X[: 3 * network.batch_size], Y[: 3 * network.batch_size])
        network.predict(X[:500])
    runs = []
    for number in range(1, rounds + 1):
        for network in found:
            run = {
                "name": network.name,
                "round": number,
                "epochs": network.epochs,
                "epoch": spent(network.train, X, Y),
                "prediction": spent(network.predict, X[-TEST_IMAGES:]),
            }
            runs.append(run)
            print(f"{network.name:32} {run['epoch']['cpu_seconds']:7.2f} CPU s", flush=True)
    return runs


def totals(runs: list[dict]) -> dict[str, dict]:
    """Return the costs of whole training runs with their prediction, medians over the rounds.

    Also the CPU seconds relative to the guide's five epochs, compared round by round.
    """
    guide = {run["round"]: total(run, "cpu_seconds") for run in runs if run["name"] == "guide"}
    found = {}
    for name in dict.fromkeys(run["name"] for run in runs):
        own = [run for run in runs if run["name"] == name]
        ratios = [total(run, "cpu_seconds") / guide[run["round"]] for run in own]
        found[name] = {
            key: round(float(np.median([total(run, key) for run in own])), 1)
            for key in ("cpu_seconds", "seconds")
        } | {"relative_cpu": round(float(np.median(ratios)), 3)}
    return found


def total(run: dict, key: str) -> float:
    """Return the seconds of all epochs and the prediction, by one measurement."""
    return run["epochs"] * run["epoch"][key] + run["prediction"][key]
