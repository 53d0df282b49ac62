"""Five corruptions of digit images in NumPy: shift, rotation, noise, blur and inversion."""

import numpy as np

# The amount for each severity from 1 to 5. Inversion is the same at each.
SEVERITIES = {
    "shift": (1, 2, 3, 4, 5),  # pixels, up, down, left or right
    "rotate": (10, 20, 30, 40, 50),  # degrees, in either direction
    "noise": (0.1, 0.2, 0.3, 0.4, 0.5),  # standard deviation, for pixels from 0 to 1
    "blur": (0.5, 1.0, 1.5, 2.0, 2.5),  # standard deviation in pixels
    "invert": (1, 1, 1, 1, 1),
}
DIRECTIONS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def corrupt(X: np.ndarray, corruption: str, severity: int = 1, seed: int = 0) -> np.ndarray:
    """Apply one of five corruptions to images (lesson 16).

    Parameters
    ----------
    X
        Images, shape (n, 28, 28) or (n, 28, 28, 1): uint8 from 0 (paper) to 255 (ink), or floating
        point from 0 to 1.
    corruption
        ``"shift"`` by 1 to 5 pixels up, down, left or right; ``"rotate"`` by 10 to 50 degrees, left
        or right; ``"noise"``, normally distributed, of standard deviation 0.1 to 0.5;
        ``"blur"`` with a Gaussian of 0.5 to 2.5 pixels; ``"invert"``, the same at each severity.
        Directions and noise are drawn at random for each image.
    severity
        From 1 (least) to 5; ``SEVERITIES[corruption]`` lists the amounts.
    seed
        Seed of the random numbers; the same seed gives the same images.

    Returns
    -------
    numpy.ndarray
        Same shape, dtype and range as ``X``, which is not changed.

    Raises
    ------
    ValueError
        If the images have another shape, dtype or range, or the corruption or the severity does
        not exist.

    Notes
    -----
    N. Mu and J. Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019,
    https://arxiv.org/abs/1906.02337, has fifteen corruptions, each at one severity.
    """
    images = _to_unit_range(X)
    if corruption not in SEVERITIES:
        raise ValueError(
            f"There is no corruption {corruption!r}; choose one of {', '.join(SEVERITIES)}."
        )
    if severity not in (1, 2, 3, 4, 5):
        raise ValueError(f"A severity is a whole number from 1 to 5, not {severity!r}.")
    amount, rng = SEVERITIES[corruption][int(severity) - 1], np.random.default_rng(seed)
    if corruption == "shift":
        images = shift(images, amount * rng.choice(DIRECTIONS, size=len(images)))
    elif corruption == "rotate":
        left = rng.random(len(images)) < 0.5
        images = np.where(left[:, None, None], rotate(images, amount), rotate(images, -amount))
    elif corruption == "noise":
        images = add_noise(images, amount, rng)
    elif corruption == "blur":
        images = blur(images, amount)
    else:
        images = 1 - images
    if X.dtype == np.uint8:
        images = np.round(255 * images)
    return images.astype(X.dtype).reshape(X.shape)


def shift(images: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Shift each image by whole pixels and fill the vacated pixels with paper (0).

    Parameters
    ----------
    images
        Shape (n, rows, columns), floating point; the result has the same.
    steps
        Pixels down and to the right for each image, shape (n, 2), whole numbers; negative is up
        and to the left.
    """
    n, rows, columns = images.shape
    margin = int(np.abs(steps).max(initial=0))
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    row = np.arange(rows)[:, None] + margin - steps[:, :1, None]
    column = np.arange(columns) + margin - steps[:, 1:, None]
    return padded[np.arange(n)[:, None, None], row, column]


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate images about their centre, anticlockwise, with paper (0) in the corners (lesson 16).

    Parameters
    ----------
    images
        Shape (n, rows, columns), floating point; the result has the same.
    degrees
        The angle, negative for clockwise.
    """
    angle, shape = np.deg2rad(degrees), np.array(images.shape[1:])[:, None, None]
    y, x = np.indices(images.shape[1:]) - (shape - 1) / 2
    # For each new pixel, the position in the old image from which its value is read.
    row = x * np.sin(angle) + y * np.cos(angle)
    column = x * np.cos(angle) - y * np.sin(angle)
    return bilinear_sample(images, *(np.stack([row, column]) + (shape - 1) / 2))


def bilinear_sample(images: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Interpolate images bilinearly at fractional pixel positions.

    Parameters
    ----------
    images
        Shape (n, rows, columns), floating point; outside counts as paper (0).
    row, column
        The positions, two arrays of the same shape; 0 is the centre of the first pixel.

    Returns
    -------
    numpy.ndarray
        Shape (n, *row.shape), dtype of the images.
    """
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    row = np.clip(row + 1, 0, images.shape[1] + 1)
    column = np.clip(column + 1, 0, images.shape[2] + 1)
    i, j = row.astype(int), column.astype(int)
    v, u = (row - i).astype(images.dtype), (column - j).astype(images.dtype)
    above = (1 - u) * padded[:, i, j] + u * padded[:, i, j + 1]
    below = (1 - u) * padded[:, i + 1, j] + u * padded[:, i + 1, j + 1]
    return (1 - v) * above + v * below


def add_noise(images: np.ndarray, std: float, rng: np.random.Generator) -> np.ndarray:
    """Add normally distributed noise to each pixel and clip the result to 0..1 (lesson 16).

    Parameters
    ----------
    images
        Pixels from 0 to 1, any shape, floating point; the result has the same shape.
    std
        Standard deviation of the noise.
    rng
        Source of the random numbers.
    """
    noise = rng.standard_normal(images.shape, dtype=np.float32)
    return np.clip(images + std * noise, 0, 1)


def blur(images: np.ndarray, sigma: float) -> np.ndarray:
    """Convolve images with a Gaussian, first along the rows, then along the columns.

    Parameters
    ----------
    images
        Shape (n, rows, columns), floating point; the result has the same.
    sigma
        Standard deviation of the Gaussian in pixels, above 0; it is cut off at four sigma.
    """
    radius = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(images.dtype)
    for axis in (1, 2):
        margins = [(radius, radius) if axis == other else (0, 0) for other in range(3)]
        padded, size = np.pad(images, margins), images.shape[axis]
        images = sum(
            weight * np.take(padded, range(start, start + size), axis=axis)
            for start, weight in enumerate(weights)
        )
    return images


def _to_unit_range(X: np.ndarray) -> np.ndarray:
    """Return images as floating point from 0 to 1, shape (n, 28, 28); raise on anything else."""
    shape, dtype = np.shape(X), getattr(X, "dtype", None)
    if len(shape) not in (3, 4) or shape[1:3] != (28, 28) or shape[3:] not in ((), (1,)):
        hint = " One image alone? X[:1] keeps the first axis." * (shape in ((28, 28), (28, 28, 1)))
        raise ValueError(
            f"Images must have the shape (n, 28, 28) or (n, 28, 28, 1), not {shape}.{hint}"
        )
    if dtype != np.uint8 and dtype not in (np.float32, np.float64):
        raise ValueError(
            f"Images must be uint8 from 0 to 255 or floating point from 0 to 1, not {dtype}."
        )
    images = np.asarray(X).reshape(-1, 28, 28)
    if dtype == np.uint8:
        return images / np.float32(255)
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"Images of dtype {dtype} must lie between 0 and 1, but these go from "
            f"{images.min():g} to {images.max():g}. Divide by 255 first, or pass uint8."
        )
    return images
