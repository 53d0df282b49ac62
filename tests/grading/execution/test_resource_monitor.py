import dataclasses
import time
import uuid

import psutil
import pytest
from nbformat.v4 import new_code_cell

from maintenance.demo_class import CORRECT, answer_notebook
from tests.support.grading import FULL, LIMITS, output_text

pytestmark = pytest.mark.sandbox

FORK_BOMB = """
import os, time
made = 0
try:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        made += 1
except OSError:
    print("refused after", made)
"""


def processes_with(argument):
    """List the command lines on this machine that contain a text in one of their arguments."""
    command_lines = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    return [line for line in command_lines if any(argument in word for word in line or ())]


def assert_all_end(argument, seconds=60):
    deadline = time.monotonic() + seconds
    while left := processes_with(argument):
        assert time.monotonic() < deadline, f"{len(left)} processes are left, such as {left[0]}"
        time.sleep(0.1)


def test_resource_monitor_memory(grade, release):
    code = "data = []\nwhile True: data.append(bytearray(b'x' * 20_000_000))"
    outcome = grade(answer_notebook(release, CORRECT, code))
    assert outcome.error == "It used more memory than the limit of 0.6 GB."


@pytest.mark.slow
def test_apply_limits_one_huge_array(grade, release):
    code = "try:\n    x = bytearray(50_000_000_000)\nexcept MemoryError:\n    print('refused')"
    outcome = grade(answer_notebook(release, CORRECT, code))
    assert outcome.grades == FULL and "refused" in output_text(outcome)


@pytest.mark.slow
def test_resource_monitor_fork_bomb(grade, release, work_folder):
    outcome = grade(answer_notebook(release, CORRECT, FORK_BOMB))
    if outcome.error:
        assert "more processes than the limit of 60" in outcome.error
    else:
        assert "refused" in output_text(outcome)
    # A fork keeps the command line of the kernel, which names its connection file.
    assert_all_end(str(work_folder), seconds=10)


@pytest.mark.slow
def test_resource_monitor_total_seconds(grade, release, job):
    job = dataclasses.replace(job, limits=dataclasses.replace(LIMITS, total_seconds=4))
    notebook = answer_notebook(release, CORRECT)
    notebook.cells += [new_code_cell("import time; time.sleep(1.5)", id=f"s{i}") for i in range(9)]
    assert "longer than the limit of 4 s" in grade(notebook, job).error


def test_resource_monitor_daemon_is_killed(grade, release):
    marker = uuid.uuid4().hex
    code = f"""
import subprocess, sys
program = "import time; time.sleep(600)"
daemon = subprocess.Popen([sys.executable, "-c", program, "{marker}"], start_new_session=True)
print("started", daemon.pid > 0)
"""
    outcome = grade(answer_notebook(release, CORRECT, code))
    assert outcome.grades == FULL and "started True" in output_text(outcome)
    assert_all_end(marker)
