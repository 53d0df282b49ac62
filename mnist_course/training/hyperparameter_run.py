"""Train the guide's network once, with some of its settings changed."""

import keras
import numpy as np

from mnist_course.data.packed_flags import pack_flags
from mnist_course.data.preparation import one_hot, to_channels_last
from mnist_course.models.fast_cnn import fast_model
from mnist_course.training.batches import shuffled_batches
from mnist_course.training.settings import BATCH_SIZE, EPOCHS


def training_and_validation(data) -> tuple:
    """Split the training set: the last sixth becomes validation images (10,000 of the full MNIST).

    Parameters
    ----------
    data
        What ``load_mnist()`` returns. Its test set is not used.

    Returns
    -------
    tuple
        ``(X, y), (X_val, y_val)``, images and labels as loaded.
    """
    (X, y), _ = data
    first = len(X) * 5 // 6
    return (X[:first], y[:first]), (X[first:], y[first:])


def train_with_hyperparameters(
    data,
    *,
    seed: int,
    learning_rate: float = 0.001,
    batch_size: int = BATCH_SIZE,
    normalized: bool = True,
    dropout: float = 0.2,
    images: int | None = None,
    steps: int | None = None,
) -> dict:
    """Train the guide's network once, with some of its settings changed (lessons 13 and 14).

    Parameters
    ----------
    data
        What ``load_mnist()`` returns. The network learns from its training images without the last
        sixth, on which it is then measured. The test set is not used.
    seed
        Seed of the initial weights, the order of the batches, dropout, and the choice of images.
    learning_rate, batch_size, dropout
        As in Keras.
    normalized
        Whether pixels go from 0 to 1 or stay from 0 to 255.
    images
        Number of training images, drawn at random; None uses all. The images of a smaller number
        are among those of a larger one with the same seed.
    steps
        Number of steps; None trains for five epochs.

    Returns
    -------
    dict
        ``error``, percent of the validation images, ``loss`` on them, ``correct``, the images that
        were read correctly (packed by ``pack_flags``), ``training_loss``, the mean of all steps,
        and the number of ``steps``.
    """
    (X, y), (X_val, y_val) = training_and_validation(data)
    if images is not None and images < len(X):
        chosen = np.random.default_rng(seed).permutation(len(X))[:images]
        X, y = X[chosen], y[chosen]
    largest = 255 if normalized else 1
    X, X_val = to_channels_last(X) / largest, to_channels_last(X_val) / largest
    if steps is None:
        steps = EPOCHS * -(-len(X) // batch_size)
    keras.utils.set_random_seed(seed)
    # Computes the same function of the same weights in less time.
    model = fast_model(dropout=dropout, learning_rate=learning_rate)
    batches = shuffled_batches(X, one_hot(y), batch_size).repeat().take(steps)
    history = model.fit(batches, shuffle=False, verbose=0).history
    probabilities = model.predict(X_val, batch_size=500, verbose=0)
    correct = probabilities.argmax(axis=1) == y_val
    loss = model.evaluate(X_val, one_hot(y_val), batch_size=500, verbose=0)[0]
    return {
        "error": round(100 - 100 * float(correct.mean()), 2),
        "loss": round(loss, 5),
        "training_loss": round(history["loss"][-1], 5),
        "steps": int(model.optimizer.iterations.numpy()),
        "correct": pack_flags(correct),
    }
