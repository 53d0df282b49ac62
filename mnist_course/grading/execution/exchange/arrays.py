"""Check and decode NumPy arrays from another process."""

import contextlib
import math
import re
import sys
from typing import Any

import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TransferError

UNIT = r"\[([1-9]\d{0,3})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\]"
# Numbers, fixed-width text and bytes, and times; never objects or structures.
DTYPE = re.compile(
    rf"[<>|](b1|[iu][1248]|f[248]|c(8|16)|[SU][1-9]\d{{0,7}}|M8{UNIT}|m8({UNIT})?)", re.ASCII
)
LARGEST_CHARACTER = 0x10FFFF


def is_passable(dtype: np.dtype) -> bool:
    """Return whether arrays of a dtype may be passed."""
    # Without fields and metadata, and no user-defined dtype, which could have the same name.
    return DTYPE.fullmatch(dtype.str) is not None and dtype == np.dtype(dtype.str)


def decode_dtype(name: Any) -> np.dtype:
    """Return a dtype by its name.

    Raises
    ------
    TransferError
        If it is not one that may be passed.
    """
    if not isinstance(name, str) or not DTYPE.fullmatch(name):
        raise TransferError("A received array has a dtype that is not allowed.")
    return np.dtype(name)


def decode_array(dtype_name: Any, shape: Any, buffer: bytes | bytearray) -> np.ndarray:
    """Return an array. It uses the memory of a bytearray, and copies that of bytes.

    Raises
    ------
    TransferError
        If the dtype is not allowed, or shape and dtype do not fit the buffer.
    """
    dtype = decode_dtype(dtype_name)
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise TransferError("A received array has an invalid shape.")
    if math.prod(shape) * dtype.itemsize != len(buffer):
        raise TransferError("A received array has another size than its shape and dtype.")
    # Values that NumPy never makes and does not expect.
    if dtype.kind == "b" and (np.frombuffer(buffer, "u1") > 1).any():
        raise TransferError("A received boolean array has values that are not boolean.")
    if dtype.kind == "U":
        codes = np.frombuffer(buffer, dtype.str[0] + "u4")
        if (codes > LARGEST_CHARACTER).any():
            raise TransferError("A received array has text that is not Unicode.")
    return np.ndarray(shape, dtype, bytearray(buffer) if isinstance(buffer, bytes) else buffer)


def tensor_values(value: Any) -> np.ndarray | None:
    """Return the values of a TensorFlow tensor or Keras variable; None if it is neither."""
    tensorflow, keras = sys.modules.get("tensorflow"), sys.modules.get("keras")
    if keras and isinstance(value, keras.Variable):
        value = value.value
    if tensorflow and isinstance(value, tensorflow.Tensor | tensorflow.Variable):
        with contextlib.suppress(NotImplementedError):  # symbolic tensors have no values
            return np.asarray(value)
    return None
