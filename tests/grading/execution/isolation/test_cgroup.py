"""Control groups, with a stand-in for systemd-run: this machine may have no systemd."""

import os
import subprocess

import pytest

from mnist_course.grading.execution.isolation import cgroup, sandbox
from mnist_course.grading.execution.isolation.cgroup import cgroup_command, cgroup_limits
from tests.support.grading import LIMITS

# Like systemd-run, it runs what follows "--", with the environment and descriptors that it got.
SYSTEMD_RUN = """#!/bin/sh
{fault}
echo "$@" >> {log}
env >> {log}
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


@pytest.fixture
def systemd_run(tmp_path, monkeypatch):
    """Return a function that makes the stand-in, with a control group that has some files."""

    def make(files=("memory.max", "pids.max", "cpu.weight"), fault=""):
        program, log = tmp_path / "systemd-run", tmp_path / "log"
        program.write_text(SYSTEMD_RUN.format(log=log, fault=fault), encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(cgroup, "LIST_FILES", f"echo cgroup.procs {' '.join(files)}")
        cgroup_limits.cache_clear()
        return log

    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    yield make
    cgroup_limits.cache_clear()


def test_cgroup_limits_all(systemd_run):
    systemd_run()
    assert cgroup_limits() == ("memory", "processes", "processor")


def test_cgroup_limits_without_processor(systemd_run):
    systemd_run(["memory.max", "pids.max"])
    assert cgroup_limits() == ("memory", "processes")
    assert "processor: no fixed shares" in "; ".join(sandbox.limits_in_force())


@pytest.mark.parametrize("fault", ["exit 1", "echo 'Failed to connect to bus' >&2; exit 1"])
def test_cgroup_limits_systemd_does_not_work(systemd_run, fault):
    systemd_run(fault=fault)
    assert cgroup_limits() == () and cgroup_command(10, 10) == ([], {})


def test_cgroup_limits_no_systemd(monkeypatch):
    monkeypatch.setenv("PATH", "")
    cgroup_limits.cache_clear()
    assert cgroup_limits() == ()
    cgroup_limits.cache_clear()


@pytest.mark.parametrize("user", [0, 1000])
def test_cgroup_command_empties_the_environment(systemd_run, monkeypatch, user):
    log = systemd_run()
    monkeypatch.setattr(os, "geteuid", lambda: user)
    command, environment = cgroup_command(1000, 20)
    run = subprocess.run(
        [*command, "env"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert run.stdout == ""
    text = log.read_text(encoding="utf-8")
    assert "MemoryMax=1000 " in text and "TasksMax=20 " in text and "CPUWeight=100 " in text
    assert ("--user" in text) == (user != 0)
    assert "XDG_RUNTIME_DIR=/run/user/1" in text and "SECRET" not in text


@pytest.mark.sandbox
def test_sandbox_command_in_a_control_group(systemd_run):
    log = systemd_run()
    process = sandbox.start_in_sandbox(
        ["cat", "/proc/1/environ"], limits=LIMITS, stdout=subprocess.PIPE, text=True
    )
    assert process.communicate(timeout=60)[0] in ("", "PWD=/\0")
    assert f"MemoryMax={LIMITS.memory_bytes + sandbox.EXTRA_MEMORY_BYTES} " in log.read_text(
        encoding="utf-8"
    )
