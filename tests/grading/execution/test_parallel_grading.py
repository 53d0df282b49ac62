import dataclasses
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from distributed import Client

from mnist_course.grading import cli
from mnist_course.grading.execution import parallel_grading
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.parallel_grading import worker_error
from mnist_course.grading.execution.sandbox import SandboxError
from tests.support.grading import results_by_name, start_grading, wait_for_submissions

EMPTY = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
LOADS_DATA = EMPTY.replace(
    "[]",
    '[{"id": "a", "cell_type": "code", "metadata": {}, "execution_count": null, "outputs": [], '
    '"source": "from mnist_course import load_mnist"}]',
)
JOB = GradingJob("01-scale", EMPTY, b"", sandboxed=False, data="/no/such/file.npz")


def test_worker_error_missing_data():
    assert "/no/such/file.npz" in worker_error(dataclasses.replace(JOB, release=LOADS_DATA))


def test_worker_error_data_not_needed():
    assert worker_error(JOB) is None


def test_worker_error_no_sandbox(monkeypatch):
    def fail():
        raise SandboxError("no bwrap")

    monkeypatch.setattr(parallel_grading, "require_sandbox", fail)
    assert worker_error(dataclasses.replace(JOB, sandboxed=True)) == "no bwrap"
    assert worker_error(JOB) is None


@pytest.mark.sandbox
@pytest.mark.slow
def test_grade_all_killed_worker(submitted):
    run = start_grading(submitted, "--workers", "2")
    wait_for_submissions(run, 3)
    children = psutil.Process(run.pid).children()
    workers = [each for each in children if "spawn_main" in str(each.cmdline())]
    workers[-1].send_signal(signal.SIGKILL)
    text = run.communicate(timeout=600)[0]
    assert run.returncode == 0, text
    states = [result.state for result in results_by_name(submitted).values()]
    assert len(states) == 12 and states.count("graded") == 9


@pytest.mark.sandbox
@pytest.mark.slow
def test_grade_all_cluster_without_shared_disk(submitted, tmp_path_factory):
    """The cluster runs in another folder."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    options = {
        "cwd": tmp_path_factory.mktemp("elsewhere"),
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    python = [sys.executable, "-m"]
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1"]
    processes = [
        subprocess.Popen([*python, *command, "--no-dashboard"], **options)
        for command in (scheduler, worker)
    ]
    try:
        with Client(address, timeout=120) as client:
            client.wait_for_workers(1, timeout=120)
        run = start_grading(submitted, "--cluster", address)
        text = run.communicate(timeout=600)[0]
        assert run.returncode == 0, text
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    states = [result.state for result in results_by_name(submitted).values()]
    assert states.count("graded") == 9


@pytest.mark.slow
def test_grade_all_no_scheduler(submitted, capsys):
    options = ["grade", f"{submitted}/class.zip", "--from", f"{submitted}/private"]
    options += ["--out", f"{submitted}/results", "--cluster", "tcp://127.0.0.1:9"]
    assert cli.main(options) == 1
    assert "What to do: start one with 'dask scheduler'" in capsys.readouterr().err
