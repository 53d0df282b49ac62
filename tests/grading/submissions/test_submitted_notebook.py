import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mnist_course.grading.submissions.submitted_notebook import (
    MAX_NOTEBOOK_BYTES,
    SubmissionError,
    read_submitted_notebook,
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"cells": [', "not a valid notebook"),
        (b"\xff\xfe\x00{", "not UTF-8"),
        (b"[" * 100_000, "not a (valid )?notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not a valid"),
        (b"", "not a valid notebook"),
        (b" " * (MAX_NOTEBOOK_BYTES + 1), "larger than the limit of 30 MB"),
    ],
    ids=["cut", "not UTF-8", "nested", "no list of cells", "empty", "too large"],
)
def test_read_submitted_notebook_invalid_file(content, message):
    with pytest.raises(SubmissionError, match=message):
        read_submitted_notebook(content)


@pytest.mark.parametrize("metadata", [None, [], {"tags": 5}])
def test_read_submitted_notebook_invalid_metadata(metadata):
    cell = {**new_code_cell("1"), "metadata": metadata}
    content = json.dumps({**new_notebook(), "cells": [cell]}).encode()
    with pytest.raises(SubmissionError, match="not a valid notebook"):
        read_submitted_notebook(content)


def test_read_submitted_notebook_drops_outputs():
    cell = new_code_cell("1", execution_count=7)
    cell.outputs = [new_output("stream", text="forged")]
    content = json.dumps(new_notebook(cells=[cell])).encode()
    (read,) = read_submitted_notebook(content).cells
    assert (read.source, read.outputs, read.execution_count) == ("1", [], None)
