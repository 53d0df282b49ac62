"""The workflows of GitHub Actions, and the make targets that they call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.built_book import ROOT

WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def read(name: str) -> dict:
    """Return a workflow; YAML reads its key ``on`` as true."""
    workflow = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}


def targets(script: str) -> list[str]:
    """Return the targets that the lines of a script make."""
    return re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", script, re.MULTILINE)


def test_workflows_are_those_of_the_course_its_links_and_mutants():
    assert set(WORKFLOWS) == {"course", "links", "mutants"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_has_triggers_permissions_and_complete_jobs(name):
    workflow = read(name)
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
        assert set(job.get("needs", "").split()) <= set(workflow["jobs"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_calls_make_targets_that_exist(name):
    jobs = read(name)["jobs"].values()
    called = [t for job in jobs for step in job["steps"] for t in targets(step.get("run", ""))]
    assert called
    assert set(called) <= TARGETS


def test_ci_script_calls_make_targets_that_exist():
    called = targets((ROOT / ".ci/run").read_text(encoding="utf-8"))
    assert called
    assert set(called) <= TARGETS


@pytest.mark.parametrize("name", ["links", "mutants"])
def test_workflow_runs_on_a_schedule(name):
    assert {"schedule", "workflow_dispatch"} == set(read(name)["on"])


def made(*arguments: str) -> str:
    """Return the commands that make would run."""
    return subprocess.check_output(
        ["make", "-n", *arguments], cwd=ROOT, text=True, encoding="utf-8"
    )


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize(
    ("edition", "folder"), [("reader", "_build"), ("student", "_build/student/_build")]
)
def test_site_is_made_of_the_chosen_edition(edition, folder):
    commands = made("site", f"EDITION={edition}").splitlines()
    builds = [line for line in commands if "jupyter-book" in line or "print_book" in line]
    assert len(builds) == 2
    assert all(line.startswith(f"MNIST_COURSE_EDITION={edition} ") for line in builds)
    assert sum(line.endswith(f"maintenance.pack_book {folder}") for line in commands) == 1
    assert sum(line.endswith(f"maintenance.print_book {folder}") for line in commands) == 1
    assert f"cp -R {folder}/html _build/site" in commands


def test_published_folder_is_the_one_that_make_site_fills():
    publish = read("course")["jobs"]["publish"]
    (upload,) = [s for s in publish["steps"] if "upload-pages-artifact" in s.get("uses", "")]
    assert upload["with"]["path"] == "_build/site"
    (site,) = [s for s in publish["steps"] if s.get("run") == "make site"]
    # The edition is that of _config.yml, as for every other command.
    assert set(site["env"]) == {"MNIST_COURSE_SITE"}
    assert "env" not in publish and "EDITION" not in WORKFLOWS["course"].read_text("utf-8")


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize("edition", ["student", "instructor"])
def test_make_takes_the_edition_from_the_configuration(edition, tmp_path):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    configuration = (ROOT / "_config.yml").read_text(encoding="utf-8")
    changed = re.sub(r"(course_edition:) \w+", rf"\1 {edition}", configuration)
    (tmp_path / "_config.yml").write_text(changed, encoding="utf-8")
    command = ["make", "-n", "site"]
    printed = subprocess.check_output(command, cwd=tmp_path, text=True, encoding="utf-8")
    assert printed.count(f"MNIST_COURSE_EDITION={edition} ") == 2
    assert f"maintenance.pack_book _build/{edition}/_build" in printed
    refused = subprocess.run([*command, "EDITION=teacher"], cwd=tmp_path, stderr=subprocess.PIPE)
    assert refused.returncode and b"student, reader, instructor" in refused.stderr


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("private/01-load.ipynb", True),
        ("student/01-load.ipynb", True),
        ("results/gradebook.db", True),
        ("class.zip", True),
        ("notebooks/exercises/student/01-load.ipynb", False),
        ("mnist_course/results/new.json", False),
        ("mnist_course/grading/execution/student/new.py", False),
    ],
)
def test_git_ignores_what_belongs_to_a_class(path, ignored):
    command = ["git", "check-ignore", "--quiet", "--no-index", path]
    assert (subprocess.run(command, cwd=ROOT).returncode == 0) == ignored


def test_lint_leaves_what_belongs_to_a_class_alone(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for name in (".gitignore", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("private/a.py", "student/a.py", "results/a.py", "mnist_course/student/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import os, sys\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    found = {Path(line.partition(":")[0]).as_posix() for line in run.stdout.splitlines()[:-2]}
    assert found == {"mnist_course/student/a.py"}
