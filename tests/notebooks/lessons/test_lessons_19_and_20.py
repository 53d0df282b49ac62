"""What lessons 19 and 20 say of the stored measurements."""

import re

import keras
import numpy as np
import pytest
from scipy import stats

from mnist_course.experiments.records import read_record
from tests.support.stored_lessons import printed_by

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
