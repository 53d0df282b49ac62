"""The command line program `mnist-course`: release assignments, grade a class, report scores."""

import argparse
import sys
from pathlib import Path

from mnist_course.grading.execution.isolation.limits import KILOBYTE, MEGABYTE, Limits

DESCRIPTION = """\
Release assignments, grade a class, report scores and give feedback, with nbgrader.

  mnist-course release --from private --out student
  mnist-course grade class.zip --from private --out results --deadline "2026-05-04 18:00"
  mnist-course report results
  mnist-course feedback results
  mnist-course why results "Anna Arendt"

The results folder is an nbgrader course: grade text answers in its formgrader. Later runs keep the
points and comments that you give by hand, and the options of grade."""

SUBMISSIONS = """\
the zip of a Moodle or Canvas assignment, the folder it was unpacked into, or a folder with one
folder or one notebook for each student"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("mnist-course", description=DESCRIPTION, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sources = argparse.ArgumentParser(add_help=False)
    sources.add_argument(
        "--from",
        dest="sources",
        type=Path,
        metavar="DIR",
        help="folder of the source notebooks, for example a private copy with other hidden tests "
        "(default: that of an earlier run, else notebooks/exercises)",
    )
    release = commands.add_parser("release", parents=[sources], help="make the student notebooks")
    release.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the student notebooks"
    )
    grade = commands.add_parser("grade", parents=[sources], help="grade the submissions of a class")
    _add_grade_options(grade)
    report = commands.add_parser(
        "report", help="print a summary, and write the scores as CSV tables"
    )
    report.add_argument("results", type=Path, metavar="RESULTS", help="folder written by grade")
    _add_class_list(report)
    report.add_argument(
        "--weights",
        type=Path,
        metavar="TABLE",
        help="CSV table with the columns assignment and weight, for the total in the term table "
        "(default: all the same)",
    )
    report.add_argument(
        "--forget", action="store_true", help="use no class list and weights of earlier runs"
    )
    feedback = commands.add_parser(
        "feedback", help="write a feedback page for each student, and zips for Moodle and Canvas"
    )
    feedback.add_argument("results", type=Path, metavar="RESULTS", help="folder written by grade")
    feedback.add_argument(
        "--assignment", metavar="NAME", help="assignment to write pages for (default: all)"
    )
    why = commands.add_parser("why", help="explain one student's grades")
    why.add_argument("results", type=Path, metavar="RESULTS", help="folder written by grade")
    why.add_argument("student", metavar="STUDENT", help="student id or name")
    return parser


def _add_grade_options(grade: argparse.ArgumentParser) -> None:
    grade.add_argument("submissions", type=Path, help=SUBMISSIONS)
    grade.add_argument(
        "--out", type=Path, required=True, metavar="RESULTS", help="folder for the results"
    )
    grade.add_argument(
        "--assignment",
        metavar="NAME",
        help="assignment to grade (needed if there are submissions to several)",
    )
    grade.add_argument(
        "--resume",
        action="store_true",
        help="continue a stopped run: grade only submissions that are new or have changed, and "
        "those that failed because of a time limit or the machine",
    )
    grade.add_argument(
        "--changed-source",
        action="store_true",
        help="the source was changed on purpose since the earlier results were made",
    )
    grade.add_argument(
        "--forget",
        action="store_true",
        help="use no options of earlier runs; without it, those that are not given stay in force",
    )
    grade.add_argument(
        "--without-sandbox",
        action="store_true",
        help="run student code with access to all your files and your network; only for code that "
        "you trust",
    )
    _add_class_options(grade.add_argument_group("the class"))
    _add_time_options(grade.add_argument_group("deadlines and late work"))
    _add_machine_options(grade.add_argument_group("machines"))
    _add_limit_options(grade.add_argument_group("limits for each submission"))


def _add_class_list(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--class-list",
        type=Path,
        metavar="TABLE",
        help="CSV table with the columns id and name, and if needed team, moodle and canvas (the "
        "numbers there): a student has the same id in all assignments",
    )


def _add_class_options(group: argparse._ArgumentGroup) -> None:
    _add_class_list(group)
    group.add_argument(
        "--choose",
        action="append",
        default=[],
        metavar="FILE",
        help="grade this file of a student who submitted several that differ; a path inside the "
        "folder or zip, as in NAME-files.csv; may be repeated",
    )
    group.add_argument(
        "--teams",
        action="store_true",
        help="the submissions are those of groups in Moodle, which names groups as it names "
        "students; no table for Moodle is written then",
    )


def _add_time_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--deadline",
        metavar="TIME",
        help='for example "2026-05-04 18:00", in this machine\'s time zone, or with one: +02:00; '
        "submissions of which the time is known (see --submitted-at) are marked if they are late",
    )
    group.add_argument(
        "--submitted-at",
        type=Path,
        metavar="TABLE",
        help="CSV table of submission times, with the columns student (student id, number in "
        "Moodle or Canvas, or name) and submitted_at (a time as for --deadline). Without it, only "
        "Canvas's mark LATE and the times of 'nbgrader collect' are used: the times in a zip are "
        "those of the download",
    )
    group.add_argument(
        "--deadlines",
        type=Path,
        metavar="TABLE",
        help="CSV table of students with a deadline of their own, with the columns student, "
        "assignment (empty: all) and deadline (a time, or the word excused)",
    )
    group.add_argument(
        "--late-penalty",
        metavar="RULE",
        help='"none" (default), "10%% per day" (of the maximum, for each day begun), "cut-off" '
        '(no points), "cut-off after 3 days", or "10%% per day, cut-off after 3 days"; it has its '
        "own column in the grade table",
    )


def _add_machine_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data",
        help="data that load_mnist() returns to student code: sample, full or a path (default: "
        "MNIST_COURSE_DATA, else sample)",
    )
    machines = group.add_mutually_exclusive_group()
    machines.add_argument(
        "--workers",
        type=_positive_int,
        metavar="N",
        help="processes on this machine (default: one for each core)",
    )
    machines.add_argument(
        "--cluster", metavar="ADDRESS", help="a running Dask scheduler with TLS, tls://HOST:8786"
    )


def _add_limit_options(group: argparse._ArgumentGroup) -> None:
    for name, default, text in [
        ("cell-seconds", Limits.cell_seconds, "seconds for each cell"),
        ("total-seconds", Limits.total_seconds, "seconds for all cells"),
        ("memory-mb", Limits.memory_bytes // MEGABYTE, "MB of memory for all its processes"),
        ("processes", Limits.processes, "processes and threads"),
        (
            "cell-output-kb",
            Limits.cell_output_bytes // KILOBYTE,
            "kB of output for each cell; the rest is cut",
        ),
    ]:
        group.add_argument(
            f"--{name}", type=_positive_int, metavar="N", help=f"{text} (default: {default})"
        )


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run the program; return its exit status: 0, or 1 after printing an error."""
    options = build_parser().parse_args(arguments)
    try:
        # Imported here, so that --help is fast and missing packages are reported below.
        from mnist_course.grading.commands import run_command
    except ImportError as error:
        print(
            f"Grading needs packages that are not installed ({error}).\n"
            "What to do: pip install 'mnist-course[grading,tensorflow]'",
            file=sys.stderr,
        )
        return 1
    return run_command(options)


if __name__ == "__main__":
    raise SystemExit(main())
