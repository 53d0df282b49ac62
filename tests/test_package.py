"""The package imports fast, exports its public names, and installs with its files."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mnist_course

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mnist_course"
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import mnist_course", {"numpy", "matplotlib", "keras", "tensorflow"}),
        (
            "from mnist_course import draw_digits, explore, load_mnist, show",
            {"keras", "tensorflow"},
        ),
        (
            "import mnist_course.evaluation.metrics",
            {"keras", "tensorflow", "matplotlib", "sklearn"},
        ),
        ("import mnist_course.training.distributed.launcher", {"keras", "tensorflow"}),
    ],
)
def test_import_loads_no_more_than_needed(statement, absent):
    code = f"import sys\n{statement}\nprint({absent} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("name", mnist_course.__all__)
def test_public_name_has_docstring(name):
    assert getattr(mnist_course, name).__doc__


def test_public_name_misspelled():
    with pytest.raises(AttributeError, match="no attribute 'load_mnits'"):
        mnist_course.load_mnits  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_length(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 260


def test_wheel_contents(tmp_path):
    """Colab and Binder install a wheel, not this folder."""
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "mnist_course")
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    expected = {path for path in PACKAGE.rglob("*") if path.is_file()}
    expected = {path for path in expected if path.suffix != ".pyc"}
    assert {path.relative_to(ROOT).as_posix() for path in expected} <= names
