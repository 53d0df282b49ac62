"""A learner's digit, photographed, drawn or printed, comes out as MNIST's makers would have it."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import mnist_course
from mnist_course.data.loading import load_mnist
from mnist_course.data.photos import FONTS, as_mnist, photo_to_ink, printed, read_grey

PREPARE = Path(mnist_course.__file__).parent / "pad" / "prepare.js"
RUN = """
import { readFileSync } from "node:fs";
const digits = JSON.parse(readFileSync(0, "utf8"));
const images = digits.map(({ ink, size }) => Array.from(prepare(Uint8Array.from(ink), size).image));
process.stdout.write(JSON.stringify(images));
"""


def four(rows: int = 300, columns: int = 240, width: int = 14) -> np.ndarray:
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


def magnified(X: np.ndarray, times: int = 10) -> np.ndarray:
    return np.kron(X, np.ones((1, times, times), np.uint8))


@pytest.fixture(scope="module")
def sample() -> np.ndarray:
    return load_mnist("sample")[1][0][:100]


def test_mnists_own_digits_come_back(sample):
    back = np.stack([as_mnist(image) for image in magnified(sample)])
    assert back.shape == sample.shape and back.dtype == np.uint8
    off = np.abs(back.astype(int) - sample).mean(axis=(1, 2))
    assert np.median(off) < 0.1
    # The others moved by a pixel, where the centre of mass lay on the edge between two.
    assert np.mean(off < 1) > 0.97


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_the_digit_pad_prepares_in_the_same_way(sample, tmp_path):
    tall = np.zeros((90, 90), np.uint8)
    tall[5:80, 40:44], tall[5:9, 40:90] = 200, 255
    pictures = [
        *magnified(sample[:40]),
        *sample[40:60],
        *magnified(sample[60:70], 3),
        four(240, 240),
        tall,
    ]
    digits = [{"ink": ink.ravel().tolist(), "size": len(ink)} for ink in pictures]
    script = tmp_path / "prepare.mjs"
    script.write_text(PREPARE.read_text(encoding="utf-8") + RUN, encoding="utf-8")
    run = subprocess.run(
        ["node", script], input=json.dumps(digits), capture_output=True, text=True, check=True
    )
    theirs = np.reshape(json.loads(run.stdout), (-1, 28, 28))
    np.testing.assert_array_equal(np.stack([as_mnist(ink) for ink in pictures]), theirs)


@pytest.mark.parametrize("shape", [(300, 240), (60, 200), (28, 28), (20, 9), (901, 10)])
def test_any_size_fits_the_box_and_keeps_its_proportions(shape):
    ink = np.zeros(np.array(shape) + 2, np.uint8)
    ink[1:-1, 1:-1] = 255
    image = as_mnist(ink)
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    expected = np.maximum(1, np.floor(20 * np.array(shape) / max(shape) + 0.5))
    np.testing.assert_array_equal([len(rows), len(columns)], expected)
    assert set(np.unique(image)) == {0, 255}


def test_the_faint_rim_of_a_stroke_is_no_part_of_the_box():
    ink = four(width=20).copy()
    clean = as_mnist(ink)
    ink[:5, :5] = 31
    np.testing.assert_array_equal(as_mnist(ink), clean)
    ink[:5, :5] = 32
    assert np.any(as_mnist(ink) != clean)


def test_the_centre_of_mass_lies_on_pixel_14():
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 60:66] = ink[80:90, 20:66] = 255  # heavy on the lower right
    image = as_mnist(ink).astype(float)
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
def test_a_photo_gives_what_its_ink_would(look):
    image = as_mnist(photograph(four(), **look), dark_on_light=True)
    off = np.abs(image.astype(int) - as_mnist(four())).mean()
    assert off < 4  # moved by one pixel it would be 15


def test_a_large_photo_of_a_thick_pen_is_read_as_well():
    ink = four(2400, 1920, 330)
    image = as_mnist(photograph(ink), dark_on_light=True)
    assert np.abs(image.astype(int) - as_mnist(ink)).mean() < 4
    assert max(photo_to_ink(photograph(ink)).shape) <= 200


@pytest.mark.parametrize("grain", [0, 4, 15])
def test_a_photo_of_blank_paper_is_no_digit(grain):
    blank = photograph(np.zeros((300, 240)), grain=grain)
    with pytest.raises(ValueError, match="no dark ink on light paper"):
        as_mnist(blank, dark_on_light=True)


@pytest.mark.parametrize("ink", [four(), np.pad(np.full((60, 20), 255), 90)], ids=["4", "1"])
def test_light_ink_on_dark_paper_is_not_dark_on_light(ink):
    with pytest.raises(ValueError, match="needs no dark_on_light"):
        as_mnist(ink, dark_on_light=True)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (photograph(four()), r"(?s)Ink runs along the rim.*dark_on_light=True"),
        (np.zeros((50, 50), np.uint8), "There is no ink"),
        (np.full((50, 50), 31), "no number reaches 32 of 255"),
        (np.full((50, 50), np.nan), "but these go from nan"),
        (four().astype(float) - 300, "between 0 and 255"),
        (four().astype(float) * 2, "these go from 0.0 to 510.0"),
        (four() / 255, "these end at 1"),
        (four() // 255, "these end at 1"),
        (np.stack([four()] * 3, axis=2), "in colour, shape"),
        (four()[None], r"must have the shape \(rows, columns\), not \(1, 300, 240\)"),
        (np.zeros((0, 5)), "must have the shape"),
        ("my-digit.jpg", "(?s)must be a NumPy array of numbers, not str.*read_grey"),
        (four() > 0, "not an array of bool"),
    ],
    ids=range(13),
)
def test_what_is_no_digit_is_named(picture, words):
    with pytest.raises(ValueError, match=words):
        as_mnist(picture)


def test_a_photo_of_more_than_paper_is_named():
    table = photograph(four())
    table[:, :20] = table[:, -20:] = table[:20] = table[-20:] = 30
    with pytest.raises(ValueError, match="What to do: cut the picture"):
        as_mnist(table, dark_on_light=True)


def test_a_file_is_read_upright_and_grey(tmp_path):
    colour = np.zeros((40, 30, 3), np.uint8)
    colour[:20] = 200, 100, 50
    picture = Image.fromarray(colour)
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone was held upright: turn by 90 degrees, clockwise
    picture.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    grey = read_grey(tmp_path / "photo.jpg")
    assert grey.shape == (30, 40) and grey.dtype == np.uint8
    assert grey[:, :18].max() < 10 and abs(int(grey[:, 22:].mean()) - 124) < 4


def test_what_is_transparent_is_paper(tmp_path):
    drawn = np.zeros((30, 30, 4), np.uint8)
    drawn[10:20, 10:20, 3] = 255
    Image.fromarray(drawn).save(tmp_path / "drawn.png")
    grey = read_grey(tmp_path / "drawn.png")
    assert grey[0, 0] == 255 and grey[15, 15] == 0


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_text("no picture")
    with pytest.raises(ValueError, match=r"(?s)IMG_1\.HEIC is no picture.*JPEG or PNG"):
        read_grey(tmp_path / "IMG_1.HEIC")
    with pytest.raises(FileNotFoundError):
        read_grey(tmp_path / "missing.png")


def test_every_font_prints_letters_that_differ():
    images = {font: [as_mnist(printed(c, font)) for c in "AEM"] for font in FONTS}
    assert len(images) == 12
    shapes = np.array(list(images.values())).reshape(-1, 784)
    assert len(np.unique(shapes, axis=0)) == 36


def test_a_font_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no font 'Comic'; choose one of DejaVuSans,"):
        printed("A", "Comic")
