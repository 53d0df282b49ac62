"""Records are read as they were stored; a record that was edited is refused."""

import json
import re
from pathlib import Path

import pytest

from mnist_course import load_mnist
from mnist_course.data import provenance
from mnist_course.experiments import records
from mnist_course.experiments.records import read_record, write_record
from tests.support.datasets import blank_dataset

ROOT = Path(__file__).parents[2]
STORED = sorted(records.RESULTS.glob("*.json"))
# The page trains on the sample, because the full set is too large for it.
ON_SAMPLE = {"page_training"}


@pytest.fixture
def record_file(tmp_path, monkeypatch):
    """Write a record in an empty folder; return its path."""
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(provenance, "_tensorflow_version", lambda: "2.21.0")
    return write_record(
        "tries",
        description="errors of two tries",
        command="make tries",
        data=blank_dataset(),
        settings={"seeds": (1, 2), "rate": 0.1},
        results={"errors": [1.25, 1.5]},
    )


def test_read_record_contents(record_file):
    record = read_record("tries")
    assert record["description"] == "errors of two tries"
    assert record["results"] == {"errors": [1.25, 1.5]}
    assert record["settings"] == {"seeds": [1, 2], "rate": 0.1}
    assert record["data"]["name"] == "MNIST"
    assert set(record["versions"]) == {"python", "keras", "numpy", "tensorflow"}


def test_read_record_missing(record_file):
    with pytest.raises(FileNotFoundError, match=r"no record 'trys'\. There are: tries\."):
        read_record("trys")


def test_write_record_result_not_finite(record_file):
    before = record_file.read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(
            "tries",
            description="errors",
            command="make tries",
            data=blank_dataset(),
            settings={},
            results={"errors": [float("nan")]},
        )
    assert record_file.read_bytes() == before


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("data", {"name": "MNIST sample"}),
        ("settings", {"seeds": [1, 2, 3]}),
        ("versions", {"keras": "3.0.0"}),
        ("results", {"errors": [1.25, 1.4]}),
        ("results", {"better": True}),
    ],
)
def test_read_record_edited(record_file, part, change):
    record = json.loads(record_file.read_text(encoding="utf-8"))
    record[part] |= change
    record_file.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ValueError, match=r"'tries' was edited.*\n.*make tries\.$"):
        read_record("tries")


def numbers(value, place=()):
    """Yield the place of every number in a record, as keys and indices."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from numbers(inner, (*place, key))
    elif isinstance(value, int | float):
        yield place


def change_number(record: dict, place) -> None:
    """Make one number of a record slightly smaller."""
    *outer, last = place
    for key in outer:
        record = record[key]
    record[last] -= 0.01


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_read_record_changed_result(path, tmp_path, monkeypatch):
    record = json.loads(path.read_text(encoding="utf-8"))
    places = [("results", *place) for place in numbers(record["results"])]
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    for place in (places[0], places[len(places) // 2], places[-1]):
        changed = json.loads(json.dumps(record))
        change_number(changed, place)
        (tmp_path / path.name).write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(ValueError, match="was edited"):
            read_record(path.stem)


def test_write_record_further_packages(record_file):
    write_record(
        "tries",
        description="errors",
        command="make tries",
        data=blank_dataset(),
        settings={},
        results={},
        packages=["pytest"],
    )
    assert read_record("tries")["versions"]["pytest"] == pytest.__version__


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_record_data_and_command(path):
    record = read_record(path.stem)
    if path.stem in ON_SAMPLE:
        expected = provenance.provenance(load_mnist("sample"))["data"]
    else:
        reference = ROOT / "mnist_course" / "weights" / "guide_cnn.json"
        expected = json.loads(reference.read_text(encoding="utf-8"))["data"]
    assert record["data"] == expected, "computed from other data"
    target = record["command"].removeprefix("make ")
    assert re.search(
        rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
