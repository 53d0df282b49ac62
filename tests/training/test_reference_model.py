"""Weights of a network trained on the spot are cached only for sessions that can use them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from mnist_course.data import cache as data_cache
from mnist_course.data.loading import load_mnist
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training import reference_model as module
from mnist_course.training.reference_model import reference_model

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
