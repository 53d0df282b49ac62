"""Order of the test files, threads of each process, and a folder for built books."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# These files start first, in this order, so that at the end no process works on one of them alone.
# The other lessons follow.
LONGEST = [
    "tests/book/test_pages_in_browser.py",
    "tests/notebooks/test_exercises.py",
    "notebooks/06-train.ipynb",
    "notebooks/03-normalize.ipynb",
    "tests/grading/test_commands.py",
    "tests/pad/test_page.py",
    "tests/book/test_pages.py",
    "tests/training/test_live_curves.py",
    "notebooks/20-machines.ipynb",
]


def start_order(item: pytest.Item) -> int:
    """Return the place of a test's file in the order in which files start."""
    path = item.path.relative_to(ROOT).as_posix()
    return LONGEST.index(path) if path in LONGEST else len(LONGEST) + path.endswith(".py")


def pytest_configure(config):
    # Programs that tests start write UTF-8, which the tests read, on every system.
    os.environ.setdefault("PYTHONIOENCODING", "utf-8")
    if processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
        # Several processes with a thread for every core each take a tenth longer. Stored outputs
        # hold for every number of threads; an environment that sets it is left as it is.
        share = max(1, (os.cpu_count() or 1) // int(processes))
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, str(share))
    if not hasattr(config, "workerinput"):
        # One process of a run builds a book here, and the others use it: see built_book.py.
        os.environ["MNIST_COURSE_BOOKS"] = tempfile.mkdtemp(prefix="books-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ["MNIST_COURSE_BOOKS"]))


def pytest_collection_modifyitems(items):
    if missing := [path for path in LONGEST if not (ROOT / path).is_file()]:
        raise pytest.UsageError(f"LONGEST in {__file__} names files that do not exist: {missing}")
    items.sort(key=start_order)
    if not shutil.which("bwrap") and os.environ.get("MNIST_COURSE_REQUIRE_SANDBOX") != "1":
        for item in items:
            if "sandbox" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="sudo apt-get install bubblewrap"))
