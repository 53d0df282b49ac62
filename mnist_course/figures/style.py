"""Set the style of all figures: readable in print, in dark mode and by colour-blind readers."""

import matplotlib.pyplot as plt

# The palette of Okabe and Ito (2008), made for all common kinds of colour blindness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

# Digits are black on white: 0 is white, the largest value black.
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
        "figure.facecolor": "white",  # opaque: black text stays readable on a dark page
        "figure.figsize": (6.4, 3.6),
        "font.size": 10,
        "image.cmap": INK,
        "legend.frameon": False,
        "savefig.facecolor": "white",
    }
)
