import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_course.grading.execution.exchange.exceptions import decode_exception, encode_exception


class OwnError(ValueError):
    pass


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ValueError("bad shape"), ValueError, "bad shape"),
        (KeyError("digit"), KeyError, "'digit'"),
        (ZeroDivisionError(), ZeroDivisionError, ""),
        (OwnError("mine"), ValueError, "mine"),
        (np.linalg.LinAlgError("singular"), ValueError, "singular"),
        (np.exceptions.AxisError(3, 2), ValueError, "axis 3 is out of bounds"),
        (FileNotFoundError(2, "No file", "x"), FileNotFoundError, "[Errno 2] No file: 'x'"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"), UnicodeError, "can't decode byte"),
        (SystemExit("stop"), Exception, "SystemExit: stop"),
        (KeyboardInterrupt(), Exception, "KeyboardInterrupt"),
        (ExceptionGroup("several", [ValueError()]), Exception, "ExceptionGroup: several"),
        (UnprintableError(), Exception, "UnprintableError"),
        (AssertionError(("tuple", 1)), AssertionError, "('tuple', 1)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exception_arrives_as_nearest_builtin_type(error, kind, text):
    received = decode_exception(encode_exception(error))
    assert type(received) is kind and text in str(received)


def test_exception_key_error_text_is_the_same():
    assert str(decode_exception(encode_exception(KeyError("digit")))) == "'digit'"


def test_exception_text_is_bounded_and_printable():
    text = str(decode_exception({"type": "ValueError", "text": "\x1b[2J" + "x" * 10**6}))
    assert len(text) <= 2000 and "\x1b" not in text
    assert len(encode_exception(ValueError("x" * 10**6))["text"]) <= 2000


json_values = st.recursive(
    st.none() | st.integers() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values | st.fixed_dictionaries({"type": json_values, "text": json_values}))
def test_decode_exception_fuzzed(encoded):
    error = decode_exception(encoded)
    assert isinstance(error, Exception) and type(error).__module__ == "builtins"
    str(error).encode("utf-8")  # no lone surrogates


@pytest.mark.parametrize("name", ["StopIteration", "StopAsyncIteration"])
def test_decode_exception_ends_no_loop(name):
    assert type(decode_exception({"type": name, "text": "x"})) is Exception
