"""Run the lessons from a fresh kernel and store their outputs (``make notebooks``).

python -m tools.run_notebooks [NOTEBOOK ...]
"""

import argparse
import contextlib
import io
import sys
from pathlib import Path

from maintenance.addresses import WITH_ADDRESS, write_addresses
from maintenance.notebooks import LESSONS, run_notebook
from mnist_course.data.loading import load_mnist


def main() -> None:
    """Run the notebooks named on the command line, or all lessons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every lesson")
    parser.add_argument(
        "--address", action="store_true", help="only write the repository's address; run nothing"
    )
    parser.add_argument(
        "--any-data", action="store_true", help="store a run on any data set, for a test"
    )
    arguments = parser.parse_args()
    if arguments.address:
        write_addresses(arguments.notebooks or WITH_ADDRESS)
        return
    with contextlib.redirect_stdout(io.StringIO()):
        data_name = load_mnist().name
    if data_name != "MNIST" and not arguments.any_data:
        sys.exit(
            f"Stored outputs come from the full MNIST, but the loaded data set is {data_name}. "
            "Set MNIST_COURSE_DATA to 'full' (downloads it) or to the path of an mnist.npz."
        )
    for path in arguments.notebooks or LESSONS:
        run_notebook(path, data_name)


if __name__ == "__main__":
    main()
