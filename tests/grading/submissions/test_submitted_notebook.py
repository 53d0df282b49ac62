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
        (b'{"a": "\xe4"}', "neither UTF-8 nor UTF-16"),
        (b"\xff\xfe\x00{", "not a valid notebook"),
        (b"[" * 100_000, "not a (valid )?notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not a valid"),
        (b"", "not a valid notebook"),
        (b" " * (MAX_NOTEBOOK_BYTES + 1), "larger than the limit of 30 MB"),
    ],
    ids=["cut", "Latin-1", "UTF-16", "nested", "no list of cells", "empty", "too large"],
)
def test_read_submitted_notebook_invalid_file(content, message):
    with pytest.raises(SubmissionError, match=message):
        read_submitted_notebook(content)


@pytest.mark.parametrize("metadata", [None, [], {"tags": 5}])
def test_read_submitted_notebook_invalid_metadata(metadata, capsys):
    cell = {**new_code_cell("1"), "metadata": metadata}
    content = json.dumps({**new_notebook(), "cells": [cell]}).encode()
    with pytest.raises(SubmissionError, match="not a valid notebook"):
        read_submitted_notebook(content)
    assert capsys.readouterr() == ("", "")


def test_read_submitted_notebook_logs_nothing(caplog):
    notebook = {**new_notebook(), "cells": [{"cell_type": "\x1b[31m", "metadata": {}}]}
    with pytest.raises(SubmissionError):
        read_submitted_notebook(json.dumps(notebook).encode())
    assert not caplog.records


def test_read_submitted_notebook_drops_outputs():
    cell = new_code_cell("1", execution_count=7)
    cell.outputs = [new_output("stream", text="forged")]
    content = json.dumps(new_notebook(cells=[cell])).encode()
    (read,) = read_submitted_notebook(content).cells
    assert (read.source, read.outputs, read.execution_count) == ("1", [], None)


def minimal_notebook(**changes):
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [], "execution_count": None}
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}
    return notebook | {"cells": [cell | {"metadata": {}}]} | changes


@pytest.mark.parametrize("minor", [0, 4, 5, 9, None, "5"])
@pytest.mark.parametrize(
    "cell", [{"id": "a"}, {"id": 3}, {"id": "a b"}, {"new": True}, {"metadata": {"x": 1}}]
)
@pytest.mark.filterwarnings("error")
def test_read_submitted_notebook_other_minor_versions(minor, cell):
    notebook = minimal_notebook(nbformat_minor=minor)
    notebook["cells"] = [notebook["cells"][0] | cell] * 2
    first, second = read_submitted_notebook(json.dumps(notebook).encode()).cells
    assert first.source == "x = 1" and first.id != second.id


@pytest.mark.filterwarnings("error")
def test_read_submitted_notebook_missing_parts():
    notebook = minimal_notebook()
    del notebook["metadata"], notebook["nbformat_minor"], notebook["cells"][0]["metadata"]
    (cell,) = read_submitted_notebook(json.dumps(notebook).encode()).cells
    assert cell.metadata == {}


def test_read_submitted_notebook_version_3():
    cell = {"cell_type": "code", "input": "x = 1", "language": "python", "metadata": {}}
    sheet = {"metadata": {}, "cells": [cell | {"outputs": [], "collapsed": False}]}
    notebook = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    (read,) = read_submitted_notebook(json.dumps(notebook).encode()).cells
    assert read.source == "x = 1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_read_submitted_notebook_byte_order_marks(encoding):
    notebook = minimal_notebook()
    notebook["cells"][0]["source"] = "x = 'ü'"
    content = json.dumps(notebook, ensure_ascii=False).encode(encoding)
    assert read_submitted_notebook(content).cells[0].source == "x = 'ü'"
