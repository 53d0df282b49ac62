"""Chapter 12: the network as one LiteRT file, which phones and small machines run without Keras."""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def with_preparation(model: keras.Sequential) -> keras.Sequential:
    """Put chapters 2 and 3 into the network, so that they travel with it (chapter 12).

    Parameters
    ----------
    model
        Takes images of shape (n, 28, 28, 1), 0 to 1.

    Returns
    -------
    keras.Sequential
        The same layers and weights behind a new entrance: takes images as they are stored, shape
        (n, 28, 28), uint8, 0 to 255.
    """
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28), dtype="uint8", name="pixels"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Reshape((28, 28, 1)),
            *model.layers,
        ]
    )


def to_litert(model: keras.Model, path: str | os.PathLike, *, int8: bool = False) -> Path:
    """Write a network as a LiteRT file (chapter 12).

    Parameters
    ----------
    model
        Any trained network; dropout is left out of the file.
    path
        Where to write; the name ends in ``.tflite``.
    int8
        Whether large tables of weights are rounded to one byte a weight ("dynamic range").

    Returns
    -------
    pathlib.Path
        The file.
    """
    rounding = [tf.lite.Optimize.DEFAULT] if int8 else []
    with _quiet():
        model.export(str(path), format="litert", optimizations=rounding, verbose=False)
    return Path(path)


def litert_predict(path: str | os.PathLike, X: np.ndarray, batch_size: int = 500) -> np.ndarray:
    """Ask a LiteRT file for its answers (chapter 12).

    Parameters
    ----------
    path
        A file that :func:`to_litert` wrote.
    X
        Images in the shape and of the type that the file takes.
    batch_size
        Images at once.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), float32.

    Raises
    ------
    ValueError
        If ``X`` has another shape or type than the file takes.
    """
    answers = []
    with _quiet():
        interpreter = _interpreter(path)
        [entrance], [exit_] = interpreter.get_input_details(), interpreter.get_output_details()
        for first in range(0, len(X), batch_size):
            batch = X[first : first + batch_size]
            interpreter.resize_tensor_input(entrance["index"], (len(batch), *entrance["shape"][1:]))
            interpreter.allocate_tensors()
            interpreter.set_tensor(entrance["index"], batch)
            interpreter.invoke()
            answers.append(interpreter.get_tensor(exit_["index"]))
    return np.concatenate(answers)


def hold_to(ours: np.ndarray, theirs: np.ndarray, *, tolerance: float) -> tuple[float, int]:
    """Stop unless two programs give the same answers to the same images (chapter 12).

    Parameters
    ----------
    ours, theirs
        Probabilities, shape (n, 10).
    tolerance
        The largest difference of a probability that is let pass.

    Returns
    -------
    tuple
        The largest difference, and how many images get another label.

    Raises
    ------
    ValueError
        If a probability differs by more, or is not a number.
    """
    gap = float(np.abs(ours - theirs).max())
    changed = int(np.sum(ours.argmax(axis=1) != theirs.argmax(axis=1)))
    if not gap <= tolerance:
        raise ValueError(
            f"The two do not answer alike: a probability differs by {gap:.3g} ({tolerance:g} is "
            f"allowed), {changed} of {len(ours)} images get another label. Were both given the "
            "same images, prepared as each expects?"
        )
    return gap, changed


def _interpreter(path: str | os.PathLike):
    # TensorFlow's own is to move into this package some day.
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    return Interpreter(model_path=str(path))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the converter's log out of the notebook; errors come as exceptions all the same."""
    kept, nowhere, level = os.dup(2), os.open(os.devnull, os.O_WRONLY), logging.root.manager.disable
    try:
        os.dup2(nowhere, 2)
        logging.disable(logging.WARNING)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
