"""Stored results: nobody changes unseen what they were computed from."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from mnist_course.data import provenance
from mnist_course.data.loading import DataError, Dataset
from mnist_course.data.provenance import provenance_fingerprint, require_full_mnist
from mnist_course.experiments import records
from mnist_course.experiments.records import read_record, write_record
from mnist_course.experiments.run_cache import RunCache

ROOT = Path(__file__).parents[2]
STORED = sorted(records.RESULTS.glob("*.json"))


def some_data(name="MNIST", ink=0):
    images, labels = np.full((2, 28, 28), ink, np.uint8), np.arange(2, dtype=np.uint8)
    return Dataset(((images, labels), (images, labels)), name, "made up")


@pytest.fixture
def stored(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(provenance, "_tensorflow_version", lambda: "2.21.0")
    return store()


def store(data=None, **changed) -> Path:
    settings = {"seeds": (1, 2), "rate": 0.1} | changed
    return write_record(
        "tries",
        description="errors of two tries",
        command="make tries",
        data=data or some_data(),
        settings=settings,
        results={"errors": [1.25, 1.5]},
    )


def test_what_was_stored_is_read(stored):
    record = read_record("tries")
    assert record["description"] == "errors of two tries"
    assert record["results"] == {"errors": [1.25, 1.5]}
    assert record["settings"] == {"seeds": [1, 2], "rate": 0.1}
    assert record["data"]["name"] == "MNIST"
    assert {"python", "keras", "numpy", "tensorflow"} == set(record["versions"])


def test_a_missing_record_is_named_beside_those_that_there_are(stored):
    with pytest.raises(FileNotFoundError, match=r"no record 'trys'\. There are: tries\."):
        read_record("trys")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("data", {"name": "MNIST sample"}),
        ("settings", {"seeds": [1, 2, 3]}),
        ("versions", {"keras": "3.0.0"}),
    ],
)
def test_what_was_changed_by_hand_is_refused(stored, part, change):
    record = json.loads(stored.read_text(encoding="utf-8"))
    record[part] |= change
    stored.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ValueError, match=r"'tries' was edited.*\n.*make tries\.$"):
        read_record("tries")


def test_other_data_or_settings_have_another_fingerprint(stored):
    before = provenance_fingerprint(read_record("tries"))
    for data, changed in ((some_data(ink=1), {}), (some_data(), {"rate": 0.2})):
        store(data, **changed)
        assert provenance_fingerprint(read_record("tries")) != before
    store()
    assert provenance_fingerprint(read_record("tries")) == before


def test_only_the_full_set_is_measured():
    require_full_mnist(some_data())
    with pytest.raises(DataError, match="the data at hand is MNIST sample"):
        require_full_mnist(some_data("MNIST sample"))


def test_a_computation_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    versions, settings = {"keras": "3.15.1"}, {"seed": 1, "rate": 0.1}
    RunCache("tries", versions).add(settings, {"error": 1.25})
    again = RunCache("tries", versions)
    assert {"rate": 0.1, "seed": 1} in again and again[settings] == {"error": 1.25}
    assert {"seed": 2, "rate": 0.1} not in again
    assert settings not in RunCache("tries", {"keras": "3.16.0"})


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_record_is_whole_and_says_how_to_make_it_anew(path):
    record = read_record(path.stem)
    made = json.loads((ROOT / "mnist_course" / "weights" / "guide_cnn.json").read_text())
    assert record["data"] == made["data"], "not computed from the data of the reference model"
    target = record["command"].removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
