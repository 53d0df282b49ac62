"""A small project in which `make env` runs: one requirement, made here, and a PATH of its own."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The commands of POSIX that the Makefile and the script call; nothing else is on the PATH.
COMMANDS = ["make", "sh", "cat", "sed", "rm"]
FILES = ["Makefile", "_config.yml", "tools/make_environment", "tools/uv-requirements.txt"]
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "project"
version = "1.0"
"""


def build_editable(folder, config_settings=None, metadata_directory=None, name="project"):
    """Write a wheel that contains nothing: the project's build backend, which needs no package."""
    from zipfile import ZipFile

    info = f"{name}-1.0.dist-info"
    with ZipFile(f"{folder}/{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return f"{name}-1.0-py3-none-any.whl"


class EnvProject:
    """A folder with the Makefile, the script and one requirement, and a PATH of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.bin = folder / "bin"
        self.wheels = folder / "wheels"
        for path in (self.bin, self.wheels, folder / "tools"):
            path.mkdir()
        for name in FILES:
            shutil.copy(ROOT / name, folder / name)
        for command in COMMANDS:
            self.link(command, shutil.which(command))
        (folder / "backend.py").write_text(inspect.getsource(build_editable), encoding="utf-8")
        (folder / "uv.toml").write_text(
            f'no-index = true\nfind-links = ["{self.wheels}"]\n', encoding="utf-8"
        )
        (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        self.require("small")

    def require(self, name: str):
        """Make a wheel the one requirement."""
        build_editable(self.wheels, name=name)
        (self.folder / "requirements.txt").write_text(f"{name}==1.0\n", encoding="utf-8")

    def link(self, name: str, target: str | Path):
        (self.bin / name).symlink_to(target)

    def add_script(self, path: str, commands: str) -> Path:
        """Write an executable shell script."""
        script = self.folder / path
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"#!/bin/sh\n{commands}\n", encoding="utf-8")
        script.chmod(0o755)
        return script

    def add_uv(self):
        """Put a uv on the PATH."""
        uv = shutil.which("uv") or ROOT / ".uv/bin/uv"
        if not Path(uv).exists():
            pytest.skip("needs uv")
        self.link("uv", uv)

    def add_python(self, name: str = "python3", setup: str = "", version: str = "") -> Path:
        """Put a Python on the PATH that runs `setup` when it starts and prints `version`."""
        if not setup:
            self.link(name, sys._base_executable)
            return self.bin / name
        home = self.folder / f"{name}-home"
        subprocess.run([sys._base_executable, "-m", "venv", "--without-pip", home], check=True)
        packages = next(home.glob("lib/python*/site-packages"))
        (packages / "setup.pth").write_text(f"import sys; {setup}\n", encoding="utf-8")
        print_version = f'[ "$1" = --version ] && echo {version} && exit'
        return self.add_script(f"bin/{name}", f'{print_version}\nexec {home}/bin/python "$@"')

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run `make env`, with no package index unless `environment` changes that."""
        offline = {
            "HOME": str(self.folder),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
            "PIP_RETRIES": "0",
            "UV_CONFIG_FILE": str(self.folder / "uv.toml"),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        return subprocess.run(
            # Under `make test`, this make would print the folder that it enters.
            ["make", "--no-print-directory", "env", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=offline | environment | {"PATH": str(self.bin)},
            encoding="utf-8",
        )

    def packages(self) -> list[str]:
        """Return what is installed in the environment, without pip and setuptools."""
        folders = self.folder.glob(".venv/lib/python*/site-packages/*.dist-info")
        return sorted(
            folder.name.split("-")[0]
            for folder in folders
            if not folder.name.startswith(("pip-", "setuptools-"))
        )


def unfitting(version: str = "3.10.4") -> dict:
    """Return what makes `add_python` add a Python that does not fit and cannot install uv."""
    numbers = (*map(int, version.split(".")), "final", 0)
    return {
        "setup": f"sys.version_info = {numbers}; sys.modules['ensurepip'] = None",
        "version": f"Python {version}",
    }
