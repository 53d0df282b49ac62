"""The network of lesson 15 in plain Keras, and its intervals."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mnist_course.models.improved_cnn import improved_model
from tests.support.stored_lessons import sources


@pytest.fixture(scope="module")
def lesson_15():
    """Run the cells of lesson 15 that import and define; return what they define."""
    names = {}
    for source in sources("15-better"):
        nodes = ast.parse(source).body
        kept = (ast.Import, ast.ImportFrom, ast.FunctionDef)
        exec("\n".join(ast.unparse(node) for node in nodes if isinstance(node, kept)), names)
    return SimpleNamespace(**names)


def test_lesson_15_network_is_the_stored_runs(lesson_15):
    """It learns as the network of the stored runs does, whose layers compute the same in less time.

    Only the batch's variance differs: Keras divides by n, the course's layer by n - 1, in the
    running variance. So the steps agree, and predictions agree with the same running variance.
    """
    plain, stored = lesson_15.improved_network(40), improved_model(40, filters=(32, 32))
    shapes = [[w.shape for w in network.get_weights()] for network in (plain, stored)]
    assert shapes[0] == shapes[1]
    stored.set_weights(plain.get_weights())
    X = np.random.default_rng(15).random((20, 28, 28, 1), "float32")
    Y = np.eye(10, dtype="float32")[np.arange(20) % 10]
    losses = []
    for network in (plain, stored):
        network.layers[0].shift = network.layers[0].rotation = 0
        network.layers[0].zoom = network.layers[0].shear = 0
        losses.append([network.train_on_batch(X, Y) for _ in range(3)])
    assert np.allclose(losses[0], np.asarray(losses[1])[:, 0], rtol=1e-3)
    stored.set_weights(plain.get_weights())
    assert np.allclose(plain.predict(X, verbose=0), stored.predict(X, verbose=0), atol=1e-4)
    for part in ("optimizer", "loss"):
        plan, other = (getattr(network, part).get_config() for network in (plain, stored))
        assert plan | {"name": ""} == other | {"name": ""}


def test_lesson_15_student_t():
    code = "\n".join(sources("15-better"))
    for comparisons in (1, 16):
        quantile = 1 - 0.025 / comparisons
        assert f"{{10: {stats.t.ppf(quantile, 9):.2f}}}, {stats.norm.ppf(quantile):.2f})" in code
    assert f"{{3: {stats.t.ppf(0.975, 2):.2f}, 5: {stats.t.ppf(0.975, 4):.2f}}}" in code
