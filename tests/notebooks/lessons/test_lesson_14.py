"""What lesson 14 says of learning curves, and its intervals."""

import ast
import re

import numpy as np
import pytest
from scipy import stats

from mnist_course.data.packed_flags import unpack_flags
from mnist_course.experiments.records import read_record
from tests.support.predictions import misread_tables
from tests.support.stored_lessons import output_that_says, sources


def defined_in_lesson_14(function: str, **names):
    """Return a function that lesson 14 defines; it finds these names."""
    [source] = [source for source in sources("14-more-data") if f"def {function}(" in source]
    [node] = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    exec(ast.unparse(node), {"np": np} | names, names)
    return names[function]


def test_lesson_14_student_t():
    code = "\n".join(sources("14-more-data"))
    assert "half_width(line, 2.78, 1.96)" in code and "half_width(gap, 3.50, 2.24)" in code
    assert "alone = half_width(gap, 3.50, 2.24), half_width(gap, 2.78, 1.96)" in code
    for count, (t, z) in {1: ("2.78", "1.96"), 2: ("3.50", "2.24"), 3: ("3.96", "2.39")}.items():
        for number in (t, z):
            assert re.search(rf"(?<![\d.]){number}(?!\d)", code)
        assert float(t) == pytest.approx(stats.t.ppf(1 - 0.025 / count, 4), abs=0.005)
        assert float(z) == pytest.approx(stats.norm.ppf(1 - 0.025 / count), abs=0.005)


def test_lesson_14_difference_covers_zero():
    """Of three comparisons of equal settings, one misses zero once in twenty times or less."""
    difference, random = defined_in_lesson_14("mean_change"), np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        few, middle, many = ([misread_tables(random, 5, 0.02) for _ in range(2)] for _ in range(3))
        less, more = zip(middle, many, strict=True)
        pairs = (few, middle), (middle, many), (less, more)
        gaps = [difference(*pair).split()[:3:2] for pair in pairs]
        missed += any(abs(float(gap)) > float(half_width) for gap, half_width in gaps)
    assert missed <= 0.06 * 200
    gap, _, half_width, _ = difference(few, [few[0], misread_tables(random, 5, 0.08)]).split()
    assert float(gap) > float(half_width)


def test_lesson_14_interval_covers_error():
    """For other images and seeds of known difficulty the interval covers the true error."""
    interval, random = defined_in_lesson_14("interval"), np.random.default_rng(4)
    covered = 0
    for _ in range(200):
        difficulty = random.beta(0.05, 0.05 / 0.02 - 0.05, 2000)
        mean, half_width = interval(random.random((5, 2000)) < difficulty)
        covered += abs(mean - 2) < half_width
    assert covered >= 0.93 * 200


def test_lesson_14_line_through_power_law():
    sizes = [500, 1000, 2000, 5000]
    errors = np.array([[40 * n**-0.5, 90 * n**-0.6] for n in sizes])
    predict = defined_in_lesson_14("predict", sizes=sizes, drawn=[errors, 2 * errors])
    line = np.array([40 * 1e5**-0.5, 90 * 1e5**-0.6])
    assert predict(slice(3), 100_000) == pytest.approx(np.array([line, 2 * line]))


def half_width(by_seed: np.ndarray, by_image: np.ndarray, comparisons: int = 1) -> float:
    """Return the half-width for seeds and images, from one value for each of them."""
    t, z = stats.t.ppf(1 - 0.025 / comparisons, 4), stats.norm.ppf(1 - 0.025 / comparisons)
    seeds, images = by_seed.std(ddof=1) / np.sqrt(5), by_image.std() / np.sqrt(len(by_image))
    return np.hypot(t * seeds, z * images)


def line_at(tables: np.ndarray, sizes: list[int], at: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the line's error in % for each seed and, by the delta method, for each image.

    A line is a weighted sum: the weights are what each logarithm of an error adds to it.
    """
    weights = np.polyval(np.polyfit(np.log(sizes), np.eye(len(sizes)), 1), np.log(at))
    errors = 100 * tables.mean(axis=2)
    line = np.exp(weights @ np.log(errors))
    factors = 100 * weights[:, None] * line / errors
    return line, np.einsum("is,isj->sj", factors, tables).mean(axis=0)


@pytest.fixture(scope="module")
def training_images():
    """Return the numbers of images, the lesson's ``misread``, and its tables for five epochs."""
    record = read_record("training_images")
    sizes, runs = record["settings"]["images"], record["results"]["runs"]
    misread = defined_in_lesson_14("misread", runs=runs, unpack_flags=unpack_flags)
    return sizes, misread, np.array([misread(images) for images in sizes])


def test_lesson_14_prediction_covers_seeds_and_images(training_images):
    """The bootstrap's half-widths are those of the delta method, and the text is right of them."""
    sizes, _, tables = training_images
    row = (
        r"(\d) of 5 errors above\n  difference ([+-]\d\.\d\d) ± (\d\.\d\d) points;"
        r" alone ± (\d\.\d\d)"
    )
    printed = re.findall(row, output_that_says("14-more-data", "errors above"))
    for place, numbers in zip((5, 6), printed, strict=True):
        above, gap, of_two, alone = map(float, numbers)
        line, by_image = line_at(tables[:place], sizes[:place], sizes[place])
        gaps = 100 * tables[place].mean(axis=1) - line
        by_image = 100 * tables[place].mean(axis=0) - by_image
        assert above == np.sum(gaps > 0)
        assert gap == pytest.approx(gaps.mean(), abs=0.006)
        assert alone == pytest.approx(half_width(gaps, by_image), abs=0.01)
        assert of_two == pytest.approx(half_width(gaps, by_image, 2), abs=0.01)
        assert abs(gap) < of_two
    assert above == 5 and gap > alone  # with 50,000 images


def test_lesson_14_lines_cannot_be_told_apart(training_images):
    sizes, _, tables = training_images
    [(gap, reach)] = re.findall(
        r"difference: (\d\.\d\d) ± (\d\.\d\d)", output_that_says("14-more-data", "last two: ")
    )
    every, every_image = line_at(tables, sizes, 100_000)
    last, last_image = line_at(tables[5:], sizes[5:], 100_000)
    assert float(gap) == pytest.approx((last - every).mean(), abs=0.006)
    expected = half_width(last - every, last_image - every_image)
    assert float(reach) == pytest.approx(expected, abs=0.015)
    assert float(gap) < float(reach)


def test_lesson_14_flatter_with_equal_steps(training_images):
    _, misread, tables = training_images
    falls = [misread(20_000).mean() - misread(50_000, steps).mean() for steps in (670, None)]
    assert 0 < falls[0] < falls[1] == tables[5].mean() - tables[6].mean()


def test_lesson_14_misread():
    record = read_record("training_images")
    names = {"runs": record["results"]["runs"], "unpack_flags": unpack_flags}
    misread = defined_in_lesson_14("misread", **names)
    for images in record["settings"]["images"]:
        for steps in (None, 670):
            found = misread(images, steps)
            stored = [
                run["error"]
                for run in names["runs"]
                if run["settings"]["images"] == images
                and run["settings"]["steps"] == (None if images == 20_000 else steps)
            ]
            assert found.shape == (5, 10_000)
            assert 100 * found.mean(axis=1) == pytest.approx(stored, abs=0.006)
