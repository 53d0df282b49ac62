"""Pack the network's weights small enough for a page.

All but one in a thousand of them connect the hidden layer, so that layer alone is rounded: one byte
a weight, one scale a unit. The others stay what Keras made them.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_course.data.provenance import arrays_sha256

# Kernel and bias of the convolution, the hidden layer and the logits.
SHAPES = ((5, 5, 1, 32), (32,), (4608, 128), (128,), (128, 10), (10,))
KINDS = ("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense")
ACTIVATIONS = ("relu", "relu", "softmax")
# What an input layer and dropout do at test time: nothing.
IDLE = ("InputLayer", "Dropout")

WEIGHTS = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class Packed:
    """A network's weights as a page takes them.

    Attributes
    ----------
    data : bytes
        Compressed by zlib: the small layers and the hidden layer's scales and biases as float32,
        then its kernel as int8, in the order in which ``network.js`` reads them.
    weights_sha256 : str
        SHA-256 of the float32 weights that were packed, the ``weights_sha256`` of the record.
    """

    data: bytes
    weights_sha256: str


def quantize(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round a layer's kernel to int8, with one scale for each filter or unit.

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


def pack(weights: list[np.ndarray]) -> Packed:
    """Pack the six arrays of the course's network.

    Parameters
    ----------
    weights
        ``model.get_weights()`` of a ``cnn_model()``: float32, shapes as in ``SHAPES``.

    Raises
    ------
    ValueError
        If the arrays are not those of the course's network, or hold a number that is not finite.
    """
    shapes = tuple(weight.shape for weight in weights)
    if shapes != SHAPES:
        raise ValueError(
            f"The pad shows the network of chapter 5, with weights of shapes {SHAPES}; this one "
            f"has {shapes}.\nWhat to do: hand over a model that cnn_model() made, or one with the "
            "same layers."
        )
    if not all(np.isfinite(weight).all() for weight in weights):
        raise ValueError(
            "Some of the weights are nan or infinite: the training went astray.\n"
            "What to do: train anew with a smaller learning rate and look at the loss."
        )
    conv_kernel, conv_bias, hidden_kernel, hidden_bias, logit_kernel, logit_bias = weights
    small, scale = quantize(hidden_kernel)
    floats = (conv_kernel, conv_bias, scale, hidden_bias, logit_kernel, logit_bias)
    raw = b"".join(np.asarray(array, dtype="<f4").tobytes() for array in floats) + small.tobytes()
    return Packed(zlib.compress(raw, 9), arrays_sha256(weights))


def pack_model(model) -> Packed:
    """Pack a Keras model with the layers of ``cnn_model()``, trained or not.

    Raises
    ------
    ValueError
        If its layers are others, or its weights are not finite.
    """
    layers = [layer for layer in getattr(model, "layers", ()) if type(layer).__name__ not in IDLE]
    kinds = tuple(type(layer).__name__ for layer in layers)
    activations = tuple(
        layer.activation.__name__ for layer in layers if hasattr(layer, "activation")
    )
    if kinds != KINDS or activations != ACTIVATIONS:
        raise ValueError(
            f"The pad shows the network of chapter 5, with the layers {', '.join(KINDS)} and the "
            f"activations {', '.join(ACTIVATIONS)}; this one has {', '.join(kinds) or 'none'} and "
            f"{', '.join(activations) or 'none'}.\n"
            "What to do: hand over a model that cnn_model() made."
        )
    return pack(model.get_weights())


def reference_weights(folder: Path = WEIGHTS) -> list[np.ndarray]:
    """Read the committed reference model's six arrays without Keras: a ``.keras`` file is a zip.

    Returns
    -------
    list of numpy.ndarray
        float32, shapes as in ``SHAPES``.

    Raises
    ------
    ValueError
        If the weights are not those of which the record tells.
    """
    # Imported late: packing a learner's model needs no file.
    import h5py

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
            "The weights in guide_cnn.keras are not those that guide_cnn.json tells of: "
            f"{arrays_sha256(weights)[:12]} instead of {record['weights_sha256'][:12]}.\n"
            "What to do: restore both from git, or `make model` to train them anew."
        )
    return weights
