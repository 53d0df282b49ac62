"""Read image files of any bit depth as grey levels from 0 to 255."""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# Values that may stand for white in a file with more than 8 bits per pixel: the largest integers of
# 8, 10, 12, 14 and 16 bits.
WHITE_LEVELS = (255, 1023, 4095, 16383, 65535)
# Resizing and sharpening leave a few floats this much, as a fraction of white, below 0 or above it.
OVERSHOOT = 0.1


def read_grey(path: str | Path) -> np.ndarray:
    """Read an image file as upright grey levels (lesson 16).

    Parameters
    ----------
    path
        A JPEG, PNG or other file that the package Pillow reads, with any number of bits per pixel.
        The orientation that a phone stores in the file is applied; transparent parts become white.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), uint8, 0 (black) to 255 (white). In a file with more than 8 bits per
        pixel, white is the smallest of ``WHITE_LEVELS`` that no pixel exceeds. In a file of floats
        it may also be 1, and a tenth below black or above white is clipped.

    Raises
    ------
    ValueError
        If Pillow cannot read the file, or it is empty, damaged or cut short, has more than
        ``PIL.Image.MAX_IMAGE_PIXELS`` pixels, or numbers below 0 or above 65,535.
    OSError
        If there is no such file, or it is a folder or cannot be opened.
    """
    name = Path(path).name
    with _open(Path(path)) as file, warnings.catch_warnings():
        # Pillow itself raises only at twice this number, and decoding so many can fill the memory.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file) as picture:
                inverted = getattr(picture, "tag_v2", {}).get(262) == 0  # TIFF's "white is zero"
                # A JPEG is decoded as grey, and not copied: in colour, a photo of 80 million pixels
                # would take 0.9 GB.
                picture.draft("L", picture.size)
                ImageOps.exif_transpose(picture, in_place=True)
                if picture.mode[0] not in "IF":
                    return _grey_on_white(picture)
                numbers = np.asarray(picture)
        except UnidentifiedImageError:
            error = "is not a picture that Python can read here"
            action = "save it as JPEG or PNG; some phones write HEIC by default"
            if file.seek(0, io.SEEK_END) == 0:
                error, action = "is empty", "copy or upload the file again"
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            error = f"has more than {Image.MAX_IMAGE_PIXELS / 1e6:.0f} million pixels"
            action = "crop it to the digit, or save a smaller copy"
        except Exception as reason:  # Pillow's decoders raise many types of error
            error = f"cannot be decoded ({reason}); it may be damaged or cut short"
            action = "copy or upload the file again, or save it again as JPEG or PNG"
        else:
            return _scale_to_uint8(numbers, name, inverted=inverted)
    raise ValueError(f"{name} {error}.\nWhat to do: {action}.")


def _open(path: Path) -> BinaryIO:
    """Open a file; its errors say where it was looked for."""
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(
            f"There is no file {path.absolute()}.\nWhat to do: check its name and folder, or "
            "upload it; a path without a folder starts at the folder of the notebook."
        ) from None
    except OSError as error:
        if not path.is_dir():
            raise
        raise IsADirectoryError(
            f"{path.absolute()} is a folder; expected one picture.\nWhat to do: add the name of a "
            "file in it."
        ) from error


def _grey_on_white(picture: Image.Image) -> np.ndarray:
    """Return an 8-bit picture of any mode as grey levels, its transparent parts white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("L"))


def _scale_to_uint8(numbers: np.ndarray, name: str, *, inverted: bool) -> np.ndarray:
    """Return grey levels of more than 8 bits, or floats, as uint8 from 0 to 255."""
    low, high = numbers.min(), numbers.max()
    floats = numbers.dtype.kind == "f"
    levels, tolerance = ((1, *WHITE_LEVELS), OVERSHOOT) if floats else (WHITE_LEVELS, 0)
    white = next((white for white in levels if high <= (1 + tolerance) * white), 0)
    if not (white and low >= -tolerance * white):  # NaN fails this too
        raise ValueError(
            f"The numbers in {name} go from {low:g} to {high:g}; a picture's numbers go from 0 "
            "(black) to 65,535 (white) at most.\nWhat to do: save it as JPEG or as PNG with 8 bits."
        )
    grey = np.round(numbers.astype(np.float32) * (255 / white))
    grey = grey.clip(0, 255).astype(np.uint8)
    return 255 - grey if inverted else grey
