"""Build the book for tests, and read what was built."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]

# What the book is made from: enough to build it in another folder.
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "book",
    "notebooks",
    "mnist_course/weights",
    "mnist_course/pad",
)

# The repository's address, as the configuration and the sources have it.
ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]

# Whoever teaches with a course of their own builds the edition without answers, from a fork.
FORK, FORKS_BRANCH = "https://github.com/someone-else/my-course", "2027"
FORKS_SITE = "https://someone-else.github.io/my-course"


@dataclass(frozen=True)
class Build:
    """What came of a build: its HTML folder, its log and whether it passed."""

    html: Path
    log: str
    passed: bool


def build(output: Path, source: Path = ROOT, **environment: str) -> Build:
    """Build the book of a source folder as ``make book`` does, but elsewhere and from nothing."""
    # A run on GitHub Actions must build what a run elsewhere builds.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "MNIST_COURSE_EDITION", "MNIST_COURSE_SITE"))
    }
    command = Path(sys.executable).with_name("jupyter-book")
    run = subprocess.run(
        [command, "build", source, "--path-output", output, "-W", "-n", "--keep-going"],
        env=inherited | {"NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        encoding="utf-8",
    )
    return Build(output / "_build/html", run.stdout, run.returncode == 0)


def built_once(name: str, **environment: str) -> Build:
    """Build this tree's book, once for all processes of a run: the others wait for the first."""
    output = Path(os.environ["MNIST_COURSE_BOOKS"], name)
    done, limit = output / "done.json", time.monotonic() + 600
    try:
        output.mkdir()
    except FileExistsError:
        while not done.exists():
            assert time.monotonic() < limit, f"no other process has built {output}"
            time.sleep(0.1)
    else:
        result = build(output, **environment)
        unready = done.with_suffix(".part")
        unready.write_text(
            json.dumps([str(result.html), result.log, result.passed]), encoding="utf-8"
        )
        unready.rename(done)
    html, log, passed = json.loads(done.read_text(encoding="utf-8"))
    return Build(Path(html), log, passed)


@functools.cache
def built_book() -> Path:
    """Return the HTML folder of this tree's book, in the edition for readers."""
    result = built_once("reader", MNIST_COURSE_EDITION="reader")
    assert result.passed, result.log
    return result.html


@functools.cache
def student_edition() -> Path:
    """Return the HTML folder of the book for students, as GitHub Actions builds it for a fork."""
    repository = FORK.removeprefix("https://github.com/")
    result = built_once(
        "student",
        GITHUB_REPOSITORY=repository,
        GITHUB_REF_NAME=FORKS_BRANCH,
        MNIST_COURSE_EDITION="student",
        MNIST_COURSE_SITE=FORKS_SITE,
    )
    assert result.passed, result.log
    return result.html


def copy_sources(target: Path) -> Path:
    """Copy what the book is made from, to change one of them in a test."""
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


LESSONS = [name for name in documents() if re.match("notebooks/[0-9]", name)]
EXERCISES = [name for name in documents() if name.startswith("notebooks/exercises/")]
PAGES = [f"{name}.html" for name in documents()] + ["search.html"]


def without_colours(block: re.Match) -> str:
    return re.sub(r"</?span\b[^>]*>", "", block[0])


@functools.cache
def page(path: Path) -> BeautifulSoup:
    """Parse a built page; without the colours of its code, which are most of its elements."""
    text = path.read_text(encoding="utf-8")
    plain = re.sub(r"<pre>.*?</pre>", without_colours, text, flags=re.DOTALL)
    return BeautifulSoup(plain, "html.parser")


@functools.cache
def places(path: Path) -> set[str]:
    """Return the ids that a link into a built page can name."""
    return {element["id"] for element in page(path).find_all(id=True)}
