"""Define a fused Adam optimizer and a one-cycle learning rate schedule."""

import keras
import tensorflow as tf
from keras import ops

# Fraction of the steps in which the learning rate of a one-cycle schedule rises.
WARMUP_FRACTION = 0.2


class FusedAdam(keras.optimizers.Adam):
    """Update weights as Adam does, in one pass over them instead of ten (lesson 19)."""

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable with TensorFlow's fused kernel for Adam."""
        i = self._get_variable_index(variable)
        steps = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=_resource_handle(variable),
            m=_resource_handle(self._momentums[i]),
            v=_resource_handle(self._velocities[i]),
            beta1_power=self.beta_1**steps,
            beta2_power=self.beta_2**steps,
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def _resource_handle(variable):
    """Return the resource handle of a Keras or TensorFlow variable, for TensorFlow's kernels."""
    return getattr(variable, "_value", variable).handle


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the learning rate to its maximum, then lower it to almost 0 (lesson 15).

    Smith, 2018, https://arxiv.org/abs/1803.09820.

    Parameters
    ----------
    max_lr
        The largest learning rate, reached after a fifth of the steps.
    steps
        Number of steps of the whole training run.
    """

    def __init__(self, max_lr: float, steps: int):
        self.max_lr, self.steps = max_lr, steps

    def __call__(self, step):
        """Return the learning rate of a step, counted from 0."""
        done = ops.cast(step, "float32") / self.steps
        up, down = done / WARMUP_FRACTION, (1 - done) / (1 - WARMUP_FRACTION)
        return self.max_lr * ops.maximum(ops.minimum(up, down), 1e-3)

    def get_config(self) -> dict:
        """Return what is needed to build the schedule again."""
        return {"max_lr": self.max_lr, "steps": self.steps}
