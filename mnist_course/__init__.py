"""Helper package of the course: one small module for each step that the lessons teach.

``import mnist_course`` imports none of them. The module of a public name, and Keras if that module
needs it, is imported when the name is first used.
"""

from importlib import import_module

_HOME_OF = {
    "DataError": "data.loading",
    "load_mnist": "data.loading",
    "normalize": "data.preparation",
    "one_hot": "data.preparation",
    "prepare": "data.preparation",
    "to_channels_last": "data.preparation",
    "cnn_model": "models.guide_cnn",
    "train_as_guide": "training.guide_run",
    "reference_model": "training.reference_model",
    "reference_record": "training.reference_model",
    "draw_curves": "figures.drawing",
    "draw_digits": "figures.drawing",
    "show": "figures.display",
    "LiveCurves": "training.live_curves",
    "explore": "figures.explorer",
    "DigitPad": "pad.widget",
    "BrowserTraining": "pad.training_widget",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str):
    """Import the module of a public name when the name is first used."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mnist_course' has no attribute {name!r}")
    value = getattr(import_module(f"mnist_course.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, so that the Tab key finds them."""
    return __all__
