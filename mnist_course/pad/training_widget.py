"""Train a model in the browser, as a notebook widget: "Watch it learn" with your weights."""

import zlib

import anywidget
import numpy as np
import traitlets

from mnist_course.pad.bundle import pad_style_sheet, trainer_style_sheet, training_widget_module
from mnist_course.pad.packed_weights import SHAPES, check_layers, check_weights

MAX_TRAINING, MAX_HELD_OUT = 4000, 1000


class BrowserTraining(anywidget.AnyWidget):
    """Train a model in the browser and take its weights back.

    The model itself does not change until you give it the trained weights:
    ``model.set_weights(training.get_weights())``. Each run starts from the weights that the model
    had when the widget was made. It takes them at the end of each epoch and at each pause.

    Works with ipywidgets 7 and 8, while the notebook's kernel runs.

    Parameters
    ----------
    model
        A Keras model with the layers of ``cnn_model()``, trained or not. Its optimizer is not used:
        the widget has a control for it.
    training, held_out
        ``(X, y)`` as ``load_mnist()`` returns them: images of shape (n, 28, 28), uint8, and their
        digits. The first 4,000 of ``training`` are trained on, the first 1,000 of ``held_out`` are
        tested on.

    Attributes
    ----------
    epochs : list of dict
        ``number``, ``loss``, and ``trainingError`` and ``heldOutError`` in % of each epoch.

    Raises
    ------
    ValueError
        If the model has other layers than ``cnn_model()``, a weight is not finite, or images and
        labels are not as ``load_mnist()`` returns them.

    Examples
    --------
    >>> model = cnn_model()
    >>> training = BrowserTraining(model, *load_mnist("sample"))
    >>> training  # the last line of a cell shows it; press Train and wait
    >>> model.set_weights(training.get_weights())
    """

    _esm = training_widget_module()
    _css = pad_style_sheet() + trainer_style_sheet()

    start_weights = traitlets.Bytes().tag(sync=True)
    trained_weights = traitlets.Bytes().tag(sync=True)
    epochs = traitlets.List(traitlets.Dict()).tag(sync=True)
    training_images = traitlets.Bytes().tag(sync=True)
    training_labels = traitlets.List(traitlets.Int()).tag(sync=True)
    heldout_images = traitlets.Bytes().tag(sync=True)
    heldout_labels = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, model, training, held_out):
        check_layers(model)
        weights = model.get_weights()
        check_weights(weights)
        X, y = _checked(training, MAX_TRAINING)
        X_held_out, y_held_out = _checked(held_out, MAX_HELD_OUT)
        super().__init__(
            start_weights=b"".join(weight.astype("<f4").tobytes() for weight in weights),
            training_images=zlib.compress(X.tobytes()),
            training_labels=y.tolist(),
            heldout_images=zlib.compress(X_held_out.tobytes()),
            heldout_labels=y_held_out.tolist(),
        )

    def get_weights(self) -> list[np.ndarray]:
        """Return the trained weights, as ``model.set_weights`` takes them.

        Returns
        -------
        list of numpy.ndarray
            Six arrays of the shapes of ``model.get_weights()``, float32.

        Raises
        ------
        RuntimeError
            If nothing has been trained yet.
        """
        if not self.trained_weights:
            raise RuntimeError(
                "There are no trained weights yet.\n"
                "What to do: press Train in the widget, and wait for an epoch or press Pause."
            )
        numbers = np.frombuffer(self.trained_weights, "<f4").astype(np.float32)
        sizes = [int(np.prod(shape)) for shape in SHAPES]
        parts = np.split(numbers, np.cumsum(sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True)]


def _checked(digits: tuple, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first images and labels, or raise an error if they are not as expected."""
    X, y = (np.asarray(array) for array in digits)
    if X.shape[1:] != (28, 28) or X.dtype != np.uint8 or y.shape != (len(X),) or not len(X):
        raise ValueError(
            "The training takes images of shape (n, 28, 28) and dtype uint8, and n labels; these "
            f"are {X.shape}, {X.dtype} and labels of shape {y.shape}.\n"
            "What to do: pass images and labels as load_mnist() returns them, not prepared."
        )
    return np.ascontiguousarray(X[:most]), y[:most]
