"""What lessons 12 and 13 say of temperatures, and of intervals for seeds and images."""

import ast
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from scipy import stats

from mnist_course.data.packed_flags import unpack_flags
from mnist_course.experiments.records import read_record
from mnist_course.models.fast_cnn import fast_model
from tests.support.predictions import misread_tables
from tests.support.stored_lessons import output_that_says, printed_by, sources

# Lesson 12: what its text says of the stored temperatures and calibration errors.


def test_lesson_12_temperatures():
    text = printed_by("12-calibration")
    found = re.findall(r"(?:epochs|20) (\d\.\d\d) ± (\d\.\d\d)", text)
    (few, by_seed), (many, many_by_seed) = [map(float, pair) for pair in found]
    [reaches] = re.findall(r"seeds (0\.\d\d), images (0\.\d\d), both (0\.\d\d)", text)
    seeds, images, both = map(float, reaches)
    assert seeds == by_seed and both == pytest.approx(np.hypot(seeds, images), abs=0.01)
    assert by_seed < few - 1 < both and many - 1 > 2 * many_by_seed
    errors = re.findall(r"(\d+) epochs, (.*?) +ECE (\S+) ± (\S+), control (\S+)", text)
    trained, corrected, long_trained, long_corrected, _, careless = (
        float(error) for _, _, error, _, _ in errors
    )
    assert corrected >= trained and long_corrected < long_trained / 2 and careless > 2 * trained


# Lesson 13: intervals for seeds and images.


@pytest.fixture(scope="module")
def lesson_13():
    """Define the functions and constants of lesson 13 that need no record."""
    names = {"np": np, "random": np.random.default_rng(0)}
    for start in ("T = {", "T_SIX = {"):
        [source] = [source for source in sources("13-seeds") if source.startswith(start)]
        kept = [
            node
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) or ast.unparse(node).startswith(start)
        ]
        exec("\n".join(map(ast.unparse, kept)), names)
    return SimpleNamespace(**names)


def test_lesson_13_student_t(lesson_13):
    for count in (5, 10):
        assert lesson_13.T[count] == pytest.approx(stats.t.ppf(0.975, count - 1), abs=0.005)
        of_six = stats.t.ppf(1 - 0.025 / 6, count - 1)
        assert lesson_13.T_SIX[count] == pytest.approx(of_six, abs=0.005)
    assert stats.norm.ppf(1 - 0.025 / 6) == pytest.approx(2.64, abs=0.005)


def test_lesson_13_difference_covers_zero(lesson_13):
    """Of equal settings, the intervals miss zero once in twenty or less."""
    random = np.random.default_rng(2)
    missed = {"alone": 0, "six": 0}
    for _ in range(300):
        ours, theirs = misread_tables(random, 10, 0.02), misread_tables(random, 5, 0.02)
        for name, t, z in (("alone", lesson_13.T, 1.96), ("six", lesson_13.T_SIX, 2.64)):
            gap, half_width = lesson_13.difference(ours, theirs, t, z)
            missed[name] += abs(gap) > half_width
    assert missed["six"] <= missed["alone"] <= 0.06 * 300
    gap, half_width = lesson_13.difference(ours, misread_tables(random, 5, 0.06), lesson_13.T, 1.96)
    assert gap > half_width


def test_lesson_13_equal_seeds_equal_weights():
    """Equal seeds start from equal weights, except without dropout: it draws no seed."""
    weights = []
    for settings in ({}, {"learning_rate": 0.03}, {"dropout": 0.0}):
        keras.utils.set_random_seed(3)
        weights.append(fast_model(**settings).get_weights()[::2])  # biases start at 0
    guide, other_rate, without = weights
    assert all(map(np.array_equal, guide, other_rate))
    assert not any(map(np.array_equal, guide, without))


def test_lesson_13_paired_half_width_falls_with_seeds():
    record = read_record("hyperparameters")
    names = {"np": np, "runs": record["results"]["runs"], "guide": record["settings"]["guide"]}
    [source] = [source for source in sources("13-seeds") if "def misread(" in source]
    exec(source, names | {"unpack_flags": unpack_flags}, names)
    text = output_that_says("13-seeds", "paired, seeds")
    rows = re.findall(r"seeds 1 to (\d+): (\d\.\d\d)", text)
    assert [count for count, _ in rows] == ["10", "5", "2"]
    for count, printed in rows:
        means = (names[name][: int(count)].mean(axis=0) for name in ("none", "dropout"))
        gaps = np.subtract(*means)
        assert float(printed) == pytest.approx(196 * gaps.std() / 100, abs=0.006)
    assert float(rows[0][1]) < 0.6 * float(rows[2][1])
