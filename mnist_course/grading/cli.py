"""The command `mnist-course`: release exercises, grade a class, report on it."""

import argparse
import sys
from pathlib import Path

WITHOUT = "--without-sandbox"

DESCRIPTION = """\
Release exercises, grade a class and report on it; nbgrader is the engine.

  mnist-course release --out student
  mnist-course grade class.zip --out results --deadline "2026-05-04 18:00"
  mnist-course report results

The folder of results is an nbgrader course: run 'nbgrader generate_feedback NAME' or the formgrader
in it. Points and comments that you give there survive every later run."""

SUBMISSIONS = """\
the zip of a Moodle or Canvas assignment as it comes, the folder it was unpacked into, or a folder
with one folder or one notebook for each student"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("mnist-course", description=DESCRIPTION, formatter_class=raw)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sources = argparse.ArgumentParser(add_help=False)
    sources.add_argument(
        "--from",
        dest="sources",
        type=Path,
        metavar="DIR",
        default=Path("notebooks/exercises"),
        help="folder of the source notebooks, such as your private copy with other hidden tests "
        "(default: %(default)s)",
    )

    release = commands.add_parser(
        "release", parents=[sources], help="make the notebooks that students get"
    )
    release.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")

    grade = commands.add_parser("grade", parents=[sources], help="grade what a class handed in")
    grade.add_argument("submissions", type=Path, help=SUBMISSIONS)
    grade.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="where to")
    grade.add_argument(
        "--exercise", metavar="NAME", help="which one, where submissions of several lie there"
    )
    grade.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that was stopped, and grade only what is new or has changed",
    )
    grade.add_argument(
        "--deadline",
        metavar="TIME",
        help='such as "2026-05-04 18:00", in this machine\'s time zone, or with one: +02:00; each '
        "student's last attempt before it counts, and lateness is recorded",
    )
    grade.add_argument(
        "--data",
        help="what load_mnist() gives to the students' code: sample, full or a path (default: "
        "MNIST_COURSE_DATA, else sample)",
    )
    where = grade.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=_positive, metavar="N", help="processes here (default: one a core)"
    )
    where.add_argument(
        "--cluster", metavar="ADDRESS", help="a running Dask scheduler, tcp://HOST:8786"
    )
    limits = grade.add_argument_group("limits for one submission")
    for name, default, text in [
        ("cell-seconds", 300, "seconds for a cell"),
        ("seconds", 1200, "seconds in all"),
        ("memory", 3000, "MB of memory, all its processes together"),
        ("processes", 1000, "processes and threads"),
        ("output", 1000, "kB that a cell may put out; the rest is cut"),
    ]:
        limits.add_argument(
            f"--{name}", type=_positive, default=default, metavar="N", help=f"{text} (%(default)s)"
        )
    grade.add_argument(
        WITHOUT,
        action="store_true",
        help="run student code with all your rights, on your files and your network; only for code "
        "that you trust",
    )

    report = commands.add_parser("report", help="sum up, and write the grades as CSV")
    report.add_argument("results", type=Path, help="the folder that grade wrote")
    return top


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a message where it could not be done."""
    chosen = parser().parse_args(arguments)
    try:
        # Imported late: --help is instant, and what is missing is said in words.
        from mnist_course.grading import commands
    except ImportError as error:
        print(
            f"Grading needs packages that are not installed here ({error}).\n"
            "What to do: pip install 'mnist-course[grading,tensorflow]'",
            file=sys.stderr,
        )
        return 1
    return commands.run(chosen)


if __name__ == "__main__":
    raise SystemExit(main())
