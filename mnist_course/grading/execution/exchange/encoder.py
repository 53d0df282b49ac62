"""Encode a value as JSON and raw bytes."""

import collections.abc
import math
import reprlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TYPE_NAMES, TransferError
from mnist_course.grading.execution.exchange.arrays import is_passable, tensor_values
from mnist_course.grading.execution.exchange.limits import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER_BITS,
    MAX_PARTS,
)

LONGEST_JSON_TEXT = 200
PLACES_NAMED = 4  # in an error message, of those in nested containers
CONTAINERS = (list, tuple, set, frozenset)
EXPECTED = (
    "Expected are numbers, text, lists, tuples, sets, dictionaries, NumPy arrays, functions, and "
    "networks of Keras's own layers."
)


class Encoder:
    """Encodes one value; `values.encode` describes the parameters."""

    def __init__(self, to_reference: Callable[[Any], dict], name: str):
        self.to_reference = to_reference
        self.name = name
        self.buffers: list[bytes] = []
        self.bytes = self.parts = 0
        self.path: list[str | int] = []  # index of an element, or text on a key

    def encode(self, value: Any) -> Any:
        """Return what stands for a value in JSON."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            self.refuse(f"It has more than {MAX_PARTS:,} parts. Use NumPy arrays for many numbers.")
        # The true type: a mock object reports another class. The base class's own methods read
        # the value, so that methods of a subclass do not change what is sent.
        kind = type(value)
        if value is None or kind is bool:
            return value
        if issubclass(kind, np.generic):
            return self.array("scalar", np.asarray(value))
        if issubclass(kind, int):
            return self.integer(int.__int__(value))
        if issubclass(kind, float):
            return self.real(float.__float__(value))
        if issubclass(kind, str):
            return self.text(str.__str__(value))
        if issubclass(kind, complex):
            number = complex.__complex__(value)
            return ["complex", self.real(number.real), self.real(number.imag)]
        if issubclass(kind, bytes):
            return self.buffer(["bytes"], bytes.__getitem__(value, slice(None)))
        if issubclass(kind, dict):
            return self.container("dict", self.places_in_dict(value))
        for base in CONTAINERS:
            if issubclass(kind, base):
                return self.container(base.__name__, enumerate(base.__iter__(value)))
        if kind is range and value[MAX_PARTS:]:
            self.refuse(f"It is a range of more than {MAX_PARTS:,} numbers.")
        if kind in (range, slice):
            bounds = (value.start, value.stop, value.step)
            return self.container(kind.__name__, enumerate(bounds))
        if value is Ellipsis:
            return ["Ellipsis"]
        if issubclass(kind, np.ma.MaskedArray):
            self.refuse("It is a masked array. Use an array with NaN, or `array.filled(...)`.")
        if issubclass(kind, np.ndarray):
            return self.array("array", np.asarray(value), value.flags.writeable)
        if issubclass(kind, np.dtype):
            return ["dtype", self.dtype(value)]
        return self.object(value)

    def object(self, value: Any) -> Any:
        """Encode a type, a tensor, a network or a function."""
        if isinstance(value, type) and value in TYPE_NAMES:
            return ["type", TYPE_NAMES[value]]
        if (values := tensor_values(value)) is not None:
            return self.array("array", values, True)
        if "keras" in sys.modules:
            from mnist_course.grading.execution.exchange import keras_description

            if keras_description.is_layer(value):
                try:
                    description = keras_description.describe(value)
                except (TransferError, Exception) as error:
                    self.refuse(str(error))
                return self.container("keras", [("the description", description)])
        if callable(value):
            return ["reference", self.to_reference(value)]
        if isinstance(value, collections.abc.Iterator | collections.abc.MappingView):
            self.refuse(f"It is of type {type(value).__name__}. Make a list of it: `list(...)`.")
        self.refuse(f"It is of type {type(value).__name__}. {EXPECTED}")

    def integer(self, number: int) -> int:
        """Encode an integer."""
        if number.bit_length() > MAX_INTEGER_BITS:
            self.refuse("It is an integer of more than 4,000 digits.")
        return number

    def real(self, number: float) -> float | list:
        """Encode a floating-point number; JSON has neither NaN nor infinity."""
        return number if math.isfinite(number) else ["float", str(number)]

    def text(self, text: str) -> str | list:
        """Encode text. JSON would join two lone surrogates to one character."""
        if len(text) > LONGEST_JSON_TEXT or has_surrogates(text):
            return self.buffer(["text"], text.encode("utf-8", "surrogatepass"))
        return text

    def container(self, tag: str, places: Iterable[tuple[str | int, Any]]) -> list:
        """Encode the elements of a container, given as pairs of place and element."""
        if len(self.path) == MAX_DEPTH:
            self.refuse(f"It is nested more than {MAX_DEPTH} deep, or contains itself.")
        encoded = [tag]
        for place, element in places:
            self.path.append(place)
            encoded.append(self.encode(element))
            self.path.pop()
        return encoded

    def places_in_dict(self, value: dict) -> Iterator[tuple[str, Any]]:
        """Yield keys and values in turn, each with its place."""
        for key, element in dict.items(value):
            yield "a key", key
            yield f"the value for the key {reprlib.repr(key)}", element

    def array(self, tag: str, array: np.ndarray, *writeable: bool) -> list:
        """Encode an array or scalar."""
        header = [tag, self.dtype(array.dtype), list(array.shape), *writeable]
        if array.nbytes > MAX_BYTES:
            self.refuse(f"It is an array of {array.nbytes:,} bytes; {MAX_BYTES:,} are allowed.")
        return self.buffer(header, array.tobytes())

    def dtype(self, dtype: np.dtype) -> str:
        """Return the name of a dtype."""
        if not is_passable(dtype):
            self.refuse(
                f"Its dtype is {dtype}. Expected are numbers, booleans, text or times, such as "
                "float32; `array.tolist()` makes a list of other arrays."
            )
        return dtype.str

    def buffer(self, header: list, content: bytes) -> list:
        """Add a buffer; return the header."""
        self.bytes += len(content)
        if self.bytes > MAX_BYTES:
            self.refuse(f"All parts together have more than {MAX_BYTES:,} bytes.")
        self.buffers.append(content)
        return header

    def refuse(self, reason: str) -> NoReturn:
        """Raise TransferError with the place in the value."""
        places = [f"element {place}" if isinstance(place, int) else place for place in self.path]
        if len(places) > PLACES_NAMED:
            places[:-PLACES_NAMED] = ["…"]
        place = " of ".join([*reversed(places), self.name])
        raise TransferError(
            f"Cannot pass {place} between the student's code and the tests. {reason}"
        )


def has_surrogates(text: str) -> bool:
    """Return whether text has lone surrogates, which no encoding represents."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
