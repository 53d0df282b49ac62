"""The variants of lesson 19 are the guide's network and the fast one, and are timed in turn."""

import keras
import numpy as np
import pytest

from maintenance import speed
from maintenance.speed import GUIDE, OPTIMIZATIONS, errors, make_model, measure, variants
from mnist_course.models.fast_cnn import fast_model, fastest_dtype
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.optimizers import FusedAdam


@pytest.fixture
def digits():
    """Random images with one-hot labels, two batches of them."""
    random = np.random.default_rng(0)
    X = random.random((300, 28, 28, 1), "float32")
    return X, np.eye(10, dtype="float32")[random.integers(10, size=300)]


def test_variants_one_more_then_one_less():
    found = variants(["a", "b", "c"])
    assert found == {
        GUIDE: [],
        "with a": ["a"],
        "with b": ["a", "b"],
        "with c": ["a", "b", "c"],
        "without a": ["b", "c"],
        "without b": ["a", "c"],
        "without c": ["a", "b"],
    }


def layers(model):
    """Return class and settings of each layer, without names and seeds."""
    found = []
    for layer in model.layers:
        config = layer.get_config()
        config.pop("name")
        config["dtype"] = layer.dtype_policy.name
        found.append((type(layer), {k: v for k, v in config.items() if "initializer" not in k}))
    return found


@pytest.mark.parametrize(
    ("chosen", "expected", "optimizer"),
    [
        ([], cnn_model, keras.optimizers.Adam),
        (OPTIMIZATIONS[:-1], fast_model, FusedAdam),
        (OPTIMIZATIONS, lambda: fast_model(dtype="mixed_bfloat16"), FusedAdam),
    ],
    ids=["guide", "float32", "bfloat16"],
)
def test_make_model_ends(chosen, expected, optimizer):
    """No change gives the guide's network, and all changes give the fast one."""
    model, expected = make_model(chosen), expected()
    assert layers(model) == layers(expected)
    assert type(model.optimizer) is type(expected.optimizer) is optimizer
    assert model.steps_per_execution == expected.steps_per_execution


def test_optimizations_only_those_of_this_processor(monkeypatch):
    monkeypatch.setattr(speed, "fastest_dtype", lambda: "float32")
    assert "bfloat16" not in speed.optimizations()
    monkeypatch.setattr(speed, "fastest_dtype", lambda: "mixed_bfloat16")
    assert speed.optimizations() == list(OPTIMIZATIONS)
    assert fastest_dtype() in ("float32", "mixed_bfloat16")


def test_measure_in_turn(digits):
    found = {GUIDE: [], "with batches without the tuner": ["batches without the tuner"]}
    runs = measure(found, *digits, rounds=2)
    turns = [*found, "peak"]
    assert [(run["name"], run["round"]) for run in runs] == [
        (name, number) for number in (1, 2) for name in turns
    ]
    assert all(run["cpu_seconds"] > 0 for run in runs if run["name"] != "peak")
    assert all(run["operations_per_cpu_second"] > 0 for run in runs if run["name"] == "peak")


def test_errors_each_seed(digits):
    X, Y = digits
    found = {GUIDE: []}
    runs = errors(found, (X, Y), (X, Y), seeds=2, epochs=1)
    assert [(run["name"], run["seed"]) for run in runs] == [(GUIDE, 1), (GUIDE, 2)]
    again = errors(found, (X, Y), (X, Y), seeds=1, epochs=1)
    assert again == runs[:1] and 0 < runs[0]["error"] < 100
