"""Chapter 10: the ideas do what their names say, and the record keeps its promises."""

import keras
import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.experiments.improvements import (
    FIRST_LONG_PLAN,
    FIRST_SHORT_PLAN,
    LARGER_PLAN,
    LONG_PLAN,
    SHORT_PLAN,
    comparison_runs,
    train_improved_model,
)
from mnist_course.experiments.records import read_record
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model, predict_with_tta
from mnist_course.models.layers import RandomAffine
from mnist_course.models.optimizers import OneCycle


@pytest.fixture(scope="module")
def digits():
    (X, Y), _ = prepare(load_mnist("sample"))
    return X[:600], Y[:600]


def test_jitter_moves_in_training_alone(digits):
    X, _ = digits
    layer = RandomAffine()
    assert np.array_equal(layer(X[:9], training=False), X[:9])
    moved = np.asarray(layer(X[:9], training=True))
    assert moved.shape == X[:9].shape and not np.allclose(moved, X[:9])
    assert moved.min() >= 0 and moved.max() <= 1 + 1e-6


def test_jitter_of_nothing_changes_nothing(digits):
    X, _ = digits
    still = RandomAffine(shift=0, rotation=0, zoom=0, shear=0)
    assert np.allclose(still(X[:9], training=True), X[:9], atol=1e-5)


@pytest.mark.parametrize(
    ("change", "largest"),
    [({"shift": 2}, 2), ({"rotation": 90}, 8), ({"zoom": 0.3}, 3), ({"shear": 0.3}, 3)],
)
def test_each_change_keeps_a_dot_near_its_place(change, largest):
    """A dot 7 pixels above the middle goes where the change may take it, and goes there at all."""
    none = {"shift": 0, "rotation": 0, "zoom": 0, "shear": 0}
    dots = np.zeros((60, 28, 28, 1), "float32")
    dots[:, 6:8, 13:15] = 1
    keras.utils.set_random_seed(2)
    moved = np.asarray(RandomAffine(**none | change)(dots, training=True))[..., 0]
    total = moved.sum(axis=(1, 2))
    rows = (moved.sum(axis=2) * np.arange(28)).sum(axis=1) / total
    columns = (moved.sum(axis=1) * np.arange(28)).sum(axis=1) / total
    distance = np.hypot(rows - 6.5, columns - 13.5)
    if change.keys() == {"rotation"}:
        from_middle = np.hypot(rows - 13.5, columns - 13.5)
        assert np.allclose(from_middle, 7, atol=0.5)
    else:
        assert distance.max() < largest * 2**0.5 + 0.1
    assert distance.max() > 1


def test_one_cycle_rises_to_its_height_and_falls():
    rates = np.asarray(OneCycle(0.01, 1000)(np.arange(1000)))
    assert rates.argmax() == 200 and rates.max() == pytest.approx(0.01)
    assert (np.diff(rates[:200]) >= 0).all() and (np.diff(rates[200:]) <= 0).all()
    assert rates[-1] < 1e-4 and (rates > 0).all()


@pytest.mark.parametrize("count", range(len(IMPROVEMENTS) + 1))
def test_each_row_of_the_table_adds_its_idea(count):
    model = improved_model(100, IMPROVEMENTS[:count])
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("ConvMaxPool") == 1 + (count >= 1)
    assert ("FusedBatchNorm" in kinds) == (count >= 2)
    rate = model.optimizer._learning_rate
    assert isinstance(rate, OneCycle) == (count >= 3)
    assert ("RandomAffine" in kinds) == (count >= 4)
    assert model.optimizer.use_ema == (count >= 5)
    assert (model.loss.label_smoothing > 0) == (count >= 6)


def test_an_unknown_idea_is_named():
    with pytest.raises(ValueError, match=r"no improvement \['noise'\]"):
        improved_model(100, ["noise"])


def test_the_ideas_beat_the_same_network_without_them():
    (X_all, Y_all), _ = prepare(load_mnist("sample"))
    judge, truth = X_all[1000:1500], Y_all[1000:1500].argmax(axis=1)
    settings = {"seed": 1, "epochs": 3, "batch_size": 32}
    wrong = [
        np.mean(
            predict_with_tta(
                train_improved_model(X_all[:1000], Y_all[:1000], improvements=i, **settings), judge
            ).argmax(1)
            != truth
        )
        for i in (IMPROVEMENTS, ())
    ]
    assert wrong[0] < wrong[1] - 0.01


def test_the_long_plans_settings_reach_the_network(digits):
    X, _ = digits
    settings = {name: LONG_PLAN[name] for name in ("max_lr", "shift", "ema_momentum", "dtype")}
    model = improved_model(100, filters=(4, 4, 4), units=8, **settings)
    assert model.layers[0].shift == LONG_PLAN["shift"]
    assert model.optimizer.ema_momentum == LONG_PLAN["ema_momentum"]
    assert model.optimizer._learning_rate.max_lr == LONG_PLAN["max_lr"]
    *inner, last = model.layers[1:]
    assert {layer.compute_dtype for layer in inner} == {"bfloat16"}
    assert last.compute_dtype == "float32"
    assert all(weight.dtype == "float32" for weight in model.trainable_variables)
    assert model.predict(X[:2], verbose=0).dtype == np.float32


def test_views_are_averaged_as_probabilities(digits):
    X, _ = digits
    model = improved_model(10)
    one = np.asarray(keras.ops.softmax(model.predict(X[:20], verbose=0)))
    assert np.allclose(predict_with_tta(model, X[:20], ((0, 0),)), one, atol=1e-6)
    left = predict_with_tta(model, np.roll(X[:20], -1, axis=2), ((0, 0),))
    both = predict_with_tta(model, X[:20], ((0, 0), (0, -1)))
    assert np.allclose(both, (one + left) / 2, atol=1e-6)
    assert np.allclose(predict_with_tta(model, X[:20]).sum(axis=1), 1, atol=1e-5)


def test_the_record_holds_what_it_promises():
    record = read_record("improvements")
    settings, results = record["settings"], record["results"]
    assert len(results["comparison"]) == len(comparison_runs())
    runs = {}
    for name, plan in {"short": SHORT_PLAN, "long": LONG_PLAN}.items():
        plan = {**plan, "filters": list(plan["filters"])}
        assert settings[f"{name}_plan"] == plan
        runs[name] = [run for run in results["final"] if plan.items() <= run.items()]
        assert [run["seed"] for run in runs[name]] == settings["seeds"] == [1, 2, 3]
    opened = [run["epochs"] for run in results["earlier"]]
    assert opened == [
        *3 * [FIRST_SHORT_PLAN["epochs"]],
        *3 * [FIRST_LONG_PLAN["epochs"]],
        LARGER_PLAN["epochs"],
    ]
    short, long = (np.mean([run["error_with_tta"] for run in runs[name]]) for name in runs)
    assert long < short <= 0.50 and long <= 0.30
    cost = [run["cpu_seconds_with_tta"] / run["guide_cpu_seconds"] for run in runs["short"]]
    assert max(cost) <= 1
    assert max(run["seconds_with_tta"] for run in runs["long"]) <= 15 * 60
