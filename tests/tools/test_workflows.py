"""The workflows of GitHub Actions, and the make targets that they call."""

import re
import shutil
import subprocess

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


def test_workflows_are_those_of_the_course_and_its_links():
    assert set(WORKFLOWS) == {"course", "links"}


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


def test_links_are_checked_on_a_schedule():
    assert {"schedule", "workflow_dispatch"} == set(read("links")["on"])


def made(*arguments: str) -> str:
    """Return the commands that make would run."""
    return subprocess.check_output(["make", "-n", *arguments], cwd=ROOT, text=True)


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
    assert set(site["env"]) == {"MNIST_COURSE_SITE"}
    assert set(publish["env"]) == {"EDITION"}
