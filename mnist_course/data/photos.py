"""Convert a photo, a scan or a font's character to MNIST's format."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

IMAGE_SIZE, DIGIT_SIZE, CENTRE = 28, 20, 14
# Grey levels below this, such as the faint border of a stroke, do not count as ink.
INK_THRESHOLD = 32
# A photo with a longer side is averaged down: more pixels take time and gain nothing.
MAX_PHOTO_SIDE = 200
# Fonts that come with every matplotlib since 3.8: twelve DejaVu fonts, and eight of other families.
DEJAVU_FONTS = tuple(
    f"DejaVu{family}{style}"
    for family, slanted in (("Sans", "Oblique"), ("SansMono", "Oblique"), ("Serif", "Italic"))
    for style in ("", "-Bold", f"-{slanted}", f"-Bold{slanted}")
)
OTHER_FONTS = (
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmtt10"),
)


def to_mnist_format(ink: np.ndarray, *, dark_on_light: bool = False) -> np.ndarray:
    """Scale and centre one digit as the makers of MNIST did (lesson 16).

    The bounding box of the ink is scaled to 20 pixels on its longer side, each new pixel the mean
    of the area it covers; then the centre of mass is moved to pixel 14, counted from 0, of 28x28.

    Parameters
    ----------
    ink
        One digit, shape (rows, columns), any size, numbers from 0 (paper) to 255 (ink).
    dark_on_light
        True for a photo or a scan, where ink is dark and paper light: :func:`photo_to_ink`
        converts it first.

    Returns
    -------
    numpy.ndarray
        Shape (28, 28), uint8, 0 (paper) to 255 (ink), as the images of ``load_mnist()``.

    Raises
    ------
    ValueError
        If ``ink`` is not a grey picture with numbers from 0 to 255, contains no ink, or has ink
        along most of its edge, as a photo has without ``dark_on_light=True``.

    Notes
    -----
    ``mnist_course/pad/prepare.js`` does the same for the digit pad. Method: Y. LeCun et al.,
    "Gradient-based learning applied to document recognition", 1998.
    """
    ink = photo_to_ink(ink) if dark_on_light else _check_photo(ink)
    edge = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.mean(edge >= INK_THRESHOLD) > 0.5:
        action = "crop the picture so that it shows only the digit and paper around it"
        if not dark_on_light:
            action = (
                "for a photo or scan, to_mnist_format(picture, dark_on_light=True); otherwise "
                + action
            )
        raise ValueError(
            "Ink runs along the edge of this picture, where paper should be.\nWhat to do: " + action
        )
    box = ink[_ink_range(ink, 1), _ink_range(ink, 0)].astype(float)
    scale = DIGIT_SIZE / max(box.shape)
    rows, columns = (max(1, int(scale * size + 0.5)) for size in box.shape)
    scaled = (
        _averaging_matrix(box.shape[0], rows) @ box @ _averaging_matrix(box.shape[1], columns).T
    )
    scaled = scaled.astype(np.float32)
    y, x = (_centring_offset(scaled.sum(axis=axis, dtype=float)) for axis in (1, 0))
    # A digit with its mass on one side may exceed 28 pixels: place it on a larger page, then crop.
    page = np.zeros((3 * IMAGE_SIZE, 3 * IMAGE_SIZE), np.uint8)
    page[IMAGE_SIZE + y :, IMAGE_SIZE + x :][:rows, :columns] = np.floor(scaled + 0.5)
    return page[IMAGE_SIZE : 2 * IMAGE_SIZE, IMAGE_SIZE : 2 * IMAGE_SIZE].copy()


def photo_to_ink(photo: np.ndarray) -> np.ndarray:
    """Separate dark ink from light paper, also under uneven light (lesson 16).

    A plane is fitted to the brightness of the picture. The darkness of a pixel is the fraction by
    which it is below that plane; ink is darker than half the darkness of the darkest ink.

    Parameters
    ----------
    photo
        One digit on paper and nothing else, shape (rows, columns), numbers from 0 (black) to 255
        (white).

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), or smaller by averaging if one side is longer than 200; uint8, 255
        where there is ink and 0 elsewhere.

    Raises
    ------
    ValueError
        If ``photo`` is not a grey picture with numbers from 0 to 255, or no part of it is clearly
        darker than the rest.
    """
    photo = _check_photo(photo)
    step = -(-max(photo.shape) // MAX_PHOTO_SIDE)
    rows, columns = (max(size // step, 1) for size in photo.shape)
    cut = photo[: rows * step, : columns * step]
    photo = cut.reshape(rows, cut.shape[0] // rows, columns, -1).mean(axis=(1, 3), dtype=float)
    y, x = np.indices(photo.shape)
    plane = np.stack([y.ravel(), x.ravel(), np.ones(photo.size)], axis=1)
    coefficients = np.linalg.lstsq(plane, photo.ravel(), rcond=None)[0]
    # A ratio, not a difference: in the shade, ink and paper are both darker.
    darkness = 1 - photo.ravel() / np.maximum(plane @ coefficients, 1)
    darkest = np.percentile(darkness, 99.8)
    paper = darkness <= darkest / 2
    if paper.mean() < 0.5 or darkest < max(6 * darkness[paper].std(), 0.1):
        raise ValueError(
            "This picture shows no dark ink on light paper.\nWhat to do: photograph one "
            "digit, written with a thick dark pen, close up and in even light; light ink on dark "
            "paper, as in MNIST, needs no dark_on_light."
        )
    return np.where(paper, 0, 255).astype(np.uint8).reshape(photo.shape)


def render_character(character: str, font: str = "DejaVuSans") -> np.ndarray:
    """Draw a character in one of the fonts that come with matplotlib (lesson 16).

    Parameters
    ----------
    character
        One letter or digit.
    font
        One of ``DEJAVU_FONTS`` or ``OTHER_FONTS``, the font file's name without its extension.

    Returns
    -------
    numpy.ndarray
        Shape (200, 200), uint8, 0 (paper) to 255 (ink).

    Raises
    ------
    ValueError
        If there is no such font.
    """
    if font not in (fonts := DEJAVU_FONTS + OTHER_FONTS):
        raise ValueError(f"There is no font {font!r}; choose one of {', '.join(fonts)}.")
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    paper = Image.new("L", (200, 200))
    typeface = ImageFont.truetype(path, 120)
    ImageDraw.Draw(paper).text((100, 100), character, fill=255, font=typeface, anchor="mm")
    return np.asarray(paper)


def example_photo() -> np.ndarray:
    """Draw a picture like a photo of a 4, in dark ink on paper in uneven light (lesson 16).

    Returns
    -------
    numpy.ndarray
        Shape (240, 320), uint8, 0 (black) to 255 (white); always the same.
    """
    page = Image.new("L", (320, 240))
    pen = ImageDraw.Draw(page)
    pen.line([(185, 95), (178, 150), (240, 152)], fill=255, width=11, joint="curve")
    pen.line([(228, 110), (218, 215)], fill=255, width=11)
    ink = np.asarray(page) / 255
    light = np.linspace(215, 120, 320)
    grain = np.random.default_rng(4).normal(0, 4, (240, 320))
    return (light * (1 - 0.8 * ink) + grain).clip(0, 255).astype(np.uint8)


def _check_photo(picture: np.ndarray) -> np.ndarray:
    """Return the picture unchanged if it is grey with numbers from 0 to 255, else raise."""
    shape, dtype = np.shape(picture), getattr(picture, "dtype", None)
    if dtype is None or dtype.kind not in "uif":
        kind = type(picture).__name__ if dtype is None else f"an array of {dtype}"
        raise ValueError(
            f"A picture must be a NumPy array of numbers, not {kind}.\nWhat to do: "
            "read_grey('my-digit.jpg') reads a file."
        )
    if len(shape) == 3 and shape[2] in (3, 4):
        raise ValueError(
            f"This picture is in colour, shape {shape}; grey has the shape (rows, columns).\nWhat "
            "to do: read the file with read_grey, or picture[..., :3].mean(axis=2)."
        )
    if len(shape) != 2 or 0 in shape:
        raise ValueError(
            f"A picture must have the shape (rows, columns), not {shape}.\nWhat to do: pass "
            "one digit at a time; X_test[0] has the shape (28, 28)."
        )
    low, high = picture.min(), picture.max()
    if not (low >= 0 and high <= 255):  # NaN fails this too
        raise ValueError(
            f"A picture's numbers must lie between 0 and 255, but these go from {low} to {high}."
        )
    if 0 < high <= 1:
        raise ValueError(
            "A picture's numbers must lie between 0 and 255; the largest of these is 1 or less.\n"
            "What to do: multiply the picture by 255."
        )
    return picture


def _ink_range(ink: np.ndarray, axis: int) -> slice:
    """Return where the ink starts and ends, along the axis other than ``axis``."""
    inked = np.flatnonzero((ink >= INK_THRESHOLD).any(axis=axis))
    if len(inked) == 0:
        raise ValueError(
            f"This picture contains no ink: no number reaches {INK_THRESHOLD} of 255.\n"
            "What to do: draw a digit first; for a photo of dark ink use dark_on_light=True."
        )
    return slice(inked[0], inked[-1] + 1)


def _averaging_matrix(size: int, cells: int) -> np.ndarray:
    """Return the matrix that averages pixels into cells of equal size, shape (cells, size)."""
    edges, pixel = np.arange(cells + 1) * size / cells, np.arange(size)
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.clip(covered, 0, None) * cells / size


def _centring_offset(mass: np.ndarray) -> int:
    """Return the first row or column that puts the centre of mass on pixel 14."""
    centre = (mass * np.arange(len(mass))).sum() / mass.sum()
    return int(np.floor(CENTRE - centre + 0.5))
