"""Grading on a Dask cluster with TLS; its scheduler and its worker run in other folders."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys

import dask
import pytest
from distributed import Client

from mnist_course.grading import cli
from mnist_course.grading.execution import cluster
from mnist_course.grading.execution.cluster import cluster_executor, require_tls
from mnist_course.grading.execution.parallel_grading import grade_all
from mnist_course.grading.execution.worker_check import WorkerError
from tests.support.grading import EMPTY_JOB, NOT_A_NOTEBOOK, results_by_name, start_grading

TLS = "distributed.comm.tls"


def make_certificate(folder):
    """Make a certificate that is its own authority; return Dask's settings for it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder.mkdir()
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=course"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    settings = {f"{TLS}.ca-file": certificate}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"{TLS}.{role}.cert": certificate, f"{TLS}.{role}.key": key}
    return settings


def as_environment(settings):
    """Return the environment variables from which Dask reads settings."""
    names = (name.replace(".", "__").replace("-", "_").upper() for name in settings)
    return {f"DASK_{name}": value for name, value in zip(names, settings.values(), strict=True)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("keys") / "course")


@contextlib.contextmanager
def running(*arguments, **options):
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def address(settings, tmp_path_factory):
    """Return the address of a scheduler with one worker."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    address = f"tls://127.0.0.1:{port}"
    options = {"env": os.environ | as_environment(settings), "stderr": subprocess.DEVNULL}
    options["cwd"] = tmp_path_factory.mktemp("elsewhere")
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", port, "--protocol", "tls"]
    with running(*scheduler, **options), running("worker", address, "--nthreads", "1", **options):
        with dask.config.set(settings), Client(address, timeout=120) as client:
            client.wait_for_workers(1, timeout=120)
        yield address


def grade_one(address):
    stored = {}
    submissions = [("anna", lambda: NOT_A_NOTEBOOK)]
    grade_all(EMPTY_JOB, submissions, stored.__setitem__, cluster=address)
    return stored["anna"]


def test_grade_all_cluster(address, settings):
    with dask.config.set(settings):
        assert "not a valid notebook" in grade_one(address).error


def test_grade_all_cluster_without_certificate(address):
    with pytest.raises(WorkerError, match=r"need certificates in Dask's configuration"):
        grade_one(address)


def test_grade_all_cluster_other_certificate(address, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 5)
    with (
        dask.config.set(make_certificate(tmp_path / "other")),
        pytest.raises(WorkerError, match="cannot be reached"),
    ):
        grade_one(address)


def test_cluster_executor_worker_cannot_grade(address, settings, monkeypatch):
    monkeypatch.setattr(cluster, "worker_error", lambda job: "no bwrap")
    with (
        dask.config.set(settings),
        pytest.raises(WorkerError, match=r"The worker tls://.* cannot grade\. no bwrap"),
        cluster_executor(address, EMPTY_JOB),
    ):
        pass


def test_cluster_executor_no_scheduler(settings, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        dask.config.set(settings),
        pytest.raises(WorkerError, match="start one with 'dask scheduler'"),
        cluster_executor("tls://127.0.0.1:9", EMPTY_JOB),
    ):
        pass


def test_cluster_executor_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(WorkerError, match=r"pip install 'mnist-course\[cluster\]'"),
        cluster_executor("tls://127.0.0.1:9", EMPTY_JOB),
    ):
        pass


@pytest.mark.parametrize("scheme", ["tcp://", "ws://", "inproc://", "TLS://", ""])
def test_require_tls_refuses(scheme):
    with pytest.raises(WorkerError, match="Expected: tls://HOST:8786"):
        require_tls(f"{scheme}10.0.0.1:8786")
    require_tls("tls://10.0.0.1:8786")


def test_grade_refuses_cluster_without_tls(tmp_path, capsys):
    options = ["grade", "class.zip", "--out", str(tmp_path / "r"), "--cluster", "tcp://h:8786"]
    assert cli.main(options) == 1
    assert "anyone who can reach the scheduler could run code" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


@pytest.mark.sandbox
@pytest.mark.slow
def test_grade_cluster_without_shared_disk(address, settings, submitted, monkeypatch):
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    run = start_grading(submitted, "--cluster", address)
    text = run.communicate(timeout=600)[0]
    assert run.returncode == 0, text
    states = [result.state for result in results_by_name(submitted).values()]
    assert states.count("graded") == 8
