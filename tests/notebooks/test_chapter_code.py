"""Functions that chapters define do what the chapters say of them."""

import itertools
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from keras.layers import Conv2D
from scipy import stats

from tests.support.notebook_parts import code_cells
from tests.support.notebook_rules import functions

ROOT = Path(__file__).parents[2]


def sources(chapter: str) -> list[str]:
    """Return the source of each code cell of a chapter, apart from the set-up cell."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    return [cell.source for cell in code_cells(notebook)[1:]]


# Chapter 2: what its text and its answers say of NumPy and Keras.


def test_chapter_2_convolution_of_bytes():
    images = np.zeros((2, 28, 28), "uint8")
    with pytest.raises(ValueError, match="expected min_ndim=4, found ndim=3"):
        Conv2D(32, (5, 5))(images)
    with pytest.raises(ValueError, match="type uint8"):
        Conv2D(32, (5, 5))(images[..., np.newaxis])


def test_chapter_2_answers():
    images = np.arange(10 * 28 * 28).reshape(10, 28, 28)
    assert images.reshape(-1, 14, 28, 1).shape == (20, 14, 28, 1)
    assert np.array_equal(np.moveaxis(images[:2], 0, 1).reshape(28, 56), np.hstack(images[:2]))


def test_chapter_2_wrong_reshape():
    position, image = np.indices((784, 5000))
    positions = position.reshape(5000, 784)
    assert {len(np.unique(row)) for row in positions} <= {1, 2}
    assert all(len(np.unique(row)) == 784 for row in image.reshape(5000, 784))


# Chapter 6: training goes on after its process was killed.

PRELUDE = """
import os, sys, threading, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from pathlib import Path
import keras, numpy as np
from mnist_course import cnn_model, load_mnist, prepare

folder = Path(sys.argv[1])
(X_train, y_train), _ = prepare(load_mnist("sample"))

waiting = threading.Semaphore(0)

class Wait(keras.callbacks.Callback):
    # Reports that it is in the middle of the second epoch and waits to be killed there.
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 15:
            print("in the middle of the second epoch", flush=True)
            waiting.release()
            time.sleep(600)
"""

KILLED = """
threading.Thread(target=train, args=("cut", Wait())).start()
waiting.acquire()

fit = keras.Sequential.fit
def slow_fit(network, *args, **options):
    if (folder / "pieces-1.keras").exists():
        options["callbacks"] = [Wait()]
    return fit(network, *args, **options)
keras.Sequential.fit = slow_fit
train_in_pieces("pieces", 2)
"""

RESUMED = """
import json
left_behind = sorted(file.name for file in folder.iterdir())
network, fitted = train("cut")
whole, _ = train("whole")
pieces, in_one_go = train_in_pieces("pieces", 2), train_in_pieces("one-go", 2)
pairs = list(zip(pieces.get_weights(), in_one_go.get_weights()))
print(json.dumps({
    "left_behind": left_behind,
    "epochs": fitted.epoch,
    "steps": [int(network.optimizer.iterations), int(whole.optimizer.iterations)],
    "losses": [fitted.history["loss"][-1], whole.history.history["loss"][-1]],
    "backup_gone": not (folder / "cut").exists(),
    "pieces_equal": all(np.array_equal(a, b) for a, b in pairs),
    "pieces_steps": int(pieces.optimizer.iterations),
}))
"""


def training_code() -> str:
    """Return the chapter's own functions that train with backups."""
    cells = sources("06-train")
    [backup] = [source for source in cells if "\ndef train(name" in source]
    [pieces] = [source for source in cells if source.startswith("def train_in_pieces(")]
    return backup[backup.index("def train(name") :] + "\n\n" + pieces + "\n"


def start(code: str, folder: Path) -> subprocess.Popen:
    """Start a process that trains in a folder."""
    script = PRELUDE + training_code() + code
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


# Chapter 6 interrupts the same code by an error, and what it then prints is compared on any data.
@pytest.mark.slow
def test_chapter_6_training_after_kill(tmp_path):
    # One process in the middle of both training runs: a second would only import Keras again.
    killed = start(KILLED, tmp_path)
    for _ in range(2):
        while line := killed.stdout.readline():
            if line.startswith("in the middle"):
                break
        assert line, "the process ended before it could be killed"
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(60) == -signal.SIGKILL

    resumed = start(RESUMED, tmp_path)
    out, _ = resumed.communicate(timeout=600)
    assert resumed.returncode == 0
    found = json.loads(out.splitlines()[-1])
    assert found["left_behind"] == ["cut", "pieces-1.keras"]
    assert found["epochs"] == [1, 2, 3, 4]
    assert found["steps"] == [50, 50]
    # Another order of images and other dropout: a similar loss, not the same.
    assert found["losses"][0] == pytest.approx(found["losses"][1], rel=0.4)
    assert found["backup_gone"]
    assert found["pieces_equal"] and found["pieces_steps"] == 20


def test_chapter_7_teaches_standard_error():
    """Its function is in a cell; rules for all chapters compare the code with the package's."""
    assert "standard_error" in functions("\n".join(sources("07-evaluate")))


@pytest.fixture(scope="module")
def statistics():
    """Run the functions of chapter 9 that compare two groups of errors."""
    names = {"np": np, "itertools": itertools}
    for function in ("compare", "deal_again"):
        [source] = [s for s in sources("09-measure") if s.startswith(f"def {function}(")]
        exec(source.partition("\n\n\n")[0], names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize("spread", [1, 3, 20])
def test_chapter_9_statistics_scipy(statistics, spread):
    ours, theirs = np.random.default_rng(spread).normal(1.2, 0.1, (2, 5))
    theirs = 1.3 + spread * (theirs - 1.2)
    gap, half_width = statistics.compare(ours, theirs)
    interval = stats.ttest_ind(theirs, ours, equal_var=False).confidence_interval(0.95)
    assert gap - half_width == pytest.approx(interval.low, abs=0.01 * half_width)
    assert gap + half_width == pytest.approx(interval.high, abs=0.01 * half_width)
    exact = stats.permutation_test(
        (theirs, ours), lambda a, b: np.mean(a) - np.mean(b), n_resamples=np.inf
    )
    assert statistics.deal_again(ours, theirs) == pytest.approx(exact.pvalue)
