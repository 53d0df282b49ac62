"""What several test modules share."""

import os
import shutil
import tempfile

import pytest

# No process should be left alone with one of these at the end: they begin, in this order, and the
# other chapters follow.
LONGEST = [
    "test_pages_in_browser.py",
    "test_exercises.py",
    "test_stored_outputs.py",
    "test_commands.py",
    "06-train.ipynb",
    "03-normalize.ipynb",
    "test_page.py",
    "test_pages.py",
    "test_live_curves.py",
    "12-scale.ipynb",
]


def turn(item: pytest.Item) -> int:
    """Return when a test's file has its turn."""
    name = item.path.name
    return LONGEST.index(name) if name in LONGEST else len(LONGEST) + name.endswith(".py")


def pytest_configure(config):
    if processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
        # Processes with a thread for every core lose a tenth of the time to each other. Stored
        # outputs hold for every number of threads; who sets it otherwise is obeyed.
        share = max(1, (os.cpu_count() or 1) // int(processes))
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, str(share))
    if not hasattr(config, "workerinput"):
        # Where one process of a run builds a book, and the others find it: see built_book.py.
        os.environ["MNIST_COURSE_BOOKS"] = tempfile.mkdtemp(prefix="books-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ["MNIST_COURSE_BOOKS"]))


def pytest_collection_modifyitems(items):
    items.sort(key=turn)
    if not shutil.which("bwrap") and os.environ.get("MNIST_COURSE_REQUIRE_SANDBOX") != "1":
        for item in items:
            if "sandbox" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="sudo apt-get install bubblewrap"))
