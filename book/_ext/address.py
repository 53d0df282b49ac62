"""Replace the repository's address when a fork builds the book.

The address is set in ``_config.yml``. On GitHub Actions an environment variable names the built
repository. Its address is then used instead, in the launch buttons and in the commands on the
pages.
"""

import os
import re

from sphinx.application import Sphinx
from sphinx.config import Config


def take_address(app: Sphinx, config: Config) -> None:
    """Replace the configured address and branch by those that GitHub Actions names."""
    options = config.html_theme_options
    configured = options["repository_url"]
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
