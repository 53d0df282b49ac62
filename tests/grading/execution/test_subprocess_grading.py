"""Faults of the machine while a grading process runs; the submissions are not notebooks."""

import errno
import functools
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import reduction

import pytest

from mnist_course.grading.execution import subprocess_grading
from mnist_course.grading.execution.subprocess_grading import (
    PROCESS_NAME,
    grade_in_subprocess,
    kill_grading_processes,
)
from tests.support.built_book import ROOT
from tests.support.grading import EMPTY_JOB, NOT_A_NOTEBOOK, ActsWhenRead, fork_server_process

IN_CURRENT_FOLDER = """
from mnist_course.grading.execution.subprocess_grading import grade_in_subprocess
from tests.support.grading import EMPTY_JOB, NOT_A_NOTEBOOK
if __name__ == "__main__":
    print(grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK).error)
"""


def test_grade_in_subprocess_killed_server():
    assert "not a valid notebook" in grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK).error
    fork_server_process(os.getpid()).send_signal(signal.SIGKILL)
    with ThreadPoolExecutor(3) as executor:
        grade = functools.partial(grade_in_subprocess, EMPTY_JOB)
        outcomes = list(executor.map(grade, [NOT_A_NOTEBOOK] * 6))
    assert all("not a valid notebook" in outcome.error for outcome in outcomes)


def test_grade_in_subprocess_server_killed_while_it_forks(monkeypatch):
    """The server was alive when multiprocessing looked, and then cannot answer."""
    grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK)
    server, send = fork_server_process(os.getpid()), reduction.sendfds

    def kill_server_and_send(*arguments):
        monkeypatch.undo()
        server.kill()
        return send(*arguments)

    monkeypatch.setattr(reduction, "sendfds", kill_server_and_send)
    outcome = grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK)
    assert "not a valid notebook" in outcome.error and not server.is_running()


def test_grade_in_subprocess_no_server(monkeypatch):
    def fail(*arguments):
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    monkeypatch.setattr(reduction, "sendfds", fail)
    monkeypatch.setattr(subprocess_grading, "START_SECONDS", 0)
    outcome = grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK)
    assert "no process could be started" in outcome.error and outcome.retry


def test_grade_in_subprocess_killed_process():
    outcome = grade_in_subprocess(EMPTY_JOB, ActsWhenRead(os._exit, 9))
    assert "ended early" in outcome.error and outcome.retry
    assert "not a valid notebook" in grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK).error


def test_grade_in_subprocess_no_end(monkeypatch):
    monkeypatch.setattr(subprocess_grading, "EXTRA_SECONDS", 1 - EMPTY_JOB.limits.total_seconds)
    outcome = grade_in_subprocess(EMPTY_JOB, ActsWhenRead(time.sleep, 600))
    assert (outcome.error, outcome.retry) == ("Grading did not finish within 1 s.", True)


def test_grade_in_subprocess_disk_full(monkeypatch):
    def fail(**options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/mnist-course-a")

    monkeypatch.setattr(subprocess_grading.tempfile, "mkdtemp", fail)
    outcome = grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK)
    assert "No space left on device: '/tmp/mnist-course-a'" in outcome.error and outcome.retry


def test_grade_in_subprocess_leaves_no_folder(monkeypatch, tmp_path):
    make = functools.partial(subprocess_grading.tempfile.mkdtemp)
    monkeypatch.setattr(
        subprocess_grading.tempfile, "mkdtemp", lambda **options: make(dir=tmp_path)
    )
    grade_in_subprocess(EMPTY_JOB, NOT_A_NOTEBOOK)
    assert list(tmp_path.iterdir()) == []


def test_grade_in_subprocess_prints_nothing():
    """Libraries warn about notebooks, and what they quote could change a terminal."""
    cell = '{"cell_type": "code", "source": "", "metadata": {}, "outputs": []}'
    code = f"""
from mnist_course.grading.execution.subprocess_grading import grade_in_subprocess
from tests.support.grading import EMPTY_JOB
notebook = EMPTY_JOB.release.replace("[]", '[{cell}]').encode()
print(grade_in_subprocess(EMPTY_JOB, notebook).error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8"
    )
    assert run.stdout.startswith("nbgrader could not grade it") and run.stderr == ""


def test_kill_grading_processes():
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(grade_in_subprocess, EMPTY_JOB, ActsWhenRead(time.sleep, 600))
        while not future.done():
            kill_grading_processes()
    assert "ended early" in future.result().error
    assert PROCESS_NAME not in [
        each.name for each in subprocess_grading.multiprocessing.active_children()
    ]


def test_remove_folder_nested_too_deeply(tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise RecursionError

    monkeypatch.setattr(subprocess_grading.shutil, "rmtree", fail)
    subprocess_grading._remove_folder(tmp_path)


def test_grade_in_subprocess_imports_nothing_from_the_current_folder(tmp_path):
    """It may be the folder of the submissions, with a student's own nbgrader.py."""
    folder = tmp_path / "class"
    folder.mkdir()
    for name in ("multiprocessing", "nbgrader", "numpy", "signal", "socket"):
        planted = f"open('{name} ran', 'w').close()\nraise ImportError"
        (folder / f"{name}.py").write_text(planted, encoding="utf-8")
    (tmp_path / "program.py").write_text(IN_CURRENT_FOLDER, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONSAFEPATH", None)
    run = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert "not a valid notebook" in run.stdout, run.stderr
    assert not list(folder.glob("* ran"))


@pytest.fixture(autouse=True)
def _no_leftovers():
    yield
    kill_grading_processes()
