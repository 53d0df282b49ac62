"""The fast network computes what the guide's network computes, trains, and can be saved."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_course.models import fast_cnn
from mnist_course.models.fast_cnn import fast_model, fastest_dtype
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.layers import ByteDropout, ConvMaxPool
from mnist_course.models.optimizers import FusedAdam


def in_float64(model: keras.Model) -> keras.Sequential:
    """Build a network in float64: in float32, rounding can change which pixel is a maximum."""
    layers = [
        layer.from_config(layer.get_config() | {"dtype": "float64"}) for layer in model.layers
    ]
    return keras.Sequential([keras.Input((28, 28, 1), dtype="float64"), *layers])


def test_fast_model_equals_guide(digits):
    X, Y = digits
    guide, fast = in_float64(cnn_model()), in_float64(fast_model(dropout=0))
    assert fast.count_params() == 592_074
    fast.set_weights(guide.get_weights())
    assert np.abs(fast(X) - guide(X)).max() < 1e-10

    def gradients(model):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(Y, model(X)))
        return tape.gradient(loss, model.trainable_variables)

    for ours, theirs in zip(gradients(fast), gradients(guide), strict=True):
        assert np.abs(ours - theirs).max() < 1e-10 * np.abs(theirs).max()


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_fast_model_learns(digits, dtype):
    X, Y = digits
    keras.utils.set_random_seed(1)
    model = fast_model(dtype=dtype)
    history = model.fit(X, Y, batch_size=50, epochs=6, verbose=0).history
    assert history["accuracy"][-1] > 0.6 > history["accuracy"][0]
    assert model.layers[-1].compute_dtype == "float32"


def test_fast_model_saved(tmp_path, digits):
    X, _ = digits
    model = fast_model()
    model.save(tmp_path / "fast.keras")
    custom = {"ConvMaxPool": ConvMaxPool, "ByteDropout": ByteDropout, "FusedAdam": FusedAdam}
    loaded = keras.saving.load_model(tmp_path / "fast.keras", custom_objects=custom)
    assert np.allclose(model(X[:5]), loaded(X[:5]))


def test_fast_model_class_numbers_as_labels(digits):
    X, Y = digits
    with pytest.raises(ValueError, match=r"rank|shape"):
        fast_model().fit(X, Y.argmax(axis=1), verbose=0)


@pytest.mark.parametrize(
    ("flags", "dtype", "message"),
    [
        ("fpu avx2 avx512_bf16", "mixed_bfloat16", "multiplies bfloat16: "),
        ("fpu avx2", "float32", "does not multiply bfloat16"),
        (None, "float32", "does not multiply bfloat16"),
    ],
)
def test_fastest_dtype_processor_flags(monkeypatch, tmp_path, capsys, flags, dtype, message):
    path = tmp_path / "cpuinfo"
    if flags:
        path.write_text(f"flags : {flags}\n", encoding="utf-8")
    monkeypatch.setattr(fast_cnn, "Path", lambda _: Path(path))
    assert fastest_dtype() == dtype
    assert message in capsys.readouterr().out
