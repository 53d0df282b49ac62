"""Describe and rebuild the arguments with which layers and optimizers of Keras are constructed.

Classes, functions and kinds of values are on lists. Importing this module imports Keras.
"""

import inspect
from typing import Any

import keras
import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TransferError

# All layers of these lists are pure functions of their input, weights and random numbers.
ALLOWED = {
    "layers": (
        "Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D BatchNormalization "
        "CenterCrop Concatenate Conv1D Conv2D Conv2DTranspose Cropping2D Dense DepthwiseConv2D "
        "Dropout ELU Embedding Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D "
        "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization Identity "
        "InputLayer LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D Maximum Minimum "
        "Multiply Normalization PReLU Permute RandomBrightness RandomContrast RandomFlip "
        "RandomRotation RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing "
        "SeparableConv2D Softmax SpatialDropout2D Subtract UnitNormalization "
        "UpSampling2D ZeroPadding2D"
    ),
    "initializers": (
        "Constant GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Ones "
        "Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros"
    ),
    "regularizers": "L1 L1L2 L2",
    "constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm",
    "losses": (
        "BinaryCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy Huber "
        "KLDivergence MeanAbsoluteError MeanSquaredError Poisson SparseCategoricalCrossentropy"
    ),
    "metrics": (
        "AUC BinaryAccuracy CategoricalAccuracy F1Score MeanAbsoluteError MeanSquaredError "
        "Precision Recall SparseCategoricalAccuracy SparseTopKCategoricalAccuracy "
        "TopKCategoricalAccuracy"
    ),
    "optimizers": "Adadelta Adagrad Adam AdamW Adamax Ftrl Lion Nadam RMSprop SGD",
    # Functions, and what is given by a name.
    "activation": (
        "celu elu exponential gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear log_softmax "
        "mish relu relu6 selu sigmoid silu softmax softplus softsign swish tanh"
    ),
    "dtype": "bool float16 float32 float64 int32 int64 mixed_bfloat16 mixed_float16 uint8",
    "loss": (
        "binary_crossentropy categorical_crossentropy huber kl_divergence mae mean_absolute_error "
        "mean_squared_error mse poisson sparse_categorical_crossentropy"
    ),
    "metric": (
        "acc accuracy binary_accuracy binary_crossentropy categorical_accuracy "
        "categorical_crossentropy crossentropy mae mean_absolute_error mean_squared_error mse "
        "sparse_categorical_accuracy sparse_categorical_crossentropy top_k_categorical_accuracy"
    ),
    # Arguments that the constructors of some layers only pass on to their base class.
    "passed on": "activity_regularizer data_format dtype name",
}
ALLOWED = {group: frozenset(names.split()) for group, names in ALLOWED.items()}
MAX_INTEGER = 2**31 - 1

# A given mean is broadcast to the shape of the input. That memory is in no weight, so
# `keras_rebuild.limit_weights` would not count it.
NEVER_PASSED = {"Normalization": {"mean", "variance"}}


def describe_config(kind: type, config: dict) -> dict:
    """Describe the arguments of a constructor, given what `get_config` returns.

    Raises
    ------
    TransferError
        If an argument is not allowed.
    """
    described = {key: describe_argument(key, value) for key, value in config.items()}
    names = parameters(kind)
    for key in config.keys() - names:
        if described.pop(key) not in (None, False):
            raise TransferError(f"{kind.__name__} has the argument {key}, which cannot be passed.")
    return described


def rebuild_config(kind: type, config: dict) -> dict:
    """Return the arguments of a constructor, given a description that may be hostile.

    Raises
    ------
    TransferError
        If an argument is not allowed.
    """
    if not config.keys() <= parameters(kind):
        raise TransferError(f"A received {kind.__name__} has unknown arguments.")
    return {key: rebuild_argument(key, value) for key, value in config.items()}


def parameters(kind: type) -> set[str]:
    """Return the names of the arguments of a constructor that may be passed."""
    own = set(inspect.signature(kind).parameters) - NEVER_PASSED.get(kind.__name__, set())
    return own | ALLOWED["passed on"]


def describe_argument(key: str, value: Any) -> Any:
    """Describe one argument, an object of Keras as it is in the result of `get_config`."""
    match value:
        case {"module": str() as module, "class_name": name, "config": dict() as config}:
            group = _group(key)
            if module == f"keras.{group}" and name in ALLOWED[group]:
                kind = getattr(getattr(keras, group), name)
                return {"class": name, "config": describe_config(kind, config)}
        case list() | tuple():
            return type(value)(describe_argument(_singular(key), item) for item in value)
        case np.generic():
            return describe_argument(key, value.item())
        case _ if _is_allowed(key, value):
            return value
    raise TransferError(
        f"The argument {key} is of type {type(value).__name__}, or is not one of Keras's own."
    )


def rebuild_argument(key: str, value: Any) -> Any:
    """Return one argument, given a description that may be hostile."""
    match value:
        case {"class": str() as name, "config": dict() as config}:
            group = _group(key)
            if group and name in ALLOWED[group]:
                kind = getattr(getattr(keras, group), name)
                return kind(**rebuild_config(kind, config))
        case list() | tuple():
            return type(value)(rebuild_argument(_singular(key), item) for item in value)
        case _ if _is_allowed(key, value):
            return value
    raise TransferError("A received layer has an argument that is not allowed.")


def _is_allowed(key: str, value: Any) -> bool:
    """Return whether a value that is no object of Keras is allowed for an argument."""
    if isinstance(value, str) and key != "name":
        # Others, such as `padding`, are not names of classes or functions.
        return value in ALLOWED[key] if key in ALLOWED else _group(key) is None
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    return value is None or isinstance(value, float | str)


def _group(key: str) -> str | None:
    """Return the part of Keras in which the objects for an argument are."""
    return {
        "constraint": "constraints",
        "initializer": "initializers",
        "loss": "losses",
        "metric": "metrics",
        "optimizer": "optimizers",
        "regularizer": "regularizers",
    }.get(key.rpartition("_")[2])


def _singular(key: str) -> str:
    """Return the name for one element of a list of arguments."""
    return "metric" if key == "metrics" else key
