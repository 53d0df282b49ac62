"""Encode plain values as JSON and raw bytes; decode them without running anything received.

Numbers, text and None stand for themselves in JSON. Everything else is a list that begins with a
tag, such as `["tuple", 1, 2]`. Arrays, bytes and long text are in the buffers, in the order in
which their tags stand in the JSON, and each buffer is used once.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mnist_course.grading.execution.exchange.allowed_types import TransferError
from mnist_course.grading.execution.exchange.decoder import Decoder
from mnist_course.grading.execution.exchange.encoder import Encoder


def encode(
    value: Any, *, to_reference: Callable[[Any], dict], name: str = "the value"
) -> tuple[Any, list[bytes]]:
    """Encode a value.

    Parameters
    ----------
    value : object
        The value. An instance of a subclass is encoded as one of the plain base class.
    to_reference : callable
        Called for each function and other callable; returns a dict of text and numbers from which
        `from_reference` of `decode` makes its substitute.
    name : str
        What the value is, for error messages, such as "the result of distance".

    Returns
    -------
    tuple of object and list of bytes
        What JSON can represent, and the buffers.

    Raises
    ------
    TransferError
        If a part of the value cannot be passed, or the value is too large.
    """
    encoder = Encoder(to_reference, name)
    return encoder.encode(value), encoder.buffers


def decode(
    encoded: Any, buffers: Sequence[bytes | bytearray], *, from_reference: Callable[[dict], Any]
) -> Any:
    """Decode a value, which may come from hostile code.

    Parameters
    ----------
    encoded : object
        Parsed JSON.
    buffers : sequence of bytes-like
        The buffers. Arrays use the memory of a bytearray, and copy that of bytes.
    from_reference : callable
        Returns the substitute for a function, given the dict of text and numbers that the other
        process sent. It must not trust this dict.

    Raises
    ------
    TransferError
        If this is not an encoded value, or it is too large.
    """
    decoder = Decoder(buffers, from_reference)
    try:
        value = decoder.decode(encoded, 0)
    except Exception as error:  # hostile values, such as a list as key, raise errors of many kinds
        raise TransferError("A received value is not one of the format.") from error
    if next(decoder.buffers, None) is not None:
        raise TransferError("A received value has more buffers than parts that use them.")
    return value
