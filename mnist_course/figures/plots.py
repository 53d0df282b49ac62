"""Figures in one style: readable in print, in dark mode and to the colour-blind."""

import base64
import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure

# Okabe and Ito's palette (2008): its colours stay apart under every common colour blindness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

# One shade of ink for every digit: 0 is white paper, the largest value black ink.
INK = "gray_r"

plt.rcParams.update(
    {
        "axes.grid": False,
        "axes.prop_cycle": plt.cycler(color=PALETTE),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": "medium",
        "figure.constrained_layout.use": True,
        "figure.dpi": 110,
        "figure.facecolor": "white",  # opaque, so that a dark page does not swallow black text
        "figure.figsize": (6.4, 3.6),
        "font.size": 10,
        "image.cmap": INK,
        "legend.frameon": False,
        "savefig.facecolor": "white",
    }
)


def png(figure: Figure) -> bytes:
    """Draw a figure as PNG bytes and close it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Show a figure below the cell, with words for those who cannot see it.

    Parameters
    ----------
    figure
        The figure; it is closed afterwards.
    alt
        What the figure shows, in one or two sentences: what a listener would miss.

    Raises
    ------
    ValueError
        If ``alt`` is empty.
    """
    data, metadata = picture(png(figure), alt)
    display(data, metadata=metadata, raw=True)


def picture(image: bytes, alt: str) -> tuple[dict, dict]:
    """Return a PNG as the mime bundle and metadata that notebooks store, alt text included."""
    if not alt.strip():
        raise ValueError("A figure needs alt text: say in a sentence what it shows.")
    data = {"image/png": base64.b64encode(image).decode(), "text/plain": alt}
    return data, {"image/png": {"alt": alt}}


def draw_digits(
    X: np.ndarray, titles: Sequence | None = None, *, columns: int = 10, size: float = 0.7
) -> Figure:
    """Draw images side by side, ink on white paper.

    Parameters
    ----------
    X
        Images, shape (n, 28, 28) or (n, 28, 28, 1); each from 0 (white) to its largest value.
    titles
        A short text above each image.
    columns
        Images in a row.
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


def draw_curves(history: dict[str, list[float]]) -> tuple[Figure, str]:
    """Draw loss and accuracy by epoch, training and validation, with alt text.

    Parameters
    ----------
    history
        ``History.history``: ``loss``, ``accuracy`` and, with validation data, ``val_loss`` and
        ``val_accuracy``; accuracies from 0 to 1.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8))
    said = []
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for key, label, marker in ((name, "training", "o"), (f"val_{name}", "validation", "s")):
            if key in history:
                values = history[key]
                axis.plot(range(1, len(values) + 1), values, marker=marker, label=label)
                said.append(f"{label} {name} from {values[0]:.3f} to {values[-1]:.3f}")
        axis.set(title=name, xlabel="epoch", xticks=range(1, len(history[name]) + 1))
        axis.legend()
    epochs = len(history["loss"])
    return figure, f"Curves over {epochs} epochs: " + ", ".join(said) + "."
