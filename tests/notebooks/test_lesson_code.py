"""Functions that lessons define do what the lessons say of them."""

import ast
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import keras
import nbformat
import numpy as np
import pytest
from keras.layers import Conv2D
from scipy import stats

from mnist_course.data.loading import load_mnist
from mnist_course.data.packed_flags import unpack_flags
from mnist_course.experiments.records import read_record
from mnist_course.models.fast_cnn import fast_model
from mnist_course.models.improved_cnn import improved_model
from mnist_course.models.numpy_layers import max_pool, softmax
from mnist_course.training.dense_networks import (
    DERIVATIVES,
    adam,
    backward,
    first_weights,
    forward,
    sgd,
    train_dense,
)
from tests.support.lesson_rules import output_texts
from tests.support.notebook_parts import code_cells
from tests.support.notebook_rules import functions

ROOT = Path(__file__).parents[2]


def sources(lesson: str) -> list[str]:
    """Return the source of each code cell of a lesson, apart from the set-up cell."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    return [cell.source for cell in code_cells(notebook)[1:]]


# Lesson 2: what its text and its answers say of NumPy and Keras.


def test_lesson_2_convolution_of_bytes():
    images = np.zeros((2, 28, 28), "uint8")
    with pytest.raises(ValueError, match="expected min_ndim=4, found ndim=3"):
        Conv2D(32, (5, 5))(images)
    with pytest.raises(ValueError, match="type uint8"):
        Conv2D(32, (5, 5))(images[..., np.newaxis])


def test_lesson_2_answers():
    images = np.arange(10 * 28 * 28).reshape(10, 28, 28)
    assert images.reshape(-1, 14, 28, 1).shape == (20, 14, 28, 1)
    assert np.array_equal(np.moveaxis(images[:2], 0, 1).reshape(28, 56), np.hstack(images[:2]))


def test_lesson_2_wrong_reshape():
    position, image = np.indices((784, 5000))
    positions = position.reshape(5000, 784)
    assert {len(np.unique(row)) for row in positions} <= {1, 2}
    assert all(len(np.unique(row)) == 784 for row in image.reshape(5000, 784))


# Lesson 6: choosing among networks whose mistakes are known.


def chosen_by(misread: np.ndarray, groups: int, tries: int = 20) -> np.ndarray:
    """Return what the lesson's ``choose`` returns for a table of misread images."""
    [source] = [source for source in sources("06-train") if source.startswith("def choose(")]
    names = {"np": np, "misread": list(misread), "digits": misread[0]}
    exec(source, names)
    return names["choose"](groups, tries)


def test_lesson_6_choose_better_network():
    misread = np.zeros((20, 1000), bool)
    misread[:, ::10] = True
    misread[7] = False
    watched, others = chosen_by(misread, 5)
    assert watched.mean() == pytest.approx(9.5) and others.mean() == pytest.approx(9.5)


def test_lesson_6_choose_equally_good_networks():
    misread = np.random.default_rng(0).random((20, 10_000)) < 0.01
    biases = [np.subtract(*chosen_by(misread, groups)).mean() for groups in (5, 20, 100)]
    assert 0.2 < biases[0] < biases[1] < biases[2]
    biases = [np.subtract(*chosen_by(misread, 100, tries)).mean() for tries in (1, 2, 20)]
    assert biases[0] == 0 and 0.2 < biases[1] < biases[2]


def test_lesson_7_teaches_standard_error():
    """Its function is in a cell; rules for all lessons compare the code with the package's."""
    assert "standard_error" in functions("\n".join(sources("07-evaluate")))


# Lesson 12: what its text says of the stored temperatures and calibration errors.


def test_lesson_12_temperatures():
    notebook = nbformat.read(ROOT / "notebooks/12-calibration.ipynb", as_version=4)
    text = "".join(output_texts(notebook))
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


def tables(random, seeds: int, error: float, images: int = 2000) -> np.ndarray:
    """Draw which images are misread, by networks of one kind, with images of unequal difficulty."""
    difficulty = np.random.default_rng(5).beta(0.05, 0.05 / error - 0.05, images)
    return random.random((seeds, images)) < difficulty


def test_lesson_13_difference_covers_zero(lesson_13):
    """Of equal settings, the intervals miss zero once in twenty or less."""
    random = np.random.default_rng(2)
    missed = {"alone": 0, "six": 0}
    for _ in range(300):
        ours, theirs = tables(random, 10, 0.02), tables(random, 5, 0.02)
        for name, t, z in (("alone", lesson_13.T, 1.96), ("six", lesson_13.T_SIX, 2.64)):
            gap, half_width = lesson_13.difference(ours, theirs, t, z)
            missed[name] += abs(gap) > half_width
    assert missed["six"] <= missed["alone"] <= 0.06 * 300
    gap, half_width = lesson_13.difference(ours, tables(random, 5, 0.06), lesson_13.T, 1.96)
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
    notebook = nbformat.read(ROOT / "notebooks/13-seeds.ipynb", as_version=4)
    [text] = [text for text in output_texts(notebook) if "paired, seeds" in text]
    rows = re.findall(r"seeds 1 to (\d+): (\d\.\d\d)", text)
    assert [count for count, _ in rows] == ["10", "5", "2"]
    for count, printed in rows:
        means = (names[name][: int(count)].mean(axis=0) for name in ("none", "dropout"))
        gaps = np.subtract(*means)
        assert float(printed) == pytest.approx(196 * gaps.std() / 100, abs=0.006)
    assert float(rows[0][1]) < 0.6 * float(rows[2][1])


# Lesson 14: intervals of several comparisons, and lines through a learning curve.


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
        few, middle, many = ([tables(random, 5, 0.02) for _ in range(2)] for _ in range(3))
        less, more = zip(middle, many, strict=True)
        pairs = (few, middle), (middle, many), (less, more)
        gaps = [difference(*pair).split()[:3:2] for pair in pairs]
        missed += any(abs(float(gap)) > float(half_width) for gap, half_width in gaps)
    assert missed <= 0.06 * 200
    gap, _, half_width, _ = difference(few, [few[0], tables(random, 5, 0.08)]).split()
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


def stored_text_of_lesson_14(words: str) -> str:
    """Return the only stored output that contains these words."""
    notebook = nbformat.read(ROOT / "notebooks/14-more-data.ipynb", as_version=4)
    [text] = [text for text in output_texts(notebook) if words in text]
    return text


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
    printed = re.findall(row, stored_text_of_lesson_14("errors above"))
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
        r"difference: (\d\.\d\d) ± (\d\.\d\d)", stored_text_of_lesson_14("last two: ")
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


# Lessons 8 and 9: answers that their cells do not print.


def test_lesson_8_answers():
    one_digit = np.array([[1.0, *[-1.0] * 9]])  # the extreme outputs of tanh
    assert round(100 * softmax(one_digit).max()) == 45
    pooled = [max_pool(np.reshape(pixels, (1, 2, 2, 1))) for pixels in ([1, 0, 0, 0], [0, 1, 0, 0])]
    assert max_pool(np.reshape([1, 1, 0, 0], (1, 2, 2, 1))) != sum(pooled)
    outputs = np.linspace(0, 1, 101)
    assert DERIVATIVES["sigmoid"](outputs).max() == pytest.approx(1 / 4)
    assert sum(W.size for W in first_weights(2, seed=1)) == 54_912


def test_lesson_8_biases_combine():
    random = np.random.default_rng(1)
    x, W, V = random.normal(size=(5, 8)), random.normal(size=(8, 4)), random.normal(size=(4, 3))
    b, c = random.normal(size=4), random.normal(size=3)
    np.testing.assert_allclose((x @ W + b) @ V + c, x @ (W @ V) + (b @ V + c))


@pytest.mark.parametrize(("name", "equal"), [("relu", True), ("tanh", False), ("sigmoid", False)])
def test_lesson_8_factor_on_all_weights(name, equal):
    """With relu, a factor on all weights changes all gradients by one factor, given the last error."""
    random = np.random.default_rng(1)
    X, Y = random.random((20, 784)), np.eye(10)[random.integers(10, size=20)]
    weights, magnitudes = first_weights(6, seed=1), []
    p = forward(X, weights, name)[1]
    for factor in (1, 0.7):
        scaled = [factor * W for W in weights]
        gradients = backward(Y, forward(X, scaled, name)[0], p, scaled, name)
        magnitudes.append([np.sqrt(np.mean(gradient**2)) for gradient in gradients])
    shrunk = np.divide(*magnitudes[::-1])
    assert np.allclose(shrunk, 0.7**6, rtol=1e-3) == equal


def test_lesson_9_doubled_weights():
    random = np.random.default_rng(1)
    X, weights = random.random((5, 784)), first_weights(6, seed=1)
    sums = [
        forward(X, [factor * W for W in weights], "relu")[0][-1] @ (factor * weights[-1])
        for factor in (1, 2)
    ]
    np.testing.assert_allclose(sums[1], 128 * sums[0], rtol=1e-4)


def test_lesson_9_dead_last_hidden_layer():
    random = np.random.default_rng(1)
    X, Y = random.random((20, 784)), np.eye(10)[random.integers(10, size=20)]
    weights = first_weights(2, seed=1)
    weights[1] = -np.abs(weights[1])
    outputs, p = forward(X, weights, "relu")
    assert (outputs[1] > 0).any() and not outputs[2].any()
    assert -np.log(p[Y == 1]).mean() == pytest.approx(np.log(10))
    assert not any(gradient.any() for gradient in backward(Y, outputs, p, weights, "relu"))


def test_lesson_9_silent_error():
    """Steps that are too long raise nothing and cause no warning of NumPy's."""
    (X, y), _ = load_mnist("sample")
    X, Y = X[:3000].reshape(-1, 784).astype("float32") / 255, np.eye(10)[y[:3000]]
    weights = first_weights(2, seed=1)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        train_dense(weights, "relu", partial(sgd, learning_rate=3), X, Y, steps=300, seed=1)
        p = forward(X, weights, "relu")[1]
    assert -np.log(p[Y == 1]).mean() == pytest.approx(np.log(10))


def test_lesson_9_steps_without_gradient():
    """Adam moves a weight on for some steps after its gradient has become 0; SGD stops at once."""
    memory, moves = {}, []
    for step in range(1, 61):
        gradient = np.ones(1) if step <= 10 else np.zeros(1)
        moves.append(adam(gradient, memory, step)[0])
        assert (sgd(gradient, {}, step) == 0) == (step > 10)
    assert moves[10] > 0.8 * moves[9] and moves[-1] < 0.02 * moves[9]


@pytest.mark.parametrize(("rule", "smaller"), [(sgd, 65025), (adam, 255)])
def test_lesson_9_other_units(rule, smaller):
    random = np.random.default_rng(1)
    X = random.integers(256, size=(200, 784)).astype("float32")
    Y = np.eye(10, dtype="float32")[random.integers(10, size=200)]
    results = []
    for pixels, start, factor in ((X / 255, 1, 1), (X, 1 / 255, 1 / smaller)):
        weights = first_weights(1, seed=1)
        weights[0] *= start

        def first_layer_scaled(gradient, *state, factor=factor):
            return rule(gradient, *state) * (factor if len(gradient) == 784 else 1)

        train_dense(weights, "relu", first_layer_scaled, pixels, Y, steps=5, seed=1)
        results.append(forward(pixels, weights, "relu")[1])
    np.testing.assert_allclose(*results, rtol=0.02, atol=1e-4)


# Lesson 11: what random maps have in common.


def test_lesson_11_random_maps():
    """Shared zeros explain most of the agreement of random magnitudes times pixels."""
    (X, _), _ = load_mnist("sample")
    ink, found = X[:200] / 255, []
    for shared in (np.ones_like(ink), ink > 0, ink):
        first, second = abs(np.random.default_rng(1).normal(size=(2, *ink.shape))) * shared
        pairs = zip(first, second, strict=True)
        found.append(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]))
    assert abs(found[0]) < 0.01
    assert 0.9 * found[2] < found[1] < found[2] < 0.65


# Lesson 15: the network in plain Keras, and the intervals of sixteen comparisons.


@pytest.fixture(scope="module")
def lesson_15():
    """Run the cells of lesson 15 that import and define; return what they define."""
    names = {}
    for source in sources("15-better"):
        nodes = ast.parse(source).body
        kept = (ast.Import, ast.ImportFrom, ast.FunctionDef)
        exec("\n".join(ast.unparse(node) for node in nodes if isinstance(node, kept)), names)
    return SimpleNamespace(**names)


def test_lesson_15_network_is_the_stored_runs(lesson_15):
    """It learns as the network of the stored runs does, whose layers compute the same in less time.

    Only the batch's variance differs: Keras divides by n, the course's layer by n - 1, in the
    running variance. So the steps agree, and predictions agree with the same running variance.
    """
    plain, stored = lesson_15.improved_network(40), improved_model(40, filters=(32, 32))
    shapes = [[w.shape for w in network.get_weights()] for network in (plain, stored)]
    assert shapes[0] == shapes[1]
    stored.set_weights(plain.get_weights())
    X = np.random.default_rng(15).random((20, 28, 28, 1), "float32")
    Y = np.eye(10, dtype="float32")[np.arange(20) % 10]
    losses = []
    for network in (plain, stored):
        network.layers[0].shift = network.layers[0].rotation = 0
        network.layers[0].zoom = network.layers[0].shear = 0
        losses.append([network.train_on_batch(X, Y) for _ in range(3)])
    assert np.allclose(losses[0], np.asarray(losses[1])[:, 0], rtol=1e-3)
    stored.set_weights(plain.get_weights())
    assert np.allclose(plain.predict(X, verbose=0), stored.predict(X, verbose=0), atol=1e-4)
    for part in ("optimizer", "loss"):
        plan, other = (getattr(network, part).get_config() for network in (plain, stored))
        assert plan | {"name": ""} == other | {"name": ""}


def test_lesson_15_student_t():
    code = "\n".join(sources("15-better"))
    for comparisons in (1, 16):
        quantile = 1 - 0.025 / comparisons
        assert f"{{10: {stats.t.ppf(quantile, 9):.2f}}}, {stats.norm.ppf(quantile):.2f})" in code
    assert f"{{3: {stats.t.ppf(0.975, 2):.2f}, 5: {stats.t.ppf(0.975, 4):.2f}}}" in code


# Lessons 19 and 20: the printed intervals, and what the text says of the records.


def per_round(record: str, key: str, **chosen) -> np.ndarray:
    """Return one measured value of each round of a record, for a variant."""
    runs = read_record(record)["results"]
    found = [run[key] for run in runs if all(run[name] == chosen[name] for name in chosen)]
    assert len(found) >= 5
    return np.array(found)


def cost(name: str, key: str = "cpu_seconds") -> np.ndarray:
    """Return the cost of a variant of lesson 19 in each round, relative to the guide's code."""
    guide = per_round("bench", key, name="the guide's own code")
    return per_round("bench", key, name=name) / guide


def savings() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each change what it saves when added, and costs when left out, in each round."""
    names = read_record("bench")["settings"]["optimizations"]
    before = ["the guide's own code", *(f"with {name}" for name in names)]
    return {
        name: (
            cost(before[i]) - cost(f"with {name}"),
            cost(f"without {name}") - cost(f"with {names[-1]}"),
        )
        for i, name in enumerate(names)
    }


def ends(values: np.ndarray, comparisons: int = 1) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a mean, by Bonferroni for several comparisons."""
    confidence = 1 - 0.05 / comparisons
    return stats.t.interval(confidence, len(values) - 1, values.mean(), stats.sem(values))


def printed_by(lesson: str) -> str:
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    return "\n".join(output_texts(notebook))


def test_lesson_19_intervals_of_savings():
    text = printed_by("19-faster")
    for name, columns in savings().items():
        pattern = rf"^{name} +\d\.\d\d" + r" +(-?\d\.\d\d) ± (\d\.\d\d)\*?" * 2
        [numbers] = re.findall(pattern, text, flags=re.MULTILINE)
        for place, values in enumerate(columns):
            mean, half_width = map(float, numbers[2 * place : 2 * place + 2])
            assert (mean - half_width, mean + half_width) == pytest.approx(ends(values), abs=0.011)


def test_lesson_19_intervals_of_errors():
    guide = per_round("bench_errors", "error", name="the guide's own code")
    for dtype in ("float32", "bfloat16"):
        name = f"the fast path, {dtype}"
        ours = per_round("bench_errors", "error", name=name)
        pattern = rf"{name} +\S+ ± \S+, minus guide's +(\S+) ± (\S+), so up to (\S+) worse"
        [numbers] = re.findall(pattern, printed_by("19-faster"))
        change, half_width, end = map(float, numbers)
        # Equal numbers of seeds, and Student's t for the smaller group, as in lesson 13.
        variance = ours.var(ddof=1) / len(ours) + guide.var(ddof=1) / len(guide)
        expected = stats.t.ppf(0.975, len(ours) - 1) * np.sqrt(variance)
        assert change == pytest.approx(ours.mean() - guide.mean(), abs=0.006)
        assert half_width == pytest.approx(expected, abs=0.006)
        assert end == pytest.approx(change + half_width, abs=0.011)


def test_lesson_19_text_agrees_with_record():
    found = savings()
    names = list(found)
    tuner, *others = names
    for name in others:
        added, left_out = found[name]
        assert ends(added)[0] > 0
        assert (ends(left_out, comparisons=12)[0] > 0) == (name != "pool first")
    added, left_out = found["pool first"]
    assert 0.08 < added.mean() < 0.12
    assert abs(left_out.mean()) < added.mean() / 4
    # Without the tuner: no change of CPU time seen, a small one of wall time.
    assert ends(found[tuner][0])[0] < 0 < ends(found[tuner][0])[1]
    assert ends(1 - cost(f"with {tuner}", "seconds"))[0] > 0
    for key in ("cpu_seconds", "seconds"):
        assert 0.4 < np.median(cost(f"with {names[-1]}", key)) < 0.6
    for name in (tuner, names[-1]):
        assert np.ptp(cost(f"with {name}", "seconds")) > np.ptp(cost(f"with {name}"))
    largest = sorted(names, key=lambda name: -found[name][1].mean())[:2]
    assert largest == ["byte dropout", "bfloat16"]  # as the figure's description says


def test_lesson_19_stars_mark_one_of_twelve():
    starred = re.compile(r"^(.+?) +\d\.\d\d" + r" +-?\d\.\d\d ± \d\.\d\d(\*?)" * 2, re.MULTILINE)
    rows = {name: (bool(a), bool(b)) for name, a, b in starred.findall(printed_by("19-faster"))}
    for name, columns in savings().items():
        expected = [np.prod(ends(values, comparisons=12)) > 0 for values in columns]
        assert list(rows[name]) == expected


@pytest.mark.parametrize(("beta_2", "moves"), [(0.999, False), (0.99, True)])
def test_lesson_19_adam_in_bfloat16(beta_2, moves):
    """Adam takes no step where its second mean's factor, in bfloat16, is 1."""
    variable = keras.Variable(np.full(3, 0.01), dtype="bfloat16")
    adam_16 = keras.optimizers.Adam(beta_2=beta_2)
    adam_16.apply([keras.ops.ones(3, dtype="bfloat16")], [variable])
    moved = np.asarray(keras.ops.cast(variable, "float32")) != pytest.approx(0.01, abs=1e-4)
    assert moved == moves


def test_lesson_20_text_agrees_with_record():
    def ms(name, size, key="seconds"):
        return 1000 * per_round("step_times", key, name=name, batch_size=size)

    settings = read_record("step_times")["settings"]
    sizes = settings["batch_sizes"]
    assert settings["rounds"] == 10
    one = {size: np.median(ms("one process", size)) for size in sizes}
    two = {size: np.median(ms("two workers", size)) for size in sizes}
    assert two[150] > one[150]
    assert two[300] > one[300]
    assert two[600] < one[600]
    exchange = {
        size: np.median(ms("two workers", size) - ms("one process", size // 2))
        for size in sizes[1:]
    }
    assert max(exchange, key=exchange.get) == 2400
    assert exchange[2400] < 2 * exchange[150]
    assert one[2400] > 10 * one[150]
    shares = [ms("one process", s, "cpu_seconds") / ms("one process", s) for s in sizes]
    assert np.median(shares) == pytest.approx(1, abs=0.05)
    middle = np.median(list(exchange.values()))
    predicted = {size: one[size] / (one[size // 2] + middle) for size in sizes[1:]}
    for size in sizes[1:]:
        assert predicted[size] == pytest.approx(one[size] / two[size], rel=0.15)
    measured = ms("one process", 2400) / ms("two workers", 2400)
    assert (measured < predicted[2400]).all()
    # Four workers, predicted: slower than two at 300, hardly faster at 600, faster above.
    four = {size: one[size] / (one[size // 4] + 1.5 * middle) for size in sizes[2:]}
    faster = {size: four[size] > predicted[size] for size in sizes[2:]}
    assert faster == {300: False, 600: True, 1200: True, 2400: True}
    assert four[600] / predicted[600] < 1.1
