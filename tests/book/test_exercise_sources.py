"""The exercises' sources have the order of the table of contents."""

from book._ext.exercise_sources import source_paths
from maintenance import notebooks
from maintenance.exercise_verdicts import SOURCES

CONTENTS = """
format: jb-book
root: book/index
chapters:
  - file: notebooks/exercises/student/02-b
  - file: notebooks/exercises/student/project
  - file: notebooks/exercises/student/later
"""


def test_source_paths_order(tmp_path):
    (tmp_path / "notebooks/exercises/student").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    for name in ("later", "01-new", "project", "02-b", "student/02-b"):
        (tmp_path / f"notebooks/exercises/{name}.ipynb").touch()
    names = [path.stem for path in source_paths(tmp_path)]
    assert names == ["02-b", "project", "later", "01-new"]


def test_source_paths_of_the_course():
    numbered = [path.stem for path in SOURCES if path.stem.startswith("0") and path.stem < "08"]
    assert [path.stem for path in SOURCES][:8] == [*sorted(numbered), "project"]
    assert SOURCES == notebooks.EXERCISES
