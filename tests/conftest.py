"""What several test modules share."""

import os
import shutil

import pytest

# The hostile submissions that take long run on request: .ci/run asks for them.
ALL_ROWS = os.environ.get("MNIST_COURSE_ALL_ROWS") == "1"


def pytest_configure(config):
    config.addinivalue_line("markers", "every_row: only with MNIST_COURSE_ALL_ROWS=1")
    config.addinivalue_line("markers", "sandbox: needs bubblewrap, or is skipped")


def pytest_collection_modifyitems(items):
    if not shutil.which("bwrap") and os.environ.get("MNIST_COURSE_REQUIRE_SANDBOX") != "1":
        for item in items:
            if "sandbox" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="sudo apt-get install bubblewrap"))
    if not ALL_ROWS:
        skip = pytest.mark.skip(reason="MNIST_COURSE_ALL_ROWS=1 runs this")
        for item in items:
            if "every_row" in item.keywords:
                item.add_marker(skip)
