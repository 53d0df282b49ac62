"""What the tests of grading share."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil

from maintenance.demo_class import ASSIGNMENT
from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.isolation.limits import Limits
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.student_results import StudentResult, student_results

# Points for correct code in the demo assignment, with the question left blank.
FULL = {"check-scale": 2, "check-darkest": 3, "explain": 0}
LIMITS = Limits(
    cell_seconds=20,
    total_seconds=60,
    memory_bytes=600_000_000,
    processes=60,
    cell_output_bytes=20_000,
)

# A job and a submission that need no kernel: grading fails at once, in its own process.
EMPTY_JOB = GradingJob(
    ASSIGNMENT,
    '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    b"",
    cells=(),
    limits=LIMITS,
    sandboxed=False,
)
NOT_A_NOTEBOOK = b"{"


class ActsWhenRead:
    """A submission that calls a function in the process that receives it."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def output_text(outcome: Outcome) -> str:
    """Return the printed text and the error messages in a graded notebook."""
    notebook = nbformat.reads(outcome.notebook, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(output.get("text", "") + output.get("evalue", "") for output in outputs)


def start_grading(
    folder: Path, *options: str, process_group: int | None = None
) -> subprocess.Popen:
    """Start `mnist-course grade` on the demo class in a folder."""
    command = [sys.executable, "-m", "mnist_course.grading.cli", "grade", "class.zip"]
    command += ["--from", "private", "--out", "results", "--cell-seconds", "8", *options]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # As in a terminal: a job in the background would ignore Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        process_group=process_group,
        encoding="utf-8",
    )


def wait_for_submissions(process: subprocess.Popen, number: int) -> None:
    """Wait until a run has printed the results of some submissions."""
    printed = []
    for line in process.stdout:
        printed.append(line)
        if sum(each.startswith("[") for each in printed) == number:
            return
    raise AssertionError(f"The run ended early:\n{''.join(printed)}")


def fork_server_process(pid: int) -> psutil.Process:
    """Return the child process that multiprocessing forks for each submission."""
    children = psutil.Process(pid).children()
    (server,) = [each for each in children if "forkserver" in " ".join(each.cmdline())]
    return server


def results_by_name(folder: Path) -> dict[str, StudentResult]:
    """Return the results in a folder's results folder by the student's name."""
    found = student_results(ResultsFolder(folder / "results"), ASSIGNMENT)
    return {result.status.student_name: result for result in found}
