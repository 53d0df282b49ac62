"""Build the guide's network."""

from keras import Input, Sequential
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

from mnist_course.data.keras_settings import require_keras_settings


def cnn_model() -> Sequential:
    """Build and compile the guide's network in today's Keras (lesson 5).

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


# On import, not in cnn_model(), which must be the same code as in lesson 5.
require_keras_settings()
