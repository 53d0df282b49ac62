"""Digits that are not MNIST's: a photo, a scan or a font, prepared as its makers did."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

SIDE, INNER, CENTRE = 28, 20, 14
# The faint rim of a stroke, in grey levels of 255, is no part of the box around it.
RIM = 32
# A photo's pixels are averaged down to this: more would cost time and gain nothing.
LARGEST_PHOTO = 200
# The DejaVu fonts that matplotlib brings along.
FONTS = tuple(
    f"DejaVu{family}{style}"
    for family, slanted in (("Sans", "Oblique"), ("SansMono", "Oblique"), ("Serif", "Italic"))
    for style in ("", "-Bold", f"-{slanted}", f"-Bold{slanted}")
)


def as_mnist(ink: np.ndarray, *, dark_on_light: bool = False) -> np.ndarray:
    """Scale and centre one digit as MNIST's makers did (chapter 11).

    The box around the ink is scaled to 20 pixels on its longer side, each new pixel the mean of
    what it covers; then its centre of mass is put on pixel 14, counted from 0, of 28x28.

    Parameters
    ----------
    ink
        One digit, shape (rows, columns), any size, numbers from 0 (paper) to 255 (ink).
    dark_on_light
        True for a photo or a scan, where ink is dark and paper light: :func:`photo_to_ink` turns
        it first.

    Returns
    -------
    numpy.ndarray
        Shape (28, 28), uint8, 0 (paper) to 255 (ink), as the images of ``load_mnist()``.

    Raises
    ------
    ValueError
        If this is no grey picture with numbers from 0 to 255, if there is no ink on it, or if ink
        runs along most of its rim, as in a photo without ``dark_on_light=True``.

    Notes
    -----
    The digit pad does the same in ``mnist_course/pad/prepare.js``. After Y. LeCun et al.,
    "Gradient-based learning applied to document recognition", 1998.
    """
    ink = photo_to_ink(ink) if dark_on_light else _checked(ink)
    rim = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.mean(rim >= RIM) > 0.5:
        cure = "cut the picture so that paper surrounds the digit and nothing else is on it"
        if not dark_on_light:
            cure = f"for a photo or scan, as_mnist(picture, dark_on_light=True); otherwise {cure}"
        raise ValueError(
            "Ink runs along the rim of this picture, where paper should be.\nWhat to do: " + cure
        )
    box = ink[_extent(ink, 1), _extent(ink, 0)].astype(float)
    scale = INNER / max(box.shape)
    rows, columns = (max(1, int(scale * size + 0.5)) for size in box.shape)
    scaled = _means(box.shape[0], rows) @ box @ _means(box.shape[1], columns).T
    scaled = scaled.astype(np.float32)
    y, x = (_place(scaled.sum(axis=axis, dtype=float)) for axis in (1, 0))
    # On a larger sheet first: a lopsided digit may reach beyond the 28 pixels, and is cut there.
    sheet = np.zeros((3 * SIDE, 3 * SIDE), np.uint8)
    sheet[SIDE + y :, SIDE + x :][:rows, :columns] = np.floor(scaled + 0.5)
    return sheet[SIDE : 2 * SIDE, SIDE : 2 * SIDE].copy()


def photo_to_ink(photo: np.ndarray) -> np.ndarray:
    """Find dark ink on light paper, even where the light falls from one side (chapter 11).

    A plane is laid through the brightness of the paper. Ink is what falls short of it by more than
    half the share by which the darkest ink does.

    Parameters
    ----------
    photo
        Shape (rows, columns), numbers from 0 (black) to 255 (white); one digit on paper and nothing
        else.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), or smaller by averaging if one side is longer than 200; uint8, 255
        where there is ink and 0 elsewhere.

    Raises
    ------
    ValueError
        If this is no grey picture with numbers from 0 to 255, or nothing on it is clearly darker
        than most of it.
    """
    photo = _checked(photo).astype(float)
    step = -(-max(photo.shape) // LARGEST_PHOTO)
    rows, columns = (max(size // step, 1) for size in photo.shape)
    cut = photo[: rows * step, : columns * step]
    photo = cut.reshape(rows, cut.shape[0] // rows, columns, -1).mean(axis=(1, 3))
    y, x = np.indices(photo.shape)
    plane = np.stack([y.ravel(), x.ravel(), np.ones(photo.size)], axis=1)
    slopes = np.linalg.lstsq(plane, photo.ravel(), rcond=None)[0]
    # A share, not a difference: in the shade, ink and paper are both darker.
    darkness = 1 - photo.ravel() / np.maximum(plane @ slopes, 1)
    darkest = np.percentile(darkness, 99.8)
    paper = darkness <= darkest / 2
    if darkest < max(6 * darkness[paper].std(), 0.1) or paper.mean() < 0.5:
        raise ValueError(
            "There is no dark ink on light paper on this picture.\nWhat to do: photograph one "
            "digit, written with a thick dark pen, close up and in even light; light ink on dark "
            "paper, as in MNIST, needs no dark_on_light."
        )
    return np.where(paper, 0, 255).astype(np.uint8).reshape(photo.shape)


def read_grey(path: str | Path) -> np.ndarray:
    """Read a picture from a file, upright and grey (chapter 11).

    Parameters
    ----------
    path
        A JPEG, PNG or other file that the package Pillow reads. A phone's note that the picture is
        to be turned is heeded; what is transparent counts as white.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), uint8, 0 (black) to 255 (white).

    Raises
    ------
    ValueError
        If the file holds no picture that Pillow can read.
    """
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert("RGBA")
    except UnidentifiedImageError:
        raise ValueError(
            f"{Path(path).name} is no picture that Python can read here.\nWhat to do: save it as "
            "JPEG or PNG; some phones write HEIC unless told otherwise."
        ) from None
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("L"))


def printed(character: str, font: str = "DejaVuSans") -> np.ndarray:
    """Print a character in one of the fonts that come with matplotlib (chapter 11).

    Parameters
    ----------
    character
        What to print: one letter or digit.
    font
        A file's name without its ending: one of ``FONTS``.

    Returns
    -------
    numpy.ndarray
        Shape (200, 200), uint8, 0 (paper) to 255 (ink).

    Raises
    ------
    ValueError
        If there is no such font.
    """
    if font not in FONTS:
        raise ValueError(f"There is no font {font!r}; choose one of {', '.join(FONTS)}.")
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    paper = Image.new("L", (200, 200))
    style = ImageFont.truetype(path, 120)
    ImageDraw.Draw(paper).text((100, 100), character, fill=255, font=style, anchor="mm")
    return np.asarray(paper)


def _checked(picture: np.ndarray) -> np.ndarray:
    """Return a grey picture as it came, or stop with clear words."""
    shape, dtype = np.shape(picture), getattr(picture, "dtype", None)
    if dtype is None or dtype.kind not in "uif":
        kind = type(picture).__name__ if dtype is None else f"an array of {dtype}"
        raise ValueError(
            f"A picture must be a NumPy array of numbers, not {kind}.\nWhat to do: "
            "read_grey('my-digit.jpg') makes one of a file."
        )
    if len(shape) == 3 and shape[2] in (3, 4):
        raise ValueError(
            f"This picture is in colour, shape {shape}; grey has the shape (rows, columns).\nWhat "
            "to do: read the file with read_grey, or picture[..., :3].mean(axis=2)."
        )
    if len(shape) != 2 or 0 in shape:
        raise ValueError(
            f"A picture must have the shape (rows, columns), not {shape}.\nWhat to do: hand over "
            "one digit at a time; X_test[0] is one of shape (28, 28)."
        )
    low, high = picture.min(), picture.max()
    if not (low >= 0 and high <= 255):  # NaN fails this too
        raise ValueError(
            f"A picture's numbers must lie between 0 and 255, but these go from {low} to {high}."
        )
    if 0 < high <= 1:
        raise ValueError(
            "A picture's numbers must lie between 0 and 255; these end at 1.\nWhat to do: multiply "
            "by 255 what was divided by it."
        )
    return picture


def _extent(ink: np.ndarray, axis: int) -> slice:
    """Return where the ink starts and ends, along the axis that stays."""
    inked = np.flatnonzero((ink >= RIM).any(axis=axis))
    if len(inked) == 0:
        raise ValueError(
            "There is no ink on this picture: no number reaches 32 of 255.\nWhat to do: draw a "
            "digit first; for a photo of dark ink use dark_on_light=True."
        )
    return slice(inked[0], inked[-1] + 1)


def _means(size: int, cells: int) -> np.ndarray:
    """Return the matrix that averages pixels into cells of equal size, shape (cells, size)."""
    edges, pixel = np.arange(cells + 1) * size / cells, np.arange(size)
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.clip(covered, 0, None) * cells / size


def _place(mass: np.ndarray) -> int:
    """Return where a row or column must start for its centre of mass to fall on pixel 14."""
    centre = (mass * np.arange(len(mass))).sum() / mass.sum()
    return int(np.floor(CENTRE - centre + 0.5))
