"""Encode an exception of a student's code, and decode it as a builtin one with bounded text."""

from mnist_course.grading.execution.exchange.allowed_types import EXCEPTIONS
from mnist_course.grading.submissions.printable import printable

MAX_CHARACTERS = 2000


def encode_exception(error: BaseException) -> dict:
    """Encode an exception.

    Returns
    -------
    dict
        "type", the name of the nearest builtin exception, and "text". The text begins with the
        name of the type if no builtin exception but `Exception` is near.
    """
    kind = next((one for one in type(error).__mro__ if one in EXCEPTIONS.values()), Exception)
    # `str` of a KeyError adds quotation marks, and the decoded one adds its own.
    is_text = len(error.args) == 1 and isinstance(error.args[0], str)
    text = printable(error.args[0] if is_text else error, MAX_CHARACTERS)
    if kind is Exception and type(error) is not Exception:
        text = printable(f"{type(error).__name__}: {text}", MAX_CHARACTERS)
    return {"type": kind.__name__, "text": text}


def decode_exception(encoded: object) -> Exception:
    """Decode an exception, which may come from hostile code.

    Parameters
    ----------
    encoded : object
        Parsed JSON.

    Returns
    -------
    Exception
        A builtin exception with printable text of at most 2,000 characters; an `Exception` if
        the type is not an allowed one.
    """
    encoded = encoded if isinstance(encoded, dict) else {}
    name = encoded.get("type")
    kind = EXCEPTIONS.get(name, Exception) if isinstance(name, str) else Exception
    return kind(printable(encoded.get("text", ""), MAX_CHARACTERS))
