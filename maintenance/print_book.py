"""Print the whole book as one PDF with Chromium (``make pdf``)."""

import subprocess
import sys
from pathlib import Path

from maintenance.browser import (
    BrowserNotFoundError,
    chromium,
    find_chromium,
    load_lazy_pictures,
    wait_until_loaded,
)

ROOT = Path(__file__).parents[1]

# Each page of the book begins on a new sheet; the markers of folded parts are hidden.
STYLE = """
[id^="document-"] { break-before: page; display: block; }
h1, h2, h3 { break-after: avoid; }
.bd-article details > summary { list-style: none; }
.cell details > summary { display: none; }
"""
UNFOLD = """() => {
  const folded = document.querySelectorAll("main details:not(.digit-pad__more)");
  folded.forEach((one) => (one.open = true));
}"""
# Links to cited works still contain the name that the long page had before `build` renamed it.
TO_THIS_PAGE = """() => {
  const links = document.querySelectorAll('a[href^="book/index.html#"]');
  links.forEach((link) => link.setAttribute("href", link.hash));
}"""
FOOT = """<p style="font: 8pt sans-serif; color: #55606c; width: 100%; text-align: center">
<span class="pageNumber"></span></p>"""


def build(folder: Path) -> Path:
    """Build the book as one long page in a folder; return its file."""
    command = Path(sys.executable).with_name("jupyter-book")
    how = ["-W", "-n", "--keep-going", "--builder", "custom", "--custom-builder", "singlehtml"]
    run = subprocess.run(
        [command, "build", ROOT, "--path-output", folder, *how],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if run.returncode:
        sys.exit(f"{run.stdout}\nThe book could not be built as one page: see the output above.")
    page = folder / "_build/singlehtml/book/index.html"
    # Sphinx writes relative addresses as if the page were in the top folder, so it is moved there.
    return page.rename(page.parents[1] / "whole.html")


def print_page(page_file: Path, target: Path) -> None:
    """Print a page of the book as PDF, folded answers included."""
    with chromium() as browser:
        page = browser.new_page(color_scheme="light", reduced_motion="reduce")
        page.goto(page_file.as_uri())
        wait_until_loaded(page)
        for pad in page.locator(".digit-pad").all():
            pad.and_(page.locator("[data-state=ready]")).wait_for()
        page.evaluate(UNFOLD)
        page.evaluate(TO_THIS_PAGE)
        page.add_style_tag(content=STYLE)
        page.evaluate("document.title = document.querySelector('h1').firstChild.textContent")
        load_lazy_pictures(page)
        page.pdf(
            path=target,
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            margin={"top": "18mm", "bottom": "20mm", "left": "17mm", "right": "17mm"},
        )


def main(folder: Path) -> None:
    """Build the long page in a folder, print it as PDF and print the path of the PDF."""
    try:
        find_chromium()
    except BrowserNotFoundError as error:
        sys.exit(f"The PDF needs Chromium: {error}.")
    pdf = folder / "mnist-understood.pdf"
    print("Building the book as one page", flush=True)
    page = build(folder / "print")
    print("Printing", flush=True)
    print_page(page, pdf)
    print(f"{pdf} ({pdf.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
