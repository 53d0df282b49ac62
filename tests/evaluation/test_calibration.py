"""Calibration agrees with cases computed by hand and with scikit-learn."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from mnist_course.evaluation.calibration import (
    calibration,
    calibration_error,
    fit_temperature,
    with_temperature,
)
from mnist_course.evaluation.metrics import check_probabilities, error_percent, log_loss
from tests.support.predictions import FOUR_PREDICTIONS, INVALID_PREDICTIONS, probability_rows


def test_calibration_by_hand():
    images, confidence, accuracy = calibration(*FOUR_PREDICTIONS, bins=2)
    assert images.tolist() == [0, 4]
    assert np.isnan(confidence[0]) and np.isnan(accuracy[0])
    assert confidence[1] == pytest.approx((0.9 + 0.8 + 0.6 + 0.55) / 4)
    assert accuracy[1] == 0.5
    images, confidence, accuracy = calibration(*FOUR_PREDICTIONS, bins=4)
    assert images.tolist() == [0, 0, 2, 2]
    assert confidence[2:] == pytest.approx([0.575, 0.85])
    assert accuracy[2:].tolist() == [0.5, 0.5]


def test_calibration_confidence_of_one():
    images, confidence, accuracy = calibration(np.array([3]), probability_rows({3: 1}))
    assert images.tolist() == [0] * 9 + [1]
    assert confidence[9] == accuracy[9] == 1


@pytest.mark.parametrize("bins", [3, 10, 25])
def test_calibration_scikit_learn(many_predictions, bins):
    y, probabilities = many_predictions
    correct = probabilities.argmax(axis=1) == y
    expected = calibration_curve(correct, probabilities.max(axis=1).astype("float64"), n_bins=bins)
    images, confidence, accuracy = calibration(y, probabilities, bins)
    assert images.sum() == len(y)
    np.testing.assert_allclose(accuracy[images > 0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(confidence[images > 0], expected[1], rtol=1e-6)


def test_calibration_error_by_hand():
    # Gaps of 0.075 and 0.35, two images in each of the two bins.
    expected = 100 * (0.075 + 0.35) / 2
    assert calibration_error(*FOUR_PREDICTIONS, bins=4) == pytest.approx(expected, rel=1e-5)


def test_calibration_error_weights_bins_by_images():
    # Two images correct with 0.7, one wrong with 0.95.
    uneven = np.array([3, 3, 9]), probability_rows({3: 0.7}, {3: 0.7}, {4: 0.95})
    expected = 100 * (2 * 0.3 + 0.95) / 3
    assert calibration_error(*uneven, bins=4) == pytest.approx(expected, rel=1e-5)


def test_calibration_error_class_frequencies():
    """Predicting the class frequencies is calibrated: the answer to lesson 7's third question."""
    y = np.repeat(np.arange(10), 20)
    frequencies = np.full((200, 10), 0.1, dtype="float32")
    assert error_percent(y, frequencies) == 90
    assert calibration_error(y, frequencies) == pytest.approx(0, abs=1e-4)
    assert log_loss(y, frequencies) == pytest.approx(np.log(10))


@pytest.mark.parametrize("case", INVALID_PREDICTIONS)
@pytest.mark.parametrize("function", [calibration, calibration_error])
def test_calibration_invalid_predictions(case, function):
    y, probabilities, message = INVALID_PREDICTIONS[case]
    with pytest.raises(ValueError, match=message):
        function(y, probabilities)


def test_with_temperature_by_hand():
    logits = np.zeros((1, 10), dtype="float32")
    logits[0, 3] = np.log(9)  # e^logit is 9 there, 1 elsewhere: 9 / 18
    assert with_temperature(logits, 1)[0, 3] == pytest.approx(0.5)
    # The square root of 9 is 3: 3 / 12
    assert with_temperature(logits, 2)[0, 3] == pytest.approx(0.25)
    assert with_temperature(logits, 2).dtype == np.float32


@pytest.mark.parametrize("temperature", [0.3, 3])
def test_with_temperature_keeps_predictions(many_predictions, temperature):
    y, probabilities = many_predictions
    logits = np.log(probabilities)
    np.testing.assert_allclose(with_temperature(logits, 1), probabilities, rtol=1e-5)
    scaled = with_temperature(logits, temperature)
    check_probabilities(y, scaled)
    np.testing.assert_array_equal(scaled.argmax(axis=1), probabilities.argmax(axis=1))
    assert error_percent(y, scaled) == error_percent(y, probabilities)
    assert abs(log_loss(y, scaled) - log_loss(y, probabilities)) > 0.1


def test_with_temperature_large_logits():
    logits = np.array([[1e4] + [0] * 9], dtype="float32")
    assert with_temperature(logits, 1).tolist() == [[1.0] + [0.0] * 9]


def calibrated_logits(n: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels from the softmax of random logits, so that the best temperature is 1."""
    random = np.random.default_rng(seed)
    logits = 3 * random.normal(size=(n, 10))
    cumulative = with_temperature(logits, 1).cumsum(axis=1)
    return (random.random((n, 1)) > cumulative).sum(axis=1).clip(0, 9), logits


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 8.0])
def test_fit_temperature_known_temperature(temperature):
    y, logits = calibrated_logits()
    assert fit_temperature(y, temperature * logits) == pytest.approx(temperature, rel=0.06)


def test_fit_temperature_lowest_loss():
    y, logits = calibrated_logits(500)
    best = fit_temperature(y, logits)
    loss = log_loss(y, with_temperature(logits, best))
    for other in best * np.array([0.1, 0.9, 0.98, 1.02, 1.1, 10]):
        assert log_loss(y, with_temperature(logits, other)) > loss


def test_fit_temperature_all_correct():
    with pytest.raises(ValueError, match="All predictions are right"):
        fit_temperature(np.arange(10), 5 * np.eye(10))


def test_fit_temperature_invalid_labels():
    with pytest.raises(ValueError, match="must be class numbers"):
        fit_temperature(np.eye(10), 5 * np.eye(10))
    with pytest.raises(ValueError, match="equally many, not 9 and 10"):
        fit_temperature(np.arange(9), 5 * np.eye(10))
