"""`make env` on each path that needs no network beyond the package index."""

import os
import re
import socket
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.env_project import ROOT, EnvProject, unfitting

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="make and sh"), pytest.mark.slow]


def pinned_uv() -> str:
    pins = (ROOT / "tools/uv-requirements.txt").read_text(encoding="utf-8")
    return re.search(r"^uv==([\d.]+)", pins, re.MULTILINE)[1]


def require_index():
    try:
        socket.create_connection(("pypi.org", 443), timeout=5).close()
    except OSError:
        pytest.skip("needs the package index")


def has_entry(stderr: str) -> bool:
    """Return whether the troubleshooting page has an entry for a line of the output."""
    page = (ROOT / "book/troubleshooting.md").read_text(encoding="utf-8")
    return any(f"### `{line}`" in page for line in stderr.splitlines() if line)


@pytest.fixture
def project(tmp_path) -> EnvProject:
    return EnvProject(tmp_path)


def test_env_uses_uv_on_path(project):
    project.add_uv()
    project.add_python()
    done = project.make()
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"Making \.venv with uv and Python 3\.1[123]\.\d+\n", done.stdout)
    assert project.packages() == ["project", "small"]
    assert not (project.folder / ".uv").exists()


def test_env_second_time_does_nothing(project):
    project.add_uv()
    project.add_python()
    project.make()
    (project.bin / "uv").unlink()
    assert "Nothing to be done" in project.make().stdout
    assert "Nothing to be done" in project.make("PYTHON=python3").stdout


def test_env_follows_requirements(project):
    project.add_uv()
    project.add_python()
    project.make()
    project.require("other")
    done = project.make("--assume-new=requirements.txt")
    assert project.packages() == ["other", "project"], done.stderr
    assert "Removing" not in done.stdout


def test_env_cut_off_run_is_begun_again(project):
    project.add_uv()
    project.add_python()
    project.make()
    uv = project.bin / "uv"
    real = uv.rename(project.folder / "uv")
    project.add_script("bin/uv", "kill -9 $PPID")
    assert project.make("--assume-new=requirements.txt").returncode != 0
    real.rename(uv)
    assert "Making .venv with uv" in project.make().stdout


@pytest.mark.parametrize("version", ["3.10.4", "3.14.0"])
def test_env_finds_another_python(project, version):
    """Where python3 does not fit, uv takes one that pyenv installed."""
    project.add_uv()
    project.add_python(**unfitting(version))
    home = project.folder / ".pyenv/versions/3.12.1/bin"
    home.mkdir(parents=True)
    (home / "python3").symlink_to(sys._base_executable)
    done = project.make()
    assert done.returncode == 0, done.stderr
    assert project.packages() == ["project", "small"]


def test_env_pip_finds_another_python(project):
    project.add_python(**unfitting())
    project.add_python("python3.12")
    done = project.make()
    assert done.returncode == 0, done.stderr
    assert "Making .venv with venv, pip and Python 3." in done.stdout


@pytest.mark.parametrize("version", ["3.10.4", "3.14.0"])
@pytest.mark.parametrize("uv", [True, False])
def test_env_no_fitting_python_names_cure(project, version, uv):
    if uv:
        project.add_uv()
    project.add_python(**unfitting(version))
    done = project.make()
    assert done.returncode != 0
    assert f"needs Python 3.11, 3.12 or 3.13, but python3 is Python {version}." in done.stderr
    assert "make PYTHON=/path/to/python3.13" in done.stderr
    assert has_entry(done.stderr.replace("3.10.4", "3.14.0"))
    assert not (project.folder / ".venv").exists()


@pytest.mark.parametrize("uv", [True, False])
def test_env_named_python_must_fit(project, uv):
    """A Python that was named is never replaced by another."""
    if uv:
        project.add_uv()
    project.add_python()
    project.add_python("old", **unfitting())
    missing, old = project.make("PYTHON=no-such-python"), project.make("PYTHON=old")
    assert "but no-such-python was not found." in missing.stderr
    assert "but old is Python 3.10.4." in old.stderr
    assert missing.returncode and old.returncode
    assert not (project.folder / ".venv").exists()


def test_env_another_named_python_makes_it_again(project):
    project.add_uv()
    other = project.add_python("other")
    project.add_python()
    project.make()
    done = project.make(f"PYTHON={other}")
    assert "Removing .venv: it is not complete or has another Python" in done.stdout
    assert project.packages() == ["project", "small"]
    assert "Nothing to be done" in project.make(f"PYTHON={other}").stdout


def test_env_of_unfitting_python_is_made_again(project):
    project.add_uv()
    project.add_python()
    old = project.add_python("old", **unfitting())
    (project.folder / ".venv/bin").mkdir(parents=True)
    (project.folder / ".venv/bin/python").symlink_to(old)
    done = project.make()
    assert done.returncode == 0, done.stderr
    assert "Removing .venv" in done.stdout
    assert project.packages() == ["project", "small"]


@pytest.mark.parametrize("source", ["variable", "file"])
def test_env_uv_uses_index_of_pip(project, source):
    """The uv in .uv, here a script that notes its index, uses the package index of pip."""
    project.add_uv()
    project.add_python()
    uv = (project.bin / "uv").rename(project.folder / "uv")
    print_version = f'[ "$1" = --version ] && echo uv {pinned_uv()} && exit'
    save = 'echo "$UV_DEFAULT_INDEX" >index'
    project.add_script(".uv/bin/uv", f'{print_version}\n{save}\nexec {uv} "$@"')
    index = "https://mirror.example/simple"
    settings = project.folder / ".config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[global]\nindex-url = {index}\n", encoding="utf-8")
    variable = {"PIP_INDEX_URL": index} if source == "variable" else {"PIP_CONFIG_FILE": ""}
    assert project.make(**variable).returncode == 0
    assert (project.folder / "index").read_text(encoding="utf-8").strip() == index


def test_env_without_index_uses_pip(project):
    """Without uv and without an index, pip makes the environment from what it finds."""
    project.add_python()
    done = project.make(PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert done.returncode == 0, done.stderr
    uv, pip = done.stdout.splitlines()
    assert re.fullmatch(r"uv is not installed: pip puts uv [\d.]+ into \.uv", uv)
    assert re.match(r"Making \.venv with venv, pip and Python 3\.1[123], as uv cannot", pip)
    assert project.packages() == ["project", "small"]


def test_env_pip_error_names_cure(project):
    project.add_python()
    next(project.wheels.iterdir()).unlink()
    done = project.make()
    assert done.returncode != 0
    assert "No matching distribution found for small==1.0" in done.stderr
    assert "Check the connection to the package index (pypi.org)" in done.stderr
    assert has_entry(done.stderr)
    assert not (project.folder / ".venv/ready").exists()


def test_env_pip_takes_over_from_uv(project):
    """An environment that uv made and could not fill has no pip; pip makes it from the start."""
    project.add_uv()
    project.add_python()
    (project.folder / "uv.toml").write_text("no-index = true\n", encoding="utf-8")
    done = project.make()
    assert done.returncode == 0, done.stderr
    assert "Making .venv with uv" in done.stdout
    assert "Making .venv with venv, pip" in done.stdout
    assert project.packages() == ["project", "small"]


def test_env_without_ensurepip_names_package(project):
    """Debian's python3 has neither pip nor ensurepip until python3-venv is installed."""
    project.add_python(setup="sys.modules['ensurepip'] = None", version="Python 3.12.1")
    done = project.make()
    assert done.returncode != 0
    package = "python{}.{}-venv".format(*sys.version_info)
    assert f"sudo apt install {package}, then run make again." in done.stderr
    assert has_entry(done.stderr)


def test_env_refuses_uv_with_another_hash(project):
    project.add_python()
    with ZipFile(project.wheels / f"uv-{pinned_uv()}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"uv-{pinned_uv()}.data/scripts/uv", "#!/bin/sh\ntouch used\n")
    done = project.make()
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (project.folder / ".uv/bin/uv").exists()
    assert "Making .venv with venv, pip" in done.stdout


@pytest.mark.parametrize("pip", [True, False])
def test_env_installs_uv(project, pip):
    """Where Python has no pip, that of a virtual environment is used. Needs the package index."""
    require_index()
    if pip:
        project.add_python()
    else:
        project.add_python(setup="sys", version="Python 3.12.1")
        project.add_python("python")  # for uv alone, which takes no virtual environment's Python
    project.add_script(".uv/bin/uv", "echo uv 0.0.1")
    index = dict(os.environ, PIP_NO_INDEX="0", PIP_USER="1", PIP_REQUIRE_VIRTUALENV="1")
    index["PYENV_ROOT"] = str(project.folder)  # its Pythons have pip
    # A proxy's certificate is in the system's bundle, which the pip of a new environment ignores.
    if (bundle := Path("/etc/ssl/certs/ca-certificates.crt")).exists():
        index.setdefault("PIP_CERT", str(bundle))
    done = project.make(**index)
    assert done.returncode == 0, done.stderr
    assert re.match(
        r"uv is not installed: pip puts uv [\d.]+ into \.uv\nMaking \.venv with uv", done.stdout
    )
    assert project.packages() == ["project", "small"]
    again = project.make("--assume-new=requirements.txt", **index)
    assert again.stdout.startswith("Making .venv with uv")
