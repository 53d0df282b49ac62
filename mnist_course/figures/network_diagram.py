"""Draw a diagram of a Keras model's layers (lesson 5)."""

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_course.figures.style import PALETTE

if TYPE_CHECKING:
    import keras

# In units of the distance between two layers: the side of the largest map, the height of the
# longest vector, and the offset between the first and the last map of a stack.
MAP_SIDE, VECTOR_HEIGHT, STACK_OFFSET = 0.56, 1.7, 0.24


def draw_network(model: "keras.Model") -> tuple[Figure, str]:
    """Draw the layers of a network from left to right (lesson 5).

    Feature maps are drawn as a stack of squares, one for each map, and a vector as a bar. Above is
    the shape, below the layer with its number of parameters.

    Parameters
    ----------
    model
        A built sequential model; each layer returns maps, shape (n, rows, columns, channels), or
        vectors, shape (n, length).

    Returns
    -------
    tuple
        The figure and its alt text, for :func:`mnist_course.show`.
    """
    shapes = [model.input_shape[1:], *(layer.output.shape[1:] for layer in model.layers)]
    descriptions = ["input", *map(_describe_layer, model.layers)]
    counts = [0, *(layer.count_params() for layer in model.layers)]
    figure, axis = plt.subplots(figsize=(7, 2.7))
    largest = max(shape[0] for shape in shapes if len(shape) == 3)
    longest = max(shape[0] for shape in shapes if len(shape) == 1)
    for i, (shape, text, count) in enumerate(zip(shapes, descriptions, counts, strict=True)):
        if len(shape) == 3:
            _draw_map_stack(axis, i, shape[2], MAP_SIDE * shape[0] / largest)
        else:
            _draw_vector(axis, i, VECTOR_HEIGHT * np.log1p(shape[0]) / np.log1p(longest))
        below = f"{text}\n{count:,}\nparameters" if count else text
        axis.text(i, 1.12, "×".join(map(str, shape)), ha="center", weight="bold", fontsize=9)
        axis.text(i, -1.12, below, ha="center", va="top", fontsize=8)
        if i:
            arrow = {"arrowstyle": "->", "color": "0.4"}
            axis.annotate("", (i - 0.36, 0), (i - 0.64, 0), arrowprops=arrow)
    axis.set(xlim=(-0.5, len(shapes) - 0.5), ylim=(-1.95, 1.35))
    axis.axis("off")
    steps = [
        f"{text.splitlines()[0]} {'×'.join(map(str, shape))} ({count:,} parameters)"
        for shape, text, count in zip(shapes, descriptions, counts, strict=True)
    ]
    return figure, "The network from left to right: " + "; ".join(steps) + "."


def _draw_map_stack(axis: Axes, x: float, maps: int, side: float) -> None:
    # The axes are not square: one unit in x is as long as 1.25 units in y.
    spread = STACK_OFFSET * min(1, (maps - 1) / 8)
    for shift in np.linspace(spread / 2, -spread / 2, maps):
        corner = (x - side / 2 + shift, -1.25 * side / 2 + shift)
        axis.add_patch(
            Rectangle(corner, side, 1.25 * side, facecolor="#EAF3F9", edgecolor=PALETTE[0], lw=0.4)
        )


def _draw_vector(axis: Axes, x: float, height: float) -> None:
    axis.add_patch(
        Rectangle((x - 0.06, -height / 2), 0.12, height, facecolor=PALETTE[4], edgecolor="black")
    )


def _describe_layer(layer: "keras.Layer") -> str:
    """Describe a layer in one to three short lines."""
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
