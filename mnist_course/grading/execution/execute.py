"""Run a notebook in a kernel inside the sandbox, watched from outside."""

import json
import os

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from mnist_course.grading.execution.resource_monitor import Watch, end
from mnist_course.grading.execution.sandbox_kernel import Room

# One message above this is refused by the wire itself: it would be held in memory several times.
LARGEST_MESSAGE = 32_000_000


class SubmissionError(Exception):
    """A submission that cannot be graded, with a cause that a person understands."""


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
        with self.room.log.open("wb") as stderr:
            await self.km.start_kernel(stdout=stderr, stderr=stderr)
        group = self.km.provisioner.pid
        others = [self.room.enter(group)] if self.room.warm else []
        self.watch = Watch(group, others, self.room.limits)
        self.watch.start()

    # As nbclient's synchronous callers want it.
    start_new_kernel = run_sync(async_start_new_kernel)

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
            written = self.room.log.read_text(errors="replace")[-500:]
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
