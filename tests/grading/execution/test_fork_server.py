"""Kernels that start warm: only from a process that can be forked, and gone with who made it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from mnist_course.grading.execution.fork_server import WarmKernels

pytestmark = pytest.mark.sandbox


def test_a_process_with_one_thread_can_be_forked():
    assert WarmKernels(["numpy"]).address


@pytest.mark.slow
def test_keras_leaves_it_with_one_thread():
    assert WarmKernels(["numpy", "keras"]).address


def test_a_module_that_is_missing_or_starts_a_thread_means_a_cold_start(tmp_path):
    assert WarmKernels(["no_such_module"]).address is None
    packages = Path(next(path for path in sys.path if path.endswith("site-packages")))
    module = packages / "mnist_course_test_thread.py"
    module.write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()"
    )
    try:
        assert WarmKernels([module.stem]).address is None
    finally:
        module.unlink()


def test_it_ends_with_the_process_that_made_it():
    code = (
        "from mnist_course.grading.execution.fork_server import WarmKernels\nimport os, signal\n"
        "print(WarmKernels(['numpy']).address, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    folder = Path(run.stdout.strip()).parent
    deadline = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < deadline, [p.cmdline() for p in psutil.process_iter()]
        time.sleep(0.1)


def test_the_modules_of_grading_are_small_and_nothing_else_imports_them():
    package = Path(__file__).parents[3] / "mnist_course"
    for path in (package / "grading").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path.name
    for path in package.glob("*.py"):
        assert "mnist_course.grading" not in path.read_text(encoding="utf-8"), path.name
