"""Attributions agree with finite differences and with images covered one by one."""

import numpy as np
import pytest

from mnist_course.evaluation.activations import class_logits
from mnist_course.evaluation.attribution import change_pixels, occlusion_map, saliency


def test_saliency_equals_finite_differences(model, X):
    labels, step, rows = (np.arange(260) % 4).astype("uint8"), np.float32(1e-3), np.arange(260)
    gradients = saliency(model, X, labels)
    assert gradients.shape == (260, 12, 12) and gradients.dtype == np.float32
    for row, column in [(0, 0), (5, 6), (11, 3)]:
        change = np.zeros((1, 12, 12, 1), "float32")
        change[0, row, column] = step
        difference = (class_logits(model, X + change) - class_logits(model, X - change))[
            rows, labels
        ] / (2 * step)
        # For few images, a nonlinearity of relu or of the maximum lies within a step.
        deviates = abs(difference - gradients[:, row, column]) > 0.01
        assert deviates.mean() < 0.05
    assert abs(gradients).max() > 0.1


@pytest.mark.parametrize(("size", "fill"), [(3, 0.0), (3, 1.0), (1, 0.0), (5, 0.0)])
def test_occlusion_map_equals_covered_images(model, X, size, fill):
    image, half = X[1], size // 2
    decrease = occlusion_map(model, image, 2, size=size, fill=fill)
    assert decrease.shape == (12, 12)
    for row, column in [(0, 0), (0, 7), (6, 5), (11, 11)]:
        covered = image.copy()
        for r in range(row - half, row + half + 1):
            for c in range(column - half, column + half + 1):
                if 0 <= r < 12 and 0 <= c < 12:
                    covered[r, c] = fill
        before, after = class_logits(model, np.stack([image, covered]))[:, 2]
        assert decrease[row, column] == pytest.approx(before - after, abs=1e-5)


def test_occlusion_map_of_background(model, X):
    image = X[0].copy()
    image[:6] = 0
    assert (occlusion_map(model, image, 1)[:5] == 0).all()
    assert (occlusion_map(model, np.zeros_like(image), 1) == 0).all()


def test_change_pixels_highest_scores(X):
    original, scores = X.copy(), np.arange(260 * 144).reshape(260, 12, 12)
    erased, inverted = (change_pixels(X, scores, 5, invert=invert) for invert in (False, True))
    flat = X.reshape(260, 144)
    assert (erased.reshape(260, 144)[:, -5:] == 0).all()
    np.testing.assert_array_equal(inverted.reshape(260, 144)[:, -5:], 1 - flat[:, -5:])
    for changed in (erased, inverted):
        np.testing.assert_array_equal(changed.reshape(260, 144)[:, :-5], flat[:, :-5])
        assert changed.dtype == X.dtype and changed.shape == X.shape
    np.testing.assert_array_equal(change_pixels(X, scores, 0), X)
    np.testing.assert_array_equal(X, original)


def test_change_pixels_equal_scores(X):
    ones = np.ones_like(X)
    changed = change_pixels(ones, np.zeros((260, 12, 12)), 13)
    assert (changed[:, 0] == 0).all() and (changed[:, 1, 1:] == 1).all()


INVALID_CALLS = {
    "one image": (lambda m, X: saliency(m, X[0], np.array([1])), r"One image is X\[:1\]"),
    "a batch to cover": (lambda m, X: occlusion_map(m, X[:1], 1), r"takes X\[0\]"),
    "one-hot": (lambda m, X: saliency(m, X, np.eye(4)[np.arange(260) % 4]), "argmax"),
    "too few labels": (lambda m, X: saliency(m, X, np.array([1])), "260 images need labels"),
    "no class": (lambda m, X: occlusion_map(m, X[0], 4), "from 0 to 3, not 4 to 4"),
    "even square": (lambda m, X: occlusion_map(m, X[0], 1, size=4), "1, 3, 5, .* not 4"),
    "square too large": (lambda m, X: occlusion_map(m, X[0], 1, size=13), "fit the image, not 13"),
    "scores of others": (
        lambda m, X: change_pixels(X, np.zeros((260, 144)), 3),
        r"shape \(260, 144\) do not fit",
    ),
}


@pytest.mark.parametrize("case", INVALID_CALLS)
def test_attribution_invalid_arguments(model, X, case):
    call, message = INVALID_CALLS[case]
    with pytest.raises(ValueError, match=message):
        call(model, X)
