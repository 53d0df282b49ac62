"""Show release, grade, report and feedback pages with a demo class of 12 students.

    python -m tools.show_grading FOLDER

FOLDER must not exist; the class and its results are written into it.
"""

import argparse
from pathlib import Path

from maintenance.demo_class import grade_demo_class


def main() -> None:
    """Grade the demo class into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    folder = parser.parse_args().folder
    if folder.exists():
        parser.error(f"{folder} exists.\nWhat to do: name a new folder, or delete this one.")
    grade_demo_class(folder)


if __name__ == "__main__":
    main()
