"""Convert a network to a LiteRT file, which phones and small computers run without Keras."""

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


def with_preprocessing(model: keras.Sequential) -> keras.Sequential:
    """Add the reshaping and normalizing of the images to the network (lesson 18).

    Parameters
    ----------
    model
        Takes images of shape (n, 28, 28, 1), 0 to 1.

    Returns
    -------
    keras.Sequential
        The same layers and weights; takes images as they are stored, shape (n, 28, 28), uint8, 0 to
        255.
    """
    pixels = keras.Input(shape=(28, 28), dtype="uint8", name="pixels")
    preprocessing = [keras.layers.Rescaling(1 / 255), keras.layers.Reshape((28, 28, 1))]
    return keras.Sequential([pixels, *preprocessing, *model.layers])


def to_litert(model: keras.Model, path: str | os.PathLike, *, int8: bool = False) -> Path:
    """Write a network as a LiteRT file (lesson 18).

    Parameters
    ----------
    model
        Any trained network; dropout is left out of the file.
    path
        Path of the file; its name ends in ``.tflite``.
    int8
        Whether large arrays of weights are quantized to one byte per weight ("dynamic range
        quantization").

    Returns
    -------
    pathlib.Path
        Path of the file.
    """
    rounding = [tf.lite.Optimize.DEFAULT] if int8 else []
    with _quiet():
        model.export(str(path), format="litert", optimizations=rounding, verbose=False)
    return Path(path)


def litert_predict(path: str | os.PathLike, X: np.ndarray, batch_size: int = 500) -> np.ndarray:
    """Predict with a LiteRT file (lesson 18).

    Parameters
    ----------
    path
        A file that :func:`to_litert` wrote.
    X
        Images of the shape and dtype that the file takes.
    batch_size
        Images in one call of the interpreter.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, 10), float32.

    Raises
    ------
    ValueError
        If ``X`` has another shape or dtype than the file takes.
    """
    probabilities = []
    with _quiet():
        interpreter = _interpreter(path)
        [input_details], [output_details] = (
            interpreter.get_input_details(),
            interpreter.get_output_details(),
        )
        for first in range(0, len(X), batch_size):
            batch = X[first : first + batch_size]
            interpreter.resize_tensor_input(
                input_details["index"], (len(batch), *input_details["shape"][1:])
            )
            interpreter.allocate_tensors()
            interpreter.set_tensor(input_details["index"], batch)
            interpreter.invoke()
            probabilities.append(interpreter.get_tensor(output_details["index"]))
    return np.concatenate(probabilities)


def check_predictions_close(
    predictions: np.ndarray, expected: np.ndarray, *, tolerance: float
) -> tuple[float, int]:
    """Raise unless two programs give the same predictions for the same images (lesson 18).

    Parameters
    ----------
    predictions, expected
        Probabilities, shape (n, 10), n at least 1.
    tolerance
        The largest allowed difference of a probability.

    Returns
    -------
    tuple
        The largest difference, and the number of images that get another label.

    Raises
    ------
    ValueError
        If the shapes differ or are not (n, 10), or if a probability differs by more than
        ``tolerance`` or is NaN.
    """
    # NumPy subtracts one row from all rows without an error.
    if predictions.shape != expected.shape:
        raise ValueError(
            f"The predictions have the shape {predictions.shape}; {expected.shape} was expected."
            "\nWhat to do: predict all images with both programs, and compare all probabilities."
        )
    if expected.ndim != 2 or expected.shape[1] != 10 or not len(expected):
        raise ValueError(
            f"The predictions have the shape {expected.shape}; (n, 10) was expected: one row for "
            "each image, one column for each digit.\nWhat to do: predict one image or more with "
            "both programs, and keep both axes."
        )
    gap = float(np.abs(predictions - expected).max())
    changed = int(np.sum(predictions.argmax(axis=1) != expected.argmax(axis=1)))
    if not gap <= tolerance:
        raise ValueError(
            f"The predictions differ: a probability differs by {gap:.3g} ({tolerance:g} is "
            f"allowed), {changed} of {len(predictions)} images get another label.\nWhat to do: "
            "check that both got the same images, prepared as each expects."
        )
    return gap, changed


def _interpreter(path: str | os.PathLike):
    # TensorFlow plans to move its interpreter to this package.
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    return Interpreter(model_path=str(path))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the log of converter and interpreter; errors are still raised as exceptions."""
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
