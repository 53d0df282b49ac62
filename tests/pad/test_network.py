"""Tests of the pad's network in JavaScript, compared with Keras, and of the packed weights."""

import base64
import functools
import json
import zlib

import keras
import numpy as np
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.provenance import arrays_sha256
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.pad.bundle import bundle
from mnist_course.pad.packed_weights import (
    SHAPES,
    pack_model,
    pack_weights,
    quantize,
    read_weights_to_pack,
)
from mnist_course.training.reference_model import MODEL_FILE, model_sha256, reference_record
from tests.support.browser import chromium

DIGITS = 1000
BATCH = 100
FEW = 10  # enough to detect one wrong weight

# The largest absolute difference that quantizing the hidden layer may cause: feature maps reach
# about 3, hidden units 10, logits 30. The layers before it are not quantized.
QUANTIZED = {
    "conv": 1e-5,
    "relu": 1e-5,
    "pooled": 1e-5,
    "hidden": 0.05,
    "logits": 0.1,
    "probabilities": 0.02,
}

# The largest difference to Keras with the same quantized weights, due to the order of sums.
SAME_WEIGHTS = dict.fromkeys(QUANTIZED, 1e-4)

# In JavaScript channels come first, in Keras last.
MAPS = {"conv": (32, 24, 24), "relu": (32, 24, 24), "pooled": (32, 12, 12)}

RUN_FORWARD = """
async ({ weights, images, layer_names }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  window.network ??= readNetwork(await inflate(bytes(weights)));
  const digits = bytes(images);
  const parts = [];
  for (let i = 0; i < digits.length; i += 784) {
    const layers = forward(window.network, toPixels(digits.subarray(i, i + 784)));
    for (const name of layer_names) parts.push(layers[name]);
  }
  const reader = new FileReader();
  reader.readAsDataURL(new Blob(parts));
  await new Promise((resolve) => (reader.onload = resolve));
  return reader.result;
}
"""


@pytest.fixture(scope="module")
def tab():
    with chromium() as browser:
        yield browser.new_page()


def chromium_activations(tab, packed: bytes, X: np.ndarray):
    """Run the pad's network in a page; yield each batch's images and activations by layer.

    Only the first batch has feature maps, 40,000 numbers for a digit; the other layers have 148.
    """
    tab.goto("about:blank")  # without the network of the test before
    tab.add_script_tag(content=bundle("network.js"))
    for first in range(0, len(X), BATCH):
        part = X[first : first + BATCH]
        sizes = {"hidden": 128, "logits": 10, "probabilities": 10}
        if first == 0:
            sizes = {name: int(np.prod(shape)) for name, shape in MAPS.items()} | sizes
        answer = tab.evaluate(
            RUN_FORWARD,
            {
                "weights": base64.b64encode(packed).decode(),
                "images": base64.b64encode(part.tobytes()).decode(),
                "layer_names": list(sizes),
            },
        )
        numbers = np.frombuffer(base64.b64decode(answer.partition(",")[2]), "<f4")
        numbers = numbers.reshape(len(part), -1)
        ends = np.cumsum(list(sizes.values()))[:-1]
        layers = dict(zip(sizes, np.split(numbers, ends, axis=1), strict=True))
        for name in MAPS.keys() & layers.keys():
            layers[name] = layers[name].reshape(-1, *MAPS[name]).transpose(0, 2, 3, 1)
        yield part, layers


@functools.cache
def keras_model(quantized: bool) -> keras.Model:
    """Return the reference model, with its hidden layer quantized as in the page if asked for."""
    model = cnn_model()
    model.load_weights(MODEL_FILE)
    if quantized:
        kernel, scale = quantize(model.get_weights()[2])
        weights = model.get_weights()
        weights[2] = kernel * scale
        model.set_weights(weights)
    return model


@functools.cache
def all_layers_model(quantized: bool) -> keras.Model:
    model = keras_model(quantized)
    return keras.Model(model.inputs[0], [layer.output for layer in model.layers])


def keras_activations(X: np.ndarray, quantized: bool) -> dict[str, np.ndarray]:
    """Return a model's activations, also those before relu and softmax."""
    layers = keras_model(quantized).layers
    images = keras.ops.convert_to_tensor(X[..., None].astype("float32") / 255)
    outputs = all_layers_model(quantized)(images)
    relu, pooled, _, _, hidden, probabilities = map(np.asarray, outputs)
    kernel, bias = layers[-1].get_weights()
    return {
        "conv": np.asarray(keras.ops.conv(images, layers[0].kernel) + layers[0].bias),
        "relu": relu,
        "pooled": pooled,
        "hidden": hidden,
        "logits": hidden @ kernel + bias,
        "probabilities": probabilities,
    }


def differences(tab, packed: bytes, digits: int, *, quantized=True) -> tuple[dict, float]:
    """Return each layer's largest difference, and the share of equal predictions."""
    _, (X, _) = load_mnist()
    largest, equal = dict.fromkeys(QUANTIZED, 0.0), 0
    for part, layers in chromium_activations(tab, packed, X[:digits]):
        expected = keras_activations(part, quantized)
        for name in layers:
            assert layers[name].shape == expected[name].shape
            difference = float(np.abs(layers[name] - expected[name]).max())
            largest[name] = max(largest[name], difference)
        equal += (layers["logits"].argmax(1) == expected["logits"].argmax(1)).sum()
    return largest, equal / digits


def above_tolerance(largest: dict[str, float], tolerance: dict[str, float]) -> set[str]:
    return {name for name, difference in largest.items() if difference > tolerance[name]}


def test_forward_close_to_keras(tab):
    largest, equal = differences(
        tab, pack_weights(read_weights_to_pack()).data, DIGITS, quantized=False
    )
    assert above_tolerance(largest, QUANTIZED) == set(), largest
    assert equal >= 0.998


def test_forward_equals_keras_with_quantized_weights(tab):
    largest, equal = differences(tab, pack_weights(read_weights_to_pack()).data, BATCH)
    assert above_tolerance(largest, SAME_WEIGHTS) == set(), largest
    assert equal == 1


# Where each kernel starts in the packed bytes.
OFFSETS = {"conv": 0, "logits": 4 * (25 * 32 + 32 + 128 + 128)}
OFFSETS["hidden"] = OFFSETS["logits"] + 4 * (1280 + 10)


@pytest.mark.parametrize("layer", OFFSETS)
def test_forward_corrupted_weight(tab, layer):
    _, (X, _) = load_mnist()
    active = int(keras_activations(X[:FEW], True)["hidden"].max(axis=0).argmax())
    # A weight with an effect: in the middle of a kernel, or of an active unit.
    # Of a float32 the byte with a part of its exponent.
    weight = {
        "conv": 4 * 12 * 32 + 2,
        "logits": 4 * 10 * active + 2,
        "hidden": (12 * 6 + 6) * 32 * 128 + active,
    }
    raw = bytearray(zlib.decompress(pack_weights(read_weights_to_pack()).data))
    raw[OFFSETS[layer] + weight[layer]] ^= 0x70
    largest, _ = differences(tab, zlib.compress(bytes(raw)), FEW)
    assert layer in above_tolerance(largest, SAME_WEIGHTS), largest


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_inflate_damaged_weights(tab, damage):
    packed = pack_weights(read_weights_to_pack()).data
    damaged = (
        packed[:-1000] if damage == "truncated" else packed[:5000] + b"\x00\xff" + packed[5002:]
    )
    with pytest.raises(Exception, match=r"TypeError|Failed|invalid|incomplete|compressed"):
        next(chromium_activations(tab, damaged, np.zeros((1, 28, 28), np.uint8)))


def test_read_network_wrong_size(tab):
    with pytest.raises(
        Exception, match=f"have 8 bytes; the network needs {OFFSETS['hidden'] + 4608 * 128}"
    ):
        next(chromium_activations(tab, zlib.compress(bytes(8)), np.zeros((1, 28, 28), np.uint8)))


# Packing


def test_read_reference_weights():
    model = keras_model(quantized=False)
    for ours, expected in zip(read_weights_to_pack(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)
    record = reference_record()
    assert pack_weights(read_weights_to_pack()).weights_sha256 == record["weights_sha256"]
    assert arrays_sha256(model.get_weights()) == model_sha256(model)


def test_read_reference_weights_wrong_sha256(tmp_path):
    (tmp_path / "guide_cnn.keras").write_bytes(MODEL_FILE.read_bytes())
    record = json.dumps({"weights_sha256": "0" * 64})
    (tmp_path / "guide_cnn.json").write_text(record, encoding="utf-8")
    with pytest.raises(ValueError, match=r"do not match guide_cnn.json.*\n.*make model"):
        read_weights_to_pack(tmp_path)


def test_quantize_error_within_half_a_step():
    kernel = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    kernel[:, 2] = 0
    quantized, scale = quantize(kernel)
    assert quantized.dtype == np.int8 and np.abs(quantized).max() == 127
    assert (np.abs(quantized * scale - kernel) <= scale / 2 + 1e-7).all()


def test_pack_model_untrained():
    assert len(zlib.decompress(pack_model(cnn_model()).data)) == OFFSETS["hidden"] + 4608 * 128


def test_pack_model_wrong_layers():
    layers = keras.layers
    other = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    with pytest.raises(ValueError, match=r"has Flatten, Dense and linear\.\nWhat to do: .*cnn_mod"):
        pack_model(other)


def test_pack_wrong_shapes():
    weights = [np.zeros(shape, "float32") for shape in SHAPES]
    weights[0] = np.zeros((3, 3, 1, 32), "float32")
    with pytest.raises(ValueError, match=r"this one has \(\(3, 3, 1, 32\)"):
        pack_weights(weights)


def test_pack_weights_not_finite():
    weights = [np.zeros(shape, "float32") for shape in SHAPES]
    weights[3][5] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        pack_weights(weights)
