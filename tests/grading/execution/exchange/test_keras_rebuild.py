"""Networks as the student's process describes them, rebuilt in that of the tests."""

import copy

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import Input, Sequential, layers

from mnist_course.grading.execution.exchange.changes import (
    apply_changes,
    changed_arguments,
    snapshot,
)
from mnist_course.grading.execution.exchange.keras_arguments import ALLOWED
from mnist_course.grading.execution.exchange.keras_description import describe
from mnist_course.grading.execution.exchange.values import TransferError, decode, encode
from tests.support.exchange import exchanged, no_reference, through_json

X = np.random.default_rng(0).random((5, 28, 28, 1), "float32")

# Arguments without defaults.
ARGUMENTS = {
    "Activation": ("relu",),
    "AlphaDropout": (0.2,),
    "AveragePooling1D": (2,),
    "AveragePooling2D": (2,),
    "CenterCrop": (3, 3),
    "Conv1D": (3, 3),
    "Conv2D": (np.int64(8), (3, 5)),
    "Conv2DTranspose": (3, 3),
    "Dense": (3, "softmax"),
    "DepthwiseConv2D": (3,),
    "Dropout": (0.2,),
    "Embedding": (3, 3),
    "GaussianDropout": (0.1,),
    "GaussianNoise": (0.1,),
    "InputLayer": ((28, 28, 1),),
    "Permute": ((2, 1),),
    "RandomBrightness": (0.1,),
    "RandomContrast": (0.1,),
    "RandomRotation": (0.1,),
    "RandomTranslation": (0.1, 0.1),
    "RandomZoom": (0.1,),
    "RepeatVector": (3,),
    "Rescaling": (1 / 255,),
    "Reshape": ((784,),),
    "Resizing": (3, 3),
    "SeparableConv2D": (3, 3),
    "SpatialDropout2D": (0.1,),
}


def small_network():
    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax", kernel_constraint=keras.constraints.MaxNorm(2)),
        ]
    )


@pytest.mark.parametrize("name", sorted(ALLOWED["layers"]))
def test_exchanged_layer(name):
    layer = getattr(layers, name)(*ARGUMENTS.get(name, ()))
    received = exchanged(layer)
    assert type(received) is type(layer) and received.get_config() == layer.get_config()


def test_exchanged_network():
    network = small_network()
    for layer in network.layers:
        layer.set_weights([weights + 0.1 for weights in layer.get_weights()])
    network.layers[0].trainable = False
    received = exchanged({"network": network})["network"]
    assert type(received) is Sequential and not received.compiled
    assert np.array_equal(received(X), network(X))
    for one, other in zip(received.layers, network.layers, strict=True):
        assert type(one) is type(other) and one.get_config() == other.get_config()
    assert received.layers[-1].activation is keras.activations.softmax
    assert len(received.trainable_weights) == len(network.trainable_weights) == 4
    # Nothing of the check of sizes is left.
    assert not any("add_weight" in vars(layer) for layer in received.layers)


def test_exchanged_network_can_be_evaluated_as_it_was_compiled():
    network, y = small_network(), np.arange(5)
    for loss, metric in (
        ("sparse_categorical_crossentropy", "accuracy"),
        (
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            keras.metrics.SparseCategoricalAccuracy(),
        ),
    ):
        network.compile(keras.optimizers.Adam(0.25), loss, metrics=[metric])
        received = exchanged(network)
        assert np.allclose(received.evaluate(X, y, verbose=0), network.evaluate(X, y, verbose=0))
        assert isinstance(received.optimizer, keras.optimizers.Adam)
        assert float(received.optimizer.learning_rate) == 0.25
    for loss, weights in ((lambda y_true, y_pred: 0.0, None), ("mse", 2.0)):
        network.compile("sgd", loss, loss_weights=weights)
        assert not exchanged(network).compiled


def test_exchanged_functional_network():
    image = Input((28, 28, 1))
    hidden = layers.Dense(3)(layers.Flatten()(image))
    joined = layers.Concatenate()([hidden, layers.Add()([hidden, hidden])])
    one, several = keras.Model(image, joined), keras.Model([image], [joined, hidden])
    assert np.array_equal(exchanged(one)(X), one(X))
    for a, b in zip(exchanged(several)([X]), several([X]), strict=True):
        assert np.array_equal(a, b)


def test_exchanged_nested_and_unbuilt_networks():
    image = Input((28, 28, 1))
    inner = keras.Model(image, layers.Flatten()(image))
    outer = Sequential([Input((28, 28, 1)), inner, Sequential([layers.Dense(3)])])
    outer.layers[1].trainable = False
    received = exchanged(outer)
    assert np.array_equal(received(X), outer(X)) and received.trainable_weights == []
    assert not exchanged(Sequential([layers.Dense(3)])).built


def test_exchanged_built_layer_variable_and_tensor():
    layer = layers.BatchNormalization(epsilon=0.1)
    layer.build((None, 4))
    layer.set_weights([np.full(4, value) for value in (1.0, 2.0, 3.0, 4.0)])
    received = exchanged([layer, layer.gamma, keras.ops.ones((2, 3))])
    assert all(map(np.array_equal, received[0].get_weights(), layer.get_weights()))
    assert received[0].epsilon == 0.1
    assert [type(value) for value in received[1:]] == [np.ndarray, np.ndarray]
    assert received[1].tolist() == [1, 1, 1, 1] and received[2].shape == (2, 3)


@pytest.mark.parametrize("axis", [None, -1, (1, 2)])
def test_exchanged_normalization_keeps_what_it_adapted_to(axis):
    layer = layers.Normalization(axis=axis)
    layer.adapt(5 * X - 3)
    network = Sequential([Input((28, 28, 1)), layer, layers.Flatten()])
    received = exchanged(network)
    assert not np.allclose(network(X), X.reshape(5, -1), atol=0.1)
    assert np.array_equal(received(X), network(X))
    assert np.array_equal(received.predict(X, verbose=0), network.predict(X, verbose=0))


class OwnDense(layers.Dense):
    pass


def relu(x):
    """A faulty function with the name of one of Keras's."""
    return x


def refused():
    image = Input((4,))
    twice = layers.Dense(4)
    yield layers.Lambda(abs), "type Lambda. Of Keras's layers, Lambda"
    yield OwnDense(3), "type OwnDense. Expected are networks of Keras's own layers"
    yield Sequential([Input((4,)), OwnDense(3)]), "type OwnDense"
    yield type("Dense", (layers.Dense,), {})(3), "type Dense"
    yield layers.Dense(3, activation=relu), "activation of your own"
    yield layers.Dense(3, activation=layers.ReLU()), "activation of your own"
    yield layers.Dense(3, kernel_initializer=lambda shape, dtype: 0), "kernel_initializer"
    yield keras.Model(image, image + 1), "operations that are not layers"
    yield keras.Model(image, twice(twice(image))), "used more than once"
    yield layers.LSTM(3), "type LSTM. Of Keras's layers"
    yield layers.Normalization(mean=0.5, variance=4.0), "Normalization has the argument"
    yield image, "type KerasTensor"


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize(("value", "part_of_message"), [*refused()])
def test_encode_refused_layer(value, part_of_message):
    with pytest.raises(TransferError, match=part_of_message):
        encode([value], to_reference=no_reference)


def received_from(description):
    """Return what a process makes of a description that another process sent."""
    encoded, buffers = encode(description, to_reference=no_reference)
    return decode(["keras", encoded], buffers, from_reference=lambda reference: print)


def dense(**changes):
    """Return the description of a dense layer, with hostile changes."""
    layer = layers.Dense(2)
    layer.build((None, 3))
    description = describe(layer)
    description["config"] |= changes.pop("config", {})
    return description | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"class": "Lambda"},
        {"class": "Layer"},
        {"class": "__class__"},
        {"class": ["Dense"]},
        {"config": {"units": 10**40}},
        {"config": {"units": np.ones(3)}},
        {"config": {"activation": "os.system"}},
        {"config": {"activation": {"class_name": "function", "config": "eval"}}},
        {"config": {"activation": {"class": "Lambda", "config": {}}}},
        {"config": {"activation": print}},
        {"config": {"dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}}}},
        {"config": {"kernel_initializer": "glorot_uniform"}},
        {"config": {"kernel_initializer": {"class": "Adam", "config": {}}}},
        {"config": {"kernel_initializer": {"class": "get", "config": {"identifier": "ones"}}}},
        {"config": {"kernel_initializer": {"class": "Ones", "config": {"unknown": 1}}}},
        {"config": {"kernel_initializer": {"module": "os", "class_name": "x", "config": {}}}},
        {"config": {"unknown": 1}},
        {"weights": []},
        {"weights": [np.zeros((3, 2)), np.zeros(3)]},
        {"weights": [np.zeros((3, 2)), np.array(["a", "b"])]},
        {"weights": 5},
    ],
    ids=str,
)
def test_rebuild_hostile_layer(changes):
    assert received_from(dense()).units == 2
    description = dense(**copy.deepcopy(changes))
    if changes.get("weights") == []:  # an unbuilt layer needs none, a layer in a network does
        network = describe(Sequential([Input((3,)), layers.Dense(2)]))
        description = network | {"layers": [network["layers"][0], description]}
    with pytest.raises(TransferError):
        encoded, buffers = encode(description, to_reference=lambda function: {})
        decode(["keras", encoded], buffers, from_reference=lambda reference: print)


def test_rebuild_layer_allocates_no_more_than_was_received():
    image = Input((3,))
    for network in (
        Sequential([image, layers.Dense(2)]),
        keras.Model(image, layers.Dense(2)(image)),
        Sequential([image, Sequential([layers.Dense(2)])]),
    ):
        description = describe(network)
        place = description
        while place["class"] != "Dense":
            place = place["layers"][-1]
        place["config"]["units"] = 10**7
        with pytest.raises(TransferError, match="fewer weights than it needs"):
            received_from(description)
    alone = dense(config={"units": 10**4}, input_shape=(None, 10**4))
    with pytest.raises(TransferError, match="fewer weights than it needs"):
        received_from(alone)


def test_rebuild_normalization_with_a_given_mean():
    layer = layers.Normalization(axis=(1, 2))
    layer.adapt(X[..., 0])
    description = describe(layer)
    assert "mean" not in description["config"]
    description["config"] |= {"mean": 0.0, "variance": 1.0}
    hostile = description | {"weights": [], "input_shape": (None, 10**6, 10**6)}
    with pytest.raises(TransferError, match="unknown arguments"):
        received_from(hostile)


def test_rebuild_hostile_compilation():
    network = small_network()
    network.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    description = describe(network)
    assert received_from(description).compiled
    for key, value in (
        ("loss", "os.system"),
        ("loss", {"class": "Adam", "config": {}}),
        ("metrics", ["eval"]),
        ("optimizer", "adam"),
        ("optimizer", {"class": "Adam", "config": {"learning_rate": {"class": "x"}}}),
    ):
        with pytest.raises(TransferError):
            received_from(description | {"compiled": description["compiled"] | {key: value}})


def test_rebuild_too_many_layers():
    network = describe(Sequential([layers.ReLU()]))
    with pytest.raises(TransferError, match="1,000 layers"):
        received_from(network | {"layers": network["layers"] * 1001})


json_leaves = (
    st.none() | st.booleans() | st.integers(-3, 2**40) | st.floats() | st.text(max_size=4)
) | st.sampled_from([*sorted(ALLOWED["layers"]), "Sequential", "Functional", "relu", "float32"])


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300, deadline=None)
def test_rebuild_damaged_network(data):
    """Change one part of a description, at any depth."""
    image = Input((6, 6, 1))
    hidden = layers.Flatten()(layers.Conv2D(2, 3)(image))
    description = describe(keras.Model(image, layers.Dense(2)(hidden)))
    place = description
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not len(inner) or data.draw(st.booleans()):
            place[key] = data.draw(json_leaves | st.lists(json_leaves, max_size=2))
            break
        place = inner
    try:
        received = received_from(description)
    except TransferError:
        return
    assert isinstance(received, layers.Layer)


def test_apply_changes_to_weights():
    network = small_network()
    before = network.get_weights()

    def call(function):
        received = exchanged((network,))
        unchanged = snapshot(received)
        function(*received)
        return through_json(*changed_arguments(unchanged, to_reference=no_reference))

    assert call(lambda network: network(X)) == (["list"], [])
    changes = call(lambda network: network.set_weights([w + 1 for w in network.get_weights()]))
    undo = apply_changes((network,), *changes, from_reference=no_reference)
    assert all(np.array_equal(a + 1, b) for a, b in zip(before, network.get_weights(), strict=True))
    undo()
    assert all(map(np.array_equal, before, network.get_weights()))


def test_apply_changes_to_tensors_nothing():
    tensor, variable = keras.ops.ones(2), keras.Variable([1.0, 2.0])
    received = exchanged((tensor, variable, [0]))
    before = snapshot(received)
    for part in received:
        part[0] = 9
    changes = through_json(*changed_arguments(before, to_reference=no_reference))
    rest = [0]
    apply_changes((tensor, variable, rest), *changes, from_reference=no_reference)
    assert rest == [9] and np.asarray(tensor).tolist() == [1, 1]
    assert variable.numpy().tolist() == [1, 2]
