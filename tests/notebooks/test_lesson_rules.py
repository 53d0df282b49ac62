"""Each rule for the rewritten lessons finds a violation planted in a made-up lesson."""

import base64
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from maintenance import notebooks
from tests.support import notebook_rules
from tests.support.closed_test_set import measurements
from tests.support.lesson_rules import REWRITTEN, SAYS_THAT_IT_OPENS, glossary, lesson_problems

NAME = "01-load.ipynb"
FOLDED = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}
SHOWN, HIDDEN, EXPLORED = 3, 6, 8


def picture(seed):
    """Return a small picture in base64."""
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def blank():
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 255).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def question(attributes, answer="The cell prints it."):
    return (
        "**Your turn.** Predict it.\n\n"
        f"<details{attributes}>\n<summary>Answer</summary>\n\n{answer}\n\n</details>"
    )


@pytest.fixture
def lesson():
    """Make a lesson that keeps all rules."""
    terms = ", ".join(f"**{term}**" for term, place in glossary().items() if place == "01-load")
    frames = [{"value": f"{i}", "alt": f"State {i}.", "png": picture(i)} for i in range(6)]
    slider = {"alt": "State 0.", "frames": {"name": "step", "start": 0, "frames": frames}}
    figure = new_output(
        "display_data",
        {"image/png": frames[0]["png"], "text/plain": "State 0."},
        metadata={"image/png": slider},
    )
    printed = new_output(
        "stream", name="stdout", text="(60000, 28, 28)\nerror 12.5 %, 1,234 images"
    )
    cells = [
        new_markdown_cell("# 1. Load\n\n> **Time:** none"),
        new_code_cell(notebooks.setup_cell(), metadata={"tags": ["hide-input"]}),
        new_markdown_cell(
            f"## A picture\n\nHere are {terms}.\n\n" + question(' data-answer="12.5" data-unit="%"')
        ),
        new_code_cell(
            "from mnist_course import draw_digits, load_mnist, show\n\n"
            "(X_train, y_train), (X_test, y_test) = load_mnist()\n"
            "print(X_test.shape, len(y_test))\n"
            'show(draw_digits(X_train[:5]), "Five digits.")',
            outputs=[printed],
        ),
        new_markdown_cell(
            "## A question\n\n" + question(' data-answer="no" data-choices="yes|no"')
        ),
        new_code_cell("def error(y):\n    return y.mean()"),
        new_code_cell(
            "figure = draw_digits(X_train[:5])\nfigure.suptitle(5)\nfigure.suptitle(6)\n"
            'show(\n    figure,\n    "Five.",\n)',
            metadata=FOLDED,
        ),
        new_markdown_cell("## When it goes wrong\n\n" + question("")),
        new_code_cell(
            "def draw(step):\n    return draw_digits(X_train[step])\n\n\nexplore(draw, step=[])",
            outputs=[figure],
        ),
        new_markdown_cell("## Summary\n\n- Nothing.\n\n**Next:** more."),
    ]
    return new_notebook(cells=cells, metadata={"mnist_course": {"peak_memory_gb": 1.1}})


def test_lesson_problems_none(lesson):
    assert lesson_problems(lesson, NAME) == []


def test_rewritten_lessons_exist():
    stems = {path.stem for path in notebook_rules.LESSONS}
    assert stems >= REWRITTEN


def test_problems_include_those_of_rewritten_lessons(lesson, monkeypatch):
    monkeypatch.setattr(notebook_rules, "REWRITTEN", {"01-load"})
    lesson.cells[-1].source = "**Next:** more."
    found = notebook_rules.problems(lesson, NAME)
    assert f"{NAME}: there is no section '## Summary'" in found
    assert not any("Take away" in problem for problem in found)


def say(text):
    """Return a change that adds text to the first section."""
    return lambda nb: nb.cells[2].update(source=nb.cells[2].source + "\n\n" + text)


def ask(attributes):
    """Return a change that asks for another prediction in the first section."""
    return say(question(f" {attributes}"))


def run(source):
    """Return a change that adds lines to the cell that loads the data."""
    return lambda nb: nb.cells[SHOWN].update(source=f"{nb.cells[SHOWN].source}\n{source}")


def frame(place, png):
    def change(nb):
        about = nb.cells[EXPLORED].outputs[0].metadata["image/png"]
        about["frames"]["frames"][place]["png"] = png

    return change


def start_at(place):
    def change(nb):
        slider = nb.cells[EXPLORED].outputs[0].metadata["image/png"]["frames"]
        slider["start"] = place
        slider["frames"][place]["png"] = slider["frames"][place + 1]["png"]

    return change


VIOLATIONS = {
    "too many words": (say("word " * 1250), "words; 1,250 are enough"),
    "too many lines": (run("x = 1\n" * 80), "lines of visible code; 80 are enough"),
    "no summary": (lambda nb: nb.cells.pop(), "no section '## Summary'"),
    "no silent error": (lambda nb: nb.cells.pop(7), "no section '## When it goes wrong'"),
    "section without a question": (say("## Another\n\nText."), "section 'Another' has no"),
    "question without an answer": (
        say("## Another\n\n**Your turn.** Why?"),
        "section 'Another' has no",
    ),
    "answer before its question": (
        say("## Another\n\n<details>\n</details>\n\n**Your turn.** Why?"),
        "section 'Another' has no",
    ),
    "answer that no cell prints": (ask('data-answer="99"'), "no cell prints the answer 99"),
    "answer that is part of a number": (ask('data-answer="234"'), "no cell prints the answer 234"),
    "answer with a comma": (ask('data-answer="1,234"'), "not a plain number"),
    "no answer": (ask('data-unit="images"'), "not a plain number"),
    "answer that is no choice": (
        ask('data-answer="maybe" data-choices="yes|no"'),
        "'maybe' is not one of the choices",
    ),
    "one choice": (ask('data-answer="yes" data-choices="yes"'), "not one of the choices"),
    "misspelt attribute": (ask('data-answer="12.5" data-units="%"'), "unknown attributes"),
    "answer like a numbered list": (
        say(question(' data-answer="12.5"', "8. The cell prints it.")),
        "an answer begins with '8.', which makes a numbered list",
    ),
    "answer like a numbered list with a bracket": (
        say(question("", "0) None.")),
        "an answer begins with '0)'",
    ),
    "long drawing code": (
        lambda nb: nb.cells[HIDDEN].update(metadata={}),
        f"cell {HIDDEN}: 7 lines that only draw",
    ),
    "long code of an explorable figure": (
        lambda nb: nb.cells[EXPLORED].update(
            source=nb.cells[EXPLORED].source.replace(
                "    return", "    x = 1\n    y = 2\n    return"
            )
        ),
        f"cell {EXPLORED}: 5 lines that only draw",
    ),
    "visible in JupyterLab": (
        lambda nb: nb.cells[HIDDEN].update(metadata={"tags": ["hide-input"]}),
        "go together",
    ),
    "visible in the book": (
        lambda nb: nb.cells[SHOWN].update(metadata={"jupyter": {"source_hidden": True}}),
        "go together",
    ),
    "folded code that matters": (
        lambda nb: nb.cells[SHOWN].update(metadata=FOLDED),
        "folded code defines what visible code uses: ['X_train', 'draw_digits']",
    ),
    "measured on the test set": (run("error(y_test)"), "until lesson 6: error(y_test)"),
    "no frames": (
        lambda nb: nb.cells[EXPLORED].outputs[0].update(metadata={"image/png": {"alt": "x"}}),
        "without frames",
    ),
    "blank first frame": (frame(0, blank()), "frame 0 is blank"),
    "first frame like the second": (frame(0, picture(1)), "frame 0 looks like the next one"),
    "start frame like the next": (start_at(3), "frame 3 looks like the next one"),
    "term without bold": (
        lambda nb: nb.cells[2].update(
            source=nb.cells[2].source.replace("**baseline**", "baseline")
        ),
        "the term 'baseline' of the glossary",
    ),
    "private word in prose": (say("By luck."), "'luck' is not"),
    "private word in a comment": (run("# mends it"), "'mends' is not"),
    "private word in an output": (
        lambda nb: nb.cells[SHOWN].outputs[0].update(text="12.5: 3 trainings"),
        "'trainings' is not",
    ),
    "private word in an alt text": (
        lambda nb: nb.cells[EXPLORED].outputs[0].data.update({"text/plain": "A grey heap."}),
        "'grey heap' is not",
    ),
    "memory": (
        lambda nb: nb.metadata["mnist_course"].update(peak_memory_gb=1.2),
        "needed 1.2 GB at its peak; the limit is 1.2 GB",
    ),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_lesson_problems_violation(lesson, violation):
    plant, message = VIOLATIONS[violation]
    plant(lesson)
    found = lesson_problems(lesson, NAME)
    assert [problem for problem in found if message in problem], found


ALLOWED = {
    "number with a thousands comma": ask('data-answer="1234" data-unit="images"'),
    "number with other digits": ask('data-answer="12.50" data-unit="%"'),
    "exact answer": ask('data-answer="44" data-unit="" data-exact'),
    "answers that begin with a number": say(
        question("", "8 bytes: more.") + "\n\n" + question("", "12.5 %.")
    ),
    "words that contain private ones": say("I recommend to amend this sentence, unluckily."),
    "no memory measured": lambda nb: nb.metadata["mnist_course"].pop("peak_memory_gb"),
    "folded code that later code makes anew": lambda nb: nb.cells.insert(
        HIDDEN + 1, new_code_cell("figure = error(X_train)\nprint(figure)")
    ),
    "long cell that draws a little": lambda nb: nb.cells[5].update(
        source=nb.cells[5].source + '\n\n\nshow(draw_digits(X_train), "Digits.")'
    ),
}


@pytest.mark.parametrize("change", ALLOWED)
def test_lesson_problems_allowed(lesson, change):
    ALLOWED[change](lesson)
    assert lesson_problems(lesson, NAME) == []


@pytest.mark.parametrize(("name", "limit"), [("07-evaluate.ipynb", 1250), ("08-relu.ipynb", 1450)])
def test_lesson_problems_words_by_part(lesson, name, limit):
    say("word " * (limit - 100 - notebooks.estimate(lesson)["words"]))(lesson)
    assert not [p for p in lesson_problems(lesson, name) if "words; " in p]
    say("word " * 101)(lesson)
    assert [p for p in lesson_problems(lesson, name) if f"words; {limit:,} are enough" in p]


def test_lesson_problems_lesson_without_closed_test_set(lesson):
    run("error(y_test)")(lesson)
    for name in ("00-one-page.ipynb", "06-train.ipynb"):
        assert not [p for p in lesson_problems(lesson, name) if "test set is closed" in p]


def open_test_set(lesson):
    """Let a lesson measure on the test set in the cell that loads it, and say so above."""
    run("error(y_test)")(lesson)
    say(SAYS_THAT_IT_OPENS)(lesson)


def problems_of_opening(lesson):
    return [p for p in lesson_problems(lesson, "06-train.ipynb") if "test set" in p]


def test_lesson_problems_lesson_6_opens_the_test_set_once(lesson):
    open_test_set(lesson)
    assert problems_of_opening(lesson) == []


def test_lesson_problems_lesson_6_does_not_open_the_test_set(lesson):
    assert problems_of_opening(lesson) == ["the test set is measured on in cells [], not in one"]


def test_lesson_problems_lesson_6_opens_the_test_set_twice(lesson):
    open_test_set(lesson)
    lesson.cells[5].source += "\n\n\nprint(error(y_test))"
    [problem] = problems_of_opening(lesson)
    assert problem == f"the test set is measured on in cells [{SHOWN}, 5], not in one"


def test_lesson_problems_lesson_6_does_not_say_so(lesson):
    open_test_set(lesson)
    lesson.cells[2].source = lesson.cells[2].source.replace("once", "now")
    [problem] = problems_of_opening(lesson)
    assert problem.startswith(f"the text above cell {SHOWN} does not say")


LOAD = "(X_train, y_train), (X_test, y_test) = load_mnist()"


@pytest.mark.parametrize(
    "source",
    [
        "print(X_test.shape, X_test.dtype, len(y_test))",
        "print(X_test[:10].shape)",
        "X_test = X_test.reshape(-1, 28, 28, 1).astype('float32') / 255",
        "Y_test = to_categorical(y_test, 10)\nprint(Y_test.shape)",
        "pair = {'a': X_train, 'b': X_test}\nfor n, a in pair.items():\n    print(n, a.dtype)",
        "print([a.dtype for a in (X_train, X_test)])",
        "for a in [X_test, y_test]:\n    print(a.shape)\nfor a in [X_train]:\n    print(a.mean())",
        "(X_wrong, X_new), (y_wrong, y_new) = load_mnist()\nprint(y_wrong.shape)",
        "(X_train, y_train), _ = load_mnist()\nprint([0 for _ in range(3)])",
    ],
)
def test_measurements_none(source):
    assert list(measurements([LOAD, source])) == []


@pytest.mark.parametrize(
    "source",
    [
        "print(X_test.mean())",
        "print(np.mean(y_test == 3))",
        "model.evaluate(X_test, y_test)",
        "model.fit(X_train, y_train, validation_data=(X_test, y_test))",
        "show(draw_digits(X_test[:5]), 'Five.')",
        "X_new = X_test[:1000]\nprint(X_new.mean())",
        "Y_test = to_categorical(y_test, 10)\nprint(Y_test.sum())",
        "pair = {'a': X_train, 'b': X_test}\nfor name, a in pair.items():\n    print(a.mean())",
        "print([a.mean() for a in (X_train, X_test)])",
        "(X_a, y_a), (X_b, y_b) = load_mnist()\nprint(X_b.mean())",
        "def share():\n    return np.mean(Z == 1)\n\n\nZ = y_test",
        "print(X_test)",
    ],
)
def test_measurements_found(source):
    assert [number for number, _ in measurements([LOAD, source])][:1] == [1]
