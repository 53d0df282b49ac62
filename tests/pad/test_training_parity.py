"""Training in the page compared with Keras: gradients, and weights after 20 steps, in Chromium.

Both start from the same weights, read the same batches and use no dropout.
"""

import base64
import functools
from dataclasses import dataclass, field

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_course.data.loading import load_mnist
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.pad.bundle import bundle
from tests.support.browser import chromium

NAMES = ("convKernel", "convBias", "hiddenKernel", "hiddenBias", "logitKernel", "logitBias")
STEPS = 20

# The largest difference of a gradient, as a share of the largest gradient of its array.
GRADIENT = 1e-4
# The largest difference of a weight after 20 steps, as a share of the largest weight of its array.
WEIGHT = 1e-4


@dataclass(frozen=True)
class Setting:
    """A run of 20 steps; the defaults are the guide's, each other value is a mistake to try."""

    optimizer: str = "adam"
    rate: float = 0.001
    batch: int = 150
    images: int = 4000
    pixels: int = 1
    hidden: bool = True
    shuffled: bool = False


SETTINGS = {
    "guide": Setting(),
    "sgd": Setting(optimizer="sgd", rate=0.01),
    "adam 0.0001": Setting(rate=0.0001),
    "adam 0.1": Setting(rate=0.1),
    "sgd 0.1": Setting(optimizer="sgd", rate=0.1),
    "batch 1": Setting(batch=1),
    "batch 600": Setting(batch=600),
    "no hidden layer": Setting(hidden=False),
    "no hidden layer, sgd": Setting(hidden=False, optimizer="sgd", rate=0.01),
    "pixels 0 to 255": Setting(pixels=255),
    "shuffled labels, 300 images": Setting(shuffled=True, images=300),
    "100 images": Setting(images=100),
}


@dataclass(frozen=True)
class Run:
    """What training changed: the gradients of the first step, the weights after the last."""

    gradients: dict[str, np.ndarray] = field(repr=False)
    weights: dict[str, np.ndarray] = field(repr=False)


def build_model(setting: Setting) -> keras.Sequential:
    """Return the guide's network without dropout, and without hidden layer if asked for."""
    guide = cnn_model()
    layers = [layer for layer in guide.layers if not isinstance(layer, keras.layers.Dropout)]
    if not setting.hidden:
        layers.pop(-2)
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers[:-1]])
    model.add(keras.layers.Dense(10, activation="softmax"))
    optimizers = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}
    model.compile(
        loss="categorical_crossentropy", optimizer=optimizers[setting.optimizer](setting.rate)
    )
    return model


def names(setting: Setting) -> list[str]:
    """Return the names of the weights in Keras's order."""
    return [name for name in NAMES if setting.hidden or not name.startswith("hidden")]


@functools.cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    return load_mnist("sample")[0]


def batches(setting: Setting) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the labels of all images, and the images of each batch by number."""
    random = np.random.default_rng(7)
    _, y = digits()
    labels = random.permutation(y) if setting.shuffled else y
    order = np.concatenate([random.permutation(setting.images) for _ in range(200)])
    size = min(setting.batch, setting.images)
    return labels, [order[i * size : (i + 1) * size] for i in range(STEPS)]


def run_keras(model: keras.Sequential, setting: Setting) -> Run:
    X, _ = digits()
    pixels = X[..., None].astype("float32") / (255 if setting.pixels == 1 else 1)
    labels, chosen = batches(setting)
    Y = keras.utils.to_categorical(labels, 10)

    # As in `fit`: in a graph Keras computes the loss from the logits.
    @tf.function
    def first_gradients(images, expected):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=expected, y_pred=model(images, training=True))
        return tape.gradient(loss, [variable.value for variable in model.trainable_variables])

    gradients = first_gradients(pixels[chosen[0]], Y[chosen[0]])
    for batch in chosen:
        model.train_on_batch(pixels[batch], Y[batch])
    return Run(
        dict(zip(names(setting), map(np.asarray, gradients), strict=True)),
        dict(zip(names(setting), model.get_weights(), strict=True)),
    )


TRAIN = """
async ({ start, images, labels, batches, optimizer, rate, scale }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = (text) => new Float32Array(bytes(text).buffer);
  const weights = Object.fromEntries(
    Object.entries(start).map(([name, text]) => [name, floats(text)]),
  );
  const update = { adam, sgd }[optimizer](rate);
  const step = trainingStep(weights, { update, dropout: 0, scale, random: null });
  const digits = bytes(images);
  step(digits, labels, batches[0]);
  const parts = Object.values(step.gradients).map((gradient) => gradient.slice());
  for (const batch of batches.slice(1)) step(digits, labels, batch);
  parts.push(...Object.values(weights));
  const reader = new FileReader();
  reader.readAsDataURL(new Blob(parts));
  await new Promise((resolve) => (reader.onload = resolve));
  return reader.result;
}
"""


def encode(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def run_page(tab, start: list[np.ndarray], setting: Setting, code: str) -> Run:
    labels, chosen = batches(setting)
    tab.goto("about:blank")
    tab.add_script_tag(content=code)
    answer = tab.evaluate(
        TRAIN,
        {
            "start": dict(zip(names(setting), map(encode, start), strict=True)),
            "images": encode(digits()[0][: setting.images]),
            "labels": labels.tolist(),
            "batches": [batch.tolist() for batch in chosen],
            "optimizer": setting.optimizer,
            "rate": setting.rate,
            "scale": 1 / 255 if setting.pixels == 1 else 1,
        },
    )
    numbers = np.frombuffer(base64.b64decode(answer.partition(",")[2]), "<f4")
    parts = np.split(numbers, np.cumsum([array.size for array in [*start, *start]])[:-1])
    shaped = [part.reshape(like.shape) for part, like in zip(parts, [*start, *start], strict=True)]
    count = len(start)
    return Run(
        dict(zip(names(setting), shaped[:count], strict=True)),
        dict(zip(names(setting), shaped[count:], strict=True)),
    )


def largest_share(ours: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> dict[str, float]:
    """Return each array's largest difference as a share of its largest absolute value."""
    return {
        name: float(np.abs(ours[name] - value).max() / np.abs(value).max())
        for name, value in expected.items()
    }


@pytest.fixture(scope="module")
def tab():
    with chromium() as browser:
        yield browser.new_page()


def differences(tab, setting: Setting, code: str) -> tuple[dict[str, float], dict[str, float]]:
    """Train in both; return the differences of gradients and of weights."""
    keras.utils.set_random_seed(11)
    model = build_model(setting)
    start = model.get_weights()
    expected = run_keras(model, setting)
    ours = run_page(tab, start, setting, code)
    return (
        largest_share(ours.gradients, expected.gradients),
        largest_share(ours.weights, expected.weights),
    )


@functools.cache
def engine() -> str:
    return bundle("trainer/training_run.js")


@pytest.mark.parametrize("name", SETTINGS)
def test_training_equals_keras(tab, name):
    gradients, weights = differences(tab, SETTINGS[name], engine())
    print(name, {k: f"{v:.1e}" for k, v in gradients.items()}, {k: f"{v:.1e}" for k, v in weights.items()})
    assert max(gradients.values()) <= GRADIENT, gradients
    assert max(weights.values()) <= WEIGHT, weights
