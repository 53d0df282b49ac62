"""Tests of the diagram of a network's layers."""

import keras
from keras import layers

from mnist_course import cnn_model
from mnist_course.figures.display import png
from mnist_course.figures.network_diagram import draw_network


def test_draw_network_shapes_and_counts():
    figure, alt = draw_network(cnn_model())
    shapes = {"28×28×1", "24×24×32", "12×12×32", "4608", "128", "10"}
    labels = "\n".join(text.get_text() for text in figure.axes[0].texts)
    assert shapes <= set(labels.split())
    assert {"832", "589,952", "1,290"} <= set(labels.split())
    assert "Conv2D, relu 24×24×32 (832 parameters)" in alt


def test_draw_network_other_model():
    model = keras.Sequential(
        [
            keras.Input(shape=(16, 16, 3)),
            layers.Conv2D(6, (3, 3)),
            layers.AveragePooling2D(7),
            layers.Flatten(),
            layers.Dense(2, activation="sigmoid"),
        ]
    )
    figure, alt = draw_network(model)
    assert png(figure)
    assert "Conv2D, linear 14×14×6 (168 parameters)" in alt
    assert "Dense, sigmoid 2 (50 parameters)" in alt
