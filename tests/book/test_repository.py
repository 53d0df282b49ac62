"""The address of the repository, on GitHub, on GitLab and on hosts of one's own."""

import importlib
from types import SimpleNamespace

import pytest
from sphinx.errors import ConfigError

from book._ext.repository import clean_address, files_address, host_provider, launch_services
from tests.support.built_book import ROOT

GITHUB = "https://github.com/you/course"
BUTTONS = {"notebook_interface": "jupyterlab", "binderhub_url": "B", "colab_url": "C"}


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/", " "])
def test_clean_address_end(end):
    assert clean_address(GITHUB + end) == GITHUB


@pytest.mark.parametrize(
    "url",
    [
        "",
        "git@github.com:you/course.git",
        "github.com/you/course",
        "https://github.com/you",
        "https://me:secret@github.com/you/course",
        "https://github.com/you/course?tab=readme",
    ],
)
def test_clean_address_of_no_page(url):
    with pytest.raises(ValueError, match=r"Expected: the address of its page"):
        clean_address(url)


@pytest.mark.parametrize(
    ("address", "configured", "provider"),
    [
        (GITHUB, "", "github"),
        ("https://github.example.edu/ml/course", "", "github"),
        ("https://gitlab.example.edu/ml/first/course", "", "gitlab"),
        ("https://code.example.edu/ml/course", "gitlab", "gitlab"),
    ],
)
def test_host_provider(address, configured, provider):
    assert host_provider(address, configured) == provider


@pytest.mark.parametrize("configured", ["", "bitbucket"])
def test_host_provider_not_known(configured):
    with pytest.raises(ValueError, match=r"The host code\.example\.edu .*\n.*\n.*repository_prov"):
        host_provider("https://code.example.edu/ml/course", configured)


def test_files_address_of_gitlab():
    assert files_address("https://gitlab.com/a/b", "main", "gitlab").endswith("/a/b/-/blob/main")
    assert files_address(GITHUB, "2027", "github") == f"{GITHUB}/blob/2027"


@pytest.mark.parametrize(
    ("address", "services"),
    [
        (GITHUB, {"binderhub_url", "colab_url"}),
        ("https://gitlab.com/you/course", {"binderhub_url"}),
        ("https://gitlab.com/group/you/course", set()),
        ("https://github.example.edu/you/course", set()),
    ],
)
def test_launch_services(address, services):
    assert launch_services(address) == services


def taken(monkeypatch, address: str, **options: str) -> dict:
    """Return the theme's options after the extension has taken an address."""
    monkeypatch.syspath_prepend(ROOT / "book")
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    options |= {"repository_url": address, "launch_buttons": dict(BUTTONS)}
    config = SimpleNamespace(html_theme_options=options, linkcheck_ignore=[])
    importlib.import_module("_ext.address").take_address(None, config)
    return options


def test_take_address_with_git_at_its_end(monkeypatch):
    options = taken(monkeypatch, f"{GITHUB}.git")
    assert options["repository_url"] == GITHUB
    assert options["launch_buttons"] == BUTTONS


def test_take_address_of_gitlab_has_no_colab(monkeypatch):
    options = taken(monkeypatch, "https://gitlab.com/you/course")
    assert options["repository_provider"] == "gitlab"
    assert set(options["launch_buttons"]) == {"notebook_interface", "binderhub_url"}


def test_take_address_of_a_host_of_ones_own_has_no_launch_buttons(monkeypatch):
    options = taken(monkeypatch, "https://code.edu/a/b", repository_provider="github")
    assert options["launch_buttons"] == {}


@pytest.mark.parametrize("address", ["git@github.com:you/course.git", "https://code.edu/a/b"])
def test_take_address_refused(monkeypatch, address):
    with pytest.raises(ConfigError, match="What to do"):
        taken(monkeypatch, address)
