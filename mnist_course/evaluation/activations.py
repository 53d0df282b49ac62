"""Compute the activations of a network: the outputs of its layers for given images."""

import keras
import numpy as np

BATCH_SIZE = 250  # the feature maps of one batch take 20 MB


def run_layers(model: keras.Sequential, images, stop: int):
    """Return the activations of the first layers, without dropout (lesson 8).

    Takes an array or a tensor. ``stop`` is the number of layers; -1 leaves out the last. The result
    is a differentiable tensor.
    """
    values = images
    for layer in model.layers[:stop]:
        values = layer(values, training=False)
    return values


def layer_output(model: keras.Sequential, X: np.ndarray, layer: int) -> np.ndarray:
    """Return the activations of one layer (lesson 8).

    Parameters
    ----------
    model
        A built sequential network.
    X
        Images as the network takes them, shape (n, rows, columns, channels), floating point.
    layer
        The layer's index in ``model.layers``, from 0.

    Returns
    -------
    numpy.ndarray
        Shape (n, ...), as the layer returns it, float32. In the guide's network: 0 gives feature
        maps (n, 24, 24, 32), 1 pooled maps (n, 12, 12, 32), 4 hidden units (n, 128).

    Raises
    ------
    ValueError
        If the images do not fit the network, or it has no such layer.
    """
    check_images(model, X)
    if layer not in range(len(model.layers)):
        names = ", ".join(f"{i} {each.name}" for i, each in enumerate(model.layers))
        raise ValueError(f"There is no layer {layer}. This network's layers: {names}.")
    batches = [X[i : i + BATCH_SIZE] for i in range(0, len(X), BATCH_SIZE)]
    return np.concatenate([np.asarray(run_layers(model, batch, layer + 1)) for batch in batches])


def feature_maps(model: keras.Sequential, X: np.ndarray) -> np.ndarray:
    """Return the feature maps of the first layer, a convolution with its relu (lesson 8).

    Parameters and errors are those of :func:`layer_output`. The result is float32, for the guide's
    network of shape (n, 24, 24, 32). One image's maps take 74 kB: pass at most some thousands.
    """
    return layer_output(model, X, 0)


def hidden_units(model: keras.Sequential, X: np.ndarray) -> np.ndarray:
    """Return the activations of the last hidden layer (lesson 8).

    Parameters and errors are those of :func:`layer_output`. The result is float32, not below 0, for
    the guide's network of shape (n, 128).
    """
    return layer_output(model, X, len(model.layers) - 2)


def class_logits(model: keras.Sequential, X: np.ndarray) -> np.ndarray:
    """Return the logits (lesson 8).

    Parameters and errors are those of :func:`layer_output`; the last layer must be ``Dense``. The
    result is float32, of shape (n, classes).
    """
    check_images(model, X)
    weights, bias = output_layer(model).get_weights()
    return hidden_units(model, X) @ weights + bias


def nearest_neighbors(queries: np.ndarray, others: np.ndarray, count: int = 1) -> np.ndarray:
    """Return each query's nearest neighbours among others, by Euclidean distance (lesson 8).

    Parameters
    ----------
    queries, others
        Pixels or hidden units, shapes (n, ...) and (m, ...), the same after the first axis.
    count
        Number of neighbours of each query.

    Returns
    -------
    numpy.ndarray
        Indices into ``others``, shape (n, count), integers, the nearest first.
    """
    a, b = (np.reshape(each, (len(each), -1)).astype("float32") for each in (queries, others))
    distances = (b**2).sum(axis=1) - 2 * a @ b.T  # without the query's own square: same order
    return np.argsort(distances, axis=1, kind="stable")[:, :count]


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
