"""Build the guide's network."""

import os

import keras
from keras import Input, Sequential
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D


def cnn_model() -> Sequential:
    """Build and compile the guide's network in today's Keras (chapter 5).

    Returns
    -------
    keras.Sequential
        Takes images of shape (n, 28, 28, 1), 0 to 1; returns ten probabilities for each, shape
        (n, 10). It has 592,074 trainable parameters.
    """
    model = Sequential(
        [
            Input(shape=(28, 28, 1)),
            Conv2D(32, (5, 5), activation="relu"),
            MaxPooling2D(),
            Dropout(0.2),
            Flatten(),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def keras_json() -> str:
    """Return the path of Keras's configuration file, for error messages."""
    return f"{os.environ.get('KERAS_HOME') or '~/.keras'}/keras.json"


def require_channels_last() -> None:
    """Raise if Keras is set to channels first.

    Raises
    ------
    RuntimeError
        If it is. The course's images have the shape (n, 28, 28, 1), channels last; without this
        check Keras reports a misleading error about sizes when it builds the network.
    """
    if keras.config.image_data_format() != "channels_last":
        raise RuntimeError(
            "Keras is set to channels_first, but the course's images are channels_last, of shape "
            '(n, 28, 28, 1).\nWhat to do: write "image_data_format": "channels_last" in '
            f"{keras_json()}, or delete that file, and restart the kernel."
        )


# On import, not in cnn_model(), which must be the same code as in chapter 5.
require_channels_last()
