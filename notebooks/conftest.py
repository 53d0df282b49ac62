"""Hold the chapters' stored outputs true: nbval runs the cells, ``stored_outputs`` compares.

Collected with ``pytest --nbval --nbval-current-env notebooks``. Each notebook also gets an item
that checks the peak memory of its kernel.
"""

import contextlib
import functools
import io
import sys
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from mnist_course.data.loading import load_mnist
from tests.support.stored_outputs import DEPENDS_ON_DATA, differences

# Exercises are stored without outputs; tests/notebooks/test_exercises.py runs them.
collect_ignore_glob = ["exercises/*"]

PEAK_MEMORY_GB = 1.5


@functools.cache
def data_name() -> str:
    """Name the data set that the chapters find on this machine."""
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


def runtest(self: IPyNbCell) -> None:
    """Run a cell; one that was never run fails, for it has nothing to compare with."""
    if self.cell.source.strip() and self.cell.execution_count is None:
        self.raise_cell_error("The cell is stored without a run: make notebooks runs it")
    run_cell(self)


def collect_with_memory_check(self: IPyNbFile):
    """Collect the cells, then the check of the kernel's memory."""
    self.add_marker("depends_on_data")
    yield from collect_cells(self)
    yield PeakMemory.from_parent(self, name="peak memory")


class PeakMemory(pytest.Item):
    """Check that a kernel stayed below what Binder gives."""

    def runtest(self) -> None:
        """Read the kernel's peak memory from the system and compare it with the limit."""
        status = Path(f"/proc/{self.parent.kernel.km.provisioner.process.pid}/status")
        if sys.platform != "linux":
            pytest.skip("peak memory is read from /proc, which only Linux has")
        kilobytes = int(status.read_text().split("VmHWM:")[1].split()[0])
        gigabytes = kilobytes / 1e6
        assert gigabytes < PEAK_MEMORY_GB, (
            f"{self.path.name}: the kernel needed {gigabytes:.2f} GB at its peak; "
            f"{PEAK_MEMORY_GB} GB is the limit, so that a chapter runs on Binder"
        )

    def reportinfo(self):
        """Name the notebook in reports."""
        return self.path, 0, f"{self.path.name}::peak memory"


run_cell, collect_cells = IPyNbCell.runtest, IPyNbFile.collect
IPyNbCell.compare_outputs = compare_outputs
IPyNbCell.runtest = runtest
IPyNbFile.collect = collect_with_memory_check
