"""Tests of plots of arrays."""

import numpy as np

from mnist_course.figures.display import png
from mnist_course.figures.drawing import draw_signed, draw_tables


def test_signed_colours():
    signed = np.array([[-1.0, 0.0, 0.5]])
    for figure in (draw_signed([signed]), draw_tables([signed], ["a table"])):
        image = figure.axes[0].images[0]
        below, zero, above = image.cmap(image.norm(signed))[0, :, :3]
        assert zero.min() > 0.95
        assert below[0] > below[2]  # more red than blue
        assert above[2] > above[0]
        assert png(figure)


def test_draw_signed_zeros(recwarn):
    assert png(draw_signed([np.zeros((4, 4)), np.ones((2, 2))], ["nothing", "something"]))
    assert not list(recwarn)
