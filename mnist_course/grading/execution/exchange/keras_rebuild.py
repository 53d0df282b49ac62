"""Rebuild networks and layers of Keras from descriptions, which may come from hostile code.

Nothing is imported or called by a name that another process sent. Importing this module imports
Keras.
"""

import math
from typing import Any

import keras
import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.keras_arguments import (
    ALLOWED,
    rebuild_argument,
    rebuild_config,
)

MAX_LAYERS = 1_000


def rebuild(description: Any) -> keras.layers.Layer:
    """Return the layer or network of a description.

    Raises
    ------
    Exception
        Of any type, by Keras too, if this is not a description of layers that can be connected.
    """
    rebuilder = _Rebuilder()
    layer = rebuilder.layer(description)
    rebuilder.finish()
    return layer


class _Rebuilder:
    """Rebuilds a layer or network."""

    def __init__(self):
        self.made: list[tuple[keras.layers.Layer, dict]] = []

    def layer(self, description: dict) -> keras.layers.Layer:
        """Make a layer or network; only `finish` gives it weights."""
        if len(self.made) >= MAX_LAYERS:
            raise TransferError(f"A received network has more than {MAX_LAYERS:,} layers.")
        name = description["class"]
        if name == "Sequential":
            layers = [self.layer(inner) for inner in description["layers"]]
            layer = keras.Sequential(layers, name=rebuild_argument("name", description["name"]))
        elif name == "Functional":
            layer = self.functional(description)
        elif name in ALLOWED["layers"]:
            kind = getattr(keras.layers, name)
            layer = kind(**rebuild_config(kind, description["config"]))
            limit_weights(layer, sum(array.size for array in description["weights"]))
        else:
            raise TransferError("A received network has a layer that is not allowed.")
        self.made.append((layer, description))
        return layer

    def functional(self, description: dict) -> keras.Model:
        """Connect the layers of a functional network."""
        outputs = {}
        for inner in description["layers"]:
            layer = self.layer(inner)
            inputs = inner["inputs"]
            outputs[inner["name"]] = (
                layer.output if inputs is None else layer(_tensors(outputs, inputs))
            )
        return keras.Model(
            _tensors(outputs, description["inputs"]),
            _tensors(outputs, description["outputs"]),
            name=rebuild_argument("name", description["name"]),
        )

    def finish(self) -> None:
        """Set weights; set what is trainable, of networks before that of the layers in them."""
        for layer, description in reversed(self.made):
            layer.trainable = bool(description["trainable"])
            if not isinstance(layer, keras.Model):
                set_weights(layer, description)
            elif (compiled := description["compiled"]) is not None:
                arguments = {
                    key: rebuild_argument(key, compiled[key])
                    for key in ("optimizer", "loss", "metrics")
                }
                layer.compile(**arguments)


def set_weights(layer: keras.layers.Layer, description: dict) -> None:
    """Set the weights of a layer that is not a network; build it if it is in none."""
    arrays = description["weights"]
    if arrays and not layer.built:
        layer.build(rebuild_argument("input_shape", description["input_shape"]))
    if not all(isinstance(array, np.ndarray) and array.dtype.kind in "biuf" for array in arrays):
        raise TransferError("A received layer has weights that are not numbers.")
    vars(layer).pop("add_weight")
    layer.set_weights(arrays)
    if isinstance(layer, keras.layers.Normalization):
        layer.finalize_state()  # it computes with copies of its weights


def limit_weights(layer: keras.layers.Layer, elements: int) -> None:
    """Let a layer create no more weights than were received.

    Otherwise a short message with large sizes would take all memory.
    """
    add_weight, left = layer.add_weight, elements

    def limited(shape=(), *args, **options):
        nonlocal left
        left -= math.prod(shape)
        if left < 0:
            raise TransferError("A received layer has fewer weights than it needs.")
        return add_weight(shape, *args, **options)

    vars(layer)["add_weight"] = limited


def _tensors(outputs: dict, names: Any) -> Any:
    """Return the output of a layer by its name; a list for a list of names."""
    return [outputs[name] for name in names] if isinstance(names, list) else outputs[names]
