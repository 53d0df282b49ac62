"""Load or train the reference model, and read the record of its training.

``python -m mnist_course.training.reference_model`` (``make model``) trains it again on the full
set.
"""

import json
from pathlib import Path

import keras
import numpy as np

from mnist_course.data import cache, formats, loading, preparation
from mnist_course.data.keras_settings import how_to_set, training_settings
from mnist_course.data.loading import load_mnist
from mnist_course.data.provenance import (
    arrays_sha256,
    provenance,
    record_fingerprint,
    require_full_mnist,
)
from mnist_course.models import guide_cnn
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training import guide_run, settings
from mnist_course.training.guide_run import train_as_guide
from mnist_course.training.settings import BATCH_SIZE, EPOCHS

WEIGHTS = Path(__file__).parents[1] / "weights"
MODEL_FILE = WEIGHTS / "guide_cnn.keras"
RECORD_FILE = WEIGHTS / "guide_cnn.json"
SEEDS = (1, 2, 3, 4, 5)

# The modules that define what is trained; a change in any of them invalidates cached weights.
TRAINING_MODULES = (formats, loading, preparation, guide_cnn, guide_run, settings)


def reference_record() -> dict:
    """Read the record of the reference model: data, settings, versions and five test errors.

    Returns
    -------
    dict
        ``errors`` in percent of the test images, one for each of ``seeds``; the committed model is
        the first. ``histories`` contains loss and accuracy of each run by epoch.

    Raises
    ------
    ValueError
        If anything in it was changed after it was stored.
    """
    record = json.loads(RECORD_FILE.read_text(encoding="utf-8"))
    if record["fingerprint"] != record_fingerprint(record):
        raise ValueError(
            f"The record of the reference model, {RECORD_FILE}, was edited: it does not match its "
            "fingerprint.\nWhat to do: install mnist_course again; in a clone of the repository, "
            "git restore the file, or make it again with make model."
        )
    return record


def reference_model(data, *, verbose: int = 2) -> keras.Model:
    """Return a trained network that was not trained on the test images of ``data``.

    On the full set this is the committed reference model. The sample consists of training images of
    MNIST, on which that model was trained. So on the sample, and on any other data set, the same
    network is trained at the first call (in a few seconds on the sample) and stored in the course's
    cache. A printed line names the network that is returned.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns.
    verbose
        As in ``keras.Model.fit``, if the network is trained.

    Returns
    -------
    keras.Model
        A ``cnn_model()`` with trained weights.

    Raises
    ------
    FloatingPointError
        If the network is trained and its weights are not finite.
    """
    if data.name == "MNIST":
        print("The stored reference model, trained on the full training set.")
        return load_reference_weights(cnn_model())
    key = _training_key(data)
    model = cnn_model()
    if weights := cache.read_cached_weights(key, [w.shape for w in model.get_weights()]):
        print(f"The guide's network, trained earlier on the training images of: {data.name}.")
        model.set_weights(weights)
        return model
    print(f"The guide's network, trained now on the training images of: {data.name}.")
    model, _ = train_as_guide(data, verbose=verbose)
    weights = model.get_weights()
    if not cache.are_cacheable(weights):
        raise FloatingPointError(
            "Training gave weights that are not finite (NaN or infinite); Keras computes in "
            f"{keras.config.floatx()}, the course in float32.\n{how_to_set('floatx')}"
        )
    cache.write_cached_weights(key, weights)
    return model


def load_reference_weights(model: keras.Model) -> keras.Model:
    """Load the committed weights into a ``cnn_model()`` and return it.

    Raises
    ------
    ValueError
        If the file is missing or damaged, or has the weights of another network.
    """
    try:
        model.load_weights(MODEL_FILE)
    except Exception as error:  # Keras, h5py and zipfile raise many types
        raise ValueError(
            f"The file of the reference model, {MODEL_FILE}, cannot be read ({error}).\nWhat to "
            "do: install mnist_course again; in a clone of the repository, git restore the file."
        ) from error
    return model


def _training_key(data) -> str:
    """Hash all that the weights depend on: data, versions, Keras's settings, and the code."""
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in TRAINING_MODULES]
    conditions = {**provenance(data), "settings": {**training_settings(), "sources": sources}}
    return record_fingerprint(conditions)


def model_sha256(model: keras.Model) -> str:
    """Hash all weights of a model in their order (SHA-256 over the raw float32 bytes)."""
    return arrays_sha256(model.get_weights())


def train_reference_models() -> None:
    """Train the guide's network with five seeds on the full set; store the first and all errors."""
    data = load_mnist()
    require_full_mnist(data)
    histories = []
    for seed in SEEDS:
        print(f"Seed {seed} ({SEEDS.index(seed) + 1} of {len(SEEDS)})", flush=True)
        model, history = train_as_guide(data, seed=seed)
        histories.append({k: [round(v, 6) for v in vs] for k, vs in history.history.items()})
        if seed == SEEDS[0]:
            # A new model has no optimizer state, so that its file has a third of the size.
            copy = cnn_model()
            copy.set_weights(model.get_weights())
            copy.save(MODEL_FILE)
            digest = model_sha256(model)
            parameters = model.count_params()
    errors = [round(100 - 100 * h["val_accuracy"][-1], 2) for h in histories]
    record = {
        "description": "the guide's network, trained as the guide did, once for each seed",
        **provenance(data),
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "parameters": parameters,
        "weights_sha256": digest,
        "seeds": list(SEEDS),
        "errors": errors,
        "mean_error": round(float(np.mean(errors)), 3),
        "sd_error": round(float(np.std(errors, ddof=1)), 3),
        "histories": histories,
    }
    record["fingerprint"] = record_fingerprint(record)
    RECORD_FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"Test errors: {errors}, mean {record['mean_error']:.2f} %. Stored in {WEIGHTS}.")


if __name__ == "__main__":
    train_reference_models()
