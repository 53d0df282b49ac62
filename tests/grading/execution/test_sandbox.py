"""Attempts to escape from the sandbox; without it, the same attempts succeed."""

import dataclasses
import os
import re
import socket
import uuid
from pathlib import Path

import pytest

from maintenance.demo_class import ASSIGNMENT, CORRECT, answer_notebook
from mnist_course.grading.execution import sandbox
from tests.support.grading import FULL, LIMITS, output_text

pytestmark = pytest.mark.sandbox

ESCAPES = """
import os, socket, subprocess
from pathlib import Path
def attempt(name, action):
    try:
        print("ESCAPED", name, action())
    except Exception as error:
        print("blocked", name, type(error).__name__)
attempt("gradebook", lambda: open({database!r}, "r+b").write(b"forged"))
attempt("sources", lambda: Path({source!r}).read_text()[:9])
attempt("network", lambda: socket.create_connection(("127.0.0.1", {port}), 2))
attempt("repository", lambda: sorted(os.listdir({repository!r})).index("tests"))
attempt("processes", lambda: next(p for p in os.listdir("/proc") if p == str({pid})))
attempt("temporary files", lambda: [n for n in os.listdir("/tmp") if n == {marker!r}][0])
attempt("environment", lambda: os.environ["SECRET"])
attempt("initial environment", lambda: open("/proc/self/environ").read().index("SECRET"))
attempt("arguments", lambda: open("/proc/self/cmdline").read().index({marker!r}))
attempt("capabilities", lambda: [line for line in open("/proc/self/status")
    if line.startswith(("CapPrm", "CapEff", "CapAmb")) and int(line.split()[1], 16)
    or line.split() == ["NoNewPrivs:", "0"]][0])
attempt("users", lambda: open("/etc/shadow").read(3))
attempt("signals", lambda: os.kill({pid}, 0))
attempt("packages", lambda: Path(os.__file__).with_name("evil.py").write_text("x"))
attempt("course", lambda: Path(__import__("mnist_course").__file__).open("a").write(""))
attempt("root folder", lambda: Path("/evil").write_text("x"))
attempt("devices", lambda: Path("/dev/evil").write_text("x"))
attempt("root user", lambda: os.setuid(0))
attempt("mounts", lambda: subprocess.run(
    ["mount", "-t", "tmpfs", "x", "/tmp"], check=True, capture_output=True))
attempt("disk", lambda: [Path(f"/tmp/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
attempt("shared memory",
    lambda: [Path(f"/dev/shm/f{{i}}").write_bytes(b"x" * 100_000_000) for i in range(9)])
"""
# Without a sandbox these attempts would damage this machine if the tests run as root.
HARMFUL = ("packages", "course", "root folder", "devices", "mounts", "disk", "shared memory")


@pytest.fixture
def escapes(course, monkeypatch):
    """Return code that tries to reach things that exist on this machine."""
    monkeypatch.setenv("SECRET", "x")
    marker = Path(f"/tmp/mnist-course-{uuid.uuid4().hex}")
    marker.write_text("x")
    database = course / "spare.db"
    database.write_bytes(b"grades")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield ESCAPES.format(
            database=str(database),
            source=str(course / "sources" / f"{ASSIGNMENT}.ipynb"),
            port=server.getsockname()[1],
            repository=str(Path(__file__).parents[3]),
            pid=os.getpid(),
            marker=marker.name,
        )
    marker.unlink()


def test_sandbox_blocks_escapes(grade, release, escapes, job, course):
    job = dataclasses.replace(job, limits=dataclasses.replace(LIMITS, cell_seconds=30))
    outcome = grade(answer_notebook(release, CORRECT, escapes), job)
    text = output_text(outcome)
    assert "ESCAPED" not in text
    attempts = re.findall(r'attempt\("(.+?)"', escapes)
    assert [name for name in attempts if f"blocked {name} " not in text] == []
    assert (course / "spare.db").read_bytes() == b"grades"
    assert outcome.grades == FULL


def test_escapes_succeed_without_sandbox(grade, release, escapes, job, course):
    attempts = escapes.split("\nattempt(")
    harmless = "\nattempt(".join(
        code for code in attempts if not code.startswith(tuple(f'"{name}"' for name in HARMFUL))
    )
    job = dataclasses.replace(job, sandboxed=False)
    text = output_text(grade(answer_notebook(release, CORRECT, harmless), job))
    for name in ("gradebook", "sources", "network", "repository", "processes", "environment"):
        assert f"ESCAPED {name} " in text
    assert "ESCAPED capabilities" in text and "ESCAPED initial environment" in text
    assert (course / "spare.db").read_bytes() == b"forged"


@pytest.mark.slow
def test_sandbox_files_are_gone_for_the_next_submission(grade, release):
    files = (
        "from pathlib import Path\nfiles = [Path(d, 'file') for d in ('/tmp', '/dev/shm', '.')]\n"
    )
    write = files + "print([file.touch() for file in files])"
    read = files + "print([file.exists() for file in files])"
    assert "[None, None, None]" in output_text(grade(answer_notebook(release, CORRECT, write)))
    assert "[False, False, False]" in output_text(grade(answer_notebook(release, CORRECT, read)))


def test_require_sandbox_missing_bubblewrap(monkeypatch):
    monkeypatch.setenv("PATH", "")
    sandbox._first_unused_user.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxError, match="apt-get install bubblewrap"):
            sandbox.require_sandbox()
    finally:
        monkeypatch.undo()
        sandbox._first_unused_user.cache_clear()
