"""Photos, drawings and printed characters are converted to MNIST's format."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import mnist_course
from mnist_course.data.loading import load_mnist
from mnist_course.data.photos import (
    DEJAVU_FONTS,
    OTHER_FONTS,
    example_photo,
    photo_to_ink,
    render_character,
    to_mnist_format,
)

PREPARE = Path(mnist_course.__file__).parent / "pad" / "prepare.js"
RUN = """
import { readFileSync } from "node:fs";
const digits = JSON.parse(readFileSync(0, "utf8"));
const images = digits.map(({ ink, size }) => Array.from(prepare(Uint8Array.from(ink), size).image));
process.stdout.write(JSON.stringify(images));
"""


def draw_four(rows: int = 300, columns: int = 240, width: int = 14) -> np.ndarray:
    """Draw a 4, ink 255 on paper 0."""
    paper = Image.new("L", (columns, rows))
    pen = ImageDraw.Draw(paper)
    bend = [(0.3, 0.2), (0.25, 0.5), (0.7, 0.5)]
    for stroke in (bend, [(0.6, 0.3), (0.55, 0.85)]):
        pen.line([(x * columns, y * rows) for x, y in stroke], 255, width, joint="curve")
    return np.asarray(paper)


def photograph(ink: np.ndarray, paper=210, shade=0.4, contrast=0.65, grain=4) -> np.ndarray:
    """Put ink on paper that is darker to the right and below, and take its picture."""
    rows, columns = ink.shape
    light = paper * (1 - shade * np.linspace(0, 1, columns)) * np.linspace(1, 0.85, rows)[:, None]
    noise = np.random.default_rng(0).normal(0, grain, ink.shape)
    return (light * (1 - contrast * ink / 255) + noise).clip(0, 255).astype(np.uint8)


def magnify(X: np.ndarray, times: int = 10) -> np.ndarray:
    return np.kron(X, np.ones((1, times, times), np.uint8))


@pytest.fixture(scope="module")
def sample() -> np.ndarray:
    return load_mnist("sample")[1][0][:100]


def test_to_mnist_format_mnist_digits_unchanged(sample):
    back = np.stack([to_mnist_format(image) for image in magnify(sample)])
    assert back.shape == sample.shape and back.dtype == np.uint8
    off = np.abs(back.astype(int) - sample).mean(axis=(1, 2))
    assert np.median(off) < 0.1
    # The others moved by a pixel, where the centre of mass lay on the edge between two.
    assert np.mean(off < 1) > 0.97


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_to_mnist_format_equals_digit_pad(sample, tmp_path):
    tall = np.zeros((90, 90), np.uint8)
    tall[5:80, 40:44], tall[5:9, 40:90] = 200, 255
    pictures = [
        *magnify(sample[:40]),
        *sample[40:60],
        *magnify(sample[60:70], 3),
        draw_four(240, 240),
        tall,
    ]
    digits = [{"ink": ink.ravel().tolist(), "size": len(ink)} for ink in pictures]
    script = tmp_path / "prepare.mjs"
    script.write_text(PREPARE.read_text(encoding="utf-8") + RUN, encoding="utf-8")
    run = subprocess.run(
        ["node", script],
        input=json.dumps(digits),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    theirs = np.reshape(json.loads(run.stdout), (-1, 28, 28))
    np.testing.assert_array_equal(np.stack([to_mnist_format(ink) for ink in pictures]), theirs)


@pytest.mark.parametrize("shape", [(300, 240), (60, 200), (28, 28), (20, 9), (901, 10)])
def test_to_mnist_format_size_and_proportions(shape):
    ink = np.zeros(np.array(shape) + 2, np.uint8)
    ink[1:-1, 1:-1] = 255
    image = to_mnist_format(ink)
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    expected = np.maximum(1, np.floor(20 * np.array(shape) / max(shape) + 0.5))
    np.testing.assert_array_equal([len(rows), len(columns)], expected)
    assert set(np.unique(image)) == {0, 255}


def test_to_mnist_format_ink_threshold():
    ink = draw_four(width=20).copy()
    clean = to_mnist_format(ink)
    ink[:5, :5] = 31
    np.testing.assert_array_equal(to_mnist_format(ink), clean)
    ink[:5, :5] = 32
    assert np.any(to_mnist_format(ink) != clean)


def test_to_mnist_format_centre_of_mass():
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 60:66] = ink[80:90, 20:66] = 255  # heavy on the lower right
    image = to_mnist_format(ink).astype(float)
    y, x = np.indices(image.shape)
    assert (image * y).sum() / image.sum() == pytest.approx(14, abs=0.51)
    assert (image * x).sum() / image.sum() == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize(
    "look",
    [
        {},
        {"shade": 0},
        {"shade": 0.6},
        {"paper": 130},
        {"contrast": 0.3},
        {"grain": 9},
        {"paper": 255, "shade": 0, "contrast": 1, "grain": 0},
    ],
    ids=str,
)
def test_to_mnist_format_photo(look):
    image = to_mnist_format(photograph(draw_four(), **look), dark_on_light=True)
    off = np.abs(image.astype(int) - to_mnist_format(draw_four())).mean()
    assert off < 4  # moved by one pixel it would be 15


def test_to_mnist_format_large_photo():
    ink = draw_four(2400, 1920, 330)
    image = to_mnist_format(photograph(ink), dark_on_light=True)
    assert np.abs(image.astype(int) - to_mnist_format(ink)).mean() < 4
    assert max(photo_to_ink(photograph(ink)).shape) <= 200


@pytest.mark.parametrize("grain", [0, 4, 15])
def test_to_mnist_format_blank_paper(grain):
    blank = photograph(np.zeros((300, 240)), grain=grain)
    with pytest.raises(ValueError, match="shows no dark ink on light paper"):
        to_mnist_format(blank, dark_on_light=True)


@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(300, 240), (28, 28), (1, 1)])
@pytest.mark.filterwarnings("error")
def test_to_mnist_format_uniform_picture(level, shape):
    picture = np.full(shape, level + 0.0) if level == 0 else np.full(shape, level, np.uint8)
    if level == 1:
        picture[0, 0] = 255
    with pytest.raises(ValueError, match="shows no dark ink on light paper"):
        to_mnist_format(picture, dark_on_light=True)


@pytest.mark.parametrize("ink", [draw_four(), np.pad(np.full((60, 20), 255), 90)], ids=["4", "1"])
def test_to_mnist_format_light_ink_on_dark_paper(ink):
    with pytest.raises(ValueError, match="needs no dark_on_light"):
        to_mnist_format(ink, dark_on_light=True)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (photograph(draw_four()), r"(?s)Ink runs along the edge.*dark_on_light=True"),
        (np.zeros((50, 50), np.uint8), "contains no ink"),
        (np.full((50, 50), 31), "no number reaches 32 of 255"),
        (np.full((50, 50), np.nan), "but these go from nan"),
        (draw_four().astype(float) - 300, "between 0 and 255"),
        (draw_four().astype(float) * 2, "these go from 0.0 to 510.0"),
        (draw_four() / 255, "the largest of these is 1 or less"),
        (draw_four() // 255, "the largest of these is 1 or less"),
        (np.stack([draw_four()] * 3, axis=2), "in colour, shape"),
        (draw_four()[None], r"must have the shape \(rows, columns\), not \(1, 300, 240\)"),
        (np.zeros((0, 5)), "must have the shape"),
        ("my-digit.jpg", "(?s)must be a NumPy array of numbers, not str.*read_grey"),
        (draw_four() > 0, "not an array of bool"),
    ],
    ids=range(13),
)
def test_to_mnist_format_invalid_picture(picture, words):
    with pytest.raises(ValueError, match=words):
        to_mnist_format(picture)


def test_to_mnist_format_photo_with_dark_edge():
    table = photograph(draw_four())
    table[:, :20] = table[:, -20:] = table[:20] = table[-20:] = 30
    with pytest.raises(ValueError, match="What to do: crop the picture"):
        to_mnist_format(table, dark_on_light=True)


def test_render_character_fonts_differ():
    fonts = DEJAVU_FONTS + OTHER_FONTS
    images = [to_mnist_format(render_character(c, font)) for font in fonts for c in "AEM"]
    assert len(fonts) == 20
    assert len(np.unique(np.reshape(images, (-1, 784)), axis=0)) == 60


def test_render_character_unknown_font():
    with pytest.raises(ValueError, match="no font 'Comic'; choose one of DejaVuSans,"):
        render_character("A", "Comic")


def test_example_photo_needs_conversion():
    photo = example_photo()
    assert photo.shape == (240, 320) and photo.dtype == np.uint8
    with pytest.raises(ValueError, match="dark_on_light=True"):
        to_mnist_format(photo)
    digit = to_mnist_format(photo, dark_on_light=True)
    rows, columns = np.nonzero(digit)
    assert np.ptp(rows) + 1 == 20 and 8 <= np.ptp(columns) + 1 <= 20
