import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_course.grading.execution import fork_server
from mnist_course.grading.execution.fork_server import KernelForkServer

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    "modules",
    [["numpy"], pytest.param(["numpy", "keras"], marks=pytest.mark.slow)],
    ids=["numpy", "keras"],
)
def test_kernel_fork_server_single_thread(modules):
    assert KernelForkServer(modules).address


def test_kernel_fork_server_missing_module():
    assert KernelForkServer(["no_such_module"]).address is None


@pytest.mark.parametrize("thread", [True, False])
def test_kernel_fork_server_module_that_starts_a_thread(tmp_path, monkeypatch, thread):
    monkeypatch.setitem(fork_server.ENVIRONMENT, "PYTHONPATH", str(tmp_path))
    start = "threading.Thread(target=time.sleep, args=(9,)).start()" if thread else ""
    (tmp_path / "starts_thread.py").write_text(f"import threading, time\n{start}\n")
    address = KernelForkServer(["starts_thread"]).address
    assert (address is None) == thread


def test_kernel_fork_server_ends_with_its_parent():
    code = (
        "from mnist_course.grading.execution.fork_server import KernelForkServer\n"
        "import os, signal\n"
        "print(KernelForkServer(['numpy']).address, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    folder = Path(run.stdout.strip()).parent
    assert folder.name.startswith("mnist-course-fork-")
    deadline = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < deadline, f"{folder} still exists"
        time.sleep(0.1)
