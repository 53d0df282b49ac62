"""Pinned versions agree with each other, with pyproject.toml and with this environment."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(path: str) -> dict[str, list[str]]:
    """Read `name==version` lines; a name may be pinned once for each system."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("==")
            found.setdefault(name.lower().replace("_", "-"), []).append(rest.split(";")[0].strip())
    return found


def test_colab_requirements_meet_dependencies():
    """An install with dependencies on Colab changes none of its versions."""
    colab = pins("tests/colab-requirements.txt")
    for text in PYPROJECT["project"]["dependencies"]:
        requirement = Requirement(text)
        assert colab[requirement.name], f"Colab does not have {requirement.name}"
        assert requirement.specifier.contains(colab[requirement.name][0]), text
    assert not any("tensorflow" in text for text in PYPROJECT["project"]["dependencies"])


def test_requirements_meet_dependencies():
    pinned = pins("requirements.txt")
    extras = PYPROJECT["project"]["optional-dependencies"]
    for text in sum(extras.values(), PYPROJECT["project"]["dependencies"]):
        requirement = Requirement(text)
        if requirement.name != PYPROJECT["project"]["name"]:
            assert requirement.name in pinned, f"make requirements: {text} is not pinned"
            for pinned_version in pinned[requirement.name]:
                assert requirement.specifier.contains(pinned_version), text


@pytest.mark.parametrize(
    "name", ["keras", "numpy", "matplotlib", "ipywidgets", "nbval", "jupyter-book"]
)
def test_environment_as_pinned(name):
    assert [version(name)] == pins("requirements.txt")[name], "make env"


def test_binder_requirements():
    binder, all_pins = pins("binder/requirements.txt"), pins("requirements.txt")
    assert binder["tensorflow-cpu"] == all_pins["tensorflow-cpu"]
    assert {"tensorflow", "jupyter-book", "sphinx", "playwright", "nbval"}.isdisjoint(binder)
    for name, pinned_version in binder.items():
        assert pinned_version == all_pins[name], name


def test_binder_python_version():
    runtime = (ROOT / "binder/runtime.txt").read_text(encoding="utf-8").strip()
    python = Version(re.fullmatch(r"python-(3\.\d+)", runtime)[1])
    assert Requirement(f"x{PYPROJECT['project']['requires-python']}").specifier.contains(python)


@pytest.mark.skipif(sys.platform == "win32", reason="make and Binder's script are not for Windows")
@pytest.mark.parametrize("start", [["make", "-sf", "Makefile", "-f-", "x"], ["binder/start", "sh"]])
def test_onednn_enabled(start, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)  # make test itself has set it
    script = "echo $TF_ENABLE_ONEDNN_OPTS\n"
    if start[0] == "make":
        script = "x:\n\t@" + script.replace("$", "$$")
    assert (
        subprocess.check_output(start, input=script, text=True, cwd=ROOT, encoding="utf-8") == "1\n"
    )


@pytest.mark.parametrize("command", ["make book", "make test"])
def test_readme_names_command(command):
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
