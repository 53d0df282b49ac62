"""Hashes of arrays and fingerprints of records change with what they are computed from."""

import hashlib

import numpy as np
import pytest

from mnist_course.data import provenance as provenance_module
from mnist_course.data.formats import DataError
from mnist_course.data.provenance import (
    arrays_sha256,
    provenance,
    record_fingerprint,
    require_full_mnist,
)
from tests.support.datasets import blank_dataset


@pytest.fixture(autouse=True)
def tensorflow_version(monkeypatch):
    """Spare these tests the import of TensorFlow."""
    monkeypatch.setattr(provenance_module, "_tensorflow_version", lambda: "2.21.0")


def test_arrays_sha256_raw_bytes():
    first, second = np.arange(6, dtype="uint8"), np.float32([1.5])
    expected = hashlib.sha256(bytes(range(6)) + b"\x00\x00\xc0\x3f").hexdigest()
    assert arrays_sha256([first, second]) == expected
    assert arrays_sha256([second, first]) != expected


def test_arrays_sha256_memory_layout():
    array = np.arange(6).reshape(2, 3)
    assert arrays_sha256([np.asfortranarray(array)]) == arrays_sha256([array])
    assert arrays_sha256([array.T]) != arrays_sha256([array])


def test_provenance_contents():
    found = provenance(blank_dataset())
    assert found["data"]["name"] == "MNIST"
    assert set(found["data"]["sha256"]) == {"X_train", "y_train", "X_test", "y_test"}
    assert found["data"]["sha256"]["y_test"] == hashlib.sha256(b"\0\1").hexdigest()
    assert set(found["versions"]) == {"python", "keras", "numpy", "tensorflow"}


def test_provenance_further_packages():
    found = provenance(blank_dataset(), ["pytest"])["versions"]
    assert found["pytest"] == pytest.__version__


def fingerprint(data=None, **others) -> str:
    return record_fingerprint(provenance(data or blank_dataset()) | others)


def test_record_fingerprint_changes():
    first = fingerprint(settings={"rate": 0.1}, results=[1.25])
    assert fingerprint(settings={"rate": 0.1}, results=[1.25]) == first
    assert fingerprint(results=[1.25], settings={"rate": 0.1}, fingerprint="any") == first
    assert fingerprint(settings={"rate": 0.2}, results=[1.25]) != first
    assert fingerprint(settings={"rate": 0.1}, results=[1.26]) != first
    other = blank_dataset(pixel=1)
    assert fingerprint(other, settings={"rate": 0.1}, results=[1.25]) != first


def test_require_full_mnist_sample():
    require_full_mnist(blank_dataset())
    with pytest.raises(DataError, match="the loaded data set is MNIST sample"):
        require_full_mnist(blank_dataset("MNIST sample"))
