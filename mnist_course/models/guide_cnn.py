"""The guide's network."""

from keras import Input, Sequential
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D


def cnn_model() -> Sequential:
    """Build and compile the guide's network in today's Keras (chapter 5).

    Returns
    -------
    keras.Sequential
        Takes images of shape (n, 28, 28, 1), 0 to 1; gives ten probabilities an image. It has
        592,074 trainable parameters.
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
