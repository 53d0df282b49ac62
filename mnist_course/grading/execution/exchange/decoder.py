"""Decode a value from JSON and raw bytes, which may come from hostile code."""

import reprlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mnist_course.grading.execution.exchange.allowed_types import TYPES, TransferError
from mnist_course.grading.execution.exchange.arrays import decode_array, decode_dtype
from mnist_course.grading.execution.exchange.limits import MAX_DEPTH, MAX_INTEGER_BITS, MAX_PARTS


class Decoder:
    """Decodes one value; `values.decode` describes the parameters."""

    def __init__(self, buffers: Sequence[bytes | bytearray], from_reference: Callable):
        self.buffers = iter(buffers)
        self.from_reference = from_reference
        self.parts = 0

    def decode(self, encoded: Any, depth: int) -> Any:
        """Return the value that JSON stands for."""
        self.parts += 1
        if self.parts > MAX_PARTS or depth > MAX_DEPTH:
            raise TransferError("A received value has too many parts, or is nested too deep.")
        match encoded:
            case None | bool() | float() | str():
                return encoded
            case int() if encoded.bit_length() <= MAX_INTEGER_BITS:
                return encoded
            case ["float", "nan" | "inf" | "-inf" as text]:
                return float(text)
            case ["complex", real, imaginary]:
                parts = self.decode(real, depth), self.decode(imaginary, depth)
                if all(isinstance(part, float) for part in parts):
                    return complex(*parts)
            case ["text"]:
                return self.next_buffer().decode("utf-8", "surrogatepass")
            case ["bytes"]:
                return bytes(self.next_buffer())
            case ["list" | "tuple" | "set" | "frozenset" as tag, *elements]:
                return TYPES[tag](self.decode(element, depth + 1) for element in elements)
            case ["dict", *elements]:
                parts = iter([self.decode(element, depth + 1) for element in elements])
                return dict(zip(parts, parts, strict=True))
            case ["range" | "slice" as tag, *bounds] if len(bounds) == 3:
                value = TYPES[tag](*[self.decode(bound, depth + 1) for bound in bounds])
                if tag == "range" and len(value) > MAX_PARTS:  # a test may make a list of it
                    raise TransferError("A received range is too long.")
                return value
            case ["Ellipsis"]:
                return Ellipsis
            case ["array", dtype, shape, bool() as writeable]:
                array = decode_array(dtype, shape, self.next_buffer())
                array.flags.writeable = writeable
                return array
            case ["scalar", dtype, []]:
                return decode_array(dtype, [], self.next_buffer())[()]
            case ["dtype", dtype]:
                return decode_dtype(dtype)
            case ["type", str() as name] if name in TYPES:
                return TYPES[name]
            case ["keras", description] if "keras" in sys.modules:
                from mnist_course.grading.execution.exchange import keras_rebuild

                return keras_rebuild.rebuild(self.decode(description, depth + 1))
            case ["reference", dict() as reference] if is_plain(reference):
                return self.from_reference(reference)
        raise TransferError(f"A received value has an unknown part: {reprlib.repr(encoded)}")

    def next_buffer(self) -> bytes | bytearray:
        """Return the next buffer; each is used once, so that no value outgrows its message."""
        buffer = next(self.buffers, None)
        if buffer is None:
            raise TransferError("A received value has fewer buffers than parts that use them.")
        return buffer


def is_plain(reference: dict) -> bool:
    """Return whether parsed JSON is a flat object."""
    return all(value is None or isinstance(value, str | int) for value in reference.values())
