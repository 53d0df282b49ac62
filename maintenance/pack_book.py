"""Pack the built book into one zip that opens without a server (``make offline``)."""

import shutil
import sys
from pathlib import Path

# The folder inside the zip.
NAME = "mnist-understood"


def pack(html: Path, target: Path) -> Path:
    """Write a zip of a built book.

    Parameters
    ----------
    html
        The folder with the built book.
    target
        Folder for the zip.

    Returns
    -------
    pathlib.Path
        Path of the zip. It contains one folder with the book; its first page is ``index.html``.

    Raises
    ------
    FileNotFoundError
        If the folder contains no book.
    """
    if not (html / "index.html").exists():
        raise FileNotFoundError(f"{html} contains no built book: run `make book` first.")
    parent = target / "offline"
    shutil.rmtree(parent, ignore_errors=True)
    # In a book opened from disk, the download buttons use the script beside each source
    # (_ext/page_sources.py). The sources themselves would add 3.6 MB that no page uses.
    ignored = shutil.ignore_patterns(".buildinfo", "*.ipynb", "*.md")
    shutil.copytree(html, parent / NAME, ignore=ignored)
    made = shutil.make_archive(str(target / NAME), "zip", root_dir=parent, base_dir=NAME)
    shutil.rmtree(parent)
    return Path(made)


def main(folder: Path) -> None:
    """Pack the book that ``make book`` built in a folder, and write the zip into that folder."""
    try:
        made = pack(folder / "html", folder)
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB). Unpack it and open index.html.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
