"""Find what a call changed in its arguments, and apply it to the caller's own objects.

The called process has decoded copies of the arguments. Both processes list the parts that can be
changed in the same order, so a part is known by its index.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.arrays import tensor_values
from mnist_course.grading.execution.exchange.values import decode, encode

Snapshot = list[tuple[Any, Any]]


def snapshot(arguments: Any) -> Snapshot:
    """Copy the content of each part of the arguments that a call can change.

    Parameters
    ----------
    arguments : object
        What was decoded, usually a tuple or a dictionary.

    Returns
    -------
    list of tuple
        Each part, and a copy of its content.
    """
    return [(part, _content(part)) for part in _changeable_parts(arguments)]


def changed_arguments(
    before: Snapshot, *, to_reference: Callable[[Any], dict]
) -> tuple[Any, list[bytes]]:
    """Encode what has changed since a snapshot.

    Parameters
    ----------
    before : list of tuple
        The snapshot of the arguments.
    to_reference : callable
        As for `encode`.

    Returns
    -------
    tuple of object and list of bytes
        An encoded list of pairs, index of the part and its new content.

    Raises
    ------
    TransferError
        If a new content cannot be passed.
    """
    changes = []
    for index, (part, content) in enumerate(before):
        if _has_changed(part, content):
            changes.append((index, _content(part)))
    return encode(changes, to_reference=to_reference, name="the changed arguments")


def apply_changes(
    arguments: Any,
    encoded: Any,
    buffers: Sequence[bytes | bytearray],
    *,
    from_reference: Callable[[dict], Any],
) -> Callable[[], None]:
    """Apply changes, which may come from hostile code, to the caller's own objects.

    Parameters
    ----------
    arguments : object
        What was encoded for the call.
    encoded, buffers, from_reference
        As for `decode`.

    Returns
    -------
    callable
        Restores the content that the parts had before.

    Raises
    ------
    TransferError
        If these are not changes of such arguments. Nothing was changed.
    """
    parts = _changeable_parts(arguments)
    changes = decode(encoded, buffers, from_reference=from_reference)
    if not isinstance(changes, list):
        raise TransferError("Received changes of arguments are not a list.")
    replaced = []
    for change in changes:
        match change:
            case (int() as index, new) if 0 <= index < len(parts) and _fits(parts[index], new):
                replaced.append((parts[index], _content(parts[index]), new))
            case _:
                raise TransferError(
                    "A function changed its arguments in a way that cannot be passed on. Expected "
                    "are other elements in lists, sets and dictionaries, and other values in "
                    "arrays and weights of the same shape and dtype."
                )

    def undo() -> None:
        for part, old, _ in reversed(replaced):
            _replace(part, old)

    for part, _, new in replaced:
        _replace(part, new)
    return undo


def _changeable_parts(value: Any) -> list[Any]:
    """Return lists, dictionaries, sets, arrays, tensors and layers, each before its own parts."""
    kind = type(value)
    if issubclass(kind, list):
        return [value, *_parts_of_all(list.__iter__(value))]
    if issubclass(kind, tuple):
        return _parts_of_all(tuple.__iter__(value))
    if issubclass(kind, dict):
        return [value, *_parts_of_all(dict.values(value))]
    if issubclass(kind, set | np.ndarray) or _is_layer(value) or tensor_values(value) is not None:
        return [value]
    return []


def _parts_of_all(values: Iterable) -> list[Any]:
    """Return the parts of several values, in order."""
    return [part for value in values for part in _changeable_parts(value)]


def _is_layer(value: Any) -> bool:
    """Return whether a value is a layer or network of Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and issubclass(type(value), keras.layers.Layer)


def _content(part: Any) -> Any:
    """Copy the content of a part: a container, an array, or a list of weights."""
    for kind in (list, dict, set):
        if issubclass(type(part), kind):
            return kind.copy(part)
    if issubclass(type(part), np.ndarray):
        return np.array(part)
    return [np.array(weight) for weight in part.get_weights()] if _is_layer(part) else None


def _has_changed(part: Any, old: Any) -> bool:
    """Return whether a part differs from its content before.

    Elements of containers are compared by identity; parts in them are compared on their own.
    """
    if isinstance(old, np.ndarray):
        return not _is_equal(old, part)
    if _is_layer(part):
        return not all(map(_is_equal, old, part.get_weights()))
    if len(old) != len(part):
        return True
    if isinstance(old, dict):
        before, after = [*old, *old.values()], [*part, *part.values()]
    elif isinstance(old, set):
        return old != part
    else:
        before, after = old, part
    return any(a is not b for a, b in zip(before, after, strict=True))


def _is_equal(old: np.ndarray, new: np.ndarray) -> bool:
    """Return whether two arrays have the same bytes; a NaN is equal to itself."""
    if (old.shape, old.dtype) != (new.shape, new.dtype):
        return False
    # Eight bytes at a time: 47 MB take 10 ms.
    unit = "u1" if old.nbytes % 8 else "u8"
    old, new = (np.ascontiguousarray(array).reshape(-1) for array in (old, new))
    return old.size == 0 or np.array_equal(old.view(unit), new.view(unit))


def _fits(part: Any, new: Any) -> bool:
    """Return whether a part can have a new content."""
    if isinstance(part, np.ndarray):
        return part.flags.writeable and _is_like(part, new)
    if _is_layer(part):
        weights = part.get_weights()
        return len(weights) == len(new) and all(map(_is_like, weights, new))
    if isinstance(part, list | dict | set):
        return any(isinstance(part, kind) and type(new) is kind for kind in (list, dict, set))
    return True


def _is_like(array: np.ndarray, new: Any) -> bool:
    """Return whether a value is an array of the same shape and dtype."""
    return isinstance(new, np.ndarray) and (array.shape, array.dtype) == (new.shape, new.dtype)


def _replace(part: Any, new: Any) -> None:
    """Give a part a new content. Tensors cannot be changed; their copies, arrays, can."""
    if isinstance(part, list):
        part[:] = new
    elif isinstance(part, dict | set):
        part.clear()
        part.update(new)
    elif isinstance(part, np.ndarray):
        part[...] = new
    elif _is_layer(part):
        part.set_weights(new)
