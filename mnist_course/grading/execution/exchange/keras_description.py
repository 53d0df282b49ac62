"""Describe networks and layers of Keras by plain values.

A description has the class of each layer, the arguments of its constructor, its weights and
whether it is trainable. Importing this module imports Keras.
"""

from typing import Any

import keras
import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.keras_arguments import (
    ALLOWED,
    describe_argument,
    describe_config,
)


def is_layer(value: Any) -> bool:
    """Return whether a value is a layer or a network."""
    return issubclass(type(value), keras.layers.Layer)


def leaves(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """Return the layers of a network, also those of networks in it; a layer itself otherwise."""
    if not isinstance(layer, keras.Model):
        return [layer]
    return [leaf for inner in layer.layers for leaf in leaves(inner)]


def describe(layer: keras.layers.Layer) -> dict:
    """Describe a layer or network by plain values and arrays.

    Raises
    ------
    TransferError
        If it is not made of layers in `ALLOWED`; the message is the reason alone.
    """
    kind = type(layer)
    if kind is keras.Sequential:
        return _describe_network(layer, "Sequential", _sequential_layers(layer))
    if kind.__name__ == "Functional" and kind.__module__.partition(".")[0] == "keras":
        return _describe_network(layer, "Functional", _graph(layer))
    if kind.__name__ not in ALLOWED["layers"] or kind is not getattr(keras.layers, kind.__name__):
        of_keras = kind is getattr(keras.layers, kind.__name__, None)
        reason = (
            "Of Keras's layers, Lambda, recurrent ones and some others cannot be passed."
            if of_keras
            else "Expected are networks of Keras's own layers, without classes of your own."
        )
        raise TransferError(f"Layer '{layer.name}' is of type {kind.__name__}. {reason}")
    activation = getattr(layer, "activation", None)
    config = layer.get_config()
    if activation is not None and (
        not isinstance(config["activation"], str)
        or activation is not keras.activations.get(config["activation"])
    ):
        raise TransferError(
            f"Layer '{layer.name}' has an activation of your own. Expected is one of Keras's own."
        )
    config.pop("trainable", None)
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = layer.dtype_policy.name
    return {
        "class": kind.__name__,
        "config": describe_config(kind, config),
        "trainable": layer.trainable,
        "input_shape": (layer.get_build_config() or {}).get("input_shape"),
        "weights": [np.asarray(weights) for weights in layer.get_weights()],
    }


def _describe_network(network: keras.Model, kind: str, parts: dict) -> dict:
    """Describe a network, given its layers and how they are connected."""
    try:
        compiled = _describe_compilation(network)
    except TransferError:
        compiled = None  # a loss or a schedule of one's own; the layers are the same without
    return {
        "class": kind,
        "name": network.name,
        "trainable": network.trainable,
        "compiled": compiled,
        **parts,
    }


def _sequential_layers(network: keras.Sequential) -> dict:
    """Return the layers of a sequential network, the input layer included."""
    layers = [describe(layer) for layer in network.layers]
    if network.built:
        (tensor,) = network.inputs
        config = {"batch_shape": tensor.shape, "dtype": tensor.dtype}
        layers.insert(0, describe(keras.layers.InputLayer(**config)))
    return {"layers": layers}


def _graph(network: keras.Model) -> dict:
    """Return the layers of a functional network, each with the names of the layers before it."""
    if len(network.operations) != len(network.layers):
        raise TransferError(
            "The network has operations that are not layers, such as `x + y`. Expected are layers "
            "alone, such as keras.layers.Add."
        )
    config = network.get_config()
    layers = []
    for layer, entry in zip(network.layers, config["layers"], strict=True):
        match entry["inbound_nodes"]:
            case []:
                inputs = None
            case [{"args": (tensors,), "kwargs": options}] if not any(options.values()):
                inputs = _layer_names(tensors)
            case _:
                raise TransferError(
                    f"Layer '{layer.name}' is used more than once, or with further arguments. "
                    "Expected is that each layer is used once."
                )
        layers.append(describe(layer) | {"name": layer.name, "inputs": inputs})
    return {
        "layers": layers,
        "inputs": _layer_names(config["input_layers"]),
        "outputs": _layer_names(config["output_layers"]),
    }


def _layer_names(tensors: Any) -> Any:
    """Return the name of the layer whose output a tensor is; a list of names for several."""
    match tensors:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}:
            return name
        case [str() as name, 0, 0]:
            return name
        case list() | tuple():
            return [_layer_names(tensor) for tensor in tensors]
    raise TransferError("The network has an input or output that is not one layer's tensor.")


def _describe_compilation(network: keras.Model) -> dict | None:
    """Describe what `compile` was given; None if it was not called, or with rare arguments."""
    if not network.compiled:
        return None
    config = network.get_compile_config() | {
        "optimizer": keras.optimizers.serialize(network.optimizer)
    }
    if config["loss_weights"] is not None or config["weighted_metrics"] is not None:
        return None
    return {key: describe_argument(key, config[key]) for key in ("optimizer", "loss", "metrics")}
