"""A fork's build points at the fork.

The repository's address stands in ``_config.yml``. On GitHub Actions the environment says which
repository is being built; then its address takes that place, in the launch buttons as well as in
what the pages tell readers to clone or to install.
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
    # A pull request's ref, "12/merge", is nothing that Binder or Colab could open.
    if branch and not branch.endswith("/merge"):
        options["repository_branch"] = branch
    config.course_address = (configured, options["repository_url"])
    # A new copy links pages that are not yet pushed, a private one pages that nobody else may read.
    config.linkcheck_ignore.append(re.escape(options["repository_url"]))


def show_address(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write the address of this build wherever a page's source holds the configured one."""
    configured, built = app.config.course_address
    source[0] = source[0].replace(configured, built)


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # "env": when the address changes, Sphinx reads all pages again.
    app.add_config_value("course_address", ("", ""), "env")
    app.connect("config-inited", take_address)
    app.connect("source-read", show_address)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
