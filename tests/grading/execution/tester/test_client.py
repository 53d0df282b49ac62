"""A tester server without a sandbox, and answers in a thread of this process."""

import contextlib
import os
import signal
import threading

import psutil
import pytest

from maintenance.demo_class import source_notebook
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.execution.exchange.peer import Peer
from mnist_course.grading.execution.tester import client as tester_module
from mnist_course.grading.execution.tester.client import Tester, TesterServer, tester_server
from mnist_course.grading.submissions.submitted_notebook import SubmissionError
from tests.support.grading import EMPTY_JOB, LIMITS

CELLS = source_cells(source_notebook())
CORRECT = {"scale": lambda images: images / 255, "darkest": lambda images: int(images.max())}


@pytest.fixture(scope="module")
def server():
    return TesterServer(["numpy"], {}, (), sandboxed=False)


@contextlib.contextmanager
def connected(server, answers):
    """Yield a tester whose answers are served in a thread, one test after the other."""
    with contextlib.closing(Tester(server.address, CELLS, LIMITS)) as tester:
        peer = Peer(tester.answer_socket)

        def serve():
            with contextlib.suppress(Exception):  # the connection is closed at the end
                while True:
                    peer.serve(answers)

        threading.Thread(target=serve, daemon=True).start()
        yield tester


def reported(tester, name):
    tester.start_test(name)
    return [output["output_type"] for output in tester.report().outputs]


def test_tester_reports(server):
    with connected(server, CORRECT) as tester:
        assert reported(tester, "check-scale") == reported(tester, "check-darkest") == []
    with connected(server, {"scale": lambda images: images}) as tester:
        assert reported(tester, "check-scale") == reported(tester, "check-darkest") == ["error"]


def test_tester_start_test_number_of_cells(server):
    with connected(server, CORRECT) as tester:
        assert tester.start_test("check-scale") == 2
        assert tester.start_test("check-darkest") == 2
        assert tester.start_test("check-scale") == 1  # a student can move a test


def test_tester_answers_do_not_answer(server, monkeypatch):
    monkeypatch.setattr(tester_module, "REPORT_SECONDS", 0.1)
    with contextlib.closing(Tester(server.address, CELLS, LIMITS)) as tester:
        for name in ("check-scale", "check-darkest"):
            tester.start_test(name)
            assert tester.report() is None


def test_tester_process_ends(server):
    with connected(server, {"scale": lambda images: end_testers()}) as tester:

        def end_testers():
            for child in psutil.Process(server.process.pid).children():
                child.kill()

        tester.start_test("check-scale")
        with pytest.raises(SubmissionError, match="tester process has ended") as caught:
            tester.report()
        assert caught.value.retry


def test_tester_server_is_gone(tmp_path):
    with pytest.raises(SubmissionError, match="did not start") as caught:
        Tester(str(tmp_path / "none"), CELLS, LIMITS)
    assert caught.value.retry


def test_tester_server_module_missing():
    with pytest.raises(SubmissionError, match=r"(?s)did not start: .*no_such_module"):
        TesterServer(["no_such_module"], {}, (), sandboxed=False)


def test_tester_server_is_started_again():
    first = tester_server(EMPTY_JOB)
    assert tester_server(EMPTY_JOB) is first
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = tester_server(EMPTY_JOB)
    assert second is not first and second.is_alive
