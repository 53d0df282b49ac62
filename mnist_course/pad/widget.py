"""Show the digit pad as a notebook widget: draw a digit and see every layer of a model."""

import zlib

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.display import png, png_bundle, with_widget
from mnist_course.models.numpy_layers import convolve, flatten, max_pool, relu, softmax
from mnist_course.pad.bundle import pad_style_sheet, widget_module
from mnist_course.pad.packed_weights import pack_model

# Enough for a search of nearest neighbours, and small enough to send with each pad.
MAX_SAMPLES = 500


class DigitPad(anywidget.AnyWidget):
    """Draw a digit and see the activations of every layer of a model (lesson 7).

    Works with ipywidgets 7 and 8. Without a kernel, in the book or on GitHub, a figure shows the
    first image with the model's prediction.

    Parameters
    ----------
    model
        A Keras model with the layers of ``cnn_model()``, trained or not.
    image
        The first image, shape (28, 28), uint8 from 0 (blank) to 255 (ink); blank by default.
    samples
        ``(X, y)``, such as the test set: images of shape (n, 28, 28), uint8, and their digits. The
        first 500 have buttons and are searched for the nearest neighbours of a drawing.

    Attributes
    ----------
    image : numpy.ndarray
        The current image, prepared like MNIST's digits, shape (28, 28), uint8. Setting it shows
        another image; ``pad.observe(function, "image")`` calls a function with each new one.

    Raises
    ------
    ValueError
        If the model has other layers than ``cnn_model()``, an image is not a 28x28 uint8 array, or
        the number of labels differs from the number of samples.
    """

    _esm = widget_module()
    _css = pad_style_sheet()

    image = traitlets.Any().tag(
        sync=True,
        to_json=lambda image, _: image.ravel().tolist(),
        from_json=lambda numbers, _: np.asarray(numbers, dtype=np.uint8).reshape(28, 28),
    )
    weights = traitlets.Bytes().tag(sync=True)
    sample_images = traitlets.Bytes().tag(sync=True)
    sample_labels = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, model, image: np.ndarray | None = None, samples=None):
        X, y = samples if samples is not None else (np.zeros((0, 28, 28), np.uint8), ())
        if np.shape(y) != (len(X),):
            raise ValueError(
                f"Each of the {len(X)} sample images needs a label; the labels have shape "
                f"{np.shape(y)}, not ({len(X)},).\nWhat to do: pass images and labels as "
                "load_mnist() returns them, not one-hot encoded."
            )
        X, y = X[:MAX_SAMPLES], y[:MAX_SAMPLES]
        for sample in X:
            _check_image(sample)
        super().__init__(
            image=np.zeros((28, 28), np.uint8) if image is None else image,
            sample_images=zlib.compress(np.ascontiguousarray(X).tobytes(), 9),
            sample_labels=[int(label) for label in y],
        )
        self.show_model(model)

    @traitlets.validate("image")
    def _validate_image(self, proposal: dict) -> np.ndarray:
        return _check_image(proposal["value"])

    def show_model(self, model) -> None:
        """Show another model with the same image, such as the same model after more training."""
        self.weights = pack_model(model).data
        self._model_weights = model.get_weights()

    # ipywidgets 7 and 8 display widgets differently; both call this method if it exists.
    def _ipython_display_(self) -> None:
        figure, alt = _draw(self.image, _probabilities(self._model_weights, self.image))
        data, metadata = png_bundle(png(figure), alt)
        display(with_widget(self, data), metadata=metadata, raw=True)


def _check_image(image: np.ndarray) -> np.ndarray:
    """Return the image, or raise an error if its shape or dtype is wrong."""
    shape, dtype = getattr(image, "shape", None), getattr(image, "dtype", type(image).__name__)
    if shape != (28, 28) or dtype != np.uint8:
        raise ValueError(
            f"The pad takes images of shape (28, 28) and dtype uint8, from 0 (blank) to 255 (ink); "
            f"this one has shape {shape} and dtype {dtype}.\n"
            "What to do: pass an image as load_mnist() returns it, for example X_test[0]."
        )
    return image


def _probabilities(weights: list[np.ndarray], image: np.ndarray) -> np.ndarray:
    """Compute the ten probabilities with the NumPy layers, for the figure without a browser."""
    maps = convolve(image[None, :, :, None] / np.float32(255), *weights[:2])
    flat = flatten(max_pool(relu(maps)))
    hidden = relu(flat @ weights[2] + weights[3])
    return softmax(hidden @ weights[4] + weights[5])[0]


def _draw(image: np.ndarray, probabilities: np.ndarray) -> tuple[Figure, str]:
    """Draw a digit and its ten probabilities, for pages without a kernel."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.2), width_ratios=(1, 1.6))
    left.imshow(image, vmin=0, vmax=255)
    left.axis("off")
    right.barh(range(10), probabilities)
    right.set(yticks=range(10), xlim=(0, 1), xlabel="probability")
    right.invert_yaxis()
    if not image.any():
        return figure, "The digit pad with an empty canvas."
    predicted = int(probabilities.argmax())
    percent = f"{100 * probabilities[predicted]:.1f} %"
    return figure, f"The digit pad: the network predicts {predicted}, at {percent}."
