"""Draw digits, signed values, tables and training curves."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

# Orange below zero, white at zero, purple above: also distinct for colour-blind readers.
SIGNED = "PuOr"


def draw_digits(
    X: np.ndarray, titles: Sequence | None = None, *, columns: int = 10, size: float = 0.7
) -> Figure:
    """Draw images side by side, black on white.

    Parameters
    ----------
    X
        Images, shape (n, 28, 28) or (n, 28, 28, 1); each from 0 (white) to its largest value.
    titles
        A short text above each image.
    columns
        Number of images in a row.
    size
        Width of an image in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Pass it to :func:`show`.
    """
    X = np.asarray(X).reshape(len(X), *np.shape(X)[1:3])
    rows = -(-len(X) // columns)
    height = size * (1.35 if titles is not None else 1.0)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, height * rows), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for i, (axis, image) in enumerate(zip(axes.flat, X, strict=False)):
        axis.imshow(image, vmin=0)
        if titles is not None:
            axis.set_title(str(titles[i]), fontsize=9)
    return figure


def draw_signed(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    size: float = 0.42,
) -> Figure:
    """Draw kernels or feature maps side by side, purple above zero and orange below (lesson 5).

    Parameters
    ----------
    images
        Arrays of shape (rows, columns), of any size; each has its own scale, white at 0.
    titles
        A short text above each image.
    columns
        Number of images in a row.
    size
        Width of an image in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Pass it to :func:`show`.
    """
    rows = -(-len(images) // columns)
    height = size * 1.02 + (0.25 if titles is not None else 0)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, height * rows), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for i, (axis, values) in enumerate(zip(axes.flat, images, strict=False)):
        limit = 1.2 * np.abs(values).max()
        axis.imshow(values, cmap=SIGNED, vmin=-limit, vmax=limit)
        if titles is not None:
            axis.set_title(titles[i], fontsize=9)
    return figure


def draw_tables(tables: Sequence[np.ndarray], titles: Sequence[str]) -> Figure:
    """Draw small tables of numbers side by side, coloured as :func:`draw_signed` does (lesson 5).

    Parameters
    ----------
    tables
        Arrays of shape (rows, columns), all on one scale.
    titles
        A text above each table.

    Returns
    -------
    matplotlib.figure.Figure
        Pass it to :func:`show`.
    """
    limit = 2 * max(np.abs(table).max() for table in tables)  # pale enough for black numbers
    figure, axes = plt.subplots(1, len(tables), figsize=(7, 7.5 / len(tables)), squeeze=False)
    for axis, table, title in zip(axes.flat, tables, titles, strict=True):
        axis.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit)
        for (row, column), value in np.ndenumerate(table):
            axis.text(column, row, f"{value + 0:g}", ha="center", va="center", fontsize=9)
        axis.set(title=title, xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    return figure


def draw_curves(history: dict[str, list[float]]) -> tuple[Figure, str]:
    """Draw loss and accuracy by epoch, training and validation, with alt text.

    Parameters
    ----------
    history
        ``History.history``: ``loss``, ``accuracy`` and, with validation data, ``val_loss`` and
        ``val_accuracy``; accuracies from 0 to 1.

    Returns
    -------
    tuple
        The figure and its alt text, for :func:`show`.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8))
    ranges = []
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for key, label, marker in ((name, "training", "o"), (f"val_{name}", "validation", "s")):
            if key in history:
                values = history[key]
                axis.plot(range(1, len(values) + 1), values, marker=marker, label=label)
                ranges.append(f"{label} {name} from {values[0]:.3f} to {values[-1]:.3f}")
        axis.set(title=name, xlabel="epoch", xticks=range(1, len(history[name]) + 1))
        axis.legend()
    epochs = len(history["loss"])
    return figure, f"Curves over {epochs} epochs: " + ", ".join(ranges) + "."
