"""The fused Adam takes Keras's steps; the one-cycle schedule rises once and falls once."""

import keras
import numpy as np
import pytest

from mnist_course.models.optimizers import FusedAdam, OneCycle


def weights_after_five_steps(optimizer) -> np.ndarray:
    weight = keras.Variable(np.linspace(-1, 1, 7, dtype="float32"))
    for step in range(5):
        optimizer.apply([np.sin(np.arange(7.0) + step).astype("float32")], [weight])
    assert int(optimizer.iterations) == 5
    return np.asarray(weight)


def test_fused_adam_equals_adam():
    expected = weights_after_five_steps(keras.optimizers.Adam(0.01))
    assert np.allclose(weights_after_five_steps(FusedAdam(0.01)), expected, atol=1e-6)
    assert not np.allclose(weights_after_five_steps(FusedAdam(0.02)), expected, atol=1e-3)


def test_one_cycle_rates():
    rates = np.asarray(OneCycle(0.01, 1000)(np.arange(1000)))
    assert rates.argmax() == 200 and rates.max() == pytest.approx(0.01)
    assert (np.diff(rates[:200]) >= 0).all() and (np.diff(rates[200:]) <= 0).all()
    assert rates[-1] < 1e-4 and (rates > 0).all()
