"""The digit pad in a notebook: draw to Python, and see one's own network think."""

import zlib

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.explorer import with_widget
from mnist_course.figures.plots import picture, png
from mnist_course.models.numpy_layers import convolve, flatten, max_pool, relu, softmax
from mnist_course.pad.bundle import module, styles
from mnist_course.pad.quantized import pack_model

# Enough to find neighbours among, little enough to be sent along with each pad.
MOST_SAMPLES = 500


class DigitPad(anywidget.AnyWidget):
    """Paper to draw a digit on, and every number that a network makes of it (chapter 7).

    It works with ipywidgets 7 and 8. Without a kernel, in the book or on GitHub, the digit it began
    with stays as a picture, with the network's answer.

    Parameters
    ----------
    model
        A Keras model with the layers of ``cnn_model()``, trained or not.
    image
        A digit to begin with, shape (28, 28), uint8 from 0 (paper) to 255 (ink); blank paper where
        it is left out.
    samples
        ``(X, y)``, such as the test set: images of shape (n, 28, 28), uint8, and their digits. The
        first 500 can be taken up with a key, and searched for the digits most like a drawing.

    Attributes
    ----------
    image : numpy.ndarray
        What lies on the paper now, prepared as MNIST's digits are, shape (28, 28), uint8. Setting
        it puts a digit down; ``pad.observe(function, "image")`` hears of each new one.

    Raises
    ------
    ValueError
        If the model is another network, an image is no 28x28 uint8 array, or a sample has no
        label.
    """

    _esm = module()
    _css = styles()

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
                f"Each of the {len(X)} sample images needs its digit; the labels have shape "
                f"{np.shape(y)}, not ({len(X)},).\nWhat to do: hand over images and labels as "
                "load_mnist() gives them, not one-hot encoded."
            )
        X, y = X[:MOST_SAMPLES], y[:MOST_SAMPLES]
        for sample in X:
            _check(sample)
        super().__init__(
            image=np.zeros((28, 28), np.uint8) if image is None else image,
            sample_images=zlib.compress(np.ascontiguousarray(X).tobytes(), 9),
            sample_labels=[int(label) for label in y],
        )
        self.show_model(model)

    @traitlets.validate("image")
    def _validate_image(self, proposal: dict) -> np.ndarray:
        return _check(proposal["value"])

    def show_model(self, model) -> None:
        """Show another network on the same paper: the same one after more training, for example."""
        self.weights = pack_model(model).data
        self._shown = model.get_weights()

    # ipywidgets 7 and 8 display in two different ways, and both leave it to this one.
    def _ipython_display_(self) -> None:
        figure, alt = _draw(self.image, _probabilities(self._shown, self.image))
        data, metadata = picture(png(figure), alt)
        display(with_widget(self, data), metadata=metadata, raw=True)


def _check(image: np.ndarray) -> np.ndarray:
    """Return an image as it came, if it is one."""
    shape, dtype = getattr(image, "shape", None), getattr(image, "dtype", type(image).__name__)
    if shape != (28, 28) or dtype != np.uint8:
        raise ValueError(
            f"The pad takes images of shape (28, 28) and dtype uint8, from 0 (paper) to 255 (ink); "
            f"this one has shape {shape} and dtype {dtype}.\n"
            "What to do: hand over an image as load_mnist() gives it, X_test[0] for example."
        )
    return image


def _probabilities(weights: list[np.ndarray], image: np.ndarray) -> np.ndarray:
    """Compute the ten probabilities as chapter 5 does, so that the picture needs no browser."""
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
        return figure, "The digit pad with blank paper."
    says = int(probabilities.argmax())
    return figure, f"The digit pad: the network says {says}, at {100 * probabilities[says]:.1f} %."
