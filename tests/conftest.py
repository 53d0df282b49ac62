"""What several test modules share."""

import os

import pytest

# The hostile submissions that take long run on request: .ci/run asks for them.
ALL_ROWS = os.environ.get("MNIST_COURSE_ALL_ROWS") == "1"


def pytest_configure(config):
    config.addinivalue_line("markers", "every_row: only with MNIST_COURSE_ALL_ROWS=1")


def pytest_collection_modifyitems(items):
    if not ALL_ROWS:
        skip = pytest.mark.skip(reason="MNIST_COURSE_ALL_ROWS=1 runs this")
        for item in items:
            if "every_row" in item.keywords:
                item.add_marker(skip)
