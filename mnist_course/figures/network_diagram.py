"""Chapter 5: a network, drawn from the network itself, and numbers above and below zero."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_course.figures.plots import PALETTE

if TYPE_CHECKING:
    import keras

# Orange below zero, white at zero, purple above: apart under every common colour blindness.
SIGNED = "PuOr"

# In units of a layer's place in the drawing: the side of the largest map, the height of the
# longest vector, and the room into which a stack of maps is fanned out.
SIDE, HEIGHT, FAN = 0.56, 1.7, 0.24


def draw_network(model: "keras.Model") -> tuple[Figure, str]:
    """Draw the layers of a network from left to right (chapter 5).

    A stack of squares stands for feature maps, one square for each map, and a bar for a vector.
    Above each is its shape, below it the layer that makes it and how many parameters that layer
    has.

    Parameters
    ----------
    model
        A built model whose layers follow one another; each gives either maps, shape
        (n, rows, columns, channels), or vectors, shape (n, length).

    Returns
    -------
    tuple
        The figure and its alt text, for :func:`mnist_course.show`.
    """
    shapes = [model.input_shape[1:], *(layer.output.shape[1:] for layer in model.layers)]
    words = ["input", *map(_words, model.layers)]
    counts = [0, *(layer.count_params() for layer in model.layers)]
    figure, axis = plt.subplots(figsize=(7, 2.7))
    largest = max(shape[0] for shape in shapes if len(shape) == 3)
    longest = max(shape[0] for shape in shapes if len(shape) == 1)
    for i, (shape, word, count) in enumerate(zip(shapes, words, counts, strict=True)):
        if len(shape) == 3:
            _stack_of_maps(axis, i, shape[2], SIDE * shape[0] / largest)
        else:
            _vector(axis, i, HEIGHT * np.log1p(shape[0]) / np.log1p(longest))
        below = f"{word}\n{count:,}\nparameters" if count else word
        axis.text(i, 1.12, "×".join(map(str, shape)), ha="center", weight="bold", fontsize=9)
        axis.text(i, -1.12, below, ha="center", va="top", fontsize=8)
        if i:
            arrow = {"arrowstyle": "->", "color": "0.4"}
            axis.annotate("", (i - 0.36, 0), (i - 0.64, 0), arrowprops=arrow)
    axis.set(xlim=(-0.5, len(shapes) - 0.5), ylim=(-1.95, 1.35))
    axis.axis("off")
    steps = [
        f"{word.splitlines()[0]} {'×'.join(map(str, shape))} ({count:,} parameters)"
        for shape, word, count in zip(shapes, words, counts, strict=True)
    ]
    return figure, "The network from left to right: " + "; ".join(steps) + "."


def draw_signed(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    size: float = 0.42,
) -> Figure:
    """Draw kernels or feature maps side by side: purple above zero, orange below (chapter 5).

    Parameters
    ----------
    images
        Arrays of shape (rows, columns), of any sizes; each has its own scale, white at 0.
    titles
        A short text above each.
    columns
        Pictures in a row.
    size
        Width of a picture in inches.
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
    """Draw small tables of numbers side by side, coloured as :func:`draw_signed` does (chapter 5).

    Parameters
    ----------
    tables
        Arrays of shape (rows, columns), all on one scale.
    titles
        A text above each.
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


def _stack_of_maps(axis: Axes, x: float, maps: int, side: float) -> None:
    # The data coordinates of the axes are not square: one unit is about as wide as 1.25 are high.
    fan = FAN * min(1, (maps - 1) / 8)
    for shift in np.linspace(fan / 2, -fan / 2, maps):
        corner = (x - side / 2 + shift, -1.25 * side / 2 + shift)
        axis.add_patch(
            Rectangle(corner, side, 1.25 * side, facecolor="#EAF3F9", edgecolor=PALETTE[0], lw=0.4)
        )


def _vector(axis: Axes, x: float, height: float) -> None:
    axis.add_patch(
        Rectangle((x - 0.06, -height / 2), 0.12, height, facecolor=PALETTE[4], edgecolor="black")
    )


def _words(layer: "keras.Layer") -> str:
    """Say in one or two short lines what a layer is."""
    settings = layer.get_config()
    lines = [type(layer).__name__]
    if "activation" in settings:
        lines[0] += f", {layer.activation.__name__}"
    if "filters" in settings:
        lines.append(f"{settings['filters']} filters " + "×".join(map(str, layer.kernel_size)))
    if "pool_size" in settings:
        lines.append("largest of " + "×".join(map(str, layer.pool_size)))
    if "rate" in settings:
        lines.append(f"rate {settings['rate']}")
    return "\n".join(lines)
