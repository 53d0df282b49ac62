"""Quantize and pack the network's weights for a web page.

The kernel of the hidden layer contains 99 % of the weights, so only this kernel is quantized: one
byte for each weight, one scale for each unit. All others stay float32.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_course.data.provenance import arrays_sha256

# Kernel and bias of the convolution, the hidden layer and the output layer.
SHAPES = ((5, 5, 1, 32), (32,), (4608, 128), (128,), (128, 10), (10,))
LAYER_TYPES = ("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense")
ACTIVATIONS = ("relu", "relu", "softmax")
# Layers that do nothing at test time.
INFERENCE_IDENTITY = ("InputLayer", "Dropout")

WEIGHTS_FOLDER = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class PackedWeights:
    """A network's weights in the format of ``network.js``.

    Attributes
    ----------
    data : bytes
        Compressed by zlib: all but the hidden layer's kernel as float32, with its scales, then that
        kernel as int8, in the order of ``network.js``.
    weights_sha256 : str
        SHA-256 of the float32 weights; ``guide_cnn.json`` has the same key for the reference model.
    """

    data: bytes
    weights_sha256: str


def quantize(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a layer's kernel to int8, with one scale for each filter or unit.

    Parameters
    ----------
    kernel
        Weights, shape (..., units), floating point.

    Returns
    -------
    tuple
        The kernel as int8 in the same shape, -127 to 127, and the scales, shape (units,), float32;
        their product is the kernel, to within half a scale.
    """
    largest = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)
    scale = np.where(largest > 0, largest / 127, 1).astype("<f4")
    return np.round(kernel / scale).astype(np.int8), scale


def check_weights(weights: list[np.ndarray]) -> None:
    """Check that weights are those of the course's network and finite.

    Raises
    ------
    ValueError
        If the shapes are not ``SHAPES``, or a weight is not finite.
    """
    shapes = tuple(weight.shape for weight in weights)
    if shapes != SHAPES:
        raise ValueError(
            f"The pad shows the network of lesson 5, with weights of shapes {SHAPES}; this one "
            f"has {shapes}.\n"
            "What to do: pass a model from cnn_model(), or one with the same layers."
        )
    if not all(np.isfinite(weight).all() for weight in weights):
        raise ValueError(
            "Some weights are NaN or infinite: the training diverged.\n"
            "What to do: train again with a smaller learning rate and check the loss."
        )


def pack_weights(weights: list[np.ndarray]) -> PackedWeights:
    """Pack the six arrays of the course's network.

    Parameters
    ----------
    weights
        ``model.get_weights()`` of a ``cnn_model()``: float32, shapes as in ``SHAPES``.

    Raises
    ------
    ValueError
        If the shapes are not those of the course's network, or a weight is not finite.
    """
    check_weights(weights)
    conv_kernel, conv_bias, hidden_kernel, hidden_bias, logit_kernel, logit_bias = weights
    quantized, scale = quantize(hidden_kernel)
    floats = (conv_kernel, conv_bias, scale, hidden_bias, logit_kernel, logit_bias)
    raw = (
        b"".join(np.asarray(array, dtype="<f4").tobytes() for array in floats) + quantized.tobytes()
    )
    return PackedWeights(zlib.compress(raw, 9), arrays_sha256(weights))


def check_layers(model) -> None:
    """Check that a Keras model has the layers of ``cnn_model()``; layers of dropout are optional.

    Raises
    ------
    ValueError
        If it has other layers or activations.
    """
    layers = [
        layer
        for layer in getattr(model, "layers", ())
        if type(layer).__name__ not in INFERENCE_IDENTITY
    ]
    types = tuple(type(layer).__name__ for layer in layers)
    activations = tuple(
        layer.activation.__name__ for layer in layers if hasattr(layer, "activation")
    )
    if types != LAYER_TYPES or activations != ACTIVATIONS:
        raise ValueError(
            f"The pad shows the network of lesson 5, with the layers {', '.join(LAYER_TYPES)} and "
            f"the activations {', '.join(ACTIVATIONS)}; this one has {', '.join(types) or 'none'} "
            f"and {', '.join(activations) or 'none'}.\n"
            "What to do: pass a model from cnn_model()."
        )


def pack_model(model) -> PackedWeights:
    """Pack a Keras model with the layers of ``cnn_model()``, trained or not.

    Raises
    ------
    ValueError
        If its layers are not those of ``cnn_model()``, or a weight is not finite.
    """
    check_layers(model)
    return pack_weights(model.get_weights())


def read_weights_to_pack(folder: Path = WEIGHTS_FOLDER) -> list[np.ndarray]:
    """Read the six arrays of the committed reference model without Keras.

    Returns
    -------
    list of numpy.ndarray
        float32, shapes as in ``SHAPES``.

    Raises
    ------
    ValueError
        If the SHA-256 of the weights is not the one in ``guide_cnn.json``.
    """
    # Imported here, because packing a student's model does not need HDF5.
    import h5py

    # A .keras file is a zip archive.
    with zipfile.ZipFile(folder / "guide_cnn.keras") as archive:
        stored = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(stored) as file:
        weights = [
            file[f"layers/{layer}/vars/{number}"][()]
            for layer in ("conv2d", "dense", "dense_1")
            for number in (0, 1)
        ]
    record = json.loads((folder / "guide_cnn.json").read_text(encoding="utf-8"))
    if arrays_sha256(weights) != record["weights_sha256"]:
        raise ValueError(
            "The weights in guide_cnn.keras do not match guide_cnn.json: SHA-256 "
            f"{arrays_sha256(weights)[:12]} instead of {record['weights_sha256'][:12]}.\n"
            "What to do: restore both files from git, or train again with `make model`."
        )
    return weights
