"""Each corruption changes images by the amount that its severity names, and stays in range."""

import numpy as np
import pytest

from mnist_course.data.corruptions import SEVERITIES, blur, corrupt, rotate, shift

CORRUPTIONS = list(SEVERITIES)


def digits(dtype: str = "uint8") -> np.ndarray:
    """Return strokes of full ink in the middle, where no corruption pushes them over the edge."""
    X = np.zeros((40, 28, 28), dtype)
    X[:, 8:20, 13:16] = 255 if dtype == "uint8" else 1
    X[:, 8:11, 13:20] = 255 if dtype == "uint8" else 1
    return X


@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("corruption", CORRUPTIONS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_corrupt_shape_dtype_and_range(corruption, severity, dtype):
    X = digits(dtype)
    before = X.copy()
    for images in (X, X[..., None]):
        corrupted = corrupt(images, corruption, severity)
        assert (corrupted.shape, corrupted.dtype) == (images.shape, images.dtype)
        assert corrupted.min() >= 0 and corrupted.max() <= (255 if dtype == "uint8" else 1)
        assert np.any(corrupted != images)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_corrupt_uint8_equals_float(corruption):
    as_bytes = corrupt(digits(), corruption, 3) / 255
    np.testing.assert_allclose(as_bytes, corrupt(digits("float32"), corruption, 3), atol=0.51 / 255)


@pytest.mark.parametrize("corruption", ["shift", "rotate", "noise"])
def test_corrupt_seed(corruption):
    first = corrupt(digits(), corruption, 2, seed=5)
    np.testing.assert_array_equal(first, corrupt(digits(), corruption, 2, seed=5))
    assert np.any(first != corrupt(digits(), corruption, 2, seed=6))
    assert len(np.unique(first, axis=0)) > 1  # not all of them moved the same way


@pytest.mark.parametrize("corruption", CORRUPTIONS[:-1])
def test_corrupt_severity_order(corruption):
    X = digits("float32")
    change = [np.abs(corrupt(X, corruption, severity) - X).mean() for severity in range(1, 6)]
    assert change == sorted(change) and len(set(change)) == 5


@pytest.mark.parametrize("severity", range(1, 6))
def test_corrupt_shift_distance_and_directions(severity):
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


def test_shift_no_wraparound():
    image = np.zeros((1, 28, 28), "float32")
    image[0, 0], image[0, 5, 5] = 1, 0.5
    moved = shift(image, np.array([[-1, 2]]))
    assert moved.sum() == 0.5 and moved[0, 4, 7] == 0.5


def test_rotate_quarter_turns():
    X = np.random.default_rng(0).random((3, 28, 28), dtype="float32")
    for quarters in (0, 1, 2, 3, -1):
        expected = np.rot90(X, quarters, axes=(1, 2))
        np.testing.assert_allclose(rotate(X, 90 * quarters), expected, atol=1e-5)


def test_rotate_angle():
    y, x = np.indices((28, 28)) - 13.5
    line = (np.abs(y) < 1.5) * (np.abs(x) < 10)
    rotated = rotate(line[None].astype("float64"), 30)[0]
    slope = (rotated * x * -y).sum() / (rotated * x * x).sum()  # rows count downwards
    assert np.degrees(np.arctan(slope)) == pytest.approx(30, abs=1)
    assert rotated.sum() == pytest.approx(line.sum(), rel=0.01)
    both = corrupt(np.repeat(line[None].astype("float64"), 20, axis=0), "rotate", 3)
    assert {bool(np.allclose(image, rotated)) for image in both} == {True, False}


def test_blur_sigma():
    point = np.zeros((1, 28, 28))
    point[0, 14, 14] = 1
    for sigma in SEVERITIES["blur"][1:]:
        blurred = blur(point, sigma)[0]
        assert blurred.sum() == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(blurred, blurred.T)
        y = np.arange(28)[:, None] - 14
        # Cut off at four standard deviations, and at each pixel's middle.
        assert (blurred * y * y).sum() == pytest.approx(sigma**2, rel=0.01)
        assert blurred[14, 16] / blurred[14, 14] == pytest.approx(np.exp(-2 / sigma**2), rel=1e-6)


def test_corrupt_noise_std_and_clipping():
    grey = np.full((40, 28, 28), 128, "uint8")
    noisy = corrupt(grey, "noise", 1) / 255
    assert noisy.std() == pytest.approx(0.1, rel=0.02)
    ink = corrupt(np.full((40, 28, 28), 255, "uint8"), "noise", 3)
    assert np.mean(ink == 255) == pytest.approx(0.5, abs=0.02)  # cut off, not wrapped to 0
    assert np.mean(ink == 0) < 0.01


def test_corrupt_invert_same_at_each_severity():
    for severity in range(1, 6):
        np.testing.assert_array_equal(corrupt(digits(), "invert", severity), 255 - digits())


@pytest.mark.parametrize(
    ("X", "corruption", "severity", "words"),
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
def test_corrupt_invalid_arguments(X, corruption, severity, words):
    with pytest.raises(ValueError, match=words):
        corrupt(X, corruption, severity)


def test_corrupt_no_images():
    assert corrupt(digits()[:0], "rotate", 2).shape == (0, 28, 28)
