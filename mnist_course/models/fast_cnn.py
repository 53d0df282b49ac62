"""The guide's network, computed in fewer CPU seconds."""

from pathlib import Path

from keras import Input, Sequential
from keras.layers import Dense, Flatten

from mnist_course.models.layers import ByteDropout, ConvMaxPool
from mnist_course.models.optimizers import FusedAdam

# Steps in one call from Python: each call costs time, and a step takes 30 ms or less.
STEPS_PER_EXECUTION = 10


def fast_model(
    *, dropout: float = 0.2, learning_rate: float = 0.001, dtype: str = "float32"
) -> Sequential:
    """Build and compile the guide's network from faster layers (lesson 19).

    Parameters
    ----------
    dropout, learning_rate
        As in the guide unless given.
    dtype
        Keras's dtype policy; ``fastest_dtype()`` returns the faster one on this processor.

    Returns
    -------
    keras.Sequential
        Computes the same function as ``cnn_model()``, with its 592,074 parameters in its order:
        ``cnn_model().set_weights(fast.get_weights())`` gives the guide's network.
    """
    model = Sequential(
        [
            Input(shape=(28, 28, 1)),
            ConvMaxPool(32, 5, dtype=dtype),
            ByteDropout(dropout, dtype=dtype),
            Flatten(dtype=dtype),
            Dense(128, activation="relu", dtype=dtype),
            Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=FusedAdam(learning_rate),
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    return model


def fastest_dtype() -> str:
    """Return the faster dtype policy on this processor, and print why (lesson 19).

    Returns
    -------
    str
        ``"mixed_bfloat16"`` if the processor has instructions for bfloat16, else ``"float32"``.
    """
    info = Path("/proc/cpuinfo")  # only Linux has it; elsewhere bfloat16 cannot be relied on
    flags = info.read_text(encoding="utf-8").split() if info.exists() else []
    if {"avx512_bf16", "amx_bf16"} & set(flags):
        print("This processor multiplies bfloat16: mixed_bfloat16.")
        return "mixed_bfloat16"
    print("This processor does not multiply bfloat16 itself: float32.")
    return "float32"
