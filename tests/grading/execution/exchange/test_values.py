import collections
import decimal
import enum
import math
import sys
import types
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mnist_course.grading.execution.exchange.limits import MAX_DEPTH, MAX_PARTS
from mnist_course.grading.execution.exchange.values import TransferError, decode, encode
from tests.support.exchange import exchanged, no_reference

ALLOWED = (
    type(None) | bool | int | float | complex | str | bytes | list | tuple | dict | set | frozenset
) | (range | slice | type(...) | np.ndarray | np.generic | np.dtype | type)


def is_same(a, b):
    """Compare types and contents, down to the sign of zero and the bytes of arrays."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, dict):
        return is_same(list(a.items()), list(b.items()))
    return repr(a) == repr(b) if isinstance(a, float | complex) else a == b


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(categories=None)),  # lone surrogates included
    st.binary(),
)
dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    hnp.unicode_string_dtypes(endianness="?", min_len=1),
    hnp.byte_string_dtypes(endianness="?", min_len=1),
    hnp.datetime64_dtypes(),
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
values = st.recursive(
    plain | arrays,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(plain.filter(bool), inner)
    ),
    max_leaves=20,
)


@given(values)
@settings(max_examples=150, deadline=None)
def test_exchanged_value_is_the_same(value):
    assert is_same(exchanged(value), value)


@pytest.mark.parametrize(
    "value",
    [
        2**13_000,
        "\ud83d\ude00",  # two surrogates, not one emoji
        "long" * 1000,
        {1, "a", (2, b"c")},
        frozenset({frozenset({1.5})}),
        range(10, 0, -3),
        slice(None, 5),
        ...,
        np.float16(1.5),
        np.str_("text"),
        np.datetime64("2026-11-29"),
        np.array(7),
        np.zeros((0, 3), "uint8"),
        np.dtype("int16"),
        [np.int16, int, type(None), KeyError, np.ndarray],
        {np.int64(3): 1, "last": 2, 0: 3},
    ],
    ids=lambda value: type(value).__name__,
)
def test_exchanged_value_cases(value):
    assert is_same(exchanged(value), value)


def test_exchanged_array_is_contiguous_and_can_be_changed():
    array = np.arange(12.0).reshape(3, 4)
    received = exchanged(array.T[::-1])
    assert np.array_equal(received, array.T[::-1]) and received.flags.c_contiguous
    received[0, 0] = 5
    array.flags.writeable = False
    assert not exchanged(array).flags.writeable


def test_exchanged_subclasses_arrive_as_base_values():
    class Liar(int):
        def __int__(self):
            return 0

        __index__ = __int__

    class Empty(list):
        def __iter__(self):
            return iter(())

        __len__ = None

    class Hidden(dict):
        def items(self):
            return ()

    color = enum.IntEnum("color", ["RED"])
    pair = collections.namedtuple("pair", "a b")
    sent = [Liar(5), Empty([1]), Hidden(a=1), color.RED, pair(1, 2), np.ones(2).view(np.matrix)]
    assert is_same(exchanged(sent), [5, [1], {"a": 1}, 1, (1, 2), np.ones((1, 2))])


@pytest.mark.parametrize(
    ("value", "part_of_message"),
    [
        (np.array([None]), "dtype is object"),
        (np.zeros(2, "i4,f4"), "dtype is [("),
        (np.zeros(2, "longdouble"), "dtype is float128"),
        (np.ma.array([1]), "masked array"),
        ((i for i in ()), "generator. Make a list"),
        ({}.items(), "dict_items. Make a list"),
        (types, "type module"),
        (sys.stdin, "Make a list"),
        (mock.ANY, "type _ANY"),
        (mock.NonCallableMagicMock(spec=int), "type NonCallableMagicMock"),
        (decimal.Decimal(1), "type Decimal"),
        (10**5000, "4,000 digits"),
        (np.broadcast_to(1.0, (10**5, 10**5)), "80,000,000,000 bytes"),
        (["x" * 40_000_000] * 2, "element 1 of the value"),
        ([0] * MAX_PARTS, "300,000 parts"),
        ([1, {"a": (2, iter([]))}], "element 1 of the value for the key 'a' of element 1 of the"),
        ({iter(()): 1}, "a key of the value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_encode_refused_value(value, part_of_message):
    with pytest.raises(TransferError) as error:
        encode(value, to_reference=no_reference)
    assert part_of_message in str(error.value)
    assert not isinstance(error.value, Exception)  # no `except Exception` hides it


def test_encode_cycle_and_depth():
    def nested(depth):
        return [nested(depth - 1)] if depth else []

    cycle = []
    cycle.append({"again": cycle})
    for value in (cycle, nested(MAX_DEPTH)):
        with pytest.raises(TransferError, match="nested more than 30 deep"):
            encode(value, to_reference=no_reference, name="the result of f")
    assert exchanged(nested(MAX_DEPTH - 1)) == nested(MAX_DEPTH - 1)


def test_exchanged_functions_are_references():
    sent = [len, {"call": np.add}, str.upper]
    received = exchanged(
        sent,
        to_reference=lambda function: {"name": function.__name__},
        from_reference=lambda reference: ("function", reference["name"]),
    )
    assert received == [("function", "len"), {"call": ("function", "add")}, ("function", "upper")]


HOSTILE = [  # with no buffer, and with one of eight bytes 255
    ["list", ["unknown"]],
    [],
    {},
    ["array", "|O", [1], True],
    ["array", "i4,f4", [1], True],
    ["array", "<f8", [10**12], True],
    ["array", "<f8", [-1, -1], True],
    ["array", "<f8", [True], True],
    ["array", "<f8", [1] * 100, True],
    ["array", "<f8", [0, 2**70], True],
    ["array", "|u1", [3], True],
    ["array", "|b1", [8], True],
    ["array", "<M8", [1], True],
    ["array", "<U2", [1], True],
    ["scalar", "<f8", [1]],
    ["dtype", "O"],
    ["dtype", "<m8[0s]"],
    ["type", "os.system"],
    ["type", ["int"]],
    ["reference", {"a": [1]}],
    ["reference", "eval"],
    ["set", ["list"]],
    ["dict", ["list"], 1],
    ["dict", 1],
    ["range", 1, 2, 0],
    ["range", 1],
    ["float", "1e5"],
    ["complex", 1, "x"],
    ["keras", None],
    ["text"],
    2**14_000,
]


@pytest.mark.parametrize("encoded", HOSTILE, ids=range(len(HOSTILE)))
def test_decode_hostile_value(encoded):
    for buffers in ([], [b"\xff" * 8]):
        with pytest.raises(TransferError):
            decode(encoded, buffers, from_reference=no_reference)


def test_decode_uses_each_buffer_once():
    array = ["array", "|u1", [3], True]
    with pytest.raises(TransferError, match="fewer buffers"):
        decode(["list", array, array], [b"abc"], from_reference=no_reference)
    with pytest.raises(TransferError, match="more buffers"):
        decode(array, [b"abc", b""], from_reference=no_reference)


def test_decode_too_many_parts_or_too_deep():
    deep = 0
    for _ in range(MAX_DEPTH + 1):
        deep = ["tuple", deep]
    for encoded in (deep, ["list", *[0] * MAX_PARTS]):
        with pytest.raises(TransferError, match="too many parts"):
            decode(encoded, [], from_reference=no_reference)


tags = (
    "list tuple set frozenset dict range slice array scalar dtype type keras reference text bytes"
)
json_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*tags.split(), "float", "complex", "Ellipsis", "nan", "int"])
    | st.sampled_from(["<f8", "|b1", "<U1", "<M8[s]", "|O", "numpy.int16"])
)
json_values = st.recursive(
    json_leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(st.sampled_from(tags.split()), inner).map(list)
        | st.tuples(st.sampled_from(tags.split()), inner, inner, inner).map(list)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=15,
)


def all_parts(value):
    """Yield a value and what is in it."""
    yield value
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from all_parts(part)


@given(json_values, st.lists(st.binary(max_size=32), max_size=3))
@settings(max_examples=500, deadline=None)
def test_decode_fuzzed_value(encoded, buffers):
    try:
        value = decode(encoded, buffers, from_reference=lambda reference: None)
    except TransferError:
        return
    assert all(isinstance(part, ALLOWED) for part in all_parts(value))


@given(values, st.data())
@settings(max_examples=150, deadline=None)
def test_decode_damaged_value(value, data):
    """Change one part of an encoded value, at any depth, or one buffer."""
    encoded, buffers = encode(value, to_reference=no_reference)
    place = encoded
    while isinstance(place, list) and place:
        index = data.draw(st.integers(0, len(place) - 1))
        if not isinstance(place[index], list) or data.draw(st.booleans()):
            place[index] = data.draw(json_values)
            break
        place = place[index]
    if buffers and data.draw(st.booleans()):
        buffers[data.draw(st.integers(0, len(buffers) - 1))] = data.draw(st.binary(max_size=16))
    try:
        received = decode(encoded, buffers, from_reference=lambda reference: None)
    except TransferError:
        return
    assert all(isinstance(part, ALLOWED) for part in all_parts(received))
    repr(received)  # values that NumPy cannot print are not received


def test_exchanged_nan_is_no_json_constant():
    encoded, _ = encode([math.nan, -math.inf], to_reference=no_reference)
    assert encoded == ["list", ["float", "nan"], ["float", "-inf"]]


def test_encode_long_range():
    with pytest.raises(TransferError, match="range of more than 300,000"):
        encode(range(10**400), to_reference=None)


def test_decode_long_range():
    with pytest.raises(TransferError):
        decode(["range", 0, 10**9, 1], [], from_reference=None)
