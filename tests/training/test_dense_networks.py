"""Gradients and steps of the networks in NumPy are those of TensorFlow and Keras."""

from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_course.training.dense_networks import (
    ACTIVATIONS,
    adam,
    backward,
    first_weights,
    forward,
    sgd,
    train_dense,
)

random = np.random.default_rng(0)
X = random.random((200, 784), dtype=np.float32)
Y = np.eye(10, dtype="float32")[random.integers(10, size=200)]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [0, 1, 3])
def test_backward_as_gradient_tape(name, hidden):
    weights = first_weights(hidden, seed=1)
    variables = [tf.Variable(W) for W in weights]
    with tf.GradientTape() as tape:
        h = X
        for W in variables[:-1]:
            h = keras.activations.get(name)(h @ W)
        losses = keras.losses.categorical_crossentropy(Y, h @ variables[-1], from_logits=True)
        loss = keras.ops.mean(losses)
    outputs, p = forward(X, weights, name)
    assert float(loss) == pytest.approx(-np.log(p[Y > 0]).mean(), rel=1e-5)
    expected = tape.gradient(loss, variables)
    for found, gradient in zip(backward(Y, outputs, p, weights, name), expected, strict=True):
        np.testing.assert_allclose(found, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("rule", "optimizer"), [(sgd, keras.optimizers.SGD(0.1)), (adam, keras.optimizers.Adam())]
)
def test_rules_as_keras(rule, optimizer):
    weights, memory, variable = np.zeros(5, "float32"), {}, keras.Variable(np.zeros(5))
    for step in range(1, 8):
        gradient = random.normal(size=5).astype("float32") * 10.0 ** np.arange(-4, 1)
        weights -= rule(gradient, memory, step)
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
        np.testing.assert_allclose(weights, variable.numpy(), rtol=1e-4)


def test_first_weights_shapes_and_variance():
    weights = first_weights(hidden=3, seed=1, units=64)
    assert [W.shape for W in weights] == list(pairwise([784, 64, 64, 64, 10]))
    assert all(W.var() == pytest.approx(2 / len(W), rel=0.15) for W in weights)
    assert np.array_equal(weights[0], first_weights(3, 1)[0])
    assert not np.array_equal(weights[0], first_weights(3, 2)[0])


@pytest.mark.parametrize("rule", [sgd, adam])
def test_train_dense_separates_classes(rule):
    images = random.random((100, 784), dtype=np.float32) * 0.2
    images[np.arange(100), np.arange(100) % 10] = 1  # one bright pixel for each class
    labels = np.eye(10, dtype="float32")[np.arange(100) % 10]
    weights = first_weights(hidden=1, seed=1)
    train_dense(weights, "relu", rule, images, labels, steps=300, seed=1)
    answers = forward(images, weights, "relu")[1].argmax(axis=1)
    assert np.mean(answers == labels.argmax(axis=1)) > 0.9
