"""The fast path computes what the guide's layers compute."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.layers import BatchNormalization, Conv2D, MaxPooling2D

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import one_hot, prepare
from mnist_course.models import fast_cnn as fast
from mnist_course.models.fast_cnn import fast_model, fastest_dtype
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.models.layers import ByteDropout, ConvMaxPool, FusedBatchNorm
from mnist_course.models.optimizers import FusedAdam
from mnist_course.training.batches import shuffled_batches


@pytest.fixture(scope="module")
def digits():
    (X, Y), _ = prepare(load_mnist("sample"))
    return X[:300], Y[:300]


@pytest.mark.parametrize(("size", "channels", "filters"), [(5, 1, 32), (3, 24, 32)])
def test_one_pass_gives_what_convolution_and_pooling_give(size, channels, filters):
    images = np.random.default_rng(1).random((4, 12, 14, channels), dtype="float32")
    both = keras.Sequential([Conv2D(filters, size, activation="relu"), MaxPooling2D()])
    expected = both(images)
    one = ConvMaxPool(filters, size)
    one.build(images.shape)
    one.set_weights(both.get_weights())
    assert np.allclose(one(images), expected, atol=1e-5)
    one.set_weights([both.get_weights()[0], both.get_weights()[1] + 0.1])
    assert not np.allclose(one(images), expected, atol=1e-5)


def test_network_and_gradient_are_the_guides(digits):
    X, Y = digits
    guide, quick = exactly(cnn_model()), exactly(fast_model(dropout=0))
    assert quick.count_params() == 592_074
    quick.set_weights(guide.get_weights())
    assert np.abs(quick(X) - guide(X)).max() < 1e-10

    def gradients(model):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(Y, model(X)))
        return tape.gradient(loss, model.trainable_variables)

    for ours, theirs in zip(gradients(quick), gradients(guide), strict=True):
        assert np.abs(ours - theirs).max() < 1e-10 * np.abs(theirs).max()


def exactly(model):
    """Build a network's layers in float64: rounding in float32 may swap two places of a window."""
    layers = [
        layer.from_config(layer.get_config() | {"dtype": "float64"}) for layer in model.layers
    ]
    return keras.Sequential([keras.Input((28, 28, 1), dtype="float64"), *layers])


def test_where_no_place_is_larger_than_the_others_the_bias_learns_as_with_keras():
    blank = np.zeros((2, 12, 12, 1), "float32")
    both = keras.Sequential([Conv2D(3, 5), MaxPooling2D()])
    both(blank)
    one = ConvMaxPool(3, 5, None)
    one.build(blank.shape)
    one.set_weights(both.get_weights())
    for layer in (both, one):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(blank))
        kernel, bias = tape.gradient(total, layer.trainable_variables)
        assert not np.any(kernel) and np.allclose(bias, 2 * 4 * 4)


def test_batch_normalization_in_one_pass_is_keras_s():
    maps = np.random.default_rng(1).normal(2, 3, (8, 5, 5, 3)).astype("float32")
    seen = []
    for kind, gamma in ((BatchNormalization, 2), (FusedBatchNorm, 2), (FusedBatchNorm, 1.9)):
        layer = kind(momentum=0.9)
        layer.build(maps.shape)
        layer.gamma.assign([1, gamma, 0.5])
        x = tf.constant(maps)
        with tf.GradientTape() as tape:
            tape.watch(x)
            normalized = layer(x, training=True)
            total = tf.reduce_sum(normalized * maps**2)
        gradients = tape.gradient(total, [x, *layer.trainable_variables])
        seen.append([normalized, *gradients, layer.moving_mean])
        # The kernel divides by n - 1, here 199, where Keras divides by n.
        assert np.allclose(layer.moving_variance, 0.9 + 0.1 * maps.var(axis=(0, 1, 2)), rtol=5e-3)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(*seen[:2], strict=True))
    assert not np.allclose(seen[0][0], seen[2][0], atol=1e-5)


def test_dropout_drops_its_share_and_keeps_the_mean():
    keras.utils.set_random_seed(1)
    layer, ones = ByteDropout(0.2), np.ones((50, 12, 12, 31), "float32")
    dropped = np.asarray(layer(ones, training=True))
    assert abs((dropped == 0).mean() - 51 / 256) < 0.005
    assert abs(dropped.mean() - 1) < 0.005
    assert np.allclose(dropped[dropped > 0], 256 / 205)
    again = np.asarray(layer(ones, training=True))
    assert (again != dropped).any()
    assert np.array_equal(layer(ones, training=False), ones)


def test_a_seed_repeats_dropout():
    ones = np.ones((3, 5), "float32")
    drawn = [np.asarray(ByteDropout(0.5, seed=seed)(ones, training=True)) for seed in (7, 7, 8)]
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])


def test_adam_in_one_pass_takes_adams_steps():
    finals = []
    for optimizer in (keras.optimizers.Adam(0.01), FusedAdam(0.01), FusedAdam(0.02)):
        weight = keras.Variable(np.linspace(-1, 1, 7, dtype="float32"))
        for step in range(5):
            optimizer.apply([np.sin(np.arange(7.0) + step).astype("float32")], [weight])
        finals.append(np.asarray(weight))
        assert int(optimizer.iterations) == 5
    assert np.allclose(finals[0], finals[1], atol=1e-6)
    assert not np.allclose(finals[0], finals[2], atol=1e-3)


def test_batches_hold_every_image_once_beside_its_label_and_in_another_order_each_epoch(digits):
    X, Y = digits
    numbered = X.copy()
    numbered[:, 0, 0, 0] = range(300)
    keras.utils.set_random_seed(1)
    cut = shuffled_batches(numbered, Y, 64)
    orders = []
    for _ in range(2):
        images, labels = (np.concatenate(parts) for parts in zip(*cut, strict=True))
        order = images[:, 0, 0, 0].astype(int)
        assert sorted(order) == list(range(300))
        assert np.array_equal(images, numbered[order]) and np.array_equal(labels, Y[order])
        orders.append(order)
    assert (orders[0] != orders[1]).any() and (orders[0] != range(300)).any()
    assert [len(images) for images, _ in cut] == [64, 64, 64, 64, 44]


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_it_learns_in_both_dtypes(digits, dtype):
    X, Y = digits
    keras.utils.set_random_seed(1)
    model = fast_model(dtype=dtype)
    history = model.fit(X, Y, batch_size=50, epochs=6, verbose=0).history
    assert history["accuracy"][-1] > 0.6 > history["accuracy"][0]
    assert model.layers[-1].compute_dtype == "float32"


@pytest.mark.parametrize(
    ("flags", "dtype", "word"),
    [
        ("fpu avx2 avx512_bf16", "mixed_bfloat16", "multiplies bfloat16: "),
        ("fpu avx2", "float32", "does not multiply bfloat16"),
        (None, "float32", "does not multiply bfloat16"),
    ],
)
def test_the_dtype_follows_the_processor_and_says_so(
    monkeypatch, tmp_path, capsys, flags, dtype, word
):
    path = tmp_path / "cpuinfo"
    if flags:
        path.write_text(f"flags : {flags}\n")
    monkeypatch.setattr(fast, "Path", lambda _: Path(path))
    assert fastest_dtype() == dtype
    assert word in capsys.readouterr().out


def test_a_saved_network_comes_back(tmp_path, digits):
    X, _ = digits
    model = fast_model()
    model.save(tmp_path / "fast.keras")
    own = {"ConvMaxPool": ConvMaxPool, "ByteDropout": ByteDropout, "FusedAdam": FusedAdam}
    again = keras.saving.load_model(tmp_path / "fast.keras", custom_objects=own)
    assert np.allclose(model(X[:5]), again(X[:5]))


def test_one_hot_labels_are_what_it_takes(digits):
    with pytest.raises(ValueError, match=r"rank|shape"):
        fast_model().fit(digits[0], one_hot(digits[1].argmax(axis=1)).argmax(axis=1), verbose=0)
