"""What chapter 7 measures: held against cases worked by hand, scikit-learn and Keras."""

import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix
from sklearn.metrics import log_loss as sklearn_log_loss

from mnist_course.evaluation import calibration as calibration_module
from mnist_course.evaluation import metrics
from mnist_course.evaluation.calibration import calibration, calibration_error, with_temperature
from mnist_course.evaluation.metrics import (
    check_labels,
    check_probabilities,
    confusion_matrix,
    error_percent,
    log_loss,
    standard_error,
    worst_mistakes,
)
from tests.support.notebook_rules import code_cells, functions

ROOT = Path(__file__).parents[2]


def rows(*answers):
    """Build probabilities by hand: each answer is {digit: probability}, the rest goes to the 0."""
    probabilities = np.zeros((len(answers), 10), dtype="float32")
    for row, answer in zip(probabilities, answers, strict=True):
        row[list(answer)] = list(answer.values())
        row[0] += 1 - sum(answer.values())
    return probabilities


# Right at 0.9, wrong at 0.8 (a 4 for a 9), right at 0.6, wrong at 0.55 (a 7 for a 1).
BY_HAND = np.array([3, 9, 5, 1], dtype="uint8"), rows({3: 0.9}, {4: 0.8}, {5: 0.6}, {7: 0.55})


@pytest.fixture(scope="module")
def many():
    """A thousand labels and probabilities of a program that is often right and seldom certain."""
    random = np.random.default_rng(0)
    y = random.integers(10, size=1000).astype("uint8")
    logits = random.normal(size=(1000, 10)).astype("float32")
    logits[np.arange(1000), y] += 2
    return y, with_temperature(logits, 0.8)


def test_error_by_hand():
    assert error_percent(*BY_HAND) == 50
    assert error_percent(np.array([3]), rows({3: 1})) == 0
    assert error_percent(np.array([3]), rows({4: 1})) == 100


def test_log_loss_by_hand():
    y, probabilities = BY_HAND
    # The 9 and the 1 got no probability at all, which counts as 1e-7.
    expected = -(np.log(0.9) + 2 * np.log(1e-7) + np.log(0.6)) / 4
    assert log_loss(y, probabilities) == pytest.approx(expected, rel=1e-6)
    assert log_loss(y[:1], probabilities[:1]) == pytest.approx(-np.log(0.9), rel=1e-6)


def test_log_loss_as_scikit_learn_and_keras_have_it(many):
    import keras

    y, probabilities = many
    assert log_loss(y, probabilities) == pytest.approx(
        sklearn_log_loss(y, probabilities, labels=range(10)), rel=1e-5
    )
    for case in (many, BY_HAND):
        by_keras = keras.losses.sparse_categorical_crossentropy(*case)
        assert log_loss(*case) == pytest.approx(float(np.mean(by_keras)), rel=1e-5)


def test_standard_error_by_hand():
    assert standard_error(50.0, 100) == 5
    assert standard_error(1.0, 9_900) == pytest.approx(0.1)
    assert standard_error(0.0, 10) == 0


def test_standard_error_is_the_spread_of_new_test_sets():
    mistakes = np.random.default_rng(0).binomial(1_000, 0.05, size=20_000)
    assert standard_error(5.0, 1_000) == pytest.approx(np.std(mistakes / 10), rel=0.02)


def test_confusion_matrix_by_hand():
    y, probabilities = BY_HAND
    expected = np.zeros((10, 10), dtype=int)
    expected[3, 3] = expected[9, 4] = expected[5, 5] = expected[1, 7] = 1
    np.testing.assert_array_equal(confusion_matrix(y, probabilities.argmax(axis=1)), expected)


def test_confusion_matrix_as_scikit_learn_has_it(many):
    y, answers = many[0], many[1].argmax(axis=1)
    counts = confusion_matrix(y, answers)
    expected = sklearn_confusion_matrix(y, answers, labels=range(10))
    np.testing.assert_array_equal(counts, expected)
    assert counts.dtype.kind == "i"
    assert 100 - 100 * counts.trace() / counts.sum() == pytest.approx(error_percent(*many))


def test_worst_mistakes_by_hand():
    assert worst_mistakes(*BY_HAND).tolist() == [1, 3]
    assert worst_mistakes(*BY_HAND, count=1).tolist() == [1]
    assert worst_mistakes(np.array([3]), rows({3: 1})).tolist() == []


def test_worst_mistakes_are_wrong_and_no_other_is_worse(many):
    y, probabilities = many
    worst = worst_mistakes(y, probabilities, 20)
    wrong = probabilities.argmax(axis=1) != y
    assert wrong[worst].all() and len(set(worst)) == 20
    confidence = probabilities.max(axis=1)
    assert (np.diff(confidence[worst]) <= 0).all()
    others = np.setdiff1d(np.flatnonzero(wrong), worst)
    assert confidence[others].max() <= confidence[worst].min()


def test_calibration_by_hand():
    images, confidence, accuracy = calibration(*BY_HAND, bins=2)
    assert images.tolist() == [0, 4]
    assert np.isnan(confidence[0]) and np.isnan(accuracy[0])
    assert confidence[1] == pytest.approx((0.9 + 0.8 + 0.6 + 0.55) / 4)
    assert accuracy[1] == 0.5
    images, confidence, accuracy = calibration(*BY_HAND, bins=4)
    assert images.tolist() == [0, 0, 2, 2]
    assert confidence[2:] == pytest.approx([0.575, 0.85])
    assert accuracy[2:].tolist() == [0.5, 0.5]


def test_certainty_falls_into_the_last_bin():
    images, confidence, accuracy = calibration(np.array([3]), rows({3: 1}))
    assert images.tolist() == [0] * 9 + [1]
    assert confidence[9] == accuracy[9] == 1


@pytest.mark.parametrize("bins", [3, 10, 25])
def test_calibration_as_scikit_learn_has_it(many, bins):
    y, probabilities = many
    right = probabilities.argmax(axis=1) == y
    expected = calibration_curve(right, probabilities.max(axis=1).astype("float64"), n_bins=bins)
    images, confidence, accuracy = calibration(y, probabilities, bins)
    assert images.sum() == len(y)
    np.testing.assert_allclose(accuracy[images > 0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(confidence[images > 0], expected[1], rtol=1e-6)


def test_calibration_error_by_hand():
    # Gaps of 0.075 and 0.35, two images in each of the two bins.
    assert calibration_error(*BY_HAND, bins=4) == pytest.approx(100 * (0.075 + 0.35) / 2, rel=1e-5)
    # Two images right at 0.7, one wrong at 0.95: a bin counts by its images.
    uneven = np.array([3, 3, 9]), rows({3: 0.7}, {3: 0.7}, {4: 0.95})
    expected = 100 * (2 * 0.3 + 0.95) / 3
    assert calibration_error(*uneven, bins=4) == pytest.approx(expected, rel=1e-5)


def test_who_always_answers_with_the_shares_of_the_classes_is_calibrated():
    """The answer to chapter 7's third question."""
    y = np.repeat(np.arange(10), 20)
    shares = np.full((200, 10), 0.1, dtype="float32")
    assert error_percent(y, shares) == 90
    assert calibration_error(y, shares) == pytest.approx(0, abs=1e-4)
    assert log_loss(y, shares) == pytest.approx(np.log(10))


def test_temperature_by_hand():
    logits = np.zeros((1, 10), dtype="float32")
    logits[0, 3] = np.log(9)  # e^logit is 9 there, 1 elsewhere: 9 / 18
    assert with_temperature(logits, 1)[0, 3] == pytest.approx(0.5)
    # The square root of 9 is 3: 3 / 12
    assert with_temperature(logits, 2)[0, 3] == pytest.approx(0.25)
    assert with_temperature(logits, 2).dtype == np.float32


def test_temperature_moves_the_loss_and_no_answer(many):
    y, probabilities = many
    logits = np.log(probabilities)
    np.testing.assert_allclose(with_temperature(logits, 1), probabilities, rtol=1e-5)
    for temperature in (0.3, 3):
        moved = with_temperature(logits, temperature)
        check_probabilities(y, moved)
        np.testing.assert_array_equal(moved.argmax(axis=1), probabilities.argmax(axis=1))
        assert error_percent(y, moved) == error_percent(y, probabilities)
        assert abs(log_loss(y, moved) - log_loss(y, probabilities)) > 0.1


def test_temperature_survives_huge_logits():
    logits = np.array([[1e4] + [0] * 9], dtype="float32")
    assert with_temperature(logits, 1).tolist() == [[1.0] + [0.0] * 9]


GOOD = rows({3: 0.9}, {4: 0.8})
WRONG_ANSWERS = {
    "labels with a stray axis": (np.array([[3], [4]]), GOOD, r"\(2, 1\): \.ravel\(\)"),
    "one-hot labels": (np.eye(10)[[3, 4]], GOOD, r"\(2, 10\): \.argmax\(axis=1\)"),
    "a list of labels": ([3, 4], GOOD, "NumPy array, not list"),
    "labels with a decimal point": (np.array([3.0, 4.0]), GOOD, "integers.* float64"),
    "a label of ten": (np.array([3, 10]), GOOD, "from 3 to 10"),
    "a label below zero": (np.array([-1, 4]), GOOD, "from -1 to 4"),
    "no labels": (np.array([], dtype=int), GOOD[:0], "empty"),
    "more labels than answers": (np.array([3, 4, 5]), GOOD, r"\(3, 10\).*\(2, 10\)"),
    "answers in place of probabilities": (np.array([3, 4]), np.array([3, 4]), "not int64.*predict"),
    "a list of probabilities": (np.array([3, 4]), GOOD.tolist(), "not list"),
    "nine classes": (np.array([3, 4]), GOOD[:, :9], r"\(2, 10\).*\(2, 9\)"),
    "logits": (np.array([3, 4]), 5 * GOOD - 1, "logits"),
    "below zero, sum 1": (np.array([3, 4]), rows({3: 1.2}, {4: 0.8}), "between 0 and 1"),
    "not a number": (np.array([3, 4]), GOOD * np.nan, "logits"),
    "percentages": (np.array([3, 4]), 100 * GOOD, "sum to 1"),
}


@pytest.mark.parametrize("fault", WRONG_ANSWERS)
@pytest.mark.parametrize(
    "function", [error_percent, log_loss, worst_mistakes, calibration, calibration_error]
)
def test_what_does_not_belong_together_is_named(fault, function):
    y, probabilities, message = WRONG_ANSWERS[fault]
    with pytest.raises(ValueError, match=message):
        function(y, probabilities)


def test_confusion_matrix_names_what_does_not_belong_together():
    y = np.array([3, 4])
    with pytest.raises(ValueError, match="equally many, not 2 and 1"):
        confusion_matrix(y, y[:1])
    with pytest.raises(ValueError, match=r"\(2, 10\): \.argmax"):
        confusion_matrix(y, GOOD)
    with pytest.raises(ValueError, match="from -1 to 4"):
        confusion_matrix(np.array([-1, 4]), y)


def test_every_type_of_whole_number_is_a_label():
    for dtype in ("uint8", "int32", "int64"):
        y = np.array([3, 4], dtype=dtype)
        check_labels(y, y)
        assert confusion_matrix(y, y).trace() == 2


def test_nothing_but_numpy_is_needed():
    code = (
        "import sys, mnist_course.evaluation.metrics\n"
        "print({'keras', 'tensorflow', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_chapter_7_teaches_this_very_code():
    """Each of them stands in a cell, or is imported where the chapter uses it."""
    notebook = nbformat.read(ROOT / "notebooks/07-evaluate.ipynb", as_version=4)
    cells = [cell.source for cell in code_cells(notebook) if "%pip" not in cell.source]
    taught = functions("\n".join(cells))
    package = functions(Path(metrics.__file__).read_text(encoding="utf-8"))
    package |= functions(Path(calibration_module.__file__).read_text(encoding="utf-8"))
    both = {name for name in package if name in taught}
    assert {name: taught[name] for name in both} == {name: package[name] for name in both}
    assert both == set(package) - {
        "check_labels",
        "check_probabilities",
        "calibration_error",
        "fit_temperature",
    }
