"""The reference model is the recorded one; on other data a network is trained once and cached."""

import contextlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training import reference_model as module
from mnist_course.training.reference_model import (
    MODEL_FILE,
    model_sha256,
    reference_model,
    reference_record,
)
from tests.support.data_server import npz_bytes

TROUBLESHOOTING = Path(__file__).parents[2] / "book" / "troubleshooting.md"
SETTINGS = {
    "floatx": (keras.config.floatx, keras.config.set_floatx, "float16"),
    "dtype_policy": (keras.config.dtype_policy, keras.config.set_dtype_policy, "mixed_bfloat16"),
    "image_data_format": (
        keras.config.image_data_format,
        keras.config.set_image_data_format,
        "channels_first",
    ),
    "epsilon": (keras.config.epsilon, keras.config.set_epsilon, 1e-3),
    "max_epochs": (keras.config.max_epochs, keras.config.set_max_epochs, 1),
    "max_steps_per_epoch": (
        keras.config.max_steps_per_epoch,
        keras.config.set_max_steps_per_epoch,
        2,
    ),
}


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def data():
    return load_mnist("sample")


def untrained(value: float | None = None) -> keras.Model:
    """Return the guide's network untrained, with one weight set to a value."""
    model = cnn_model()
    if value is not None:
        weights = model.get_weights()
        weights[2][3, 4] = value
        model.set_weights(weights)
    return model


@pytest.mark.depends_on_data
def test_reference_model_as_recorded():
    record, data = reference_record(), load_mnist()
    # The sample takes the full set's name, because only the full set gets the committed model.
    data.name = "MNIST"
    model = reference_model(data)
    assert model_sha256(model) == record["weights_sha256"]
    assert model.count_params() == record["parameters"] == 592_074
    if len(data[1][1]) == 10_000:
        _, (X_test, Y_test) = prepare(data)
        accuracy = model.evaluate(X_test, Y_test, verbose=0)[1]
        # Another machine may round differently at the border of two classes.
        assert abs(100 - 100 * accuracy - record["errors"][0]) <= 0.02


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:100_000]),
        lambda path: path.write_text(
            "version https://git-lfs.github.com/spec/v1", encoding="utf-8"
        ),
        lambda path: keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path),
    ],
    ids=["missing", "truncated", "text", "another network"],
)
def test_reference_model_damaged_file(monkeypatch, tmp_path, data, damage):
    path = Path(shutil.copy(MODEL_FILE, tmp_path / "guide_cnn.keras"))
    damage(path)
    monkeypatch.setattr(module, "MODEL_FILE", path)
    monkeypatch.setattr(data, "name", "MNIST")
    with pytest.raises(ValueError, match=r"(?s)guide_cnn\.keras, cannot be read.*What to do: "):
        reference_model(data)


def test_reference_record_errors():
    record = reference_record()
    assert len(record["errors"]) == len(record["seeds"]) == len(record["histories"]) == 5
    assert record["mean_error"] == pytest.approx(np.mean(record["errors"]), abs=0.001)
    assert record["sd_error"] == pytest.approx(np.std(record["errors"], ddof=1), abs=0.001)
    assert record["mean_error"] <= 1.27
    assert record["epochs"] == 5 and record["batch_size"] == 150


@pytest.mark.parametrize("part", ["errors", "seeds"])
def test_reference_record_edited(monkeypatch, tmp_path, part):
    record = json.loads(module.RECORD_FILE.read_text(encoding="utf-8"))
    record[part][0] -= 1
    edited = tmp_path / "guide_cnn.json"
    edited.write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.setattr(module, "RECORD_FILE", edited)
    with pytest.raises(ValueError, match=r"was edited.*\nWhat to do: .*make model"):
        reference_record()


def test_model_file_without_optimizer_state():
    # Adam's two moments would make the file three times as large.
    assert MODEL_FILE.stat().st_size < 1.1 * 4 * 592_074
    with zipfile.ZipFile(MODEL_FILE) as file:
        assert json.loads(file.read("metadata.json"))["keras_version"]


@pytest.fixture(scope="module")
def trained_on_sample(tmp_path_factory):
    """Train on the sample with an empty cache; return cache folder, hash of the weights, output."""
    cache, output = tmp_path_factory.mktemp("cache"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        patch.setenv("MNIST_COURSE_CACHE", str(cache))
        weights = model_sha256(reference_model(load_mnist("sample"), verbose=0))
    return cache, weights, output.getvalue()


def test_reference_model_sample(trained_on_sample):
    _, weights, output = trained_on_sample
    assert weights != reference_record()["weights_sha256"]
    assert "trained now" in output


def test_reference_model_from_cache(trained_on_sample, monkeypatch, capsys):
    cache, weights, _ = trained_on_sample
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(cache))
    again = reference_model(load_mnist("sample"), verbose=0)
    assert "trained earlier" in capsys.readouterr().out
    assert model_sha256(again) == weights


@pytest.fixture
def cached_weights(trained_on_sample, monkeypatch, tmp_path):
    """Copy the cache; training again returns an untrained network, which costs nothing."""
    shutil.copytree(trained_on_sample[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "train_as_guide", lambda data, verbose: (cnn_model(), None))
    [file] = tmp_path.glob("course-trained-*.npz")
    return file


def change_middle_byte(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:1000],
        change_middle_byte,
        lambda content: npz_bytes({"arr_0": np.ones(3)}),
    ],
    ids=["empty", "truncated", "changed byte", "another network"],
)
def test_reference_model_damaged_cache(cached_weights, capsys, damage):
    cached_weights.write_bytes(damage(cached_weights.read_bytes()))
    with pytest.warns(UserWarning, match="is damaged and is trained again"):
        reference_model(load_mnist("sample"))
    assert "trained now" in capsys.readouterr().out


def test_reference_model_changed_code(cached_weights, monkeypatch, capsys):
    monkeypatch.setattr(module, "TRAINING_MODULES", module.TRAINING_MODULES[:-1])
    reference_model(load_mnist("sample"))
    assert "trained now" in capsys.readouterr().out


@pytest.mark.parametrize("setting", SETTINGS)
def test_reference_model_other_keras_setting(monkeypatch, data, setting, capsys):
    monkeypatch.setattr(module, "train_as_guide", lambda data, verbose: (untrained(), None))
    read, write, value = SETTINGS[setting]
    before = read()
    key = module._training_key(data)
    try:
        write(value)
        assert module._training_key(data) != key
        if setting != "image_data_format":  # no network of the course can be built with it
            reference_model(data)
    finally:
        write(before)
    assert module._training_key(data) == key
    reference_model(data)
    assert "trained earlier" not in capsys.readouterr().out
    reference_model(data)
    assert "trained earlier" in capsys.readouterr().out


def test_training_key_other_backend(monkeypatch, data):
    key = module._training_key(data)
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    assert module._training_key(data) != key


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_reference_model_weights_not_finite(monkeypatch, data, cache, value):
    monkeypatch.setattr(module, "train_as_guide", lambda data, verbose: (untrained(value), None))
    with pytest.raises(
        FloatingPointError, match=r"(?s)not finite.*What to do: .*keras\.json"
    ) as caught:
        reference_model(data)
    assert not list(cache.glob("course-trained-*"))
    start = str(caught.value).partition(" (")[0]
    assert f"### `FloatingPointError: {start}`" in TROUBLESHOOTING.read_text(encoding="utf-8")


@pytest.mark.slow
def test_reference_model_after_float16_session(data, capsys):
    try:
        keras.config.set_floatx("float16")
        with pytest.raises(FloatingPointError, match="float16"):
            reference_model(data, verbose=0)
    finally:
        keras.config.set_floatx("float32")
    model = reference_model(data, verbose=0)
    assert "trained earlier" not in capsys.readouterr().out
    assert data_cache.are_cacheable(model.get_weights())
