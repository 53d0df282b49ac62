"""What the page "The guide, then and now" claims about code is true with the pinned Keras."""

import re
import warnings
from pathlib import Path

import keras
import pytest

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.models.guide_cnn import cnn_model

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.depends_on_data
PAGE = (ROOT / "book/then-and-now.md").read_text(encoding="utf-8")
TODAY = re.findall(r"```python\n# Today\n(.*?)```", PAGE, flags=re.DOTALL)
FAILURES = re.findall(r"```python\n((?:(?!```).)*)```\n```text\n(.*?)```", PAGE, flags=re.DOTALL)
CLAIMS = re.findall(r"^\| (.*) \|$", PAGE.split("(claims)=")[1], flags=re.MULTILINE)[2:]


@pytest.fixture(scope="module")
def program() -> dict:
    """Give the names that stand when the code marked Today has run, quickly: on few images."""
    code = "\n".join(TODAY)
    assert "epochs=5, batch_size=150" in code
    for old, quick in {
        "from mnist_course import load_mnist": "",
        "load_mnist()": "few_images()",
        "epochs=5": "epochs=1, verbose=0",
    }.items():
        assert old in code
        code = code.replace(old, quick)
    names = {"few_images": few_images}
    exec(code, names)
    return names


def few_images():
    (X_train, y_train), (X_test, y_test) = load_mnist("sample")
    return (X_train[:600], y_train[:600]), (X_test[:300], y_test[:300])


def test_todays_code_is_the_whole_program(program):
    assert len(TODAY) == 5
    assert program["model"].count_params() == 592_074
    assert program["num_classes"] == 10
    assert [type(layer) for layer in program["model"].layers] == [
        type(layer) for layer in cnn_model().layers
    ]


@pytest.mark.parametrize(("code", "message"), FAILURES, ids=[c.split("\n")[0] for c, _ in FAILURES])
def test_old_code_fails_as_the_page_says(program, code, message):
    names = program | {"keras": keras, "history": program["model"].history}
    names["model"] = cnn_model()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises((Exception, UserWarning)) as caught:
            exec(code, names)
    said = f"{caught.type.__name__}: {caught.value}"
    said = re.sub(r"\(\S*/(keras/utils/__init__.py)\)", r"(.../\1)", said)
    assert said.split() == message.split()


def test_the_page_quotes_what_rotted():
    assert len(FAILURES) == 8


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda row: row.split("|")[0].strip()[:30])
def test_each_claim_leads_to_the_lesson_that_shows_it(claim):
    guide, truth, shown = claim.split(" | ")
    assert guide and truth
    lessons = re.findall(r"\]\(\.\./(notebooks/\d\d-[\w-]+\.ipynb)\)", shown)
    assert lessons and all((ROOT / lesson).is_file() for lesson in lessons)


def test_there_are_eight_claims():
    assert len(CLAIMS) == 8


def test_prepare_does_what_the_page_does(program):
    (X_train, y_train), _ = prepare(few_images())
    assert (program["X_train"] == X_train).all() and (program["y_train"] == y_train).all()
