"""The pad's JavaScript computes what Keras computes: every layer, for 1,000 real digits."""

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
from mnist_course.pad.bundle import joined
from mnist_course.pad.quantized import SHAPES, pack, pack_model, quantize, reference_weights
from mnist_course.training.pretrained import MODEL_FILE, reference_record, weights_sha256
from tests.support.browser import chromium

DIGITS = 1000
BATCH = 100
FEW = 10  # enough to see one weight that is wrong

# The largest difference that rounding the hidden layer to int8 may make, in each layer's own
# numbers: feature maps reach about 3, hidden units 10, logits 30. Before it nothing is rounded.
ROUNDED = {
    "conv": 1e-5,
    "relu": 1e-5,
    "pooled": 1e-5,
    "hidden": 0.05,
    "logits": 0.1,
    "probabilities": 0.02,
}

# The largest difference to Keras with the very weights that the page has: the order of sums alone.
SAME = dict.fromkeys(ROUNDED, 1e-4)

# Maps come one after the other in JavaScript; Keras counts channels last.
MAPS = {"conv": (32, 24, 24), "relu": (32, 24, 24), "pooled": (32, 12, 12)}

RUN = """
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


def in_chromium(tab, packed: bytes, X: np.ndarray):
    """Run the pad's network in a page; yield each batch's activations by layer.

    A digit's maps are 40,000 numbers, what is computed from them 148. Unless all rows are asked
    for, maps come for the first batch alone.
    """
    tab.goto("about:blank")  # no network is left from before
    tab.add_script_tag(content=joined("network.js"))
    for first in range(0, len(X), BATCH):
        part = X[first : first + BATCH]
        sizes = {"hidden": 128, "logits": 10, "probabilities": 10}
        if first == 0:
            sizes = {name: int(np.prod(shape)) for name, shape in MAPS.items()} | sizes
        answer = tab.evaluate(
            RUN,
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
def keras_model(rounded: bool) -> keras.Model:
    """Return the reference model, on request with its hidden layer rounded as in the page."""
    model = cnn_model()
    model.load_weights(MODEL_FILE)
    if rounded:
        small, scale = quantize(model.get_weights()[2])
        weights = model.get_weights()
        weights[2] = small * scale
        model.set_weights(weights)
    return model


@functools.cache
def every_layer(rounded: bool) -> keras.Model:
    model = keras_model(rounded)
    return keras.Model(model.inputs[0], [layer.output for layer in model.layers])


def in_keras(X: np.ndarray, rounded: bool) -> dict[str, np.ndarray]:
    """Return a model's activations; before relu and softmax, from the same weights."""
    layers = keras_model(rounded).layers
    images = keras.ops.convert_to_tensor(X[..., None].astype("float32") / 255)
    outputs = every_layer(rounded)(images)
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


def differences(tab, packed: bytes, digits: int, *, rounded=True) -> tuple[dict, float]:
    """Return each layer's largest difference, and the share of labels that agree."""
    _, (X, _) = load_mnist()
    worst, agreed = dict.fromkeys(ROUNDED, 0.0), 0
    for part, layers in in_chromium(tab, packed, X[:digits]):
        expected = in_keras(part, rounded)
        for name in layers:
            assert layers[name].shape == expected[name].shape
            difference = float(np.abs(layers[name] - expected[name]).max())
            worst[name] = max(worst[name], difference)
        agreed += (layers["logits"].argmax(1) == expected["logits"].argmax(1)).sum()
    return worst, agreed / digits


def too_far(worst: dict[str, float], tolerance: dict[str, float]) -> set[str]:
    return {name for name, difference in worst.items() if difference > tolerance[name]}


def test_chromium_agrees_with_keras_on_a_thousand_digits(tab):
    worst, agreed = differences(tab, pack(reference_weights()).data, DIGITS, rounded=False)
    assert too_far(worst, ROUNDED) == set(), worst
    assert agreed >= 0.998


def test_with_the_same_weights_chromium_gives_the_same_numbers(tab):
    worst, agreed = differences(tab, pack(reference_weights()).data, BATCH)
    assert too_far(worst, SAME) == set(), worst
    assert agreed == 1


# Where each kernel begins in the packed bytes.
BEGINS = {"conv": 0, "logits": 4 * (25 * 32 + 32 + 128 + 128)}
BEGINS["hidden"] = BEGINS["logits"] + 4 * (1280 + 10)


@pytest.mark.parametrize("layer", BEGINS)
def test_one_corrupted_weight_is_noticed(tab, layer):
    _, (X, _) = load_mnist()
    active = int(in_keras(X[:FEW], True)["hidden"].max(axis=0).argmax())
    # A weight that matters: in the middle of a kernel, or of a unit that some digit excites. Of a
    # float32, the byte with half of its exponent.
    weight = {
        "conv": 4 * 12 * 32 + 2,
        "logits": 4 * 10 * active + 2,
        "hidden": (12 * 6 + 6) * 32 * 128 + active,
    }
    raw = bytearray(zlib.decompress(pack(reference_weights()).data))
    raw[BEGINS[layer] + weight[layer]] ^= 0x70
    worst, _ = differences(tab, zlib.compress(bytes(raw)), FEW)
    assert layer in too_far(worst, SAME), worst


@pytest.mark.parametrize("cut", ["short", "changed"])
def test_damaged_weights_are_refused(tab, cut):
    packed = pack(reference_weights()).data
    damaged = packed[:-1000] if cut == "short" else packed[:5000] + b"\x00\xff" + packed[5002:]
    with pytest.raises(Exception, match=r"TypeError|Failed|invalid|incomplete|compressed"):
        next(in_chromium(tab, damaged, np.zeros((1, 28, 28), np.uint8)))


def test_another_network_is_refused_in_the_page(tab):
    with pytest.raises(
        Exception, match=f"have 8 bytes; the network needs {BEGINS['hidden'] + 4608 * 128}"
    ):
        next(in_chromium(tab, zlib.compress(bytes(8)), np.zeros((1, 28, 28), np.uint8)))


# Packing


def test_the_weights_are_the_reference_models():
    model = keras_model(rounded=False)
    for read, kept in zip(reference_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(read, kept)
    record = reference_record()
    assert pack(reference_weights()).weights_sha256 == record["weights_sha256"]
    assert arrays_sha256(model.get_weights()) == weights_sha256(model)


def test_weights_that_are_not_those_on_record_are_refused(tmp_path):
    (tmp_path / "guide_cnn.keras").write_bytes(MODEL_FILE.read_bytes())
    record = json.dumps({"weights_sha256": "0" * 64})
    (tmp_path / "guide_cnn.json").write_text(record)
    with pytest.raises(ValueError, match=r"not those that guide_cnn.json tells of.*\n.*make model"):
        reference_weights(tmp_path)


def test_a_rounded_weight_is_within_half_a_step():
    kernel = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    kernel[:, 2] = 0
    small, scale = quantize(kernel)
    assert small.dtype == np.int8 and np.abs(small).max() == 127
    assert (np.abs(small * scale - kernel) <= scale / 2 + 1e-7).all()


def test_a_freshly_made_network_is_packed_as_well():
    assert len(zlib.decompress(pack_model(cnn_model()).data)) == BEGINS["hidden"] + 4608 * 128


def test_another_architecture_is_refused():
    layers = keras.layers
    other = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    with pytest.raises(ValueError, match=r"has Flatten, Dense and linear\.\nWhat to do: .*cnn_mod"):
        pack_model(other)


def test_another_size_is_refused():
    weights = [np.zeros(shape, "float32") for shape in SHAPES]
    weights[0] = np.zeros((3, 3, 1, 32), "float32")
    with pytest.raises(ValueError, match=r"this one has \(\(3, 3, 1, 32\)"):
        pack(weights)


def test_weights_that_went_astray_are_refused():
    weights = [np.zeros(shape, "float32") for shape in SHAPES]
    weights[3][5] = np.nan
    with pytest.raises(ValueError, match="nan or infinite"):
        pack(weights)
