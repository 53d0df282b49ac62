import dataclasses

from mnist_course.grading.execution import worker_check
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.isolation.sandbox import SandboxError
from mnist_course.grading.execution.worker_check import worker_error

EMPTY = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
LOADS_DATA = EMPTY.replace(
    "[]",
    '[{"id": "a", "cell_type": "code", "metadata": {}, "execution_count": null, "outputs": [], '
    '"source": "from mnist_course import load_mnist"}]',
)
JOB = GradingJob("01-scale", EMPTY, b"", (), sandboxed=False, data="/no/such/file.npz")


def test_worker_error_missing_data():
    assert "/no/such/file.npz" in worker_error(dataclasses.replace(JOB, release=LOADS_DATA))


def test_worker_error_data_not_needed():
    assert worker_error(JOB) is None


def test_worker_error_no_sandbox(monkeypatch):
    def fail():
        raise SandboxError("no bwrap")

    monkeypatch.setattr(worker_check, "require_sandbox", fail)
    assert worker_error(dataclasses.replace(JOB, sandboxed=True)) == "no bwrap"
    assert worker_error(JOB) is None
