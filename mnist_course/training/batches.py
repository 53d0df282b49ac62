"""Shuffled batches of arrays, as TensorFlow data sets."""

import numpy as np
import tensorflow as tf


def shuffled_batches(X: np.ndarray, Y: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Return shuffled batches of arrays, for ``keras.Model.fit`` (chapter 12).

    As ``fit`` does with arrays, but without the autotuner of TensorFlow's input pipeline: in
    TensorFlow 2.21 each epoch waits for it at its end, for up to as long as the epoch has taken.

    Parameters
    ----------
    X, Y
        Images and one-hot labels, as many of each.
    batch_size
        Images in a batch.

    Returns
    -------
    tensorflow.data.Dataset
        Gives pairs of images and labels, in another order in each epoch.
    """
    images, labels = tf.constant(X), tf.constant(Y)
    options = tf.data.Options()
    options.autotune.enabled = False
    order = tf.data.Dataset.range(len(X)).shuffle(len(X)).batch(batch_size)
    batches = order.map(lambda chosen: (tf.gather(images, chosen), tf.gather(labels, chosen)))
    return batches.prefetch(1).with_options(options)
