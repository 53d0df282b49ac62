"""Print Lighthouse's accessibility score of the pages with a digit pad (``make lighthouse``).

npx downloads Lighthouse, and a run takes a minute. The tests use axe-core, whose rules Lighthouse
checks as well.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from maintenance.browser import BrowserNotFoundError, find_chromium, served

HTML = Path(__file__).parents[1] / "_build/html"
PAGES = ("book/index.html", "book/watch-it-think.html")
LIGHTHOUSE = "lighthouse@12"


def score(address: str, chrome: str) -> tuple[float, list[str]]:
    """Return a page's accessibility score, 0 to 1, and the ids of the audits below full score."""
    how = ["--only-categories=accessibility", "--chrome-flags=--headless --no-sandbox"]
    run = subprocess.run(
        ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", *how],
        env=os.environ | {"CHROME_PATH": chrome},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if run.returncode:
        sys.exit(f"{run.stderr}\nLighthouse failed: its error is above.")
    report = json.loads(run.stdout)
    audits = report["audits"].values()
    missed = [audit["id"] for audit in audits if audit["score"] is not None and audit["score"] < 1]
    return report["categories"]["accessibility"]["score"], missed


def main() -> None:
    """Print the score of each page; fail unless all are 1."""
    try:
        chrome = find_chromium()
    except BrowserNotFoundError as error:
        sys.exit(f"Lighthouse needs Chromium: {error}.")
    if not shutil.which("npx"):
        sys.exit(
            "Lighthouse needs npm: `sudo apt-get install npm` on Debian and Ubuntu, "
            "`brew install node` on macOS."
        )
    scores = []
    with served(HTML) as home:
        for page in PAGES:
            print(f"{page}: ", end="", flush=True)
            reached, missed = score(f"{home}/{page}", chrome)
            scores.append(reached)
            print(f"accessibility {reached:.2f}", *missed)
    sys.exit(min(scores) < 1)


if __name__ == "__main__":
    main()
