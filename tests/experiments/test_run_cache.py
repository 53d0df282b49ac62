"""A run cache returns finished runs with the same settings, data, versions, Keras and code."""

import json

import keras
import pytest

from mnist_course.data import provenance
from mnist_course.experiments import run_cache
from mnist_course.experiments.run_cache import RunCache, imported_modules, run_conditions
from tests.support.datasets import blank_dataset

# The modules whose functions make the runs of the experiments.
RUNS = ("mnist_course.training.hyperparameter_run", "mnist_course.training.improved_run")
CONDITIONS = {"versions": {"keras": "3.15.1"}}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(provenance, "_tensorflow_version", lambda: "2.21.0")
    return tmp_path


def test_run_cache_after_restart():
    settings = {"seed": 1, "rate": 0.1}
    RunCache("tries", CONDITIONS).add(settings, {"error": 1.25})
    again = RunCache("tries", CONDITIONS)
    assert {"rate": 0.1, "seed": 1} in again and again[settings] == {"error": 1.25}
    assert {"seed": 2, "rate": 0.1} not in again


def test_run_cache_other_conditions():
    RunCache("tries", CONDITIONS).add({"seed": 1}, {"error": 1.25})
    assert {"seed": 1} not in RunCache("tries", {"versions": {"keras": "3.16.0"}})


@pytest.mark.parametrize(
    "damage", [b'{"conditions": {"ver', b"\xff\x00", b"[]", b"7", b"{}", b"null"], ids=str
)
def test_run_cache_damaged_line(folder, damage):
    # A computation that is stopped while it writes leaves part of a line.
    RunCache("tries", CONDITIONS).add({"seed": 1}, {"error": 1.25})
    with (folder / "_build" / "tries.jsonl").open("ab") as file:
        file.write(damage)
    with pytest.warns(UserWarning, match=r"Line 2 of .*tries\.jsonl is not a stored run"):
        resumed = RunCache("tries", CONDITIONS)
    assert {"seed": 1} in resumed
    resumed.add({"seed": 2}, {"error": 1.5})
    with pytest.warns(UserWarning, match="Line 2"):
        again = RunCache("tries", CONDITIONS)
    assert {"seed": 1} in again and again[{"seed": 2}] == {"error": 1.5}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_run_cache_result_not_finite(folder, value):
    runs = RunCache("tries", CONDITIONS)
    with pytest.raises(ValueError, match=r"(?s)'seed': 1.*not finite.*What to do: "):
        runs.add({"seed": 1}, {"error": value})
    assert {"seed": 1} not in runs and {"seed": 1} not in RunCache("tries", CONDITIONS)


TRAINING = "mnist_course.training.tries"
PACKAGE = {
    "training/tries.py": """from mnist_course.models.cnn import FILTERS
from mnist_course.data.loading import load_mnist


def train():
    return FILTERS
""",
    "models/cnn.py": "FILTERS = 32  # as in the guide\n",
    "data/loading.py": "from mnist_course.data.download import download\n",
    "data/download.py": "download = None\n",
    "models/other.py": "UNITS = 128\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a small package whose module ``TRAINING`` makes the runs; return its folder."""
    for name, code in PACKAGE.items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    monkeypatch.setattr(run_cache, "PACKAGE", tmp_path / "package")
    return tmp_path / "package"


def conditions(data=None) -> dict:
    return run_conditions(data or blank_dataset(), TRAINING)


def test_run_conditions_same_twice(package):
    assert conditions() == conditions() == json.loads(json.dumps(conditions()))


def test_run_conditions_other_data(package):
    assert conditions(blank_dataset(pixel=1)) != conditions()


def test_run_conditions_other_keras_setting(package, monkeypatch):
    before = conditions()
    monkeypatch.setattr(keras.config, "epsilon", lambda: 1e-3)
    assert conditions() != before


@pytest.mark.parametrize(
    ("name", "code", "same"),
    [
        ("models/cnn.py", "FILTERS = 33", False),
        ("training/tries.py", PACKAGE["training/tries.py"].replace("return", "yield"), False),
        ("models/cnn.py", '"""The network."""\n\nFILTERS = (32)  # better\n', True),
        ("models/other.py", "UNITS = 64", True),
        ("data/download.py", "download = 1", True),
    ],
    ids=["imported", "own", "comments", "not imported", "loading"],
)
def test_run_conditions_other_code(package, name, code, same):
    before = conditions()
    (package / name).write_text(code, encoding="utf-8")
    assert (conditions() == before) == same


def test_run_conditions_docstring(package):
    path = package / "training" / "tries.py"
    before = conditions()
    code = path.read_text(encoding="utf-8")
    path.write_text(code.replace("def train():", 'def train():\n    """Train."""'), "utf-8")
    assert conditions() == before


def test_imported_modules_from_package(package):
    (package / "models" / "__init__.py").touch()
    (package / "training" / "tries.py").write_text("from mnist_course.models import cnn\n", "utf-8")
    with pytest.raises(ValueError, match=r"tries imports from mnist_course\.models, not from a"):
        conditions()


@pytest.mark.parametrize("module", RUNS)
def test_imported_modules_of_experiments(module):
    found = imported_modules(module)
    assert {"mnist_course.training.batches", "mnist_course.models.layers"} <= found
    assert not {name for name in found if name.startswith("mnist_course.experiments")}
