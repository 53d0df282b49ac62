"""Execute a notebook in a sandboxed, monitored kernel."""

import json
import signal
import time

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_solution

from mnist_course.grading.execution.isolation.resource_monitor import ResourceMonitor
from mnist_course.grading.execution.restore_cells import MARK
from mnist_course.grading.execution.student.answer_server import SERVE
from mnist_course.grading.execution.student.sandbox_kernel import (
    SandboxKernel,
    SandboxKernelManager,
)
from mnist_course.grading.execution.tester.client import Tester
from mnist_course.grading.execution.tester.report import did_not_run
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.submitted_notebook import SubmissionError

MESSAGE_OVERHEAD = 100  # bytes counted for each message beside its content


class ExecuteInSandbox(Execute):
    """Execute like nbgrader, but in a sandboxed kernel, with limited output and tests outside.

    Parameters
    ----------
    kernel : SandboxKernel
        The student's process.
    tester : Tester
        Connected to the process that runs the test cells.

    Attributes
    ----------
    flags : list of str
        Answers that could not be sent to the tests.
    """

    def __init__(self, kernel: SandboxKernel, tester: Tester, **kwargs):
        super().__init__(**kwargs)
        self.kernel, self.tester, self.monitor, self._output_bytes = kernel, tester, None, {}
        self._process = None
        self._displaying_cell: int | None = None
        self._cells_of_test = 1
        self.flags: list[str] = []
        self.timeout_func = self._cell_seconds
        # A machine under load starts kernels slowly; no score may depend on that.
        self.startup_timeout, self.iopub_timeout = 120, 30
        # nbgrader would count a cell that was interrupted as wrong, and go on with the next one.
        self.interrupt_on_timeout = False

    def create_kernel_manager(self) -> SandboxKernelManager:
        """Return the manager of the sandboxed kernel."""
        # nbclient forgets `km` when the kernel does not start.
        self.km = self.manager = SandboxKernelManager(self.kernel)
        return self.km

    async def async_start_new_kernel(self, **kwargs) -> None:
        """Start the kernel and its resource monitor."""
        group = await self.km.start_sandboxed_kernel()
        self._process = self.km.provisioner.process
        self.tester.answer_socket.close()  # the kernel has its own copy
        self.monitor = ResourceMonitor(group, self.kernel.limits)
        self.monitor.start()

    # nbclient's synchronous code calls this.
    start_new_kernel = run_sync(async_start_new_kernel)

    def preprocess(self, nb: NotebookNode, resources: dict, km=None) -> tuple[NotebookNode, dict]:
        """Execute the notebook; raise `SubmissionError` if execution did not finish."""
        self.shutdown_kernel = "immediate"
        try:
            return super().preprocess(nb, resources, km)
        except DeadKernelError:
            raise self._dead_kernel_error() from None
        except CellTimeoutError:
            raise SubmissionError(
                f"A cell ran longer than the limit of {self.kernel.limits.cell_seconds} s, or its "
                "output was too large to be read.",
                retry=True,
            ) from None
        except RuntimeError as error:
            if self.monitor and self.monitor.error:  # a limit was reached while it started
                raise self._dead_kernel_error() from None
            log = printable(self.manager.log_text()[-500:])
            raise SubmissionError(f"The kernel did not start: {error} {log}", retry=True) from error
        finally:
            if self.monitor:
                self.monitor.stop()

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Execute a cell; for a test cell, the kernel only answers the tester process."""
        if not is_test(cell):
            return super().preprocess_cell(cell, resources, index)
        name, source = cell.metadata.nbgrader.grade_id, cell.source
        self._cells_of_test = self.tester.start_test(name)
        cell.source = SERVE
        super().preprocess_cell(cell, resources, index)
        report = self.tester.report() or did_not_run("The answers' process stopped answering.")
        cell.source, cell.outputs = source, [from_dict(output) for output in report.outputs]
        cell.metadata.setdefault(MARK, NotebookNode()).feedback = from_dict(report.feedback)
        if report.refused:
            self.flags.append(report.refused)
        return cell, resources

    def _cell_seconds(self, cell: NotebookNode) -> int:
        """Return the time limit of a cell; a test cell may wait for set-up cells."""
        return (self._cells_of_test if is_test(cell) else 1) * self.kernel.limits.cell_seconds

    def _dead_kernel_error(self) -> SubmissionError:
        if self.monitor and self.monitor.error:
            timed_out = time.monotonic() > self.monitor.deadline
            return SubmissionError(self.monitor.error, retry=timed_out)
        # bubblewrap exits with 128 + the number of the signal.
        if self._process and self._process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return SubmissionError(
                "Its kernel was killed; the machine may have had too little memory.", retry=True
            )
        return SubmissionError(
            "Its code ended the kernel (os._exit or a crash), so nothing was graded."
        )

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int):
        """Process a message of the kernel, unless the output of its cell exceeds the limit."""
        if cell_index != self._displaying_cell:
            # Feedback pages show the outputs before the first hidden test, so later code must not
            # update them: it knows what the hidden tests passed to it.
            self._display_id_map.clear()
            self._displaying_cell = cell_index
        if msg["msg_type"] in ("status", "execute_input"):
            return super().process_message(msg, cell, cell_index)
        if is_test(cell):
            return None  # what answers print here may show the inputs of hidden tests
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


def is_test(cell: NotebookNode) -> bool:
    """Return whether a cell holds tests: graded code that is not an answer."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
