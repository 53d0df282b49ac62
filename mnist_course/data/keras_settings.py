"""Check and describe the settings of Keras: those of its file, the environment and the session."""

import os
from pathlib import Path

import keras

# What the course needs, and why. Other values fail far from their cause, or give NaN weights.
NEEDED = {
    "backend": ("tensorflow", "its layers and lessons use TensorFlow itself"),
    "floatx": ("float32", "its layers and training fail with other types"),
    "image_data_format": ("channels_last", "its images have the shape (n, 28, 28, 1)"),
}


def keras_json() -> str:
    """Return the path of Keras's configuration file, for error messages."""
    folder = os.environ.get("KERAS_HOME")
    if folder is None:
        # Keras does the same: all users whose home folder is read-only share one file.
        home = os.path.expanduser("~")  # noqa: PTH111 (Path raises if there is no home)
        folder = "~/.keras" if os.access(home, os.W_OK) else "/tmp/.keras"
    return str(Path(folder, "keras.json"))


def how_to_set(name: str) -> str:
    """Return what to do so that Keras has the course's value of a setting in ``NEEDED``."""
    by_code = (
        "the environment variable KERAS_BACKEND"
        if name == "backend"
        else f"keras.config.set_{name} from your code"
    )
    return (
        f'What to do: write "{name}": "{NEEDED[name][0]}" in {keras_json()}, or delete that file; '
        f"remove {by_code}, if it is there; and restart the kernel."
    )


def require_keras_settings() -> None:
    """Raise unless Keras has the settings that the course needs.

    Raises
    ------
    RuntimeError
        If a setting has another value than in ``NEEDED``. Without this check Keras or TensorFlow
        reports a misleading error about sizes or types later, or the weights become NaN.
    """
    for name, (needed, reason) in NEEDED.items():
        value = getattr(keras.config, name)()
        if value != needed:
            raise RuntimeError(
                f"Keras is set to {value}, but the course needs {needed}: {reason}.\n"
                f"{how_to_set(name)}"
            )


def training_settings() -> dict:
    """Return all settings of Keras that change what a training run computes."""
    config = keras.config
    return {
        **{name: getattr(config, name)() for name in NEEDED},
        "dtype_policy": config.dtype_policy().name,
        "epsilon": config.epsilon(),
        # Limits for debugging, which can also be set by environment variables.
        "max_epochs": config.max_epochs(),
        "max_steps_per_epoch": config.max_steps_per_epoch(),
    }
