"""What lessons 8, 9 and 11 say of gradients, units and random maps."""

from functools import partial

import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.models.numpy_layers import max_pool, softmax
from mnist_course.training.dense_networks import (
    DERIVATIVES,
    adam,
    backward,
    first_weights,
    forward,
    sgd,
    train_dense,
)

# Lessons 8 and 9: answers that their cells do not print.


def test_lesson_8_answers():
    one_digit = np.array([[1.0, *[-1.0] * 9]])  # the extreme outputs of tanh
    assert round(100 * softmax(one_digit).max()) == 45
    pooled = [max_pool(np.reshape(pixels, (1, 2, 2, 1))) for pixels in ([1, 0, 0, 0], [0, 1, 0, 0])]
    assert max_pool(np.reshape([1, 1, 0, 0], (1, 2, 2, 1))) != sum(pooled)
    outputs = np.linspace(0, 1, 101)
    assert DERIVATIVES["sigmoid"](outputs).max() == pytest.approx(1 / 4)
    assert sum(W.size for W in first_weights(2, seed=1)) == 54_912


def test_lesson_8_biases_combine():
    random = np.random.default_rng(1)
    x, W, V = random.normal(size=(5, 8)), random.normal(size=(8, 4)), random.normal(size=(4, 3))
    b, c = random.normal(size=4), random.normal(size=3)
    np.testing.assert_allclose((x @ W + b) @ V + c, x @ (W @ V) + (b @ V + c))


@pytest.mark.parametrize(("name", "equal"), [("relu", True), ("tanh", False), ("sigmoid", False)])
def test_lesson_8_factor_on_all_weights(name, equal):
    """With relu, a factor on all weights changes all gradients by one factor."""
    random = np.random.default_rng(1)
    X, Y = random.random((20, 784)), np.eye(10)[random.integers(10, size=20)]
    weights, magnitudes = first_weights(6, seed=1), []
    p = forward(X, weights, name)[1]
    for factor in (1, 0.7):
        scaled = [factor * W for W in weights]
        gradients = backward(Y, forward(X, scaled, name)[0], p, scaled, name)
        magnitudes.append([np.sqrt(np.mean(gradient**2)) for gradient in gradients])
    shrunk = np.divide(*magnitudes[::-1])
    assert np.allclose(shrunk, 0.7**6, rtol=1e-3) == equal


def test_lesson_9_doubled_weights():
    random = np.random.default_rng(1)
    X, weights = random.random((5, 784)), first_weights(6, seed=1)
    sums = [
        forward(X, [factor * W for W in weights], "relu")[0][-1] @ (factor * weights[-1])
        for factor in (1, 2)
    ]
    np.testing.assert_allclose(sums[1], 128 * sums[0], rtol=1e-4)


def test_lesson_9_dead_last_hidden_layer():
    random = np.random.default_rng(1)
    X, Y = random.random((20, 784)), np.eye(10)[random.integers(10, size=20)]
    weights = first_weights(2, seed=1)
    weights[1] = -np.abs(weights[1])
    outputs, p = forward(X, weights, "relu")
    assert (outputs[1] > 0).any() and not outputs[2].any()
    assert -np.log(p[Y == 1]).mean() == pytest.approx(np.log(10))
    assert not any(gradient.any() for gradient in backward(Y, outputs, p, weights, "relu"))


def test_lesson_9_silent_error():
    """Steps that are too long raise nothing and cause no warning of NumPy's."""
    (X, y), _ = load_mnist("sample")
    X, Y = X[:3000].reshape(-1, 784).astype("float32") / 255, np.eye(10)[y[:3000]]
    weights = first_weights(2, seed=1)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        train_dense(weights, "relu", partial(sgd, learning_rate=3), X, Y, steps=300, seed=1)
        p = forward(X, weights, "relu")[1]
    assert -np.log(p[Y == 1]).mean() == pytest.approx(np.log(10))


def test_lesson_9_steps_without_gradient():
    """Adam moves a weight on for some steps after its gradient has become 0; SGD stops at once."""
    memory, moves = {}, []
    for step in range(1, 61):
        gradient = np.ones(1) if step <= 10 else np.zeros(1)
        moves.append(adam(gradient, memory, step)[0])
        assert (sgd(gradient, {}, step) == 0) == (step > 10)
    assert moves[10] > 0.8 * moves[9] and moves[-1] < 0.02 * moves[9]


@pytest.mark.parametrize(("rule", "smaller"), [(sgd, 65025), (adam, 255)])
def test_lesson_9_other_units(rule, smaller):
    random = np.random.default_rng(1)
    X = random.integers(256, size=(200, 784)).astype("float32")
    Y = np.eye(10, dtype="float32")[random.integers(10, size=200)]
    results = []
    for pixels, start, factor in ((X / 255, 1, 1), (X, 1 / 255, 1 / smaller)):
        weights = first_weights(1, seed=1)
        weights[0] *= start

        def first_layer_scaled(gradient, *state, factor=factor):
            return rule(gradient, *state) * (factor if len(gradient) == 784 else 1)

        train_dense(weights, "relu", first_layer_scaled, pixels, Y, steps=5, seed=1)
        results.append(forward(pixels, weights, "relu")[1])
    np.testing.assert_allclose(*results, rtol=0.02, atol=1e-4)


# Lesson 11: what random maps have in common.


def test_lesson_11_random_maps():
    """Shared zeros explain most of the agreement of random magnitudes times pixels."""
    (X, _), _ = load_mnist("sample")
    ink, found = X[:200] / 255, []
    for shared in (np.ones_like(ink), ink > 0, ink):
        first, second = abs(np.random.default_rng(1).normal(size=(2, *ink.shape))) * shared
        pairs = zip(first, second, strict=True)
        found.append(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]))
    assert abs(found[0]) < 0.01
    assert 0.9 * found[2] < found[1] < found[2] < 0.65
