"""Where one kernel runs: what it may read, its limits, how it is started."""

import dataclasses
import json
import sys
import time
from pathlib import Path

from mnist_course.grading.execution import fork_server, kernel_process, sandbox
from mnist_course.grading.execution.resource_monitor import family
from mnist_course.grading.execution.sandbox import Limits


@dataclasses.dataclass(frozen=True)
class Room:
    """Where and under what limits the kernel runs.

    Attributes
    ----------
    folder : Path
        An empty folder with a short path, for the kernel's sockets.
    limits : Limits
        What the submission may use.
    readable : tuple of Path
        Files and folders that it may read beside Python's own.
    environment : dict
        Variables that it sees.
    sandboxed : bool
        False only where the instructor plainly asked to go without.
    warm : str or None
        The address of `fork_server.WarmKernels` from which the kernel comes, where there are any.
    """

    folder: Path
    limits: Limits
    readable: tuple[Path, ...] = ()
    environment: dict = dataclasses.field(default_factory=dict)
    sandboxed: bool = True
    warm: str | None = None

    @property
    def user(self) -> int | None:
        """The user that student code runs as, where that is another one."""
        return sandbox.user() if self.sandboxed else None

    @property
    def connection_file(self) -> str:
        """Where the kernel finds its sockets and its key."""
        return str(self.folder / "connection.json")

    @property
    def log(self) -> Path:
        """Where the kernel's own messages go: beside the folder, out of the student's reach."""
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def arguments(self) -> list[str]:
        """The arguments of the kernel."""
        return ["-f", self.connection_file, "--HistoryManager.enabled=False"]

    @property
    def bounds(self) -> dict:
        """The limits, as the kernel sets them for itself."""
        return {**dataclasses.asdict(self.limits), "user": self.user}

    def command(self) -> list[str]:
        """Return the command line of the kernel; or of the empty room that a warm one enters."""
        program = [
            sys.executable,
            "-P",
            "-m",
            "mnist_course.grading.execution.kernel_process",
            *self.arguments,
        ]
        if self.warm:
            program = ["sleep", "infinity"]
        environment = {
            **kernel_process.ENVIRONMENT,
            **self.environment,
            "MNIST_COURSE_LIMITS": json.dumps(self.bounds),
        }
        if not self.sandboxed:
            return ["env", *(f"{name}={value}" for name, value in environment.items()), *program]
        return sandbox.command(
            program, writable=self.folder, readable=self.readable, environment=environment
        )

    def enter(self, group: int) -> int:
        """Have a warm kernel enter the room; return the process from which it stems."""
        deadline = time.monotonic() + 60
        while not (found := [p for p in family(group) if p.name() == "sleep"]):
            if time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not open")
            time.sleep(0.005)
        request = {
            "pid": found[0].pid,
            "group": group,
            "limits": self.bounds,
            "arguments": self.arguments,
            "environment": {
                "HOME": kernel_process.HOME,
                "PATH": "/usr/bin:/bin",
                **kernel_process.ENVIRONMENT,
                **self.environment,
            },
            "stderr": str(self.log),
        }
        return fork_server.ask(self.warm, request)
