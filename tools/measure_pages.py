"""Measure what a first visit to each page of the book downloads (``make measure-pages``)."""

import sys
from pathlib import Path

from maintenance.browser import BrowserNotFoundError, chromium, served
from maintenance.page_weight import scroll_to_end, weigh_page

HTML = Path(__file__).parents[1] / "_build/html"
HEAVIEST = 8


def measure(names: list[str]) -> None:
    """Print the kilobytes of each page, then the heaviest files of all."""
    files: dict[str, int] = {}
    print("KB compressed, first visit: without pictures and frames, first screen, whole page")
    with chromium() as browser, served(HTML) as home:
        for name in names:
            first = weigh_page(browser, f"{home}/{name}")
            whole = weigh_page(browser, f"{home}/{name}", then=scroll_to_end)
            sizes = (first.without_pictures, first.total, whole.total)
            print(*(f"{size / 1000:7.0f}" for size in sizes), f" {name}", flush=True)
            files |= whole.files
    print(f"The {HEAVIEST} heaviest files:")
    for path in sorted(files, key=files.get, reverse=True)[:HEAVIEST]:
        print(f"{files[path] / 1000:7.0f}  {path}")


def main() -> None:
    """Measure the pages of the book that ``make book`` built."""
    names = sorted(path.relative_to(HTML).as_posix() for path in HTML.glob("*/**/*.html"))
    names = [name for name in names if not name.startswith("_static/")]
    if not names:
        sys.exit("There is no built book to measure: run `make book` first.")
    try:
        measure(names)
    except BrowserNotFoundError as error:
        sys.exit(f"The pages are measured in Chromium: {error}.")


if __name__ == "__main__":
    main()
