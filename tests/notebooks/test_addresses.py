"""``make address`` changes the cell that it wrote, and links to files of the repository."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from maintenance import notebooks
from maintenance.addresses import write_addresses

FORMER, OWN = "https://github.com/former/course", "https://gitlab.com/you/course"
LINK = "See [1. Load]({}/blob/main/notebooks/01-load.ipynb)."
SOURCE_LINE = f"After [a course]({FORMER}), CC BY 4.0."


@pytest.fixture
def configured(monkeypatch):
    """Return a function that sets the address of _config.yml."""

    def configure(url, **options):
        config = {"repository": {"url": url, "branch": "main"}}
        config["sphinx"] = {"config": {"html_theme_options": options}}
        monkeypatch.setattr(notebooks, "read_config", lambda: config)

    configure(f"{OWN}.git")
    return configure


def written(path, *cells):
    """Return the sources of a notebook's cells after ``make address``."""
    nbformat.write(new_notebook(cells=list(cells)), path)
    write_addresses([path])
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_write_addresses(configured, tmp_path):
    sources = written(
        tmp_path / "a.ipynb",
        new_markdown_cell(f"{LINK.format(FORMER)} {SOURCE_LINE}"),
        new_code_cell("import numpy as np"),
        new_code_cell(notebooks.setup_cell(FORMER)),
    )
    assert sources == [
        f"{LINK.format(f'{OWN}/-')} {SOURCE_LINE}",
        "import numpy as np",
        notebooks.setup_cell(OWN),
    ]


def test_write_addresses_twice_and_back(configured, tmp_path):
    cells = new_markdown_cell(LINK.format(FORMER)), new_code_cell(notebooks.setup_cell(FORMER))
    written(tmp_path / "a.ipynb", *cells)
    configured(FORMER)
    write_addresses([tmp_path / "a.ipynb"] * 2)
    read = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    assert [cell.source for cell in read.cells] == [cell.source for cell in cells]


@pytest.mark.parametrize(
    "code", ["import numpy as np", notebooks.setup_cell(FORMER) + "@v1", "# Installs the course's"]
)
def test_write_addresses_without_set_up_cell(configured, tmp_path, code, capsys):
    cells = [new_markdown_cell(LINK.format(FORMER)), new_code_cell(code)]
    assert written(tmp_path / "mine.ipynb", *cells) == [cell.source for cell in cells]
    assert "mine.ipynb: no set-up cell" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["git@github.com:you/course.git", "https://code.edu/a/b"])
def test_write_addresses_refused(configured, tmp_path, url):
    configured(url)
    with pytest.raises(SystemExit, match="What to do"):
        written(
            tmp_path / "a.ipynb",
            new_markdown_cell(LINK.format(FORMER)),
            new_code_cell(notebooks.setup_cell(FORMER)),
        )
