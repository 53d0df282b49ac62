"""A hold-out test set reports when it is opened, also through another object."""

import numpy as np
import pytest

from mnist_course.evaluation.holdout import HoldoutTestSet


def images(value):
    return np.full((4, 28, 28, 1), value, "float32"), np.arange(4)


def test_open_first_time(capsys):
    holdout = HoldoutTestSet(*images(0.1))
    assert holdout.access_log == [] and "opened 0 times" in repr(holdout)
    X, y = holdout.open("the final network")
    assert np.array_equal(X, images(0.1)[0]) and list(y) == [0, 1, 2, 3]
    assert "for the first time: the final network" in capsys.readouterr().out


def test_open_again(capsys):
    holdout = HoldoutTestSet(*images(0.2))
    holdout.open("one")
    assert "is biased" not in capsys.readouterr().out
    holdout.open("another")
    output = capsys.readouterr().out
    assert "opened again: another" in output and "before for one" in output
    assert "is biased" in output
    assert holdout.access_log == ["one", "another"]


def test_open_other_object_of_same_images(capsys):
    HoldoutTestSet(*images(0.3)).open("one")
    HoldoutTestSet(*images(0.3)).open("two")
    assert "again" in capsys.readouterr().out


def test_open_other_images(capsys):
    HoldoutTestSet(*images(0.4)).open("one")
    HoldoutTestSet(*images(0.5)).open("one")
    assert "again" not in capsys.readouterr().out


def test_holdout_label_count():
    with pytest.raises(ValueError, match="4 and 3"):
        HoldoutTestSet(images(0.6)[0], np.arange(3))


def test_open_without_purpose():
    with pytest.raises(ValueError, match="purpose is empty"):
        HoldoutTestSet(*images(0.7)).open(" ")
