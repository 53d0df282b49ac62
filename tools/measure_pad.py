"""Measure the digit pad of the built book in Chromium (``make measure-pad``): bytes and times.

The times depend on the machine and its load, so run it while nothing else runs. It tests nothing.
"""

import gzip
import statistics
import sys
from pathlib import Path

from maintenance.browser import BrowserNotFoundError, chromium, served
from maintenance.strokes import DIGITS, draw_with_mouse

HTML = Path(__file__).parents[1] / "_build/html"
WHOLE = "book/watch-it-think.html"
PAGES = {"welcome page": "book/index.html", "page with all layers": WHOLE}
LOADS = 7

# In each animation frame that it requests, the pad reads the drawing, runs the network and redraws.
TIME_FRAMES = """
window.frames_ms = [];
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (call) => request((now) => {
  const start = performance.now();
  call(now);
  window.frames_ms.push(performance.now() - start);
});
"""

FIRST_PREDICTION = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [ready] = performance.getEntriesByName("digit-pad-ready");
  return [ready.startTime, ready.startTime - page.loadEventEnd];
}"""


def weigh() -> None:
    """Print the gzipped size of each file that a page with a pad loads."""
    total = 0
    for path in sorted((HTML / "_static/pad").glob("*.*s")):
        size = len(gzip.compress(path.read_bytes()))
        total += size
        print(f"  {path.name:12} {size / 1000:6.1f} KB gzipped")
    print(f"  {'together':12} {total / 1000:6.1f} KB")


def time_first(browser, address: str) -> None:
    """Print the time to the first prediction, each time in a new browser profile."""
    from_start, after_load = [], []
    for _ in range(LOADS):
        page = browser.new_page()
        page.goto(address)
        page.locator("[data-state=ready]").wait_for()
        start, after = page.evaluate(FIRST_PREDICTION)
        from_start.append(start)
        after_load.append(after)
        page.close()
    print(
        f"  first prediction {statistics.median(from_start):.0f} ms after the click, "
        f"{statistics.median(after_load):.0f} ms after the page's load event "
        f"(median of {LOADS}; slowest {max(after_load):.0f})"
    )


def time_strokes(browser, address: str) -> None:
    """Print the time of a frame while digits are drawn: reading, network and all views."""
    page = browser.new_page()
    page.add_init_script(TIME_FRAMES)
    page.goto(address)
    page.locator("[data-state=ready]").wait_for()
    page.evaluate("frames_ms.length = 0")
    for strokes in DIGITS.values():
        page.get_by_role("button", name="Clear").click()
        draw_with_mouse(page, page.locator(".digit-pad__canvas"), strokes)
    frames = sorted(page.evaluate("frames_ms"))
    page.close()
    print(
        f"  each prediction {statistics.median(frames):.1f} ms, drawn "
        f"(median of {len(frames)} while ten digits are drawn; "
        f"95 % below {frames[int(0.95 * len(frames))]:.1f})"
    )


def measure_pages() -> None:
    """Measure both pages, from a server and from disk."""
    with chromium() as browser, served(HTML) as address:
        for name, page in PAGES.items():
            for home in (address, HTML.as_uri()):
                print(f"The {name}, {home.partition(':')[0]}:")
                time_first(browser, f"{home}/{page}")
            time_strokes(browser, f"{address}/{page}")


def main() -> None:
    """Print the sizes of the pad's files, then its times in both pages."""
    if not (HTML / WHOLE).exists():
        sys.exit("There is no built book to measure: run `make book` first.")
    print("Code, style, weights and sample digits:")
    weigh()
    try:
        measure_pages()
    except BrowserNotFoundError as error:
        sys.exit(f"The times need Chromium: {error}.")


if __name__ == "__main__":
    main()
