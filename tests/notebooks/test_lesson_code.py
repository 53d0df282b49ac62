"""Functions that lessons define do what the lessons say of them."""

import ast
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from keras.layers import Conv2D
from scipy import stats

from mnist_course.models.numpy_layers import max_pool, softmax
from mnist_course.training.dense_networks import (
    DERIVATIVES,
    adam,
    first_weights,
    forward,
    sgd,
    train_dense,
)
from tests.support.notebook_parts import code_cells
from tests.support.notebook_rules import functions

ROOT = Path(__file__).parents[2]


def sources(lesson: str) -> list[str]:
    """Return the source of each code cell of a lesson, apart from the set-up cell."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    return [cell.source for cell in code_cells(notebook)[1:]]


# Lesson 2: what its text and its answers say of NumPy and Keras.


def test_lesson_2_convolution_of_bytes():
    images = np.zeros((2, 28, 28), "uint8")
    with pytest.raises(ValueError, match="expected min_ndim=4, found ndim=3"):
        Conv2D(32, (5, 5))(images)
    with pytest.raises(ValueError, match="type uint8"):
        Conv2D(32, (5, 5))(images[..., np.newaxis])


def test_lesson_2_answers():
    images = np.arange(10 * 28 * 28).reshape(10, 28, 28)
    assert images.reshape(-1, 14, 28, 1).shape == (20, 14, 28, 1)
    assert np.array_equal(np.moveaxis(images[:2], 0, 1).reshape(28, 56), np.hstack(images[:2]))


def test_lesson_2_wrong_reshape():
    position, image = np.indices((784, 5000))
    positions = position.reshape(5000, 784)
    assert {len(np.unique(row)) for row in positions} <= {1, 2}
    assert all(len(np.unique(row)) == 784 for row in image.reshape(5000, 784))


# Lesson 6: choosing among networks whose mistakes are known.


def chosen_by(misread: np.ndarray, groups: int, tries: int = 20) -> np.ndarray:
    """Return what the lesson's ``choose`` returns for a table of misread images."""
    [source] = [source for source in sources("06-train") if source.startswith("def choose(")]
    names = {"np": np, "misread": list(misread), "digits": misread[0]}
    exec(source, names)
    return names["choose"](groups, tries)


def test_lesson_6_choose_better_network():
    misread = np.zeros((20, 1000), bool)
    misread[:, ::10] = True
    misread[7] = False
    watched, others = chosen_by(misread, 5)
    assert watched.mean() == pytest.approx(9.5) and others.mean() == pytest.approx(9.5)


def test_lesson_6_choose_equally_good_networks():
    misread = np.random.default_rng(0).random((20, 10_000)) < 0.01
    biases = [np.subtract(*chosen_by(misread, groups)).mean() for groups in (5, 20, 100)]
    assert 0.2 < biases[0] < biases[1] < biases[2]
    biases = [np.subtract(*chosen_by(misread, 100, tries)).mean() for tries in (1, 2, 20)]
    assert biases[0] == 0 and 0.2 < biases[1] < biases[2]


def test_lesson_7_teaches_standard_error():
    """Its function is in a cell; rules for all lessons compare the code with the package's."""
    assert "standard_error" in functions("\n".join(sources("07-evaluate")))


# Lesson 13: intervals for seeds and images.


@pytest.fixture(scope="module")
def lesson_13():
    """Define the functions and constants of lesson 13 that need no record."""
    names = {"np": np, "random": np.random.default_rng(0)}
    for start in ("T = {", "T_SIX = {"):
        [source] = [source for source in sources("13-seeds") if source.startswith(start)]
        kept = [
            node
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) or ast.unparse(node).startswith(start)
        ]
        exec("\n".join(map(ast.unparse, kept)), names)
    return SimpleNamespace(**names)


def test_lesson_13_student_t(lesson_13):
    for count in (5, 10):
        assert lesson_13.T[count] == pytest.approx(stats.t.ppf(0.975, count - 1), abs=0.005)
        of_six = stats.t.ppf(1 - 0.025 / 6, count - 1)
        assert lesson_13.T_SIX[count] == pytest.approx(of_six, abs=0.005)
    assert stats.norm.ppf(1 - 0.025 / 6) == pytest.approx(2.64, abs=0.005)


def tables(random, seeds: int, error: float, images: int = 2000) -> np.ndarray:
    """Draw which images are misread, by networks of one kind, with images of unequal difficulty."""
    difficulty = np.random.default_rng(5).beta(0.05, 0.05 / error - 0.05, images)
    return random.random((seeds, images)) < difficulty


def test_lesson_13_difference_covers_zero(lesson_13):
    """Of equal settings, the intervals miss zero once in twenty or less."""
    random = np.random.default_rng(2)
    missed = {"alone": 0, "six": 0}
    for _ in range(300):
        ours, theirs = tables(random, 10, 0.02), tables(random, 5, 0.02)
        for name, t, z in (("alone", lesson_13.T, 1.96), ("six", lesson_13.T_SIX, 2.64)):
            gap, half_width = lesson_13.difference(ours, theirs, t, z)
            missed[name] += abs(gap) > half_width
    assert missed["six"] <= missed["alone"] <= 0.06 * 300
    gap, half_width = lesson_13.difference(ours, tables(random, 5, 0.06), lesson_13.T, 1.96)
    assert gap > half_width


# Lessons 8 and 9: answers that their cells do not print.


def test_lesson_8_answers():
    one_digit = np.array([[1.0, *[-1.0] * 9]])  # the extreme outputs of tanh
    assert round(100 * softmax(one_digit).max()) == 45
    pooled = [max_pool(np.reshape(pixels, (1, 2, 2, 1))) for pixels in ([1, 0, 0, 0], [0, 1, 0, 0])]
    assert max_pool(np.reshape([1, 1, 0, 0], (1, 2, 2, 1))) != sum(pooled)
    outputs = np.linspace(0, 1, 101)
    assert DERIVATIVES["sigmoid"](outputs).max() == pytest.approx(1 / 4)
    assert sum(W.size for W in first_weights(2, seed=1)) == 54_912


def test_lesson_9_doubled_weights():
    random = np.random.default_rng(1)
    X, weights = random.random((5, 784)), first_weights(6, seed=1)
    sums = [
        forward(X, [factor * W for W in weights], "relu")[0][-1] @ (factor * weights[-1])
        for factor in (1, 2)
    ]
    np.testing.assert_allclose(sums[1], 128 * sums[0], rtol=1e-4)


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
