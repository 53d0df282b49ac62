"""List the exercises' sources.

It imports nothing of Sphinx, because tools and tests use it as well.
"""

import re
from pathlib import Path


def source_paths(root: Path) -> list[Path]:
    """Return the paths of all sources, in the order of the table of contents.

    Those that it does not name come last.
    """
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    listed = re.findall(r"notebooks/exercises/student/([\w.-]+)", contents)
    place = {name: number for number, name in enumerate(listed)}
    return sorted(
        root.glob("notebooks/exercises/*.ipynb"),
        key=lambda path: (place.get(path.stem, len(listed)), path.stem),
    )
