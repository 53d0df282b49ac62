"""Risk, coverage and thresholds of selective prediction agree with cases computed by hand."""

import numpy as np
import pytest

from mnist_course.evaluation.selective_prediction import choose_threshold, risk_coverage


def test_risk_coverage_by_hand():
    correct = np.array([True, False, True, False])
    coverage, risk = risk_coverage(correct, np.array([0.9, 0.3, 0.5, 0.7]))
    np.testing.assert_allclose(coverage, [25, 50, 75, 100])
    np.testing.assert_allclose(risk, [0, 50, 100 / 3, 50])


@pytest.mark.parametrize("error", [2, 5, 8])
def test_choose_threshold_largest_coverage(error):
    random = np.random.default_rng(2)
    score = random.integers(50, size=2000) / 50  # many ties
    correct = random.random(2000) < 0.8 + 0.2 * score
    threshold = choose_threshold(correct, score, error)
    assert 100 * np.mean(~correct[score >= threshold]) <= error
    lower = np.unique(score[score < threshold])
    assert len(lower) > 0
    for other in lower:
        assert 100 * np.mean(~correct[score >= other]) > error


def test_choose_threshold_all_correct():
    assert choose_threshold(np.array([True, True]), np.array([0.2, 0.9]), 0) == 0.2


def test_choose_threshold_all_wrong():
    assert choose_threshold(np.array([False, False]), np.array([0.2, 0.9]), 1) == np.inf
