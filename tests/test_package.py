"""What a learner and a maintainer rely on in the helper package and its environment."""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import mnist_course
from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training import reference_model as reference
from mnist_course.training.reference_model import (
    MODEL_FILE,
    model_sha256,
    reference_model,
    reference_record,
)

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.depends_on_data
PACKAGE = ROOT / "mnist_course"
MODULES = sorted(PACKAGE.rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(path: str) -> dict[str, list[str]]:
    """Read `name==version` lines; a name may be pinned once for each system."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("==")
            found.setdefault(name.lower().replace("_", "-"), []).append(rest.split(";")[0].strip())
    return found


def test_importing_the_package_brings_nothing_else():
    """`import mnist_course` is instant: not even NumPy is loaded for it."""
    code = "import sys, mnist_course; print({'numpy', 'matplotlib', 'keras'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_pictures_and_data_do_not_wait_for_tensorflow():
    code = (
        "import sys\nfrom mnist_course import draw_digits, explore, load_mnist, show\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("name", mnist_course.__all__)
def test_a_public_name_is_there_and_says_what_it_does(name):
    assert getattr(mnist_course, name).__doc__


def test_a_name_that_does_not_exist_raises():
    with pytest.raises(AttributeError, match="no attribute 'load_mnits'"):
        mnist_course.load_mnits  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_is_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 260


def test_the_guides_network_has_the_guides_parameters():
    model = cnn_model()
    assert [layer.count_params() for layer in model.layers] == [832, 0, 0, 0, 589_952, 1_290]
    assert model.count_params() == 592_074
    assert model.loss == "categorical_crossentropy"
    assert type(model.optimizer).__name__ == "Adam"


def test_prepare_gives_what_the_network_takes():
    (X_train, y_train), (X_test, y_test) = prepare(load_mnist())
    assert X_train.shape[1:] == X_test.shape[1:] == (28, 28, 1)
    assert X_train.dtype == X_test.dtype == np.float32
    assert (X_train.min(), X_train.max()) == (0.0, 1.0)
    assert y_train.shape == (len(X_train), 10) and y_test.shape == (len(X_test), 10)
    assert (y_train.sum(axis=1) == 1).all()


def test_the_reference_model_is_the_one_on_record():
    record = reference_record()
    data = full_or_sample_named_full()
    model = reference_model(data)
    assert model_sha256(model) == record["weights_sha256"]
    assert model.count_params() == record["parameters"] == 592_074
    if len(data[1][1]) == 10_000:
        (_, _), (X_test, y_test) = prepare(data)
        accuracy = model.evaluate(X_test, y_test, verbose=0)[1]
        # Another machine may round one borderline digit otherwise.
        assert abs(100 - 100 * accuracy - record["errors"][0]) <= 0.02


def full_or_sample_named_full():
    """Return the full set, or the sample under its name where only that is at hand."""
    data = load_mnist()
    data.name = "MNIST"
    return data


def test_the_record_holds_what_the_guide_promised():
    record = reference_record()
    assert len(record["errors"]) == len(record["seeds"]) == len(record["histories"]) == 5
    assert record["mean_error"] == pytest.approx(np.mean(record["errors"]), abs=0.001)
    assert record["sd_error"] == pytest.approx(np.std(record["errors"], ddof=1), abs=0.001)
    assert record["mean_error"] <= 1.27
    assert record["epochs"] == 5 and record["batch_size"] == 150


def test_the_committed_model_carries_no_optimizer_state():
    """Adam's two moments would make the file three times as large."""
    assert MODEL_FILE.stat().st_size < 1.1 * 4 * 592_074
    with zipfile.ZipFile(MODEL_FILE) as file:
        assert json.loads(file.read("metadata.json"))["keras_version"]


def test_an_installed_package_brings_the_reference_model(tmp_path):
    """Colab and Binder install a wheel, not this folder."""
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "mnist_course", tmp_path / "mnist_course")
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {
        f"mnist_course/weights/{name}" for name in ("guide_cnn.keras", "guide_cnn.json")
    } <= names
    pad = [path for path in (PACKAGE / "pad").iterdir() if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in MODULES + pad} <= names


@pytest.fixture(scope="module")
def trained_on_the_spot(tmp_path_factory):
    """Train on the sample with an empty cache; gives the cache, the weights' digest, the words."""
    cache, said = tmp_path_factory.mktemp("cache"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setenv("MNIST_COURSE_CACHE", str(cache))
        digest = model_sha256(reference_model(load_mnist("sample"), verbose=0))
    return cache, digest, said.getvalue()


def test_on_the_sample_the_reference_model_is_not_the_one_that_saw_its_digits(trained_on_the_spot):
    _, digest, said = trained_on_the_spot
    assert digest != reference_record()["weights_sha256"]
    assert "trained here and now" in said


def test_what_was_trained_on_the_spot_is_kept_for_the_next_chapter(
    trained_on_the_spot, monkeypatch, capsys
):
    cache, digest, _ = trained_on_the_spot
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(cache))
    again = reference_model(load_mnist("sample"), verbose=0)
    assert "trained earlier" in capsys.readouterr().out
    assert model_sha256(again) == digest


@pytest.mark.parametrize("harm", ["empty", "cut", "byte", "code"])
def test_a_kept_network_that_does_not_fit_is_trained_anew(
    harm, trained_on_the_spot, monkeypatch, tmp_path, capsys
):
    cache, _, _ = trained_on_the_spot
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("MNIST_COURSE_CACHE", str(tmp_path))
    [kept] = tmp_path.glob("course-trained-*.npz")
    data, whole = load_mnist("sample"), kept.read_bytes()
    kept.write_bytes(whole[: {"empty": 0, "cut": 1000}.get(harm)])
    if harm == "byte":
        middle = len(whole) // 2
        kept.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    monkeypatch.setattr(reference, "train_as_guide", lambda data, verbose: (cnn_model(), None))
    if harm == "code":
        monkeypatch.setattr(reference, "TRAINING_MODULES", reference.TRAINING_MODULES[:-1])
        reference_model(data)
    else:
        with pytest.warns(UserWarning, match="is damaged and is trained again"):
            reference_model(data)
    assert "trained here and now" in capsys.readouterr().out


def test_colab_has_all_that_the_package_asks_for():
    """An install with dependencies on Colab would move none of its versions."""
    colab = pins("tests/colab-requirements.txt")
    for text in PYPROJECT["project"]["dependencies"]:
        requirement = Requirement(text)
        assert colab[requirement.name], f"Colab does not have {requirement.name}"
        assert requirement.specifier.contains(colab[requirement.name][0]), text
    assert not any("tensorflow" in text for text in PYPROJECT["project"]["dependencies"])


def test_the_pins_meet_what_the_package_asks_for():
    pinned = pins("requirements.txt")
    extras = PYPROJECT["project"]["optional-dependencies"]
    for text in sum(extras.values(), PYPROJECT["project"]["dependencies"]):
        requirement = Requirement(text)
        if requirement.name != PYPROJECT["project"]["name"]:
            for version in pinned[requirement.name]:
                assert requirement.specifier.contains(version), text


def test_this_environment_is_the_pinned_one():
    """Versions in use are those of requirements.txt: run `make env` if this fails."""
    from importlib.metadata import version

    for name in ("keras", "numpy", "matplotlib", "ipywidgets", "nbval", "jupyter-book"):
        assert [version(name)] == pins("requirements.txt")[name]


def test_binder_is_lean_and_has_the_same_versions():
    binder, all_pins = pins("binder/requirements.txt"), pins("requirements.txt")
    assert binder["tensorflow-cpu"] == all_pins["tensorflow-cpu"]
    assert {"tensorflow", "jupyter-book", "sphinx", "playwright", "nbval"}.isdisjoint(binder)
    for name, version in binder.items():
        assert version == all_pins[name], name
    runtime = (ROOT / "binder/runtime.txt").read_text().strip()
    python = Version(re.fullmatch(r"python-(3\.\d+)", runtime)[1])
    assert Requirement(f"x{PYPROJECT['project']['requires-python']}").specifier.contains(python)


@pytest.mark.skipif(sys.platform == "win32", reason="make and Binder's script are not for Windows")
@pytest.mark.parametrize("start", [["make", "-sf", "Makefile", "-f-", "x"], ["binder/start", "sh"]])
def test_training_starts_with_the_quicker_kernels(start, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)  # make test itself has set it
    said = "echo $TF_ENABLE_ONEDNN_OPTS\n"
    if start[0] == "make":
        said = "x:\n\t@" + said.replace("$", "$$")
    assert subprocess.check_output(start, input=said, text=True, cwd=ROOT) == "1\n"


@pytest.mark.parametrize("line", ["make book", "make test"])
def test_the_readme_names_the_two_commands(line):
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")
