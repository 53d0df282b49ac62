"""Types and exceptions that may be passed, by name."""

import builtins

import numpy as np


class TransferError(BaseException):
    """A value cannot be passed between the student's code and the tests.

    It is no `Exception`, so that no `except Exception` in a test or an answer hides it.
    """


# Exceptions that take one text. Those that take other arguments are passed as their base class, and
# so are those that would end a loop over results, such as `map(answer, cases)`, before its end.
EXCEPTIONS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and kind.__name__ == name  # IOError is another name of OSError
    and kind.__name__
    not in {"ExceptionGroup", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError"}
    | {"StopAsyncIteration", "StopIteration"}
}

_BUILTIN_TYPES = (
    "bool bytes complex dict float frozenset int list object range set slice str tuple type"
)
_NUMPY_TYPES = (
    "bool bytes_ complex64 complex128 datetime64 float16 float32 float64 floating generic int8 "
    "int16 int32 int64 integer ndarray number str_ timedelta64 uint8 uint16 uint32 uint64"
)
TYPES: dict[str, type] = {
    **EXCEPTIONS,
    **{name: getattr(builtins, name) for name in _BUILTIN_TYPES.split()},
    **{f"numpy.{name}": getattr(np, name) for name in _NUMPY_TYPES.split()},
    "NoneType": type(None),
}
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}
