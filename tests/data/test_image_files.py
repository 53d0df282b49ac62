"""Image files of every kind become grey levels from 0 to 255, or raise a clear error."""

import io
import re
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_course.data.image_files import read_grey
from mnist_course.data.photos import to_mnist_format
from tests.data.test_photos import draw_four, photograph

PHOTO = photograph(draw_four())


def save(picture: np.ndarray | Image.Image, path: Path, **options) -> Path:
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    picture.save(path, **options)
    return path


def refusal(path: Path) -> str:
    """Return the message with which a file is refused; Pillow's own warnings count as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="What to do: ") as caught:
            read_grey(path)
    assert path.name in str(caught.value)
    return str(caught.value)


def test_read_grey_orientation(tmp_path):
    colour = np.zeros((40, 30, 3), np.uint8)
    colour[:20] = 200, 100, 50
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated by 90 degrees, clockwise
    grey = read_grey(save(colour, tmp_path / "photo.jpg", exif=exif, quality=95))
    assert grey.shape == (30, 40) and grey.dtype == np.uint8
    assert grey[:, :18].max() < 10 and abs(int(grey[:, 22:].mean()) - 124) < 4


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_read_grey_transparent_is_white(tmp_path, mode):
    drawn = np.zeros((30, 30, 4), np.uint8)
    drawn[10:20, 10:20, 3] = 255
    path = tmp_path / "drawn.png"
    if mode == "P":
        palette = Image.fromarray(drawn[..., 3] // 255).convert("P")
        palette.putpalette([0] * 6)  # both entries are black, and the first is transparent
        save(palette, path, transparency=0)
    else:
        save(Image.fromarray(drawn).convert(mode), path)
    grey = read_grey(path)
    assert grey[0, 0] == 255 and grey[15, 15] == 0


def _stored_photos():
    fraction = PHOTO / np.float32(255)
    for bits in (10, 12, 16):
        numbers = np.round(fraction * (2**bits - 1)).astype(np.uint16)
        yield f"{bits}-bit.png", numbers, {}
        yield f"{bits}-bit.tif", numbers, {}
    yield "16-bit.pgm", np.round(fraction * 65535).astype(np.int32), {}
    yield "32-bit.tif", np.round(fraction * 65535).astype(np.int32), {}
    yield "8-bits-in-16.png", PHOTO.astype(np.uint16), {}
    yield "float-to-1.tif", fraction, {}
    yield "float-to-255.tif", PHOTO.astype(np.float32), {}
    # Resizing and sharpening go beyond black and white in a few pixels.
    for name, white in (("1", 1), ("255", 255)):
        beyond = fraction * np.float32(white)
        beyond[0, :2] = -0.05 * white, 1.05 * white
        yield f"float-beyond-{name}.tif", beyond, {}
    yield "colour.jpg", np.stack([PHOTO] * 3, axis=2), {"quality": 95}
    yield "cmyk.jpg", Image.fromarray(np.stack([PHOTO] * 3, axis=2)).convert("CMYK"), {}
    yield "palette.gif", Image.fromarray(PHOTO).convert("P"), {}
    yield "grey-and-opaque.png", Image.fromarray(PHOTO).convert("LA"), {}


@pytest.mark.parametrize(
    ("name", "picture", "options"), [pytest.param(*row, id=row[0]) for row in _stored_photos()]
)
def test_read_grey_bit_depth_and_mode(tmp_path, name, picture, options):
    grey = read_grey(save(picture, tmp_path / name, **options))
    assert grey.shape == PHOTO.shape and grey.dtype == np.uint8
    assert np.abs(grey.astype(int) - PHOTO).mean() < 3
    digit = to_mnist_format(grey, dark_on_light=True).astype(int)
    assert np.abs(digit - to_mnist_format(PHOTO, dark_on_light=True)).mean() < 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_read_grey_tiff_white_is_zero(tmp_path, dtype):
    numbers = np.full((9, 9), 200, dtype)
    numbers[4] = 10
    upright = save(numbers, tmp_path / "scan.tif")
    photometric = struct.pack("<HHII", 262, 3, 1, 1)  # tag, type, count, 1: black is zero
    content = upright.read_bytes()
    assert content.count(photometric) == 1
    inverted = tmp_path / "inverted.tif"
    inverted.write_bytes(content.replace(photometric, struct.pack("<HHII", 262, 3, 1, 0)))
    np.testing.assert_array_equal(read_grey(inverted), 255 - read_grey(upright))


def test_read_grey_black_and_white(tmp_path):
    grey = read_grey(save(Image.fromarray(PHOTO < 100).convert("1"), tmp_path / "fax.tif"))
    assert set(np.unique(grey)) == {0, 255}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (np.full((9, 9), np.nan, np.float32), "go from nan to nan"),
        (PHOTO - np.float32(300), "go from -2"),
        (PHOTO * np.float32(1e6), "go from "),
        (PHOTO.astype(np.int32) * 100_000, "go from "),
    ],
    ids=["nan", "negative", "large float", "large integer"],
)
def test_read_grey_numbers_out_of_range(tmp_path, numbers, words):
    assert words in refusal(save(numbers, tmp_path / "scan.tif"))


def _damaged_files():
    colour = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8))
    for ending in ("jpg", "png", "gif", "tif", "bmp", "webp"):
        file = io.BytesIO()
        colour.save(file, {"jpg": "jpeg", "tif": "tiff"}.get(ending, ending))
        yield f"half.{ending}", file.getvalue()[: len(file.getvalue()) // 2]
    file = io.BytesIO()
    colour.save(file, "png")
    flipped = bytearray(file.getvalue())
    flipped[len(flipped) // 2] ^= 0xFF
    yield "flipped.png", bytes(flipped)
    yield "header only.png", file.getvalue()[:40]


@pytest.mark.parametrize(
    ("name", "content"), [pytest.param(*row, id=row[0]) for row in _damaged_files()]
)
def test_read_grey_damaged_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    text = refusal(tmp_path / name)
    assert "cut short" in text or "is not a picture" in text


@pytest.mark.parametrize(("rows", "columns"), [(14_000, 14_000), (10_000, 9_500)])
def test_read_grey_too_many_pixels(tmp_path, rows, columns):
    # Only the header says so: nothing is decoded, so the missing pixels are not noticed.
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    path = tmp_path / "phone.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
    assert "more than 89 million pixels" in refusal(path)


def test_read_grey_not_an_image(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_text("no picture", encoding="utf-8")
    text = refusal(tmp_path / "IMG_1.HEIC")
    assert "is not a picture that Python can read here" in text and "JPEG or PNG" in text


def test_read_grey_missing_file(tmp_path):
    for name in ("missing.png", "missing-folder/digit.png"):
        with pytest.raises(FileNotFoundError, match=r"(?s)no file .*What to do: ") as caught:
            read_grey(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


def test_read_grey_missing_file_in_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        read_grey("digit.png")
    assert f"There is no file {tmp_path / 'digit.png'}." in str(caught.value)


def test_read_grey_missing_file_below_a_file(tmp_path):
    save(PHOTO, tmp_path / "digit.png")
    with pytest.raises(FileNotFoundError, match="What to do: "):
        read_grey(tmp_path / "digit.png" / "digit.png")


def test_read_grey_folder(tmp_path):
    with pytest.raises(OSError, match=r"(?s)is a folder; expected one picture.*What to do: "):
        read_grey(tmp_path)


def test_read_grey_empty_file(tmp_path):
    (tmp_path / "digit.jpg").touch()
    assert "digit.jpg is empty.\n" in refusal(tmp_path / "digit.jpg")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_read_grey_large_photo_memory(tmp_path):
    # In colour, and with a copy, it takes ten bytes per pixel instead of four: 0.9 GB at the limit.
    side = 5000
    path = save(Image.new("RGB", (side, side), "white"), tmp_path / "photo.jpg")
    code = f"""
import pathlib
from mnist_course.data.image_files import read_grey
def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])
before = peak()
assert read_grey({str(path)!r}).shape == ({side}, {side})
print(peak() - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert int(run.stdout) < 4.5 * side**2


def test_troubleshooting_page_has_refusals(tmp_path):
    page = Path(__file__).parents[2] / "book" / "troubleshooting.md"
    headings = re.findall(
        r"^### `ValueError: (\S+) (.+?)\.?`$", page.read_text(encoding="utf-8"), flags=re.M
    )
    photos = {name: words for name, words in headings if "." in name}
    (tmp_path / "IMG_1.HEIC").write_text("no picture", encoding="utf-8")
    damaged = save(PHOTO, tmp_path / "my-digit.jpg").read_bytes()[:2000]
    (tmp_path / "my-digit.jpg").write_bytes(damaged)
    assert photos["IMG_1.HEIC"] in refusal(tmp_path / "IMG_1.HEIC")
    assert photos["my-digit.jpg"] in refusal(tmp_path / "my-digit.jpg")
