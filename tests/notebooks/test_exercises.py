"""Every check of an exercise accepts right answers and refuses wrong ones with its message."""

import ast
import re
from itertools import pairwise

import nbformat
import numpy as np
import pytest

from book._ext.exercises import estimated_minutes
from maintenance import notebooks
from maintenance.exercise_verdicts import (
    BLANK,
    SOURCE,
    SOURCES,
    answers,
    by_id,
    is_slow,
    run,
    tasks,
    verdicts,
)
from mnist_course.grading.assignments.release import solution_notebook, student_notebook
from mnist_course.grading.scoring.task_summary import misconceptions_in
from tests.support.notebook_rules import DOUBLED_BACKSLASH

CASES = [
    pytest.param(
        path,
        task,
        answer,
        id=f"{path.stem}-{task}-{answer}",
        marks=pytest.mark.slow if is_slow(task, answer, proposed) else [],
    )
    for path in SOURCES
    for task, proposed in answers(path).items()
    for answer in (SOURCE, BLANK, *proposed)
]


@pytest.fixture(scope="module")
def verdicts_by_source(request):
    """Check the answers that this run selects; each source notebook is run once."""
    selected: dict = {path: {} for path in SOURCES}
    for item in request.session.items:
        if getattr(item, "function", None) is test_check_verdict:
            path, task, answer = (item.callspec.params[k] for k in ("path", "task", "answer"))
            cases = selected[path].setdefault(task, {})
            if answer not in (SOURCE, BLANK):
                cases[answer] = answers(path)[task][answer]
    found: dict = {}

    def check(path):
        if path not in found:
            found[path] = verdicts(nbformat.read(path, as_version=4), selected[path])
        return found[path]

    return check


@pytest.mark.depends_on_data
@pytest.mark.parametrize(("path", "task", "answer"), CASES)
def test_check_verdict(verdicts_by_source, path, task, answer):
    verdict = verdicts_by_source(path)[task, answer]
    message = verdict.message
    if answer == SOURCE or answer.startswith("right:"):
        assert message is None
    elif answer == BLANK:
        assert message
    else:
        assert answers(path)[task][answer][1] in message
    assert verdict.hidden == answer.startswith("when graded:")
    assert not verdict.raw
    assert message or "Right: " in verdict.printed


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def source(request):
    return request.param, nbformat.read(request.param, as_version=4)


def test_answers_of_each_kind(source):
    path, notebook = source
    assert list(answers(path)) == tasks(notebook)
    for task, proposed in answers(path).items():
        right = [answer for answer in proposed if answer.startswith("right:")]
        assert right and len(proposed) - len(right) >= 3, task
        assert len({SOURCE, *right}) >= 6, task


def test_source_points(source):
    _, notebook = source
    graded = [c for c in by_id(notebook).values() if c.metadata.nbgrader.grade]
    assert sum(cell.metadata.nbgrader.points for cell in graded) == 10
    assert {"code", "markdown"} == {cell.cell_type for cell in graded}


@pytest.mark.parametrize("path", SOURCES)
def test_proven_source_opening_and_words(path):
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    minutes = 5 * round(estimated_minutes(notebook) / 5)
    opening = notebook.cells[0].source
    assert f"> **Time:** about {minutes} minutes" in opening
    lesson = path.stem if path.stem[0].isdigit() else r"\d\d-[\w-]+"
    assert re.search(rf"notebooks/{lesson}\.ipynb\)", opening)
    assert "More inputs of the same kinds are tried when your work is graded." in opening
    assert "hapter" not in text


def cells_that_use_the_test_set_early(notebook):
    """Return the ids of cells that name the test set before it is opened, or check after that."""
    names = list(by_id(notebook))
    opening = names.index("open-test-set") if "open-test-set" in names else len(names)
    return [
        name
        for number, (name, cell) in enumerate(by_id(notebook).items())
        if (number < opening and re.search(r"X_test|y_test", cell.source))
        or (number > opening and name.startswith("check-"))
    ]


@pytest.mark.parametrize("path", SOURCES)
def test_tries_do_not_use_the_test_set(path):
    assert cells_that_use_the_test_set_early(nbformat.read(path, as_version=4)) == []


def test_tries_that_use_the_test_set_are_found():
    notebook = nbformat.read(SOURCES[7], as_version=4)
    by_id(notebook)["check-train"].source += "\ntrain_network(X_train, Y_train).predict(X_test)"
    assert cells_that_use_the_test_set_early(notebook) == ["check-train"]


def code_of(statements):
    """Return the code of some statements."""
    return "\n".join(map(ast.unparse, statements))


def names_in(code):
    """Return the names in some code, each with whether it is assigned there."""
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
    return {(name.id, isinstance(name.ctx, ast.Store)) for name in names}


@pytest.mark.parametrize("path", SOURCES)
def test_predictions_are_named(path):
    source = nbformat.read(path, as_version=4)
    cells, student = by_id(source), by_id(student_notebook(source))
    predictions = [name for name in cells if name.startswith("predict-")]
    checks = [cell.source for name, cell in cells.items() if name.startswith("check-")]
    used = {name for check in checks for name, _ in names_in(check)}
    assert predictions
    for prediction in predictions:
        for name, is_assigned in names_in(cells[prediction].source):
            assert not is_assigned or re.search(rf"\b{name}\b", student[prediction].source), name
            assert name not in used, "a missing prediction costs points"


@pytest.mark.parametrize("path", SOURCES)
def test_missing_prediction_costs_nothing(path):
    cells = by_id(nbformat.read(path, as_version=4))
    predictions = {
        name
        for task, cell in cells.items()
        if task.startswith("predict-")
        for name, is_assigned in names_in(cell.source)
        if is_assigned
    }
    code = {task: cell for task, cell in cells.items() if cell.cell_type == "code"}
    parsed = {
        task: ast.parse(re.sub(r"^(\s*)%.*", r"\1pass", cell.source, flags=re.M)).body
        for task, cell in code.items()
    }
    for task, statements in parsed.items():
        if code[task].metadata.nbgrader.solution:
            continue
        uses = [bool(predictions & {n for n, _ in names_in(ast.unparse(s))}) for s in statements]
        for statement in statements[uses.index(True) :] if any(uses) else []:
            # The cell ends where a prediction is missing, so nothing below it may be needed later.
            given = {name for name, is_assigned in names_in(ast.unparse(statement)) if is_assigned}
            given |= {n.name for n in ast.walk(statement) if isinstance(n, ast.FunctionDef)}
            for other in parsed.keys() - {task}:
                loaded = {name for name, stored in names_in(code_of(parsed[other])) if not stored}
                assert not given & loaded, f"{task} gives {given & loaded} to {other}"
            for value in ast.walk(statement):
                if isinstance(value, ast.FormattedValue) and value.format_spec:
                    used = {name for name, _ in names_in(ast.unparse(value.value))}
                    assert not used & predictions, f"{task}: a prediction may be text or a tuple"


@pytest.mark.parametrize("path", SOURCES)
def test_checks_use_only_their_answer(path):
    notebook = nbformat.read(path, as_version=4)
    cells = by_id(notebook)
    defined = {
        task: {n.name for n in ast.parse(cells[task].source).body if hasattr(n, "name")}
        for task in tasks(notebook)
    }
    for task in tasks(notebook):
        used = {name for name, _ in names_in(cells[f"check-{task}"].source)}
        for other in defined.keys() - {task}:
            assert not used & defined[other], f"check-{task} uses the answer to {other}"


def test_train_draws_initial_weights_itself():
    cells = by_id(nbformat.read(SOURCES[4], as_version=4))
    functions = [cells[name].source.split("\n\n\n")[0] for name in ("code-16", "code-21")]
    names: dict = {}
    for code in (cells["code-1"].source, *functions):
        assert run(code, names) is None

    def elsewhere():  # as in the student's process, with random numbers of its own
        names["keras"].utils.set_random_seed(99)
        return names["dense_layer"]()

    def trained():
        return names["train"](names["dense_layer"], epochs=1)

    expected, *others = (
        names["train"](b, epochs=1) for b in (names["dense_layer"], elsewhere, trained)
    )
    for other in others:
        for weights, same in zip(expected.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(weights, same)


def test_training_images_of_the_project_are_mixed():
    notebook = nbformat.read(SOURCES[7], as_version=4)
    cells, names = by_id(notebook), {}
    split = answers(SOURCES[7])["split"]["right: lists, digit by digit"]
    for code in (cells["code-load"].source, cells["input"].source, split):
        assert run(code, names) is None
    assert run(cells["code-prepared"].source, names) is None
    digits = names["Y_train"].argmax(axis=1)
    for tenth in np.array_split(digits, 10):  # `validation_split=0.1` takes the last of these
        assert set(tenth) == set(range(10))


def test_formulas_have_single_backslashes(source):
    _, notebook = source
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = DOUBLED_BACKSLASH.search(cell.source)
            assert found is None, found.group(0)


def questions_that_ask_for_a_figure(notebook):
    """Return the ids of answers in Markdown whose question above asks to draw something."""
    return [
        answer.metadata.nbgrader.grade_id
        for above, answer in pairwise(by_id(notebook).values())
        if answer.cell_type == "markdown"
        and answer.metadata.nbgrader.solution
        and re.search(r"\b(draw|plot)\b", above.source, re.IGNORECASE)
    ]


def test_figures_are_asked_for_in_code_cells(source):
    _, notebook = source
    assert questions_that_ask_for_a_figure(notebook) == []


def test_figure_asked_for_in_a_markdown_cell_is_found():
    notebook = nbformat.read(SOURCES[7], as_version=4)
    cells = list(by_id(notebook).values())
    cells[-2].source += "\n\nDraw the misread digits."
    assert questions_that_ask_for_a_figure(notebook) == ["name"]


def test_source_instructor_notes(source):
    _, notebook = source
    notes = [c for c in notebook.cells if "instructor" in c.metadata.get("tags", [])]
    assert "**Misconceptions to expect.**" in notes[-1].source


def literal_texts(check):
    """Return the texts of a check as the report of `grade` shows them: without values."""
    constants = [n.value for n in ast.walk(ast.parse(check)) if isinstance(n, ast.Constant)]
    return [text for text in constants if isinstance(text, str)]


@pytest.mark.parametrize("path", SOURCES)
def test_misconceptions_have_messages(path):
    notebook = nbformat.read(path, as_version=4)
    checks = [cell.source for name, cell in by_id(notebook).items() if name.startswith("check-")]
    texts = [text for check in checks for text in literal_texts(check)]
    table = misconceptions_in([notebook.cells[-1].source])
    assert len(table) >= 8
    for part in table:
        assert any(part in text for text in texts), part


def test_source_set_up_cell(source):
    _, notebook = source
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.source == notebooks.setup_cell()


def test_student_notebook_up_to_date(source):
    path, notebook = source
    committed = nbformat.read(path.parent / "student" / path.name, as_version=4)
    assert committed == student_notebook(notebook), "make exercises"


def test_solution_notebook_contents(source):
    _, notebook = source
    made = solution_notebook(notebook)
    text = "\n".join(cell.source for cell in made.cells)
    assert text.count("### BEGIN SOLUTION") >= len(tasks(notebook))
    assert "HIDDEN TESTS" not in text and "MARK SCHEME" not in text
    assert "Misconceptions to expect" not in text
    checks = [cell for name, cell in by_id(made).items() if name.startswith("check-")]
    assert len(checks) == len(tasks(notebook))


def test_student_notebooks_have_sources():
    folder = SOURCES[0].parent
    assert {p.name for p in (folder / "student").iterdir()} == {p.name for p in SOURCES}


def test_verdicts_check_without_effect():
    notebook = nbformat.read(SOURCES[0], as_version=4)
    by_id(notebook)["check-distance"].source = "assert True"
    found = verdicts(notebook, answers(SOURCES[0]))
    assert found["distance", "as the colleague"].message is None
    assert found["distance", "no root"].message is None
