"""Compute the activations of a network: the outputs of its layers for given images."""

import keras
import numpy as np

BATCH_SIZE = 250  # the feature maps of one batch take 20 MB


def run_layers(model: keras.Sequential, images, stop: int):
    """Return the activations of the first layers, without dropout (lesson 11).

    Takes an array or a tensor. ``stop`` is the number of layers; -1 leaves out the last. The result
    is a differentiable tensor.
    """
    values = images
    for layer in model.layers[:stop]:
        values = layer(values, training=False)
    return values


def feature_maps(model: keras.Sequential, X: np.ndarray) -> np.ndarray:
    """Return the feature maps of the first layer, a convolution with its relu (lesson 10).

    Parameters
    ----------
    model
        A built sequential network.
    X
        Images as the network takes them, shape (n, rows, columns, channels), floating point. One
        image's maps take 74 kB: pass at most some thousands.

    Returns
    -------
    numpy.ndarray
        Float32, for the guide's network of shape (n, 24, 24, 32).

    Raises
    ------
    ValueError
        If the images do not fit the network.
    """
    check_images(model, X)
    batches = [X[i : i + BATCH_SIZE] for i in range(0, len(X), BATCH_SIZE)]
    return np.concatenate([np.asarray(run_layers(model, batch, 1)) for batch in batches])


def best_patches(maps: np.ndarray, X: np.ndarray, number: int, count: int = 100) -> np.ndarray:
    """Return the image patches at which a filter's feature map is largest (lesson 10).

    Parameters
    ----------
    maps, X
        What :func:`feature_maps` returns, and the images; one channel, stride 1, no padding.
    number
        The filter's index.
    count
        Number of patches, each from another image.

    Returns
    -------
    numpy.ndarray
        Shape (count, rows, columns) of the kernel, the largest value first.
    """
    values = maps[..., number].reshape(len(maps), -1)
    best = np.argsort(-values.max(axis=1), kind="stable")[:count]
    rows, columns = np.unravel_index(values[best].argmax(axis=1), maps.shape[1:3])
    height, width = np.subtract(X.shape[1:3], maps.shape[1:3]) + 1
    found = zip(best, rows, columns, strict=True)
    return np.stack([X[i, r : r + height, c : c + width, 0] for i, r, c in found])


def mean_patches(model: keras.Sequential, X: np.ndarray, count: int = 100) -> np.ndarray:
    """Return for each filter the mean of its best patches, shape (filters, rows, columns).

    Parameters and errors are those of :func:`feature_maps` and :func:`best_patches` (lesson 10).
    """
    maps = feature_maps(model, X)
    numbers = range(maps.shape[-1])
    return np.stack([best_patches(maps, X, number, count).mean(axis=0) for number in numbers])


def class_logits(model: keras.Sequential, X: np.ndarray) -> np.ndarray:
    """Return the logits (lesson 11).

    Parameters and errors are those of :func:`feature_maps`; the last layer must be ``Dense``. The
    result is float32, of shape (n, classes).
    """
    check_images(model, X)
    weights, bias = output_layer(model).get_weights()
    batches = [X[i : i + BATCH_SIZE] for i in range(0, len(X), BATCH_SIZE)]
    return np.concatenate([run_layers(model, batch, -1) @ weights + bias for batch in batches])


def output_layer(model: keras.Sequential) -> keras.layers.Dense:
    """Return the last layer, which computes the logits; raise unless it is ``Dense``.

    Raises
    ------
    ValueError
        If it is another layer.
    """
    if not isinstance(model.layers[-1], keras.layers.Dense):
        raise ValueError(
            f"Logits are the sums of a Dense layer, but the last layer is {model.layers[-1].name}: "
            "pass keras.Sequential(model.layers[:-1]), without the separate softmax."
        )
    return model.layers[-1]


def check_images(model: keras.Sequential, X: np.ndarray) -> None:
    """Raise a ValueError unless the network can take these images."""
    if not isinstance(model, keras.Sequential) or not model.built:
        raise ValueError(
            f"The model must be a keras.Sequential that begins with keras.Input, not {model!r}."
        )
    wanted, got = (None, *model.input_shape[1:]), np.shape(X)
    if got[1:] != wanted[1:] or len(X) == 0:
        raise ValueError(
            f"This network takes images of shape {wanted}, None for their number, not {got}. One "
            "image is X[:1] (occlusion_map alone takes X[0]); prepare(data) adds the last axis."
        )
    if not isinstance(X, np.ndarray) or X.dtype.kind != "f" or X.max() > 10:
        kind = getattr(X, "dtype", type(X).__name__)
        raise ValueError(
            f"Pixels must be a floating-point NumPy array from 0 to 1, not {kind} up to "
            f"{np.max(X):g}: prepare(data) divides by 255."
        )


def check_labels_fit_network(model: keras.Sequential, labels: np.ndarray, count: int) -> None:
    """Raise a ValueError unless these are classes of the network."""
    classes, labels = model.output_shape[-1], np.asarray(labels)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{count} images need labels of shape ({count},), integers, not {labels.shape}, "
            f"{labels.dtype}: .argmax(axis=1) converts one-hot rows."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"Labels go from 0 to {classes - 1}, not {labels.min()} to {labels.max()}."
        )
