"""A term from fork to term table: twelve students, a set in Moodle, a set in Canvas."""

import csv
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from maintenance.demo_class import (
    CORRECT,
    answer_notebook,
    nbgrader_cell,
    notebook_bytes,
    region,
    source_notebook,
)
from mnist_course.grading import cli
from mnist_course.grading.submissions.student_ids import student_id
from tests.support.built_book import ADDRESS, FORK, ROOT

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

FIRST, SECOND = "01-scale", "02-sum"
NAMES = ["Anna Arendt", "Bo Müller", "Cy Lee", "Di Okafor", "Ed Sand", "Flo Wu"]
NAMES += ["Gus Berg", "Hana Ito", "Ivo Kern", "Jo Lund", "Kim Roth", "Lea Popp"]
TEAMS = {"Anna Arendt": "Red", "Bo Müller": "Red"}
UNLISTED = "Eve Unlisted"
WRONG = CORRECT | {"darkest": "def darkest(images):\n    return 7"}
TOTAL = "def total(values):\n    return sum(values)"
# What of the course the way through the term uses.
FORKED = ["Makefile", "_config.yml", "pyproject.toml", "requirements.txt"]
FORKED += ["_toc.yml", "book", "maintenance", "mnist_course", "notebooks", "tools"]

OPENING = """\
# Sum

> **You practise** adding up.
>
> **Points:** 4, of which 0 are graded by hand.

## The sum (4 points)"""


def second_source(hidden="assert total([1, 2]) == 3, 'the sum'"):
    cells = [
        nbformat.v4.new_markdown_cell(OPENING, id="title"),
        nbgrader_cell("code", "total", region(TOTAL, "SOLUTION"), solution=True),
        nbgrader_cell("code", "check-total", region(hidden, "HIDDEN TESTS"), 4, grade=True),
    ]
    return nbformat.v4.new_notebook(metadata=source_notebook().metadata, cells=cells)


def make_fork(folder):
    """Copy the course, set the fork's address and edition, and run ``make address``."""
    folder.mkdir()
    for name in FORKED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    config = (folder / "_config.yml").read_text(encoding="utf-8")
    config = config.replace(f"url: {ADDRESS}", f"url: {FORK}.git")
    config = config.replace("course_edition: reader", "course_edition: student")
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    environment = Path(sys.executable).parents[1]
    address = ["make", f"--assume-old={environment}/ready", "address", f"VENV={environment}"]
    subprocess.run(address, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def write_sources(folder):
    """Write four sources: two of the course, changed or not, and two that are graded here."""
    folder.mkdir()
    exercises = folder.parent / "notebooks/exercises"
    shutil.copy(exercises / "template/template.ipynb", folder / "10-invert.ipynb")
    changed = nbformat.read(exercises / "02-reshape.ipynb", as_version=4)
    changed.cells[0].source += "\n\nWork in pairs."
    nbformat.write(changed, folder / "02-reshape.ipynb")
    nbformat.write(source_notebook(), folder / f"{FIRST}.ipynb")
    nbformat.write(second_source(), folder / f"{SECOND}.ipynb")


def check_released(folder):
    names = ["01-scale", "02-reshape", "02-sum", "10-invert"]
    assert sorted(path.stem for path in folder.iterdir()) == names
    for name in names:
        text = (folder / f"{name}.ipynb").read_text(encoding="utf-8")
        assert "BEGIN" not in text and "MARK SCHEME" not in text
        if name in ("02-reshape", "10-invert"):
            assert f'git+{FORK}"' in text  # without .git
            assert ADDRESS not in text


def write_class(folder):
    rows = ["id,name,team", *(f"S{i},{n},{TEAMS.get(n, '')}" for i, n in enumerate(NAMES, 1))]
    (folder / "class.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "weights.csv").write_text(
        f"assignment,weight\n{FIRST},1\n{SECOND},3", encoding="utf-8"
    )
    rows = ["student,submitted_at", *(f"{name},2026-05-04 12:00" for name in NAMES[:10])]
    rows[3] = "Cy Lee,2026-05-06 12:00"  # has an extension
    rows[4] = "Di Okafor,2026-05-05 12:00"  # is late
    (folder / "times.csv").write_text("\n".join([*rows, f"{UNLISTED},2026-05-04"]), "utf-8")
    rows = ["student,assignment,deadline", f"Cy Lee,{FIRST},2026-05-11 18:00", "Lea Popp,,excused"]
    rows.append("S1,01-scael,2026-05-11")  # misspelled
    (folder / "deadlines.csv").write_text("\n".join(rows), encoding="utf-8")


def submitted(folder, assignment, answers):
    release = nbformat.read(folder / f"student/{assignment}.ipynb", as_version=4)
    return notebook_bytes(answer_notebook(release, answers))


def write_moodle(folder):
    """Ten of the class and one who is not listed hand in; two are absent."""
    with zipfile.ZipFile(folder / "moodle.zip", "w") as archive:
        for number, name in enumerate([*NAMES[:10], UNLISTED], 4711):
            answers = WRONG if name == "Ed Sand" else CORRECT
            if name == "Anna Arendt":
                answers = CORRECT | {"explain": "The weights are small."}
            member = f"{name}_{number}_assignsubmission_file_/work.ipynb"
            archive.writestr(member, submitted(folder, FIRST, answers))


def write_canvas(folder):
    """All but one member of the team and the excused student hand in."""
    with zipfile.ZipFile(folder / "canvas.zip", "w") as archive:
        for number, name in enumerate(NAMES[1:11], 70):
            first, last = name.lower().replace("ü", "").split()
            content = submitted(folder, SECOND, {"total": TOTAL})
            archive.writestr(f"{last}{first}_{number}_{number + 900}_work.ipynb", content)


def read_table(path):
    rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    return {row["student"]: row for row in rows}


def run(capsys, *command):
    assert cli.main(list(command)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def grade_by_hand(folder):
    with Gradebook(f"sqlite:///{folder / 'results/gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("explain", FIRST, FIRST, student_id("S1"))
        grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()


def test_term_from_fork_to_term_table(tmp_path, monkeypatch, capsys):
    fork = tmp_path / "fork"
    make_fork(fork)
    monkeypatch.chdir(fork)
    write_sources(fork / "private")
    write_class(fork)
    run(capsys, "release", "--from", "private", "--out", "student")
    check_released(fork / "student")
    write_moodle(fork)
    write_canvas(fork)

    tables = ["--class-list", "class.csv", "--deadlines", "deadlines.csv"]
    late = ["--deadline", "2026-05-04 18:00", "--submitted-at", "times.csv"]
    late += ["--late-penalty", "10% per day"]
    grade = ["grade", "moodle.zip", "--from", "private", "--out", "results"]
    printed = run(capsys, *grade, *tables, *late)
    assert "11 submissions" in printed and "1 needs manual grading" in printed
    assert "no source named 01-scael" in printed
    assert "  explain: 0 of 10 solved this" in printed

    # From here on, the options of the first run stay in force.
    printed = run(capsys, "grade", "canvas.zip", "--out", "results", "--teams")
    assert "--from" in printed and "10 submissions" in printed

    nbformat.write(second_source("assert total([1]) == 1"), fork / f"private/{SECOND}.ipynb")
    again = ["grade", "canvas.zip", "--out", "results"]
    assert cli.main(again) == 1
    assert "--changed-source" in capsys.readouterr().err
    assert "Grades that changed" not in run(capsys, *again, "--changed-source")

    grade_by_hand(fork)
    printed = run(capsys, "report", "results", "--weights", "weights.csv")
    assert "Term table: results/term-table.csv" in printed
    rows = read_table(fork / "results/term-table.csv")
    assert list(rows) == [*NAMES, UNLISTED]
    scores = {name: (row["01-scale (of 6)"], row["02-sum (of 4)"]) for name, row in rows.items()}
    assert scores["Anna Arendt"] == ("6", "4")  # by hand, and by the team
    assert scores["Bo Müller"] == scores["Cy Lee"] == ("5", "4")
    assert scores["Di Okafor"] == ("4.4", "4")  # late by a day
    assert scores["Ed Sand"] == ("2", "4")
    assert rows["Anna Arendt"]["total %"] == "100.0" and rows["Cy Lee"]["total %"] == "95.8"
    assert (rows["Kim Roth"]["missing"], rows["Kim Roth"]["total %"]) == ("01-scale: absent", "")
    assert rows["Lea Popp"]["missing"] == "01-scale: excused; 02-sum: excused"
    assert rows[UNLISTED]["missing"] == "not in the class list"

    printed = run(capsys, "feedback", "results")
    assert "01-scale: 11 feedback pages" in printed and "02-sum-feedback-canvas.zip" in printed
    printed = run(capsys, "why", "results", "S1")
    assert printed == run(capsys, "why", "results", "Anna Arendt")
    assert "explain: 1 of 1; by hand, in place of none" in printed
    assert "by hand, in the formgrader, by" in printed and "(explain 0 -> 1)" in printed
    assert cli.main(["why", "results", "Nobody"]) == 1
