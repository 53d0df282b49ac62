"""Corrupted digits are what their names say: by so many pixels, degrees, and no number beyond."""

import numpy as np
import pytest

from mnist_course.data.corruptions import SEVERITIES, blur, corrupt, rotate, shift

KINDS = list(SEVERITIES)


def digits(dtype: str = "uint8") -> np.ndarray:
    """Return strokes of full ink in the middle, where no corruption pushes them over the edge."""
    X = np.zeros((40, 28, 28), dtype)
    X[:, 8:20, 13:16] = 255 if dtype == "uint8" else 1
    X[:, 8:11, 13:20] = 255 if dtype == "uint8" else 1
    return X


@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_shape_dtype_and_range_stay(kind, severity, dtype):
    X = digits(dtype)
    before = X.copy()
    for images in (X, X[..., None]):
        spoiled = corrupt(images, kind, severity)
        assert (spoiled.shape, spoiled.dtype) == (images.shape, images.dtype)
        assert spoiled.min() >= 0 and spoiled.max() <= (255 if dtype == "uint8" else 1)
        assert np.any(spoiled != images)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("kind", KINDS)
def test_uint8_and_floats_are_spoiled_alike(kind):
    as_bytes = corrupt(digits(), kind, 3) / 255
    np.testing.assert_allclose(as_bytes, corrupt(digits("float32"), kind, 3), atol=0.51 / 255)


@pytest.mark.parametrize("kind", ["shift", "rotate", "noise"])
def test_a_seed_repeats_and_another_does_not(kind):
    first = corrupt(digits(), kind, 2, seed=5)
    np.testing.assert_array_equal(first, corrupt(digits(), kind, 2, seed=5))
    assert np.any(first != corrupt(digits(), kind, 2, seed=6))
    assert len(np.unique(first, axis=0)) > 1  # not all of them moved the same way


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_a_higher_severity_changes_more(kind):
    X = digits("float32")
    change = [np.abs(corrupt(X, kind, severity) - X).mean() for severity in range(1, 6)]
    assert change == sorted(change) and len(set(change)) == 5


@pytest.mark.parametrize("severity", range(1, 6))
def test_a_shift_is_by_so_many_pixels_in_all_four_directions(severity):
    X = digits()
    seen = set()
    for image in corrupt(X, "shift", severity):
        ways = {
            (rows, columns)
            for rows, columns in [(severity, 0), (-severity, 0), (0, severity), (0, -severity)]
            if np.array_equal(image, np.roll(X[0], (rows, columns), (0, 1)))
        }
        assert len(ways) == 1
        seen |= ways
    assert len(seen) == 4


def test_what_is_shifted_out_does_not_come_in_again():
    image = np.zeros((1, 28, 28), "float32")
    image[0, 0], image[0, 5, 5] = 1, 0.5
    moved = shift(image, np.array([[-1, 2]]))
    assert moved.sum() == 0.5 and moved[0, 4, 7] == 0.5


def test_rotation_is_anticlockwise_and_exact_for_quarter_turns():
    X = np.random.default_rng(0).random((3, 28, 28), dtype="float32")
    for quarters in (0, 1, 2, 3, -1):
        expected = np.rot90(X, quarters, axes=(1, 2))
        np.testing.assert_allclose(rotate(X, 90 * quarters), expected, atol=1e-5)


def test_rotation_is_by_the_angle_that_was_asked_for():
    y, x = np.indices((28, 28)) - 13.5
    line = (np.abs(y) < 1.5) * (np.abs(x) < 10)
    turned = rotate(line[None].astype("float64"), 30)[0]
    slope = (turned * x * -y).sum() / (turned * x * x).sum()  # rows count downwards
    assert np.degrees(np.arctan(slope)) == pytest.approx(30, abs=1)
    assert turned.sum() == pytest.approx(line.sum(), rel=0.01)
    both = corrupt(np.repeat(line[None].astype("float64"), 20, axis=0), "rotate", 3)
    assert {bool(np.allclose(image, turned)) for image in both} == {True, False}


def test_blur_is_a_gaussian_of_the_width_that_was_asked_for():
    point = np.zeros((1, 28, 28))
    point[0, 14, 14] = 1
    for width in SEVERITIES["blur"][1:]:
        spread = blur(point, width)[0]
        assert spread.sum() == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(spread, spread.T)
        y = np.arange(28)[:, None] - 14
        # Cut off at four standard deviations, and at each pixel's middle.
        assert (spread * y * y).sum() == pytest.approx(width**2, rel=0.01)
        assert spread[14, 16] / spread[14, 14] == pytest.approx(np.exp(-2 / width**2), rel=1e-6)


def test_noise_has_its_spread_and_never_wraps_around():
    grey = np.full((40, 28, 28), 128, "uint8")
    noisy = corrupt(grey, "noise", 1) / 255
    assert noisy.std() == pytest.approx(0.1, rel=0.02)
    ink = corrupt(np.full((40, 28, 28), 255, "uint8"), "noise", 3)
    assert np.mean(ink == 255) == pytest.approx(0.5, abs=0.02)  # cut off, not wrapped to 0
    assert np.mean(ink == 0) < 0.01


def test_inversion_has_no_degrees():
    for severity in range(1, 6):
        np.testing.assert_array_equal(corrupt(digits(), "invert", severity), 255 - digits())


@pytest.mark.parametrize(
    ("X", "kind", "severity", "words"),
    [
        (digits(), "twist", 1, "no corruption 'twist'; choose one of shift"),
        (digits(), "shift", 0, "from 1 to 5, not 0"),
        (digits(), "shift", 6, "from 1 to 5, not 6"),
        (digits(), "shift", 1.5, "from 1 to 5, not 1.5"),
        (digits()[0], "shift", 1, r"not \(28, 28\). One image alone"),
        (digits()[:, :20], "shift", 1, r"not \(40, 20, 28\)\.$"),
        (np.repeat(digits()[..., None], 3, axis=3), "shift", 1, r"not \(40, 28, 28, 3\)"),
        (digits("float32") * 255, "noise", 1, "from 0 to 255. Divide by 255"),
        (digits("float32") * np.nan, "noise", 1, "must lie between 0 and 1"),
        (digits().astype(int), "noise", 1, "not int64"),
        ([[1, 2]], "noise", 1, r"not \(1, 2\)"),
    ],
)
def test_what_cannot_be_spoiled_is_named(X, kind, severity, words):
    with pytest.raises(ValueError, match=words):
        corrupt(X, kind, severity)


def test_no_images_stay_none():
    assert corrupt(digits()[:0], "rotate", 2).shape == (0, 28, 28)
