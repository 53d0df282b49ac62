"""Compare the training in the page with Keras (``make measure-training``): errors and CPU seconds.

Both train the guide's network with dropout on the sample's 4,000 training digits and are tested on
its 1,000 others, with five seeds each. Then single epochs are timed in turn, so that other load on
the machine affects both; Keras uses one thread. The results are stored for the page.
"""

import base64
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from playwright.sync_api import Browser, Page

from maintenance.browser import BrowserNotFoundError, chromium
from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.experiments.records import write_record
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.pad.bundle import bundle
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

SEEDS = 5
ROUNDS = 7
# For a difference of two means of five: Student's t with 8 degrees of freedom, 95 %.
T_95 = 2.306

START = """
([images, labels]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const part = (first, last) => ({
    images: bytes(images).slice(first * 784, last * 784),
    labels: bytes(labels).slice(first, last),
  });
  window.begin = (seed) => {
    const settings = { ...DEFAULTS, seed };
    window.run = trainingRun(settings, part(0, 4000), part(4000, 5000));
  };
  window.trainEpoch = () => {
    const losses = [];
    let step;
    do losses.push((step = run.step()).loss);
    while (!step.finished);
    return { losses, ...step.finished };
  };
}
"""


class TrainingPage:
    """The page's training code in a tab of Chromium."""

    def __init__(self, browser: Browser, data) -> None:
        (X, y), (X_test, y_test) = data
        self.session = browser.new_browser_cdp_session()
        self.tab: Page = browser.new_page()
        for entry in ("trainer/training_run.js", "trainer/settings.js"):
            self.tab.add_script_tag(content=bundle(entry))
        encode = lambda arrays: base64.b64encode(np.concatenate(arrays).tobytes()).decode()  # noqa: E731
        self.tab.evaluate(START, [encode([X, X_test]), encode([y, y_test])])

    def train(self, seed: int) -> dict:
        """Train with a seed; return the losses of all steps, and each epoch's loss and errors."""
        self.tab.evaluate("begin", seed)
        losses, epochs = [], []
        for _ in range(EPOCHS):
            epoch = self.tab.evaluate("trainEpoch()")
            losses += [round(loss, 4) for loss in epoch.pop("losses")]
            epoch["heldOutError"] = self.tab.evaluate("run.evaluate().heldOutError")
            epochs.append({name: round(value, 4) for name, value in epoch.items()})
        return {"losses": losses, "epochs": epochs}

    def epoch_cpu_seconds(self) -> float:
        """Return the CPU seconds of one epoch, of all processes of the browser."""
        before = self._cpu_seconds()
        self.tab.evaluate("trainEpoch()")
        return self._cpu_seconds() - before

    def _cpu_seconds(self) -> float:
        processes = self.session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(process["cpuTime"] for process in processes)


def keras_error(data, seed: int) -> float:
    """Train the guide's network with a seed; return its error on the held-out digits in %."""
    (X, Y), (X_test, Y_test) = data
    keras.utils.set_random_seed(seed)
    model = cnn_model()
    model.fit(X, Y, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
    return round(100 - 100 * model.evaluate(X_test, Y_test, verbose=0)[1], 2)


def time_epochs(page: TrainingPage, data) -> dict[str, list[float]]:
    """Return the CPU seconds of single epochs, measured in turn, each after a first one."""
    (X, Y), _ = data
    model = cnn_model()
    seconds = {"page": [], "keras": []}
    page.tab.evaluate("begin", 1)
    for _ in range(ROUNDS + 1):
        seconds["page"].append(round(page.epoch_cpu_seconds(), 2))
        start = time.process_time()
        model.fit(X, Y, batch_size=BATCH_SIZE, verbose=0)
        seconds["keras"].append(round(time.process_time() - start, 2))
    return {name: times[1:] for name, times in seconds.items()}


def compare(errors: dict[str, list[float]]) -> dict:
    """Return the mean difference of the errors, page less Keras, and its 95 % interval."""
    page, reference = np.array(errors["page"]), np.array(errors["keras"])
    difference = float(page.mean() - reference.mean())
    half = T_95 * float(
        np.sqrt(page.var(ddof=1) / len(page) + reference.var(ddof=1) / len(reference))
    )
    interval = [round(difference - half, 2), round(difference + half, 2)]
    return {"difference": round(difference, 2), "difference_interval": interval}


def measure() -> dict:
    """Train and time; return the results."""
    data = load_mnist("sample")
    prepared = prepare(data)
    with chromium() as browser:
        page = TrainingPage(browser, data)
        runs = [page.train(seed) for seed in range(1, SEEDS + 1)]
        errors = {
            "page": [run["epochs"][-1]["heldOutError"] for run in runs],
            "keras": [keras_error(prepared, seed) for seed in range(1, SEEDS + 1)],
        }
        seconds = time_epochs(page, prepared)
    return {"run": runs[0], "errors": errors, **compare(errors), "cpu_seconds": seconds}


def main() -> None:
    """Measure, print and store."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    try:
        results = measure()
    except BrowserNotFoundError as error:
        sys.exit(f"The page trains in Chromium: {error}.")
    for name in ("errors", "difference", "difference_interval", "cpu_seconds"):
        print(f"{name}: {results[name]}")
    path = write_record(
        "page_training",
        description="The guide's training on the sample, in the page and by Keras.",
        command="make measure-training",
        data=load_mnist("sample"),
        settings={"epochs": EPOCHS, "batch_size": BATCH_SIZE, "seeds": SEEDS, "rounds": ROUNDS},
        results=results,
    )
    print(path)


if __name__ == "__main__":
    main()
