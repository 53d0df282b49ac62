"""The holdout test set says when it is opened, and remembers."""

import numpy as np
import pytest

from mnist_course.evaluation.holdout import HoldoutTestSet


def images(value):
    return np.full((4, 28, 28, 1), value, "float32"), np.arange(4)


def test_it_hands_out_what_it_was_given_and_says_when(capsys):
    holdout = HoldoutTestSet(*images(0.1))
    assert holdout.access_log == [] and "opened 0 times" in repr(holdout)
    X, y = holdout.open("the final network")
    assert np.array_equal(X, images(0.1)[0]) and list(y) == [0, 1, 2, 3]
    assert "for the first time: the final network" in capsys.readouterr().out


def test_it_warns_when_it_is_opened_again(capsys):
    holdout = HoldoutTestSet(*images(0.2))
    holdout.open("one")
    assert "too kind" not in capsys.readouterr().out
    holdout.open("another")
    said = capsys.readouterr().out
    assert "opened again: another" in said and "before for one" in said and "too kind" in said
    assert holdout.access_log == ["one", "another"]


def test_a_second_object_of_the_same_images_remembers_and_other_images_do_not(capsys):
    HoldoutTestSet(*images(0.3)).open("one")
    HoldoutTestSet(*images(0.3)).open("two")
    assert "again" in capsys.readouterr().out
    HoldoutTestSet(*images(0.4)).open("one")
    assert "again" not in capsys.readouterr().out


def test_what_it_cannot_keep_is_named():
    with pytest.raises(ValueError, match="4 and 3"):
        HoldoutTestSet(images(0.5)[0], np.arange(3))
    with pytest.raises(ValueError, match="Say what"):
        HoldoutTestSet(*images(0.6)).open(" ")
