"""Metrics agree with cases computed by hand, with scikit-learn and with Keras."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix
from sklearn.metrics import log_loss as sklearn_log_loss

from mnist_course.evaluation.metrics import (
    check_labels,
    confusion_matrix,
    error_percent,
    log_loss,
    standard_error,
    worst_mistakes,
)
from tests.support.predictions import FOUR_PREDICTIONS, INVALID_PREDICTIONS, VALID, probability_rows


def test_error_percent_by_hand():
    assert error_percent(*FOUR_PREDICTIONS) == 50
    assert error_percent(np.array([3]), probability_rows({3: 1})) == 0
    assert error_percent(np.array([3]), probability_rows({4: 1})) == 100


def test_log_loss_by_hand():
    y, probabilities = FOUR_PREDICTIONS
    # The 9 and the 1 got a probability of 0, which counts as 1e-7.
    expected = -(np.log(0.9) + 2 * np.log(1e-7) + np.log(0.6)) / 4
    assert log_loss(y, probabilities) == pytest.approx(expected, rel=1e-6)
    assert log_loss(y[:1], probabilities[:1]) == pytest.approx(-np.log(0.9), rel=1e-6)


def test_log_loss_scikit_learn(many_predictions):
    y, probabilities = many_predictions
    expected = sklearn_log_loss(y, probabilities, labels=range(10))
    assert log_loss(y, probabilities) == pytest.approx(expected, rel=1e-5)


def test_log_loss_keras(many_predictions):
    import keras

    for case in (many_predictions, FOUR_PREDICTIONS):
        by_keras = keras.losses.sparse_categorical_crossentropy(*case)
        assert log_loss(*case) == pytest.approx(float(np.mean(by_keras)), rel=1e-5)


def test_log_loss_is_limited_and_that_of_a_network_is_not():
    import keras

    network = keras.Sequential([keras.Input((10,)), keras.layers.Activation("softmax")])
    network.compile(loss="sparse_categorical_crossentropy")
    y, logits = np.array([3]), 100 * np.eye(10, dtype="float32")[[4]]
    assert network.evaluate(logits, y, verbose=0) == pytest.approx(100)
    probabilities = network.predict(logits, verbose=0)
    assert log_loss(y, probabilities) == pytest.approx(-np.log(1e-7), rel=1e-6)


def test_standard_error_by_hand():
    assert standard_error(50.0, 100) == 5
    assert standard_error(1.0, 9_900) == pytest.approx(0.1)
    assert standard_error(0.0, 10) == 0


def test_standard_error_simulated_test_sets():
    mistakes = np.random.default_rng(0).binomial(1_000, 0.05, size=20_000)
    assert standard_error(5.0, 1_000) == pytest.approx(np.std(mistakes / 10), rel=0.02)


def test_confusion_matrix_by_hand():
    y, probabilities = FOUR_PREDICTIONS
    expected = np.zeros((10, 10), dtype=int)
    expected[3, 3] = expected[9, 4] = expected[5, 5] = expected[1, 7] = 1
    np.testing.assert_array_equal(confusion_matrix(y, probabilities.argmax(axis=1)), expected)


def test_confusion_matrix_scikit_learn(many_predictions):
    y, predicted = many_predictions[0], many_predictions[1].argmax(axis=1)
    counts = confusion_matrix(y, predicted)
    expected = sklearn_confusion_matrix(y, predicted, labels=range(10))
    np.testing.assert_array_equal(counts, expected)
    assert counts.dtype.kind == "i"
    error = 100 - 100 * counts.trace() / counts.sum()
    assert error == pytest.approx(error_percent(*many_predictions))


def test_worst_mistakes_by_hand():
    assert worst_mistakes(*FOUR_PREDICTIONS).tolist() == [1, 3]
    assert worst_mistakes(*FOUR_PREDICTIONS, count=1).tolist() == [1]
    assert worst_mistakes(np.array([3]), probability_rows({3: 1})).tolist() == []


def test_worst_mistakes_order(many_predictions):
    y, probabilities = many_predictions
    worst = worst_mistakes(y, probabilities, 20)
    wrong = probabilities.argmax(axis=1) != y
    assert wrong[worst].all() and len(set(worst)) == 20
    confidence = probabilities.max(axis=1)
    assert (np.diff(confidence[worst]) <= 0).all()
    others = np.setdiff1d(np.flatnonzero(wrong), worst)
    assert confidence[others].max() <= confidence[worst].min()


@pytest.mark.parametrize("case", INVALID_PREDICTIONS)
@pytest.mark.parametrize("function", [error_percent, log_loss, worst_mistakes])
def test_metrics_invalid_predictions(case, function):
    y, probabilities, message = INVALID_PREDICTIONS[case]
    with pytest.raises(ValueError, match=message):
        function(y, probabilities)


def test_confusion_matrix_invalid_labels():
    y = np.array([3, 4])
    with pytest.raises(ValueError, match="equally many, not 2 and 1"):
        confusion_matrix(y, y[:1])
    with pytest.raises(ValueError, match=r"\(2, 10\): \.argmax"):
        confusion_matrix(y, VALID)
    with pytest.raises(ValueError, match="from -1 to 4"):
        confusion_matrix(np.array([-1, 4]), y)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_check_labels_integer_types(dtype):
    y = np.array([3, 4], dtype=dtype)
    check_labels(y, y)
    assert confusion_matrix(y, y).trace() == 2
