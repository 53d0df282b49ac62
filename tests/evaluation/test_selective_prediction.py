"""Temperatures, scores and thresholds are what chapter 11 says they are."""

import numpy as np
import pytest

from mnist_course.evaluation.calibration import fit_temperature, with_temperature
from mnist_course.evaluation.metrics import log_loss
from mnist_course.evaluation.out_of_distribution import auroc, knn_distance
from mnist_course.evaluation.selective_prediction import choose_threshold, risk_coverage


def calibrated(n: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels drawn from what the logits say, so that the right temperature is 1."""
    random = np.random.default_rng(seed)
    logits = 3 * random.normal(size=(n, 10))
    shares = with_temperature(logits, 1).cumsum(axis=1)
    return (random.random((n, 1)) > shares).sum(axis=1).clip(0, 9), logits


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 8.0])
def test_a_temperature_that_was_put_in_is_found(temperature):
    y, logits = calibrated()
    assert fit_temperature(y, temperature * logits) == pytest.approx(temperature, rel=0.06)


def test_no_temperature_nearby_has_a_lower_loss():
    y, logits = calibrated(500)
    best = fit_temperature(y, logits)
    loss = log_loss(y, with_temperature(logits, best))
    for other in best * np.array([0.1, 0.9, 0.98, 1.02, 1.1, 10]):
        assert log_loss(y, with_temperature(logits, other)) > loss


def test_without_a_mistake_there_is_no_temperature():
    y = np.arange(10)
    with pytest.raises(ValueError, match="All predictions are right"):
        fit_temperature(y, 5 * np.eye(10))
    with pytest.raises(ValueError, match="must be class numbers"):
        fit_temperature(np.eye(10), 5 * np.eye(10))
    with pytest.raises(ValueError, match="equally many, not 9 and 10"):
        fit_temperature(np.arange(9), 5 * np.eye(10))


def test_auroc_counts_pairs_and_a_tie_counts_half():
    random = np.random.default_rng(1)
    for digits, others in [(7, 5), (1, 1), (30, 2)]:
        a, b = (random.integers(6, size=size).astype(float) for size in (digits, others))
        pairs = (a[:, None] > b).mean() + 0.5 * (a[:, None] == b).mean()
        assert auroc(a, b) == pytest.approx(pairs)
    assert auroc(np.array([2.0, 3]), np.array([0.0, 1])) == 1
    assert auroc(np.zeros(4), np.zeros(3)) == 0.5


@pytest.mark.parametrize("digits", [np.array([]), np.array([1, np.nan])])
def test_auroc_of_nothing_is_an_error(digits):
    with pytest.raises(ValueError, match="at least one score, and every score"):
        auroc(digits, np.ones(3))
    with pytest.raises(ValueError, match="at least one score, and every score"):
        auroc(np.ones(3), digits)


def test_risk_and_coverage_by_hand():
    right = np.array([True, False, True, False])
    coverage, risk = risk_coverage(right, np.array([0.9, 0.3, 0.5, 0.7]))
    np.testing.assert_allclose(coverage, [25, 50, 75, 100])
    np.testing.assert_allclose(risk, [0, 50, 100 / 3, 50])


def test_a_threshold_keeps_to_its_error_and_answers_as_much_as_it_can():
    random = np.random.default_rng(2)
    score = random.integers(50, size=2000) / 50  # many ties
    right = random.random(2000) < 0.8 + 0.2 * score
    for error in (2, 5, 8):
        threshold = choose_threshold(right, score, error)
        assert 100 * np.mean(~right[score >= threshold]) <= error
        for lower in np.unique(score[score < threshold]):
            assert 100 * np.mean(~right[score >= lower]) > error


def test_all_is_answered_where_nothing_is_wrong_and_nothing_where_all_is():
    score = np.array([0.2, 0.9])
    assert choose_threshold(np.array([True, True]), score, 0) == 0.2
    assert choose_threshold(np.array([False, False]), score, 1) == np.inf


@pytest.mark.parametrize("neighbours", [1, 5])
def test_distances_are_those_to_the_nth_neighbour(neighbours):
    random = np.random.default_rng(3)
    hidden, known = (random.normal(size=(n, 8)).astype("float32") for n in (1201, 60))
    every = np.sqrt(((hidden[:, None] - known) ** 2).sum(axis=2))
    expected = np.sort(every, axis=1)[:, neighbours - 1]
    found = knn_distance(hidden, known, neighbours)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert found.dtype == np.float32
    np.testing.assert_allclose(knn_distance(known, known, 1), 0, atol=1e-2)
