"""The guide's training run, and training that goes on after its process was really killed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.training import guide_run as training
from mnist_course.training.guide_run import train_as_guide
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "notebooks" / "06-train.ipynb"


def some_digits(training_images=450, test_images=200):
    """Take the first digits of the sample, in the form that `load_mnist` returns."""
    (X_train, y_train), (X_test, y_test) = load_mnist("sample")
    return (
        (X_train[:training_images], y_train[:training_images]),
        (X_test[:test_images], y_test[:test_images]),
    )


def same_weights(one, other) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture(scope="module")
def trained():
    return train_as_guide(some_digits(), seed=1, verbose=0)


def test_the_guides_settings(trained):
    model, history = trained
    assert (EPOCHS, BATCH_SIZE) == (5, 150)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert int(model.optimizer.iterations) == 5 * 450 / 150
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_the_test_set_serves_as_validation_data_as_it_did_in_the_guide(trained):
    model, history = trained
    _, (X_test, y_test) = prepare(some_digits())
    loss, accuracy = model.evaluate(X_test, y_test, batch_size=BATCH_SIZE, verbose=0)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)
    assert history.history["val_accuracy"][-1] == pytest.approx(accuracy, abs=1e-6)


def test_it_learns(trained):
    _, history = trained
    assert history.history["val_accuracy"][-1] > 0.6 > history.history["accuracy"][0]


def test_a_seed_repeats_and_another_seed_does_not(trained):
    model, history = trained
    again, repeated = train_as_guide(some_digits(), seed=1, verbose=0)
    assert same_weights(model, again)
    assert repeated.history == history.history
    other, _ = train_as_guide(some_digits(), seed=2, verbose=0)
    assert not same_weights(model, other)


def test_it_loads_the_data_when_none_are_given(monkeypatch, capsys):
    monkeypatch.setattr(training, "load_mnist", lambda: some_digits(150, 50))
    model, _ = train_as_guide()
    assert int(model.optimizer.iterations) == 5
    assert "Epoch 5/5" in capsys.readouterr().out


# A dead kernel: another process trains with the chapter's own code until it is killed.

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
    # Says that it is in the middle of the second epoch and waits to be killed there.
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


def chapter_code() -> str:
    """Return the chapter's own functions, cut out of its cells."""
    cells = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells]
    [backup] = [source for source in cells if "\ndef train(name" in source]
    [pieces] = [source for source in cells if source.startswith("def train_in_pieces(")]
    return backup[backup.index("def train(name") :] + "\n\n" + pieces + "\n"


def start(code: str, folder: Path) -> subprocess.Popen:
    """Start a process that trains in a folder."""
    script = PRELUDE + chapter_code() + code
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


# Chapter 6 cuts the same code short by an error, and what it then prints is compared on any data.
@pytest.mark.slow
def test_training_goes_on_after_its_process_was_killed(tmp_path):
    # One process in the middle of both trainings: a second one would only import Keras again.
    dying = start(KILLED, tmp_path)
    for _ in range(2):
        while line := dying.stdout.readline():
            if line.startswith("in the middle"):
                break
        assert line, "the process ended before it could be killed"
    dying.send_signal(signal.SIGKILL)
    assert dying.wait(60) == -signal.SIGKILL

    resumed = start(RESUMED, tmp_path)
    out, _ = resumed.communicate(timeout=600)
    assert resumed.returncode == 0
    found = json.loads(out.splitlines()[-1])
    assert found["left_behind"] == ["cut", "pieces-1.keras"]
    assert found["epochs"] == [1, 2, 3, 4]
    assert found["steps"] == [50, 50]
    # Another order of images, another dropout: as good, but not the same number.
    assert found["losses"][0] == pytest.approx(found["losses"][1], rel=0.4)
    assert found["backup_gone"]
    assert found["pieces_equal"] and found["pieces_steps"] == 20
