"""The guide's training run: its settings, its validation data, its seed and its defaults."""

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.training import guide_run
from mnist_course.training.guide_run import train_as_guide
from mnist_course.training.settings import BATCH_SIZE, EPOCHS


def some_digits():
    """Take the first digits of the sample, in the form that `load_mnist` returns."""
    (X_train, y_train), (X_test, y_test) = load_mnist("sample")
    return (X_train[:450], y_train[:450]), (X_test[:200], y_test[:200])


def equal_weights(first, second) -> bool:
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture(scope="module")
def trained():
    return train_as_guide(some_digits(), seed=1, verbose=0)


def test_train_as_guide_settings(trained):
    model, history = trained
    assert (EPOCHS, BATCH_SIZE) == (5, 150)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert int(model.optimizer.iterations) == 5 * 450 / 150
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_train_as_guide_validates_on_test_set(trained):
    model, history = trained
    _, (X_test, Y_test) = prepare(some_digits())
    loss, accuracy = model.evaluate(X_test, Y_test, batch_size=BATCH_SIZE, verbose=0)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)
    assert history.history["val_accuracy"][-1] == pytest.approx(accuracy, abs=1e-6)


def test_train_as_guide_learns(trained):
    _, history = trained
    assert history.history["val_accuracy"][-1] > 0.6 > history.history["accuracy"][0]


def test_train_as_guide_defaults(trained, monkeypatch, capsys):
    """Without arguments it loads the data, takes seed 1, which repeats, and prints each epoch."""
    monkeypatch.setattr(guide_run, "load_mnist", some_digits)
    model, history = trained
    again, repeated = train_as_guide()
    assert equal_weights(model, again)
    assert repeated.history == history.history
    assert "Epoch 5/5" in capsys.readouterr().out


def test_train_as_guide_other_seed(trained):
    other, _ = train_as_guide(some_digits(), seed=2, verbose=0)
    assert not equal_weights(trained[0], other)
