"""The exercises in the two processes that grade a submission."""

import nbformat
import pytest

from maintenance.exercise_verdicts import SOURCES, answers, by_id, run, verdicts
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import read_sources
from mnist_course.grading.execution.solution_check import check_solution
from tests.support.answers_in_thread import running

# Networks, layers and callbacks pass between the processes in sets 5 and 8 (the project), errors in
# 3 and 4, and functions that the answers call in the last one.
WITH_KERAS = [SOURCES[number - 1].stem for number in (3, 4, 5, 8, 9)]
WITH_KERAS = [pytest.param(name, marks=pytest.mark.slow) for name in WITH_KERAS]


@pytest.mark.parametrize("name", [SOURCES[0].stem, *WITH_KERAS])
def test_check_solution_of_exercise(name):
    check_solution(read_sources(SOURCES[0].parent)[name])


@pytest.mark.parametrize("path", SOURCES[:2], ids=lambda path: path.stem)
def test_verdicts_are_those_of_one_kernel(path):
    notebook, proposed = nbformat.read(path, as_version=4), answers(path)
    cells = source_cells(notebook)
    solutions = {name: cell.source for name, cell in by_id(notebook).items()}
    expected = verdicts(notebook, proposed)
    assert len(expected) > 20
    for (task, answer), (message, *_) in expected.items():
        case = proposed[task].get(answer)
        if case is None:
            continue  # blank, or the source's own
        codes = solutions | {task: case if isinstance(case, str) else case[0]}
        index = [cell.name for cell in cells].index(f"check-{task}")
        namespace: dict = {}
        for cell in cells[:index]:
            if cell.kind != "test":
                run(codes[cell.name], namespace)
        with running(cells, namespace) as tester_run:
            outputs = tester_run.run_test(index).outputs
        errors = [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
        assert errors == ([message] if message else []), (task, answer)
