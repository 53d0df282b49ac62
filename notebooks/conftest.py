"""Compare the lessons' stored outputs with a run: nbval runs the cells.

Collected with ``pytest --nbval --nbval-current-env notebooks``. Each notebook also gets a test of
the peak memory of its kernel. Kernels are forks of one process that has imported Keras, but in a
run that includes the slow tests, where each starts from nothing as a reader's does.
"""

import contextlib
import functools
import io
import sys
from unittest import mock

import pytest
from jupyter_client.provisioning import local_provisioner
from nbval.plugin import IPyNbCell, IPyNbFile

from maintenance.notebooks import peak_memory
from mnist_course.data.loading import load_mnist
from tests.support import kernel_server
from tests.support.stored_outputs import DEPENDS_ON_DATA, differences

# Exercises are stored without outputs; tests/notebooks/test_exercises.py runs them.
collect_ignore_glob = ["exercises/*"]

PEAK_MEMORY_GB = 1.5


def forks_kernels(config) -> bool:
    """Return whether kernels are forks: on Linux, in a run that leaves out the slow tests."""
    return sys.platform == "linux" and "not slow" in config.option.markexpr


def pytest_configure(config):
    """Start the server of kernels, once for all processes of a run."""
    if forks_kernels(config) and not hasattr(config, "workerinput"):
        config.add_cleanup(kernel_server.start_server())


@functools.cache
def data_name() -> str:
    """Name the data set that the lessons find on this machine."""
    with contextlib.redirect_stdout(io.StringIO()):
        return load_mnist().name


def compare_outputs(self: IPyNbCell, test: list, ref: list, skip_compare: None = None) -> bool:
    """Compare a run with the stored outputs in nbval's place."""
    cell, made_on = self.cell, self.parent.nb.metadata.get("mnist_course", {}).get("data")
    self.comparison_traceback = []
    if made_on is None:
        self.comparison_traceback = ["the notebook does not say what data its outputs were made on"]
    elif made_on == data_name() or DEPENDS_ON_DATA not in cell.metadata.get("tags", []):
        self.comparison_traceback = differences(ref, test, cell.metadata.get("check"))
    return not self.comparison_traceback


def setup(self: IPyNbFile) -> None:
    """Start the kernel of a notebook."""
    forks = forks_kernels(self.config)
    launch = kernel_server.launch_kernel if forks else local_provisioner.launch_kernel
    with mock.patch.object(local_provisioner, "launch_kernel", launch):
        start_kernel(self)


def runtest(self: IPyNbCell) -> None:
    """Run a cell; one that is stored without a run fails."""
    if self.cell.source.strip() and self.cell.execution_count is None:
        self.raise_cell_error("The cell is stored without a run: make notebooks")
    run_cell(self)


def collect_with_memory_check(self: IPyNbFile):
    """Collect the cells, then the check of the kernel's memory."""
    self.add_marker("depends_on_data")
    yield from collect_cells(self)
    yield PeakMemory.from_parent(self, name="peak memory")


class PeakMemory(pytest.Item):
    """Check that a kernel needed less memory than Binder provides."""

    def runtest(self) -> None:
        """Read the kernel's peak memory from the system and compare it with the limit."""
        gigabytes = peak_memory(self.parent.kernel.km.provisioner.process.pid)
        if gigabytes is None:
            pytest.skip("peak memory is read from /proc, which only Linux has")
        assert gigabytes < PEAK_MEMORY_GB, (
            f"{self.path.name}: the kernel needed {gigabytes:.2f} GB at its peak; "
            f"{PEAK_MEMORY_GB} GB is the limit, so that a lesson runs on Binder"
        )

    def reportinfo(self):
        """Name the notebook in reports."""
        return self.path, 0, f"{self.path.name}::peak memory"


run_cell, collect_cells, start_kernel = IPyNbCell.runtest, IPyNbFile.collect, IPyNbFile.setup
IPyNbCell.compare_outputs = compare_outputs
IPyNbCell.runtest = runtest
IPyNbFile.collect = collect_with_memory_check
IPyNbFile.setup = setup
