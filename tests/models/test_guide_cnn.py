"""The guide's network, and the Keras configuration that it needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from mnist_course.models.guide_cnn import cnn_model, require_channels_last

TROUBLESHOOTING = Path(__file__).parents[2] / "book" / "troubleshooting.md"


IMPORTS = """
import mnist_course
for name in ("cnn_model", "train_as_guide", "reference_model"):
    try:
        getattr(mnist_course, name)
    except RuntimeError as error:
        print(error)
"""


def test_import_with_channels_first_in_keras_json(tmp_path):
    settings = {"backend": "tensorflow", "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    run = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.count("Keras is set to channels_first") == 3
    assert run.stdout.count(f'"image_data_format": "channels_last" in {tmp_path}/keras.json') == 3


def test_require_channels_last_message(monkeypatch):
    require_channels_last()
    monkeypatch.setattr(keras.config, "image_data_format", lambda: "channels_first")
    monkeypatch.delenv("KERAS_HOME", raising=False)
    with pytest.raises(RuntimeError, match=r"in ~/\.keras/keras\.json, or delete") as caught:
        require_channels_last()
    start = str(caught.value).partition(",")[0]
    assert f"### `RuntimeError: {start}`" in TROUBLESHOOTING.read_text(encoding="utf-8")


def test_cnn_model_parameters():
    model = cnn_model()
    assert [layer.count_params() for layer in model.layers] == [832, 0, 0, 0, 589_952, 1_290]
    assert model.count_params() == 592_074
    assert model.loss == "categorical_crossentropy"
    assert type(model.optimizer).__name__ == "Adam"
