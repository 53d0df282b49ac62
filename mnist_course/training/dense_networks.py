"""Train small networks of dense layers in NumPy, with backpropagation written out (lesson 8).

The networks have no biases. Each hidden layer applies the same activation function; the last layer
is followed by a softmax.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from mnist_course.models.numpy_layers import relu, softmax

BATCH_SIZE = 100


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Map numbers to between 0 and 1, as ``activation="sigmoid"`` does (lesson 8)."""
    return 1 / (1 + np.exp(-z))


ACTIVATIONS = {"linear": lambda z: z, "relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}
# Each derivative, computed from the output h of the activation function.
DERIVATIVES = {
    "linear": np.ones_like,
    "relu": lambda h: h > 0,
    "tanh": lambda h: 1 - h**2,
    "sigmoid": lambda h: h * (1 - h),
}


def first_weights(hidden: int, seed: int, units: int = 64) -> list[np.ndarray]:
    """Draw initial weights for images of 784 pixels and ten classes (lesson 8).

    Parameters
    ----------
    hidden
        Number of hidden layers; with 0, the pixels are connected to the ten outputs.
    seed
        The same seed gives the same weights.
    units
        Number of units in each hidden layer.

    Returns
    -------
    list of numpy.ndarray
        One matrix for each layer, shape (inputs, outputs), float32; normally distributed with the
        variance 2 / inputs (He et al., 2015, https://arxiv.org/abs/1502.01852).
    """
    random, sizes = np.random.default_rng(seed), [784, *[units] * hidden, 10]
    draws = [random.normal(0, np.sqrt(2 / n), (n, m)) for n, m in pairwise(sizes)]
    return [weights.astype("float32") for weights in draws]


def forward(
    X: np.ndarray, weights: list[np.ndarray], name: str
) -> tuple[list[np.ndarray], np.ndarray]:
    """Compute the outputs of all layers (lesson 8).

    Parameters
    ----------
    X
        Images, shape (n, 784).
    weights
        As :func:`first_weights` returns them.
    name
        Of an activation function in ``ACTIVATIONS``.

    Returns
    -------
    tuple
        X and the outputs of the hidden layers, shape (n, units) each; probabilities, shape (n, 10).
    """
    outputs = [X]
    for W in weights[:-1]:
        outputs.append(ACTIVATIONS[name](outputs[-1] @ W))
    return outputs, softmax(outputs[-1] @ weights[-1])


def backward(
    Y: np.ndarray, outputs: list[np.ndarray], p: np.ndarray, weights: list[np.ndarray], name: str
) -> list[np.ndarray]:
    """Compute the gradients of the mean cross-entropy by backpropagation (lesson 8).

    Parameters
    ----------
    Y
        One-hot labels, shape (n, 10).
    outputs, p
        As :func:`forward` returns them.
    weights, name
        As in :func:`forward`.

    Returns
    -------
    list of numpy.ndarray
        The gradient with respect to each matrix of weights, in the same order.
    """
    error, gradients = (p - Y) / len(Y), []
    for h, W in zip(outputs[::-1], weights[::-1], strict=True):
        gradients.append(h.T @ error)
        error = error @ W.T * DERIVATIVES[name](h)
    return gradients[::-1]


def sgd(gradient: np.ndarray, memory: dict, step: int, learning_rate: float = 0.1) -> np.ndarray:
    """Return how far plain gradient descent moves weights against their gradient (lesson 8).

    Parameters
    ----------
    gradient
        Any shape.
    memory, step
        Not used; the parameters are those of :func:`adam`.
    learning_rate
        The factor of the gradient.
    """
    return learning_rate * gradient


def adam(gradient: np.ndarray, memory: dict, step: int, learning_rate: float = 0.001) -> np.ndarray:
    """Return how far Adam moves weights against their gradient (lesson 8).

    Parameters
    ----------
    gradient
        Any shape.
    memory
        Empty before the first step; the running means are kept in it.
    step
        The number of the step, from 1.
    learning_rate
        About the length of a step, for gradients that keep their sign.

    Notes
    -----
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015,
    https://arxiv.org/abs/1412.6980, as Keras computes it.
    """
    for key, value, kept in (("mean", gradient, 0.9), ("square", gradient**2, 0.999)):
        memory[key] = kept * memory.get(key, 0) + (1 - kept) * value
    learning_rate *= (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)  # both means begin at 0
    return learning_rate * memory["mean"] / (np.sqrt(memory["square"]) + 1e-7)


def train_dense(
    weights: list[np.ndarray],
    name: str,
    rule: Callable,
    X: np.ndarray,
    Y: np.ndarray,
    steps: int,
    seed: int,
) -> None:
    """Change weights in place, by steps on random batches of 100 images (lesson 8).

    Parameters
    ----------
    weights, name
        As in :func:`forward`.
    rule
        :func:`sgd`, :func:`adam`, or a function with the same first three parameters.
    X, Y
        Images and one-hot labels.
    steps
        Number of steps.
    seed
        Decides the batches.
    """
    random, memories = np.random.default_rng(seed), [{} for _ in weights]
    for step in range(1, steps + 1):
        batch = random.integers(len(X), size=BATCH_SIZE)
        outputs, p = forward(X[batch], weights, name)
        gradients = backward(Y[batch], outputs, p, weights, name)
        for W, gradient, memory in zip(weights, gradients, memories, strict=True):
            W -= rule(gradient, memory, step)
