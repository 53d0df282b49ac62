"""Attempts to escape from the sandbox; without it, the same attempts succeed.

When the tests run as root, this file is run a second time as an ordinary user.
"""

import contextlib
import dataclasses
import os
import re
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from maintenance.demo_class import CORRECT, answer_notebook
from mnist_course.grading.execution.isolation import sandbox, system_call_filter
from mnist_course.grading.execution.isolation.resource_monitor import kill_process_group
from mnist_course.grading.execution.isolation.sandbox import SandboxError, start_in_sandbox
from mnist_course.grading.execution.notebook_execution import ExecuteInSandbox
from mnist_course.grading.execution.student.sandbox_kernel import SandboxKernel
from mnist_course.grading.submissions.submitted_notebook import SubmissionError
from tests.support.escape_attempts import (
    ATTEMPTS,
    FOR_ROOT,
    ONLY_IN_SANDBOX,
    escape_targets,
    harmless_escapes,
)
from tests.support.grading import FULL, LIMITS, output_text
from tests.support.ordinary_user import ordinary_user_command

pytestmark = pytest.mark.sandbox

DEEP_FOLDERS = """
import os
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
print("made", os.getcwd().count("/d"))
os.chdir("/tmp")
"""


@pytest.fixture
def escapes(course):
    """Return the code of all attempts."""
    (course / "spare.db").write_bytes(b"grades")
    with escape_targets(course) as code:
        yield code


def test_sandbox_blocks_escapes(grade, release, escapes, job, course):
    job = dataclasses.replace(job, limits=dataclasses.replace(LIMITS, cell_seconds=30))
    outcome = grade(answer_notebook(release, CORRECT, escapes), job)
    lines = output_text(outcome).splitlines()
    assert [line for line in lines if line.startswith("ESCAPED")] == []
    blocked = [match[1] for line in lines if (match := re.match(r"blocked (.+) \w+$", line))]
    assert blocked == ATTEMPTS
    assert (course / "spare.db").read_bytes() == b"grades"
    assert outcome.grades == FULL


def test_escapes_succeed_without_sandbox(grade, release, escapes, job, course):
    limits = dataclasses.replace(LIMITS, cell_seconds=30)
    job = dataclasses.replace(job, limits=limits, sandboxed=False)
    text = output_text(grade(answer_notebook(release, CORRECT, harmless_escapes(escapes)), job))
    refused = {*ONLY_IN_SANDBOX, *(FOR_ROOT if os.geteuid() != 0 else ())}
    assert {name for name in ATTEMPTS if f"ESCAPED {name} " not in text} <= refused
    assert (course / "spare.db").read_bytes() == b"forged"


def open_folders(path):
    """Let other users pass through the private folders above a path, which pytest makes."""
    for folder in path.parents:
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o077:
            folder.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests of this file run as an ordinary user")
def test_sandbox_as_ordinary_user(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o777)
    open_folders(home)
    options = ["-q", "-p", "no:cacheprovider", "-o", "addopts=", "-m", "not slow"]
    run = subprocess.run(
        ordinary_user_command([sys.executable, "-m", "pytest", *options, __file__]),
        cwd=Path(__file__).parents[4],
        env={**os.environ, **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(home))},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-1000:]
    assert "2 skipped" in run.stdout


def test_start_in_sandbox_environment_is_empty():
    code = "print(open('/proc/1/environ').read(), open('/proc/self/environ').read(), sep='|')"
    first, own = run_in_sandbox(code, environment={"COLOUR": "blue"}).strip().split("|")
    assert first in ("", "PWD=/\0")
    variables = {"HOME=/home/student", "PWD=/home/student", "PATH=/usr/bin:/bin", "COLOUR=blue"}
    assert set(own.rstrip("\0").split("\0")) == variables


def test_start_in_sandbox_command_line_names_no_file(tmp_path):
    with started(readable=[tmp_path]) as process:
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
        assert "bwrap" in arguments and str(tmp_path) not in arguments


def test_start_in_sandbox_readable_file_and_descriptor(tmp_path):
    path = tmp_path / "data"
    path.write_text("data", encoding="utf-8")
    open_folders(path)
    here, there = socket.socketpair()
    with here, there:
        code = f"import os; os.write({there.fileno()}, open({str(path)!r}, 'rb').read())"
        run_in_sandbox(code, readable=[path], pass_fds=[there.fileno()])
        assert here.recv(100) == b"data"


def test_start_in_sandbox_inherits_only_passed_files(tmp_path):
    code = (
        "import os; print([os.readlink(f'/proc/self/fd/{n}') for n in range(3, 100) "
        "if os.path.islink(f'/proc/self/fd/{n}')])"
    )
    with (tmp_path / "grades").open("w", encoding="utf-8") as file:
        os.set_inheritable(file.fileno(), True)
        assert file.name not in run_in_sandbox(code)
        assert file.name in run_in_sandbox(code, pass_fds=[file.fileno()])


def run_in_sandbox(code, **options):
    """Run Python code in a sandbox; return what it prints."""
    python = [sys.executable, "-I", "-S", "-c", code]
    process = start_in_sandbox(python, stdout=subprocess.PIPE, text=True, **options)
    text = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return text


STARTS_A_SANDBOX = """
import sys, time
from mnist_course.grading.execution.isolation.sandbox import start_in_sandbox
code = "import time; print('started', flush=True); time.sleep(600)"
start_in_sandbox([sys.executable, "-I", "-S", "-c", code], stdout=sys.stdout)
time.sleep(600)
"""


def test_start_in_sandbox_ends_with_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", STARTS_A_SANDBOX], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout.readline() == b"started\n"
        parent.kill()
        # All processes in the sandbox have the other end of this pipe.
        assert select.select([parent.stdout], [], [], 30)[0] and parent.stdout.read() == b""


def test_start_in_sandbox_ends_with_its_group():
    with started() as process:
        kill_process_group(process.pid)
        # All processes in the sandbox have the other end of this pipe.
        assert select.select([process.stdout], [], [], 20)[0] and process.stdout.read() == b""


@contextlib.contextmanager
def started(**options):
    """Start a program that waits in a sandbox."""
    code = "print(1, flush=True)\nimport time\ntime.sleep(600)"
    python = [sys.executable, "-I", "-S", "-c", code]
    with start_in_sandbox(python, stdout=subprocess.PIPE, **options) as process:
        try:
            assert process.stdout.readline() == b"1\n"
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has one user id")
def test_start_in_sandbox_different_users():
    code = "import os; print(os.getuid(), os.getgid(), os.getgroups())"
    first, second = run_in_sandbox(code).split(), run_in_sandbox(code).split()
    assert first != second and first[0] == first[1] and int(first[0]) >= 60_000


def test_sandbox_kernel_answer_socket(work_folder, tester):
    here, there = socket.socketpair()
    work_folder.mkdir()
    with here, there:
        kernel = SandboxKernel(work_folder, LIMITS, answer_socket=there)
        cell = new_code_cell(f"import os; os.write({there.fileno()}, b'hello')")
        ExecuteInSandbox(kernel, tester).preprocess(new_notebook(cells=[cell]), {})
        here.settimeout(60)
        assert here.recv(100) == b"hello"


def test_sandbox_kernel_that_does_not_start(work_folder, tester):
    work_folder.mkdir()
    kernel = SandboxKernel(work_folder, LIMITS, readable=(Path("/no/such/file"),))
    with pytest.raises(SubmissionError, match=r"did not start.*bwrap: .*/no/such/file"):
        ExecuteInSandbox(kernel, tester).preprocess(new_notebook(cells=[new_code_cell("1")]), {})


def test_sandbox_deep_folders_leave_nothing(grade, release, work_folder):
    outcome = grade(answer_notebook(release, CORRECT, DEEP_FOLDERS))
    assert outcome.grades == FULL and "made 3000" in output_text(outcome)
    assert not work_folder.exists()


@pytest.mark.slow
def test_sandbox_files_are_gone_for_the_next_submission(grade, release):
    files = (
        "from pathlib import Path\nfiles = [Path(d, 'file') for d in ('/tmp', '/dev/shm', '.')]\n"
    )
    write = files + "print([file.touch() for file in files])"
    read = files + "print([file.exists() for file in files])"
    assert "[None, None, None]" in output_text(grade(answer_notebook(release, CORRECT, write)))
    assert "[False, False, False]" in output_text(grade(answer_notebook(release, CORRECT, read)))


@pytest.fixture
def check_again():
    """Forget that the sandbox works on this machine."""
    sandbox.require_sandbox.cache_clear()
    yield
    sandbox.require_sandbox.cache_clear()


@pytest.mark.usefixtures("check_again")
def test_require_sandbox_missing_bubblewrap(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        sandbox.require_sandbox()


@pytest.mark.usefixtures("check_again")
def test_require_sandbox_bubblewrap_fails(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho no namespaces >&2\nexit 1\n", encoding="utf-8")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SandboxError, match=r"here: no namespaces\n(.*\n)+What to do"):
        sandbox.require_sandbox()


@pytest.mark.usefixtures("check_again")
def test_require_sandbox_missing_libseccomp(monkeypatch):
    system_call_filter.system_call_filter.cache_clear()
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(SandboxError, match="apt-get install libseccomp2"):
        sandbox.require_sandbox()


def test_require_sandbox_few_user_ids(monkeypatch):
    monkeypatch.setattr(sandbox, "UNUSED_USERS", [(1 << 40, 10)])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxError, match="too few user ids"):
        sandbox._drop_root()
