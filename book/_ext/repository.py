"""Check the address of the repository, and say what its host offers.

It imports nothing of Sphinx, so that ``make address`` can use it as well.
"""

import re
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[^/@\s]+(?:/[\w.~-]+){2,}")
PROVIDERS = ("github", "gitlab")


def clean_address(url: str) -> str:
    """Return the address of a repository's page, without ``/`` and ``.git`` at its end.

    Raises
    ------
    ValueError
        It is not the address of a page, such as ``git@github.com:you/your-course.git``.
    """
    address = url.strip().rstrip("/").removesuffix(".git")
    if not ADDRESS.fullmatch(address):
        raise ValueError(
            f"repository.url in _config.yml is {url!r}.\n"
            "Expected: the address of its page, such as https://github.com/you/your-course.\n"
            "What to do: open the repository in a browser, and copy the address from there."
        )
    return address


def host_provider(address: str, configured: str = "") -> str:
    """Return "github" or "gitlab": as configured, or by the name of the host.

    Raises
    ------
    ValueError
        It is neither, so the form of its links is not known.
    """
    host = urlsplit(address).netloc
    provider = configured or next((name for name in PROVIDERS if name in host), "")
    if provider not in PROVIDERS:
        raise ValueError(
            f"The host {host} of repository.url in _config.yml is not known"
            + (f" as {configured!r}.\n" if configured else ".\n")
            + "Expected: GitHub or GitLab, also on a host of your own.\n"
            "What to do: in _config.yml, below html_theme_options, write "
            "'repository_provider: github' or 'repository_provider: gitlab'."
        )
    return provider


def files_address(address: str, branch: str, provider: str) -> str:
    """Return the address of the folder of a branch, to which the path of a file is added."""
    return f"{address}/-/blob/{branch}" if provider == "gitlab" else f"{address}/blob/{branch}"


def launch_services(address: str) -> set[str]:
    """Return the services that can open a notebook from this address, as settings name them.

    Colab opens files of github.com; mybinder.org needs a public host.
    """
    parts = urlsplit(address)
    if parts.path.count("/") != 2:
        return set()
    by_host = {"github.com": {"binderhub_url", "colab_url"}, "gitlab.com": {"binderhub_url"}}
    return by_host.get(parts.netloc, set())
