"""Make shuffled batches of arrays, as TensorFlow data sets."""

import numpy as np
import tensorflow as tf


def shuffled_batches(X: np.ndarray, Y: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Return shuffled batches of arrays, for ``keras.Model.fit`` (lesson 19).

    ``fit`` makes such batches from arrays too, but with the autotuner of TensorFlow's input
    pipeline. In TensorFlow 2.21 each epoch then ends with a wait for the autotuner, which can last
    as long as the epoch.

    Parameters
    ----------
    X, Y
        Images and one-hot labels, the same number of each.
    batch_size
        Number of images in a batch.

    Returns
    -------
    tensorflow.data.Dataset
        Yields pairs of images and labels, in another order in each epoch.
    """
    images, labels = tf.constant(X), tf.constant(Y)
    options = tf.data.Options()
    options.autotune.enabled = False
    order = tf.data.Dataset.range(len(X)).shuffle(len(X)).batch(batch_size)
    batches = order.map(lambda chosen: (tf.gather(images, chosen), tf.gather(labels, chosen)))
    return batches.prefetch(1).with_options(options)
