"""What lessons 2, 6 and 7 say of their code."""

import numpy as np
import pytest
from keras.layers import Conv2D

from tests.support.notebook_rules import functions
from tests.support.stored_lessons import sources

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
