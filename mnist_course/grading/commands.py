"""Implement the commands other than grade, which run on every system."""

import argparse
import sys
from pathlib import Path

from mnist_course.grading.assignments.exercise_rules import check_exercises
from mnist_course.grading.assignments.release import write_release
from mnist_course.grading.assignments.sources import (
    DEFAULT_SOURCES,
    AssignmentError,
    SourceNotebook,
    read_sources,
)
from mnist_course.grading.execution.data_access import data_name
from mnist_course.grading.execution.isolation.sandbox import SandboxError
from mnist_course.grading.execution.worker_check import WorkerError
from mnist_course.grading.scoring.class_summary import class_summary
from mnist_course.grading.scoring.explanation import explain_grade
from mnist_course.grading.scoring.feedback_pages import page_name, write_feedback
from mnist_course.grading.scoring.grade_tables import write_grade_tables
from mnist_course.grading.scoring.points_history import record_changes
from mnist_course.grading.scoring.results_folder import (
    FolderInUseError,
    ResultsError,
    ResultsFolder,
)
from mnist_course.grading.scoring.run_options import fill_options, read_options, store_options
from mnist_course.grading.scoring.student_results import GRADED, StudentResult, student_results
from mnist_course.grading.scoring.task_summary import task_summary
from mnist_course.grading.scoring.term_table import FILE as TERM_TABLE
from mnist_course.grading.scoring.term_table import GradedAssignment, read_weights, write_term_table
from mnist_course.grading.submissions.class_list import Person, read_class_list
from mnist_course.grading.submissions.deadlines import EXCUSED, read_deadlines
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.student_ids import normalized_name, student_id
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.uploaded_files import UploadsError

Graded = list[tuple[str, list[StudentResult]]]
IS_LINUX = sys.platform == "linux"
EXPECTED_ERRORS = (AssignmentError, WorkerError, ResultsError, SandboxError, UploadsError)


def run_command(options: argparse.Namespace) -> int:
    """Run a command; return its exit status, after printing the message of an expected error."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no letter for a name must not stop a run.
        stream.reconfigure(errors="backslashreplace")
    try:
        COMMANDS[options.command](options)
    except EXPECTED_ERRORS as error:
        print(printable(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped. The submissions graded so far are stored.\n"
            "What to do: run the same command with --resume to continue.",
            file=sys.stderr,
        )
        return 130
    return 0


def _release(options: argparse.Namespace) -> None:
    sources = list(read_sources(Path(options.sources or DEFAULT_SOURCES)).values())
    check_exercises(sources)
    for source in sources:
        print(f"{source.name}: running the solution and its tests", flush=True)
        _check_solution(source)
    for path in write_release(sources, options.out):
        print(path)


def _check_solution(source: SourceNotebook) -> None:
    # Imported here, because each needs what the other's systems lack.
    if IS_LINUX:
        from mnist_course.grading.execution.solution_check import check_solution
    else:
        from mnist_course.grading.execution.plain_check import (
            check_solution_in_one_kernel as check_solution,
        )
    check_solution(source, data_name(None))


def _grade(options: argparse.Namespace) -> None:
    if not IS_LINUX:
        raise SandboxError(
            "'mnist-course grade' needs Linux, because it runs student code in a sandbox.\n"
            "What to do: on Windows use WSL (wsl --install), on macOS a Linux container or virtual "
            "machine; install the course there with make env. release, report and feedback run "
            "here as well."
        )
    from mnist_course.grading.grade_command import grade

    results = grade(options)
    _print_report(results, _graded(results))


def _report(options: argparse.Namespace) -> None:
    results = ResultsFolder(options.results)
    graded = _graded(results)
    if remembered := fill_options(results, options):
        print(f"As in an earlier run (--forget would change that): {remembered}\n")
    store_options(results, options)
    _print_report(results, graded)


def _print_report(results: ResultsFolder, graded: Graded) -> None:
    for name, students in graded:
        print(class_summary(name, students))
        if tasks := task_summary(results, name, students):
            print(f"\n{tasks}")
        with results.access():
            paths = write_grade_tables(results.path, name, students)
        print(f"\nGrade tables: {', '.join(map(str, paths))}\n")
    options = read_options(results)
    if options.get("class_list"):
        print(f"Term table: {_write_term_table(results, graded, options)}")


def _write_term_table(results: ResultsFolder, graded: Graded, options: dict) -> Path:
    people, names = read_class_list(Path(options["class_list"])), [name for name, _ in graded]
    weights = dict.fromkeys(names, 1.0)
    if options.get("weights"):
        weights = read_weights(Path(options["weights"]), names)
    assignments = [
        GradedAssignment(
            name,
            dict(graded).get(name, []),
            weight,
            bool(read_options(results, name).get("teams")),
            _excused(options, name, people),
        )
        for name, weight in weights.items()
    ]
    path = results.path / TERM_TABLE
    with results.access():
        write_term_table(path, people, assignments)
    return path


def _excused(options: dict, assignment: str, people: list[Person]) -> set[str]:
    if not options.get("deadlines"):
        return set()
    students = [Student(person.id, person.name) for person in people]
    found = read_deadlines(Path(options["deadlines"]), assignment, students)
    return {student.id for student, value in found.values.items() if value == EXCUSED}


def _graded(results: ResultsFolder) -> Graded:
    """Return all assignments with their results, after recording what was graded by hand."""
    assignments = results.assignments()
    if not assignments:
        raise ResultsError(
            f"There are no results in {results.path.absolute()}.\n"
            "Expected: a folder that 'mnist-course grade' has written, given there as --out."
        )
    try:
        with results.lock():
            for name in assignments:
                record_changes(results, name)
    except FolderInUseError:
        # Two that write the history would lose entries, and grade lists the changes at its end.
        print("Another run uses the results folder: this shows what it has stored so far.\n")
    return [(name, student_results(results, name)) for name in assignments]


def _feedback(options: argparse.Namespace) -> None:
    results = ResultsFolder(options.results)
    chosen = [each for each in _graded(results) if options.assignment in (None, each[0])]
    if not chosen:
        raise ResultsError(
            f"There are no results of {options.assignment} in {results.path}.\n"
            f"Expected: one of {', '.join(results.assignments())}."
        )
    for name, students in chosen:
        pages, zips = write_feedback(results, name, students)
        left_out = len(students) - len(pages)
        print(f"{name}: {len(pages)} feedback pages, in {results.path / 'feedback'}")
        if left_out:
            print(f"  {left_out} students have no final score yet, so they have no page")
        for path in zips:
            print(f"  to upload: {path}")
        packed = sum(
            page_name(each.status, name) is not None for each in students if each.state == GRADED
        )
        if zips and packed < len(pages):
            print(
                f"  {len(pages) - packed} pages are in no zip, because the platform could not tell "
                "whose they are: give them to the students yourself"
            )


def _why(options: argparse.Namespace) -> None:
    results = ResultsFolder(options.results)
    # An id of the class list may have other characters than the student's id.
    wanted = {normalized_name(options.student), student_id(options.student)}
    found = [
        (name, student)
        for name, students in _graded(results)
        for student in students
        if wanted & {student.status.student_id, student.status.student_name}
    ]
    if not found:
        raise ResultsError(
            f"No submission in {results.path} is of {options.student}.\n"
            "Expected: a student id or a name as in the grade tables."
        )
    print("\n\n".join(explain_grade(results, name, student) for name, student in found))


COMMANDS = {
    "release": _release,
    "grade": _grade,
    "report": _report,
    "feedback": _feedback,
    "why": _why,
}
