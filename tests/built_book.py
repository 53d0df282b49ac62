"""Build the book for tests, and read what was built."""

import atexit
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent

# What the book is made from: enough to build it in another folder.
SOURCES = ("_config.yml", "_toc.yml", "book", "notebooks", "mnist_course/weights")


@dataclass(frozen=True)
class Build:
    """What came of a build: its HTML folder, its log and whether it passed."""

    html: Path
    log: str
    passed: bool


def build(source: Path = ROOT, **environment: str) -> Build:
    """Build the book of a source folder as ``make book`` does, but elsewhere and from nothing."""
    output = Path(tempfile.mkdtemp(prefix="book-"))
    atexit.register(shutil.rmtree, output, ignore_errors=True)
    # A run on GitHub Actions must build what a run elsewhere builds.
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "MNIST_COURSE_EDITION"))
    }
    command = Path(sys.executable).with_name("jupyter-book")
    run = subprocess.run(
        [command, "build", source, "--path-output", output, "-W", "-n", "--keep-going"],
        env=inherited | {"NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Build(output / "_build/html", run.stdout, run.returncode == 0)


@functools.cache
def built_book() -> Path:
    """Return the HTML folder of this tree's book, built once for all tests of a process."""
    result = build()
    assert result.passed, result.log
    return result.html


def copy_sources(target: Path) -> Path:
    """Copy what the book is made from, to plant a fault in it."""
    for name in SOURCES:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target / name)
    return target


def documents() -> list[str]:
    """List the book's pages as ``_toc.yml`` orders them, without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"]] + [page["file"] for part in toc["parts"] for page in part["chapters"]]


CHAPTERS = [name for name in documents() if re.match("notebooks/[0-9]", name)]
EXERCISES = [name for name in documents() if name.startswith("notebooks/exercises/")]
PAGES = [f"{name}.html" for name in documents()] + ["search.html"]


@functools.cache
def page(path: Path) -> BeautifulSoup:
    """Parse a built page."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
