import dataclasses
import os
import subprocess
import sys
import time
import uuid

import psutil
import pytest
from nbformat.v4 import new_code_cell

from maintenance.demo_class import CORRECT, answer_notebook
from mnist_course.grading.execution.isolation import resource_monitor
from mnist_course.grading.execution.isolation.resource_monitor import (
    ResourceMonitor,
    kill_process_group,
)
from tests.support.grading import FULL, LIMITS, output_text

pytestmark = pytest.mark.sandbox

# Forks keep the name that a process gives itself.
FORK_BOMB = """
import os, time
from pathlib import Path
Path("/proc/self/comm").write_text("{name}")
made = 0
try:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        made += 1
except OSError:
    print("refused after", made)
"""
MANY_FILES = """
import os
for i in range(400_000):
    os.close(os.open(f"/dev/shm/{i}", os.O_CREAT))
"""
PAGE_TABLES = """
import ctypes
mmap, madvise = ctypes.CDLL(None).mmap, ctypes.CDLL(None).madvise
mmap.restype, size = ctypes.c_void_p, 1 << 42
# PROT_READ; MAP_PRIVATE, MAP_ANONYMOUS and MAP_NORESERVE; MADV_NOHUGEPAGE.
start = mmap(None, ctypes.c_size_t(size), 1, 0x4022, -1, ctypes.c_long(0))
madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), 15)
for address in range(start, start + 250_000 * 2**21, 2**21):
    ctypes.c_char.from_address(address).value
"""


def processes_with(text):
    """List the processes on this machine with a text in their name or arguments."""
    every = psutil.process_iter(["name", "cmdline"])
    words = [[each.info["name"], *(each.info["cmdline"] or ())] for each in every]
    return [each for each in words if any(text in word for word in each)]


def assert_all_end(text, seconds=60):
    deadline = time.monotonic() + seconds
    while left := processes_with(text):
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
def test_resource_monitor_fork_bomb(grade, release):
    name = uuid.uuid4().hex[:12]
    outcome = grade(answer_notebook(release, CORRECT, FORK_BOMB.replace("{name}", name)))
    if outcome.error:
        assert "more processes than the limit of 60" in outcome.error
    else:
        made = int(output_text(outcome).partition("refused after ")[2].split()[0])
        assert 0 < made < LIMITS.processes
    assert_all_end(name, seconds=10)


def test_resource_monitor_many_files(grade, release, job, monkeypatch):
    monkeypatch.setattr(resource_monitor, "MAX_FILES", 5000)
    job = dataclasses.replace(job, limits=dataclasses.replace(LIMITS, cell_seconds=60))
    outcome = grade(answer_notebook(release, CORRECT, MANY_FILES), job)
    assert outcome.error == "It made more files than the limit of 5,000."


@pytest.mark.parametrize("number", [1, resource_monitor.MANY_BUSY_THREADS + 2])
def test_resource_monitor_many_busy_threads_get_lowest_priority(number):
    busy = "while True: pass"
    code = f"import os\nfor _ in range({number - 1}): os.fork() or exec('{busy}')\n{busy}"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    monitor = ResourceMonitor(process.pid, LIMITS)
    try:
        lowered = []
        for _ in range(5 * resource_monitor.BUSY_CHECKS):
            processes = resource_monitor.process_tree(process.pid)
            monitor._lower_priority_if_busy(processes)
            lowered = [os.sched_getscheduler(each.pid) == os.SCHED_IDLE for each in processes]
            time.sleep(0.01)
        assert len(lowered) == number and set(lowered) == {number > 1}
    finally:
        kill_process_group(process.pid)
        process.wait()


def test_kill_process_group_of_no_process():
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    kill_process_group(process.pid)


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


def test_resource_monitor_counts_page_tables(grade, release):
    """Reading one byte in each 2 MB takes memory for page tables alone."""
    outcome = grade(answer_notebook(release, CORRECT, PAGE_TABLES))
    assert outcome.error == "It used more memory than the limit of 0.6 GB."


def test_resource_monitor_sockets(grade, release):
    code = "import socket, time\npairs = [socket.socketpair() for _ in range(120)]\ntime.sleep(5)"
    outcome = grade(answer_notebook(release, CORRECT, code))
    assert outcome.error == "It opened more sockets than the limit of 200."
