"""Parallel grading; most submissions here are not notebooks, so that they need no kernel."""

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from mnist_course.grading.execution import parallel_grading
from mnist_course.grading.execution.isolation.resource_monitor import process_tree
from mnist_course.grading.execution.parallel_grading import grade_all
from mnist_course.grading.execution.subprocess_grading import PROCESS_NAME
from mnist_course.grading.execution.worker_check import WorkerError
from tests.support.grading import (
    EMPTY_JOB,
    NOT_A_NOTEBOOK,
    ActsWhenRead,
    fork_server_process,
    results_by_name,
    start_grading,
    wait_for_submissions,
)
from tests.support.sockets import named_sockets, reachable_for_other_user

KILLED = ActsWhenRead(os._exit, 9)
ENDLESS = ActsWhenRead(time.sleep, 600)


def submissions(*contents):
    return [(f"student-{number}", lambda c=content: c) for number, content in enumerate(contents)]


def test_grade_all_more_submissions_than_workers():
    stored = {}
    grade_all(EMPTY_JOB, submissions(*[NOT_A_NOTEBOOK] * 15), stored.__setitem__, workers=2)
    assert set(stored) == {f"student-{number}" for number in range(15)}
    assert all("not a valid notebook" in outcome.error for outcome in stored.values())


def test_grade_all_killed_process():
    stored, contents = {}, [KILLED, NOT_A_NOTEBOOK, KILLED, NOT_A_NOTEBOOK]
    grade_all(EMPTY_JOB, submissions(*contents), stored.__setitem__, workers=2)
    assert [stored[f"student-{number}"].retry for number in range(4)] == [True, False, True, False]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_grade_all_interrupted(error):
    """It ends although submissions would run for minutes, and leaves no process."""
    stored = []

    def store(student, outcome):
        stored.append(student)
        if len(stored) == 1:
            raise error

    contents = [NOT_A_NOTEBOOK, ENDLESS, ENDLESS, NOT_A_NOTEBOOK]
    with pytest.raises(error):
        grade_all(EMPTY_JOB, submissions(*contents), store, workers=2)
    # Ctrl-C may come while an outcome is stored, so that one is stored again.
    assert stored == ["student-0"] * (2 if error is KeyboardInterrupt else 1)
    assert PROCESS_NAME not in [each.name for each in multiprocessing.active_children()]


def test_grade_all_this_machine_cannot_grade(monkeypatch):
    monkeypatch.setattr(parallel_grading, "worker_error", lambda job: "no bwrap")
    with pytest.raises(WorkerError, match=r"This machine cannot grade\. no bwrap"):
        grade_all(EMPTY_JOB, submissions(NOT_A_NOTEBOOK), print)


def test_grade_all_worker_raises(monkeypatch):
    def fail(job, content):
        raise ValueError("unexpected")

    stored = {}
    monkeypatch.setattr(parallel_grading, "grade_in_subprocess", fail)
    grade_all(EMPTY_JOB, submissions(NOT_A_NOTEBOOK), stored.__setitem__)
    assert "could not grade it: ValueError: unexpected" in stored["student-0"].error
    assert stored["student-0"].retry


def test_parallel_grading_needs_no_distributed():
    code = "import sys; sys.modules['distributed'] = sys.modules['dask'] = None"
    code += "; import mnist_course.grading.commands"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try to connect as another user")
def test_grade_all_sockets_are_unreachable_for_other_users(submitted):
    """All of a run: of its servers, its grading processes and its kernels."""
    run = start_grading(submitted, "--workers", "2")
    found, reachable = set(), []
    try:
        while run.poll() is None:
            new = named_sockets(run.pid) - found
            found |= new
            reachable += [address for address in new if reachable_for_other_user(*address)]
    finally:
        run.kill()
        text = run.communicate()[0]
    assert run.returncode == 0, text
    assert found and reachable == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try to connect as another user")
def test_reachable_for_other_user():
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as private,
    ):
        port, path = str(server.getsockname()[1]), f"{folder}/socket"
        abstract.bind(f"\0{folder}")
        private.bind(path)
        Path(path).chmod(0o666)
        abstract.listen()
        private.listen()
        port = ("AF_INET", "SOCK_STREAM", port)
        name = ("AF_UNIX", "SOCK_STREAM", f"@{folder}")
        path = ("AF_UNIX", "SOCK_STREAM", path)
        assert named_sockets(os.getpid()) >= {port, name, path}
        assert [reachable_for_other_user(*each) for each in (port, name, path)] == [
            True,
            True,
            False,
        ]
        Path(folder).chmod(0o755)
        assert reachable_for_other_user(*path)


@pytest.mark.sandbox
@pytest.mark.slow
def test_grade_all_killed_server_and_process(submitted):
    run = start_grading(submitted, "--workers", "2")
    wait_for_submissions(run, 2)
    server = fork_server_process(run.pid)
    server.children()[-1].send_signal(signal.SIGKILL)
    server.send_signal(signal.SIGKILL)
    text = run.communicate(timeout=600)[0]
    assert run.returncode == 0, text
    results = results_by_name(submitted)
    killed = [name for name, each in results.items() if "ended early" in each.details]
    assert len(results) == 12 and len(killed) == 1 and results[killed[0]].status.retry
    text = start_grading(submitted, "--workers", "2", "--resume").communicate(timeout=600)[0]
    assert killed[0] in text and "ended early" not in text


def kernel_is_running(run):
    """Return whether a grading process of a run has a sandbox."""
    grading = fork_server_process(run.pid).children(recursive=True)
    return any("bwrap" in each.name() for each in grading)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGKILL"])
def test_grade_all_stopped_command_leaves_no_process(submitted, signal_name):
    run = start_grading(submitted, "--workers", "2")
    wait_for_submissions(run, 2)
    while not kernel_is_running(run):
        assert run.poll() is None
    processes = process_tree(run.pid)
    run.send_signal(signal.Signals[signal_name])
    run.communicate(timeout=30)
    deadline = time.monotonic() + 30
    while names := [each.name() for each in processes if is_alive(each)]:
        assert time.monotonic() < deadline, names
        time.sleep(0.1)


def is_alive(process):
    """Return whether a process runs; one that has ended may wait for its parent to notice."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.sandbox
@pytest.mark.slow
def test_grade_all_ctrl_c(submitted):
    run = start_grading(submitted, "--workers", "2", process_group=0)
    wait_for_submissions(run, 2)
    grading = fork_server_process(run.pid).children()
    assert any(os.getpgid(each.pid) != run.pid for each in grading)
    os.killpg(run.pid, signal.SIGINT)  # a terminal sends it to all processes
    text = run.communicate(timeout=60)[0]
    assert run.returncode == 130 and "Stopped." in text and "Traceback" not in text
    assert 2 <= len(results_by_name(submitted)) < 12
