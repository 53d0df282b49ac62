import dataclasses

import nbformat
import pytest

from maintenance.demo_class import CORRECT, answer_notebook
from tests.support.grading import FULL, LIMITS, output_text

pytestmark = pytest.mark.sandbox


@pytest.mark.slow
def test_execute_in_sandbox_endless_loop(grade, release, job):
    limits = dataclasses.replace(LIMITS, cell_seconds=2)
    scale = "import numpy as np\nwhile True: pass"
    endless = answer_notebook(release, CORRECT | {"scale": scale})
    outcome = grade(endless, dataclasses.replace(job, limits=limits))
    assert "ran longer than the limit of 2 s" in outcome.error
    assert (outcome.grades, outcome.retry) == ({}, True)


@pytest.mark.slow
def test_execute_in_sandbox_total_time(grade, release, job):
    limits = dataclasses.replace(LIMITS, total_seconds=3)
    slow = answer_notebook(release, CORRECT, "import time\ntime.sleep(15)")
    outcome = grade(slow, dataclasses.replace(job, limits=limits))
    assert "limit of 3 s for all cells" in outcome.error
    assert (outcome.grades, outcome.retry) == ({}, True)


@pytest.mark.slow
def test_execute_in_sandbox_killed_kernel(grade, release):
    outcome = grade(answer_notebook(release, CORRECT, "import os\nos._exit(0)"))
    assert "ended the kernel" in outcome.error
    assert (outcome.grades, outcome.retry) == ({}, False)


@pytest.mark.slow
def test_execute_in_sandbox_kernel_killed_by_system(grade, release):
    """The kernel of Linux kills with this signal if the machine has too little memory."""
    outcome = grade(answer_notebook(release, CORRECT, "import os\nos.kill(os.getpid(), 9)"))
    assert "too little memory" in outcome.error
    assert (outcome.grades, outcome.retry) == ({}, True)


@pytest.mark.slow
def test_execute_in_sandbox_too_much_memory(grade, release):
    outcome = grade(answer_notebook(release, CORRECT, "b = b'x' * 900_000_000\nwhile 1: pass"))
    assert "more memory than the limit" in outcome.error
    assert (outcome.grades, outcome.retry) == ({}, False)


@pytest.mark.slow
def test_execute_in_sandbox_sys_exit_is_an_exception(grade, release):
    outcome = grade(answer_notebook(release, CORRECT, "import sys\nsys.exit()"))
    assert outcome.grades == FULL and outcome.error is None


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(20_000): print(i, 'x' * 20)",
        pytest.param(
            "from IPython.display import display, HTML\n"
            "for i in range(40): display(HTML('x' * 5000))",
            marks=pytest.mark.slow,
        ),
        pytest.param("print('x' * 500_000_000)", marks=pytest.mark.slow),
        pytest.param("for _ in range(500): print('x' * 1_000_000)", marks=pytest.mark.slow),
        pytest.param(
            "import os\nfor _ in range(500): os.write(1, b'x' * 99_999)", marks=pytest.mark.slow
        ),
    ],
    ids=["many lines", "many displays", "one huge line", "many long lines", "file descriptor"],
)
def test_process_message_cuts_output(grade, release, code):
    outcome = grade(answer_notebook(release, CORRECT, code))
    assert (outcome.error, outcome.grades) == (None, FULL)
    assert len(outcome.notebook) < 5 * LIMITS.cell_output_bytes
    assert "Output cut" in output_text(outcome)


def test_process_message_updates_displays_of_the_same_cell_only(grade, release):
    first_cell = "shown = display('first', display_id=True)\nshown.update('second')"
    scale = (
        "import numpy as np\ndef scale(images):\n    shown.update(images)\n    return images / 255"
    )
    outcome = grade(answer_notebook(release, CORRECT | {"scale": scale}, first_cell))
    cells = nbformat.reads(outcome.notebook, as_version=4).cells
    (output,) = next(cell.outputs for cell in cells if cell.source == first_cell)
    assert output.data["text/plain"] == "'second'"
    assert outcome.grades == FULL


@pytest.mark.slow
def test_process_message_shortens_error(grade, release):
    outcome = grade(answer_notebook(release, CORRECT, "raise ValueError('x' * 9_000_000)"))
    assert outcome.grades == FULL
    assert len(outcome.notebook) < 5 * LIMITS.cell_output_bytes
    assert output_text(outcome).count("x" * 2000) == 1
    assert "ValueError: xxx" in outcome.notebook
