"""The Makefile's targets: each is described, and runs only commands that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE)

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def commands(target: str) -> str:
    """Return the commands that a target would run, its prerequisites' included."""
    run = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def missing_files(text: str) -> set[str]:
    """Return the modules and scripts that commands name and that do not exist here."""
    modules = re.findall(r"-m ((?:tools|maintenance|mnist_course)[\w.]*)", text)
    paths = {f"{module.replace('.', '/')}.py" for module in modules}
    paths |= set(re.findall(r"(?<![\w/.])(?:tools|tests|binder|book)/[\w./-]+", text))
    return {path for path in paths if not (ROOT / path).exists()}


def test_phony_targets_are_described():
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert sorted(" ".join(phony).split()) == sorted(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_target_names_existing_files(target):
    assert missing_files(commands(target)) == set()


def test_missing_files_are_found():
    text = "python -m tools.no_such_tool\nsh tools/make_environment .venv\nsh tools/nothing x"
    assert missing_files(text) == {"tools/no_such_tool.py", "tools/nothing"}
