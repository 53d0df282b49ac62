"""Helper package of the course: one small module for each step that the chapters teach.

``import mnist_course`` is instant; a name brings its module, and Keras where it needs it, on its
first use.
"""

from importlib import import_module

_HOME_OF = {
    "DataError": "data",
    "load_mnist": "data",
    "normalize": "preparation",
    "one_hot": "preparation",
    "prepare": "preparation",
    "to_channels_last": "preparation",
    "cnn_model": "model",
    "train_as_guide": "training",
    "reference_model": "reference",
    "reference_record": "reference",
    "draw_curves": "plots",
    "draw_digits": "plots",
    "show": "plots",
    "LiveCurves": "live",
    "explore": "widgets",
    "DigitPad": "pad.widget",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str):
    """Import the module that holds a public name when the name is first used."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mnist_course' has no attribute {name!r}")
    value = getattr(import_module(f"mnist_course.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, so that the Tab key finds them."""
    return __all__
