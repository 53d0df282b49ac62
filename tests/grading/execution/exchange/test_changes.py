import collections

import numpy as np
import pytest

from mnist_course.grading.execution.exchange.changes import (
    apply_changes,
    changed_arguments,
    snapshot,
)
from mnist_course.grading.execution.exchange.values import TransferError, encode
from tests.support.exchange import exchanged, no_reference, through_json


def changes_by(function, arguments):
    """Call a function with what arrives of the arguments; return what arrives of its changes."""
    received = exchanged(arguments)
    before = snapshot(received)
    function(*received)
    return through_json(*changed_arguments(before, to_reference=no_reference))


def applied(function, arguments):
    """Call a function as another process would; return the function that undoes its changes."""
    changes = changes_by(function, arguments)
    return apply_changes(arguments, *changes, from_reference=no_reference)


def test_apply_changes_and_undo():
    base, rows = np.arange(6.0), [[1, 2], [3]]
    table = collections.defaultdict(list, a=[0])
    arguments = (base[::2], rows, {"deep": (table, {7})}, 5, "text", np.float32(1))

    def function(view, rows, deep, *others):
        view[1] = np.nan
        rows.reverse()
        rows[0].append(4)
        deep["deep"][0]["a"].append(1)
        deep["deep"][0]["b"] = 2
        deep["deep"][1].discard(7)

    undo = applied(function, arguments)
    assert np.array_equal(base, [0, 1, np.nan, 3, 4, 5], equal_nan=True)
    assert rows == [[3, 4], [1, 2]]
    assert arguments[2] == {"deep": ({"a": [0, 1], "b": 2}, set())}
    assert isinstance(arguments[2]["deep"][0], collections.defaultdict)
    undo()
    assert base.tolist() == [0, 1, 2, 3, 4, 5] and rows == [[1, 2], [3]]
    assert arguments[2] == {"deep": ({"a": [0]}, {7})}


@pytest.mark.parametrize(
    "argument",
    [
        np.array([np.nan, 0.0]),
        np.array(3),
        np.zeros((0, 2)),
        np.array(["text"]),
        np.zeros(3, "M8[s]"),
        np.arange(12).reshape(3, 4).T,
        [float("nan"), [10**30]],
        {"a": 1.5},
        {1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_changed_arguments_nothing_changed(argument):
    assert changes_by(lambda argument: None, (argument,)) == (["list"], [])


@pytest.mark.parametrize("dtype", ["u1", "f8", "c16", "U1", "m8[s]"])
def test_changed_arguments_smallest_change(dtype):
    def function(array):
        array.reshape(-1)[4] = array.reshape(-1)[3]

    array = np.arange(15).astype(dtype).reshape(3, 5)
    encoded, buffers = changes_by(function, (array,))
    assert len(encoded) == 2 and len(buffers) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_changed_arguments_shape():
    array = np.zeros(4)
    changes = changes_by(lambda array: setattr(array, "shape", (2, 2)), (array,))
    with pytest.raises(TransferError, match="same shape"):
        apply_changes((array,), *changes, from_reference=no_reference)


@pytest.mark.parametrize(
    "changes",
    [
        None,
        [5],
        [(0,)],
        [(-1, [1])],
        [(9, [1])],
        [(0.0, [1])],
        [(0, (1, 2))],
        [(0, {"a": 1})],
        [(1, [1.0, 2.0])],
        [(1, np.zeros(3))],
        [(1, np.zeros(2, "f4"))],
        [(2, np.zeros(2))],
        [(0, [7]), (1, "x")],
    ],
    ids=lambda value: type(value).__name__,
)
def test_apply_changes_hostile(changes):
    locked = np.ones(2)
    locked.flags.writeable = False
    arguments = ([1], np.ones(2), locked, [1])
    with pytest.raises(TransferError):
        apply_changes(
            arguments, *encode(changes, to_reference=no_reference), from_reference=no_reference
        )
    assert arguments[0] == [1] and (arguments[1] == 1).all()  # not even the valid ones
