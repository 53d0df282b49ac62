"""Run a notebook in a kernel inside the sandbox, watched from outside."""

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from mnist_course.grading import inside, sandbox, warm
from mnist_course.grading.sandbox import Limits

# One message above this is refused by the wire itself: it would be held in memory several times.
LARGEST_MESSAGE = 32_000_000


class SubmissionError(Exception):
    """A submission that cannot be graded, with a cause that a person understands."""


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
        The address of `warm.WarmKernels` from which the kernel comes, where there are any.
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
    def arguments(self) -> list[str]:
        """The arguments of the kernel."""
        return ["-f", self.connection_file, "--HistoryManager.enabled=False"]

    @property
    def bounds(self) -> dict:
        """The limits, as the kernel sets them for itself."""
        return {**dataclasses.asdict(self.limits), "user": self.user}

    def command(self) -> list[str]:
        """Return the command line of the kernel; or of the empty room that a warm one enters."""
        program = [sys.executable, "-P", "-m", "mnist_course.grading.inside", *self.arguments]
        if self.warm:
            program = ["sleep", "infinity"]
        environment = {
            **inside.ENVIRONMENT,
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
        while not (found := [p for p in _family(group) if p.name() == "sleep"]):
            time.sleep(0.005)
        request = {
            "pid": found[0].pid,
            "group": group,
            "limits": self.bounds,
            "arguments": self.arguments,
            "environment": {
                "HOME": inside.HOME,
                "PATH": "/usr/bin:/bin",
                **inside.ENVIRONMENT,
                **self.environment,
            },
            "stderr": str(self.folder / "stderr.txt"),
        }
        return warm.ask(self.warm, request)


class RoomKernelManager(AsyncKernelManager):
    """Starts the kernel of one room, with sockets that are files on a path of their own."""

    def __init__(self, room: Room, **kwargs):
        context = zmq.asyncio.Context()
        context.maxmsgsize = LARGEST_MESSAGE
        super().__init__(context=context, **kwargs)
        self.transport = "ipc"
        self.ip = str(room.folder / "s")
        self.connection_file = room.connection_file
        self._kernel_spec = KernelSpec(
            argv=room.command(), language="python", interrupt_mode="message"
        )
        self._owner = room.user
        if self._owner is not None:
            os.chown(room.folder, self._owner, self._owner)

    def write_connection_file(self, **kwargs) -> None:
        """Write the file, readable by the kernel's own user."""
        super().write_connection_file(**kwargs)
        if self._owner is not None:
            os.chown(self.connection_file, self._owner, self._owner)


class Watch(threading.Thread):
    """Ends a sandbox that holds too much memory, too many processes or too long."""

    def __init__(self, pid: int, others: list[int], limits: Limits):
        super().__init__(daemon=True)
        self.sandbox, self.others, self.limits = pid, others, limits
        self.cause: str | None = None
        self.deadline = time.monotonic() + limits.seconds
        self.done = threading.Event()

    def run(self) -> None:
        """Look every fifth of a second until told to stop, or until the sandbox is gone."""
        while not self.done.wait(0.2):
            family = [each for pid in [self.sandbox, *self.others] for each in _family(pid)]
            if not family:
                return
            if _memory(family, self.limits.memory) > self.limits.memory:
                allowed = self.limits.memory / 1e9
                self.cause = f"It used more memory than the {allowed:g} GB it may."
            elif len(family) > self.limits.processes:
                self.cause = f"It started more than the {self.limits.processes} processes it may."
            elif time.monotonic() > self.deadline:
                self.cause = f"It ran longer than the {self.limits.seconds} s it may in all."
            if self.cause:
                end(self.sandbox)
                return


def end(pid: int) -> None:
    """End a sandbox; its first process takes all others with it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _family(pid: int) -> list[psutil.Process]:
    """List a process and all that stem from it."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(family: list[psutil.Process], limit: int) -> int:
    """Return the bytes that processes hold together; a page that several share counts once."""
    sizes = [_ask(process, lambda each: each.memory_info().rss) for process in family]
    # Counting shared pages takes long in a process that grows, so it is done only where it matters.
    if sum(sizes) <= limit or max(sizes) > limit:
        return sum(sizes)
    return sum(_ask(process, lambda each: each.memory_full_info().pss) for process in family)


def _ask(process: psutil.Process, question: Callable) -> int:
    try:
        return question(process)
    except psutil.Error:
        return 0  # it is gone


class ExecuteInRoom(Execute):
    """nbgrader's execution, with the kernel in a room and output cut by bytes as it streams."""

    def __init__(self, room: Room, **kwargs):
        super().__init__(**kwargs)
        self.room, self.watch, self._used = room, None, {}
        self.timeout = room.limits.cell_seconds
        # A machine under load starts a kernel slowly, and no verdict may hang on that.
        self.startup_timeout, self.iopub_timeout = 120, 30

    def create_kernel_manager(self) -> RoomKernelManager:
        """Return the manager of the room's kernel."""
        self.km = RoomKernelManager(self.room)
        return self.km

    async def async_start_new_kernel(self, **kwargs) -> None:
        """Start the kernel and the watch over it."""
        with (self.room.folder / "stderr.txt").open("wb") as stderr:
            await self.km.start_kernel(stdout=stderr, stderr=stderr)
        group = self.km.provisioner.pid
        others = [self.room.enter(group)] if self.room.warm else []
        self.watch = Watch(group, others, self.room.limits)
        self.watch.start()

    def start_new_kernel(self, **kwargs) -> None:
        """Start the kernel, as nbclient's synchronous callers want it."""
        from nbclient.util import run_sync

        run_sync(self.async_start_new_kernel)(**kwargs)

    def preprocess(self, nb: NotebookNode, resources: dict, km=None) -> tuple[NotebookNode, dict]:
        """Execute the notebook; raise `SubmissionError` where it did not come to an end."""
        self.shutdown_kernel = "immediate"
        try:
            return super().preprocess(nb, resources, km)
        except DeadKernelError:
            cause = self.watch.cause if self.watch else None
            raise SubmissionError(
                cause or "Its code ended the kernel (os._exit or a crash), so nothing was graded."
            ) from None
        except CellTimeoutError:
            raise SubmissionError(
                f"A cell ran longer than {self.timeout} s and could not be interrupted, or put out "
                "more than could be read."
            ) from None
        except RuntimeError as error:
            written = (self.room.folder / "stderr.txt").read_text(errors="replace")[-500:]
            raise SubmissionError(f"The kernel did not start: {error} {written}") from error
        finally:
            if self.watch:
                self.watch.done.set()
                end(self.watch.sandbox)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int):
        """Take a message of the kernel, unless its cell has put out all that it may."""
        if msg["msg_type"] in ("status", "execute_input"):
            return super().process_message(msg, cell, cell_index)
        limit, used = self.room.limits.output, self._used.get(cell_index, 0)
        size = len(json.dumps(msg["content"], default=str)) + 100  # each message costs, too
        self._used[cell_index] = used + size
        if used + size <= limit:
            return super().process_message(msg, cell, cell_index)
        if msg["msg_type"] == "error":  # decides over points: shortened, never dropped
            content = {"ename": str(msg["content"].get("ename"))[:200]}
            content["evalue"] = str(msg["content"].get("evalue"))[:2000]
            content["traceback"] = [f"{content['ename']}: {content['evalue']}"]
            return super().process_message({**msg, "content": content}, cell, cell_index)
        if used <= limit:
            if msg["msg_type"] == "stream":
                text = msg["content"]["text"][: limit - used]
                cell.outputs.append(new_output("stream", text=text, name=msg["content"]["name"]))
            note = f"\n[Cut here: this cell put out more than {limit:,} bytes.]\n"
            cell.outputs.append(new_output("stream", text=note, name="stdout"))
        return None
