"""Replace the repository's address when a fork builds the book.

The address is set in ``_config.yml``. On GitHub Actions an environment variable names the built
repository. Its address is then used instead, in the launch buttons and in the commands on the
pages. A button is left out if its service cannot open notebooks from that host.
"""

import os
import re

from _ext.repository import clean_address, host_provider, launch_services
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError


def take_address(app: Sphinx, config: Config) -> None:
    """Replace the configured address and branch by those that GitHub Actions names."""
    options = config.html_theme_options
    try:
        configured = options["repository_url"] = clean_address(options["repository_url"])
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if repository := os.environ.get("GITHUB_REPOSITORY"):
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        options["repository_url"] = f"{server}/{repository}"
    branch = os.environ.get("GITHUB_REF_NAME", "")
    # Binder and Colab cannot open the ref of a pull request, such as "12/merge".
    if branch and not branch.endswith("/merge"):
        options["repository_branch"] = branch
    config.course_address = (configured, options["repository_url"])
    # Links to the repository itself are not checked: it may be private, or not pushed yet.
    config.linkcheck_ignore.append(re.escape(options["repository_url"]))
    adapt_to_host(options)


def adapt_to_host(options: dict) -> None:
    """Name the kind of the repository's host to the theme, and leave out buttons that need another.

    Raises
    ------
    ConfigError
        The kind of the host is not known.
    """
    address, configured = options["repository_url"], options.get("repository_provider", "")
    try:
        options["repository_provider"] = host_provider(address, configured)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    services = launch_services(address)
    buttons = options.get("launch_buttons", {})
    options["launch_buttons"] = {
        name: value
        for name, value in buttons.items()
        if services and (name in services or not name.endswith("_url"))
    }


def show_address(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the configured address in a page's source by the address of this build."""
    configured, built = app.config.course_address
    source[0] = source[0].replace(configured, built)


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # "env": when the address changes, Sphinx reads all pages again.
    app.add_config_value("course_address", ("", ""), "env")
    app.connect("config-inited", take_address)
    app.connect("source-read", show_address)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
