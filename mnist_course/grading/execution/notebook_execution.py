"""Execute a notebook in a sandboxed, monitored kernel."""

import json

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from mnist_course.grading.execution.resource_monitor import ResourceMonitor
from mnist_course.grading.execution.sandbox_kernel import SandboxKernel, SandboxKernelManager
from mnist_course.grading.submissions.submitted_notebook import SubmissionError

MESSAGE_OVERHEAD = 100  # bytes counted for each message beside its content


class ExecuteInSandbox(Execute):
    """Execute like nbgrader, but in a sandboxed kernel and with limited output."""

    def __init__(self, kernel: SandboxKernel, **kwargs):
        super().__init__(**kwargs)
        self.kernel, self.monitor, self._output_bytes = kernel, None, {}
        self._displaying_cell: int | None = None
        self.timeout = kernel.limits.cell_seconds
        # A machine under load starts kernels slowly; no score may depend on that.
        self.startup_timeout, self.iopub_timeout = 120, 30

    def create_kernel_manager(self) -> SandboxKernelManager:
        """Return the manager of the sandboxed kernel."""
        self.km = SandboxKernelManager(self.kernel)
        return self.km

    async def async_start_new_kernel(self, **kwargs) -> None:
        """Start the kernel and its resource monitor."""
        with self.kernel.log.open("wb") as log:
            await self.km.start_kernel(stdout=log, stderr=log)
        group = self.km.provisioner.pid
        roots = [self.kernel.start_forked(group)] if self.kernel.fork_server else []
        self.monitor = ResourceMonitor(group, roots, self.kernel.limits)
        self.monitor.start()

    # nbclient's synchronous code calls this.
    start_new_kernel = run_sync(async_start_new_kernel)

    def preprocess(self, nb: NotebookNode, resources: dict, km=None) -> tuple[NotebookNode, dict]:
        """Execute the notebook; raise `SubmissionError` if execution did not finish."""
        self.shutdown_kernel = "immediate"
        try:
            return super().preprocess(nb, resources, km)
        except DeadKernelError:
            error = self.monitor.error if self.monitor else None
            raise SubmissionError(
                error or "Its code ended the kernel (os._exit or a crash), so nothing was graded."
            ) from None
        except CellTimeoutError:
            raise SubmissionError(
                f"A cell ran longer than the limit of {self.timeout} s and could not be "
                "interrupted, or its output was too large to be read."
            ) from None
        except RuntimeError as error:
            log = self.kernel.log.read_text(errors="replace")[-500:]
            raise SubmissionError(f"The kernel did not start: {error} {log}") from error
        finally:
            if self.monitor:
                self.monitor.stop()

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int):
        """Process a message of the kernel, unless the output of its cell exceeds the limit."""
        if cell_index != self._displaying_cell:
            # Feedback pages show the outputs before the first hidden test, so later code must not
            # update them: it knows what the hidden tests passed to it.
            self._display_id_map.clear()
            self._displaying_cell = cell_index
        if msg["msg_type"] in ("status", "execute_input"):
            return super().process_message(msg, cell, cell_index)
        limit = self.kernel.limits.cell_output_bytes
        used = self._output_bytes.get(cell_index, 0)
        size = len(json.dumps(msg["content"], default=str)) + MESSAGE_OVERHEAD
        self._output_bytes[cell_index] = used + size
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
            note = f"\n[Output cut: this cell's output is larger than {limit:,} bytes.]\n"
            cell.outputs.append(new_output("stream", text=note, name="stdout"))
        return None
