"""Train an improved network once."""

import keras
import numpy as np

from mnist_course.data.packed_flags import pack_flags
from mnist_course.data.preparation import normalize, one_hot, to_channels_last
from mnist_course.models.improved_cnn import IMPROVEMENTS, improved_model, predict_with_tta
from mnist_course.training.batches import shuffled_batches
from mnist_course.training.hyperparameter_run import training_and_validation

NO_SHIFT = ((0, 0),)


def train_improved_model(
    X: np.ndarray,
    Y: np.ndarray,
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    improvements=IMPROVEMENTS,
    verbose: int = 0,
    **network,
):
    """Train an improved network (lesson 15).

    Parameters
    ----------
    X, Y
        Images of shape (n, 28, 28, 1), 0 to 1, and one-hot labels of shape (n, 10).
    seed, epochs, batch_size
        As in the guide's training.
    improvements
        As in ``improved_model``.
    verbose
        As in ``keras.Model.fit``.
    **network
        Further settings of ``improved_model``.

    Returns
    -------
    keras.Sequential
        The trained network; it returns logits.
    """
    keras.utils.set_random_seed(seed)
    steps = epochs * -(-len(X) // batch_size)
    model = improved_model(steps, improvements, **network)
    batches = shuffled_batches(X, Y, batch_size)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=verbose)
    return model


def train_and_validate(data, **settings) -> dict:
    """Train on the training images without the last sixth, and measure on that sixth.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns. Its test set is not used.
    **settings
        Those of ``train_improved_model``.

    Returns
    -------
    dict
        ``error`` in percent, ``correct``, the images that were read correctly (packed by
        ``pack_flags``), both also with test-time augmentation (``_with_tta``), and the number of
        ``parameters``.
    """
    return _train_and_measure(*training_and_validation(data), **settings)


def train_and_test(data, **settings) -> dict:
    """Train on all training images, and measure on the test images.

    Parameters and result are as in ``train_and_validate``. This is for plans that were fixed
    before: nothing may be chosen by what it returns.
    """
    return _train_and_measure(*data, **settings)


def _train_and_measure(known, new, **settings) -> dict:
    (X, y), (X_new, y_new) = known, new
    X, X_new = (normalize(to_channels_last(images)) for images in (X, X_new))
    model = train_improved_model(X, one_hot(y), **settings)
    result = {"parameters": model.count_params()}
    for suffix, options in (("", {"shifts": NO_SHIFT}), ("_with_tta", {})):
        correct = predict_with_tta(model, X_new, **options).argmax(axis=1) == y_new
        result[f"error{suffix}"] = round(100 - 100 * float(correct.mean()), 2)
        result[f"correct{suffix}"] = pack_flags(correct)
    return result
