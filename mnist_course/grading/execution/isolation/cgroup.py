"""Limit a sandbox by a control group (cgroup version 2), which systemd makes where it runs."""

import functools
import os
import shutil
import subprocess

# What systemd needs to be told to reach the user's service manager.
SESSION_VARIABLES = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
# The file in a control group's folder that exists if a limit is in force, and what it limits.
LIMIT_FILES = {"memory.max": "memory", "pids.max": "processes", "cpu.weight": "processor"}
LIST_FILES = 'cd "/sys/fs/cgroup$(cut -d : -f 3- /proc/self/cgroup)" && ls'


def cgroup_command(memory_bytes: int, processes: int) -> tuple[list[str], dict[str, str]]:
    """Return the start of a command line that runs the rest of it in a new control group.

    Parameters
    ----------
    memory_bytes : int
        Memory of all processes together, with files in memory and what the system holds for them.
    processes : int
        Number of processes and threads.

    Returns
    -------
    command : list of str
        Empty if this machine has no systemd that can do it. The rest of the command line starts
        with an empty environment.
    environment : dict of str to str
        The environment to start it with.
    """
    return _scope_command(memory_bytes, processes) if cgroup_limits() else ([], {})


@functools.cache
def cgroup_limits() -> tuple[str, ...]:
    """Return what control groups limit on this machine: nothing without systemd and cgroup v2."""
    if not shutil.which("systemd-run"):
        return ()
    command, environment = _scope_command(1_000_000_000, 100)
    try:
        run = subprocess.run(
            [*command, "sh", "-c", LIST_FILES],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return ()
    files = run.stdout.split() if run.returncode == 0 else []
    return tuple(text for name, text in LIMIT_FILES.items() if name in files)


def _scope_command(memory_bytes: int, processes: int) -> tuple[list[str], dict[str, str]]:
    command = [shutil.which("systemd-run"), "--scope", "--quiet", "--collect"]
    if os.geteuid() != 0:
        command.append("--user")
    for setting in (
        f"MemoryMax={memory_bytes}",
        "MemorySwapMax=0",
        f"TasksMax={processes}",
        "CPUWeight=100",
    ):
        command += ["--property", setting]
    environment = {name: os.environ[name] for name in SESSION_VARIABLES if name in os.environ}
    return [*command, "--", "env", "-i"], environment
