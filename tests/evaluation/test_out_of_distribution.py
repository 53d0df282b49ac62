"""Scores for out-of-distribution images agree with their definitions."""

import numpy as np
import pytest

from mnist_course.evaluation.out_of_distribution import auroc, knn_distance


@pytest.mark.parametrize(("digits", "others"), [(7, 5), (1, 1), (30, 2)])
def test_auroc_counts_pairs(digits, others):
    random = np.random.default_rng(digits)
    a, b = (random.integers(6, size=size).astype(float) for size in (digits, others))
    pairs = (a[:, None] > b).mean() + 0.5 * (a[:, None] == b).mean()
    assert auroc(a, b) == pytest.approx(pairs)


def test_auroc_separated():
    assert auroc(np.array([2.0, 3]), np.array([0.0, 1])) == 1
    assert auroc(np.array([0.0, 1]), np.array([2.0, 3])) == 0


def test_auroc_ties():
    assert auroc(np.zeros(4), np.zeros(3)) == 0.5


@pytest.mark.parametrize("scores", [np.array([]), np.array([1, np.nan])], ids=["empty", "NaN"])
def test_auroc_invalid_scores(scores):
    with pytest.raises(ValueError, match="at least one score, and every score"):
        auroc(scores, np.ones(3))
    with pytest.raises(ValueError, match="at least one score, and every score"):
        auroc(np.ones(3), scores)


@pytest.mark.parametrize("k", [1, 5])
def test_knn_distance_every_pair(k):
    random = np.random.default_rng(3)
    # More images than the function takes at a time.
    hidden, known = (random.normal(size=(n, 8)).astype("float32") for n in (1201, 60))
    units = [each / np.sqrt((each**2).sum(axis=1))[:, None] for each in (hidden, known)]
    distances = np.sqrt(((units[0][:, None] - units[1]) ** 2).sum(axis=2))
    found = knn_distance(hidden, known, k)
    np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, k - 1], rtol=1e-4)
    assert found.dtype == np.float32


def test_knn_distance_known_images():
    known = np.random.default_rng(3).normal(size=(60, 8)).astype("float32")
    np.testing.assert_allclose(knn_distance(known, known, 1), 0, atol=1e-2)


def test_knn_distance_length_of_vectors():
    random = np.random.default_rng(3)
    hidden, known = (random.normal(size=(n, 8)).astype("float32") for n in (20, 60))
    found = knn_distance(hidden, known)
    np.testing.assert_allclose(knn_distance(7 * hidden, known / 3), found, rtol=1e-4)


def test_knn_distance_only_zeros():
    zeros = np.zeros((2, 8), "float32")
    known = np.eye(8, dtype="float32")
    np.testing.assert_allclose(knn_distance(zeros, known), 1)
