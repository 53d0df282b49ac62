"""Write the repository's address into notebooks (``make address``)."""

import copy
import re
import sys
from pathlib import Path

import nbformat

from book._ext.repository import clean_address, files_address, host_provider
from maintenance import notebooks

TEMPLATE = notebooks.ROOT / "notebooks" / "exercises" / "template" / "template.ipynb"
WITH_ADDRESS = [*notebooks.LESSONS, *notebooks.EXERCISES, TEMPLATE]
# The set-up cell with any address, but without a version, which only a person adds.
WRITTEN = re.compile(re.escape(notebooks.setup_cell("ADDRESS")).replace("ADDRESS", r"([^\s@]+)"))


def write_addresses(paths: list[Path]) -> None:
    """Write the repository's address into notebooks; end with a message if it is not usable."""
    try:
        for path in paths:
            write_address(path)
    except ValueError as error:
        sys.exit(str(error))


def write_address(path: Path) -> None:
    """Write the repository's address into a notebook, without running it.

    Only the set-up cell and the links to files of its former address are changed. A notebook
    without a set-up cell, or with one that was changed by hand, stays as it is.
    """
    notebook = nbformat.read(path, as_version=4)
    before = copy.deepcopy(notebook)
    former = {}
    for cell in notebook.cells:
        if match := WRITTEN.fullmatch(cell.source.strip()):
            former[match[1]] = cell
    for address, cell in former.items():
        cell.source = notebooks.setup_cell()
        for text in notebook.cells:
            if text.cell_type == "markdown":
                text.source = _with_own_links(text.source, address)
    if notebook != before:
        nbformat.write(notebook, path)
    print(f"{path.name}: " + ("has the address" if former else "no set-up cell, so unchanged"))


def _with_own_links(text: str, former: str) -> str:
    """Let links to files of a former address lead to those of the address in _config.yml."""
    config = notebooks.read_config()
    address = clean_address(config["repository"]["url"])
    options = config["sphinx"]["config"]["html_theme_options"]
    provider = host_provider(address, options.get("repository_provider", ""))
    files = files_address(address, config["repository"]["branch"], provider)
    return re.sub(rf"\]\({re.escape(former)}/(?:-/)?blob/[^/\s]+/", lambda _: f"]({files}/", text)
