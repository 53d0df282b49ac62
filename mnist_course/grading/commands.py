"""Implement the commands release, grade and report."""

import argparse
import datetime
import os
import sys
from pathlib import Path

import nbformat

from mnist_course.grading.assignments.release import release_notebook, write_release
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import AssignmentError, SourceNotebook, read_sources
from mnist_course.grading.execution.cluster import require_tls
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.isolation.limits import KILOBYTE, MEGABYTE, Limits
from mnist_course.grading.execution.isolation.sandbox import (
    SandboxError,
    limits_in_force,
    require_sandbox,
)
from mnist_course.grading.execution.solution_check import check_solution
from mnist_course.grading.execution.worker_check import WorkerError
from mnist_course.grading.grading_run import GradingRun
from mnist_course.grading.scoring.class_summary import class_summary
from mnist_course.grading.scoring.grade_tables import write_grade_tables
from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.scoring.student_results import student_results
from mnist_course.grading.submissions.attempt_selection import identify_assignment, select_attempts
from mnist_course.grading.submissions.class_upload import read_class_upload
from mnist_course.grading.submissions.file_table import file_counts, file_rows, write_file_table
from mnist_course.grading.submissions.notebook_contents import read_contents
from mnist_course.grading.submissions.printable import printable
from mnist_course.grading.submissions.submission_times import (
    add_times,
    parse_time,
    read_times,
    unknown_times_message,
)
from mnist_course.grading.submissions.uploaded_files import UploadsError

EXPECTED_ERRORS = (AssignmentError, WorkerError, ResultsError, SandboxError, UploadsError)


def run_command(options: argparse.Namespace) -> int:
    """Run a command; return its exit status, after printing the message of an expected error."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no letter for a name must not stop a run.
        stream.reconfigure(errors="backslashreplace")
    command = {"release": _release, "grade": _grade, "report": _report}[options.command]
    try:
        command(options)
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
    sources = read_sources(options.sources).values()
    for source in sources:
        print(f"{source.name}: running the solution and its tests", flush=True)
        check_solution(source, _data(None))
    for path in write_release(sources, options.out):
        print(path)


def _grade(options: argparse.Namespace) -> None:
    if options.cluster:
        require_tls(options.cluster)
    elif not options.without_sandbox:
        require_sandbox()
        print(f"Limits on this machine: {'; '.join(limits_in_force())}.")
    sources = read_sources(options.sources)
    if options.assignment and options.assignment not in sources:
        raise AssignmentError(
            f"There is no source {options.assignment} in {options.sources}.\n"
            f"Expected: one of {', '.join(sources)}."
        )
    deadline = _parse_deadline(options.deadline)
    uploaded = read_class_upload(options.submissions, sources, teams=options.teams)
    contents = read_contents(uploaded.files)
    name = options.assignment or identify_assignment(contents, sources)
    submissions = select_attempts(uploaded, contents, sources, name, options.choose)
    times = {}
    if options.submitted_at:
        times = read_times(options.submitted_at, uploaded.students)
    submissions = add_times(submissions, times, deadline)
    rows = file_rows(uploaded, submissions)
    results = ResultsFolder(options.out)
    with results.lock():
        graded = len(results.statuses(name))
        if graded and not options.resume:
            print(
                f"{options.out} has {graded} earlier results of {name}; all submissions are graded "
                "again (--resume would skip unchanged ones)."
            )
        gradebook = results.add_assignment(sources[name], deadline)
        table = results.path / f"{name}-files.csv"
        with results.access():
            write_file_table(table, rows)
        print(f"{file_counts(rows, len(submissions))}; see {table}")
        if deadline and (message := unknown_times_message(submissions)):
            print(message)
        job = _grading_job(options, sources[name], gradebook)
        run = GradingRun(results, job, sources[name].digest, submissions, resume=options.resume)
        run.run(workers=options.workers, cluster=options.cluster)
    _print_report(results)


def _parse_deadline(text: str | None) -> datetime.datetime | None:
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise UploadsError(
            f"--deadline {text} is not a time.\nExpected: for example '2026-05-04 18:00'."
        ) from None


def _grading_job(
    options: argparse.Namespace, source: SourceNotebook, gradebook: bytes
) -> GradingJob:
    limits = Limits(
        cell_seconds=options.cell_seconds,
        total_seconds=options.total_seconds,
        memory_bytes=options.memory_mb * MEGABYTE,
        processes=options.processes,
        cell_output_bytes=options.cell_output_kb * KILOBYTE,
    )
    return GradingJob(
        assignment=source.name,
        release=nbformat.writes(release_notebook(source)),
        gradebook=gradebook,
        cells=source_cells(source.notebook),
        data=_data(options.data),
        limits=limits,
        sandboxed=not options.without_sandbox,
    )


def _data(option: str | None) -> str:
    data = option or os.environ.get("MNIST_COURSE_DATA") or "sample"
    if data not in ("full", "sample"):
        data = str(Path(data).expanduser().absolute())  # workers run in other folders
    return data


def _report(options: argparse.Namespace) -> None:
    _print_report(ResultsFolder(options.results))


def _print_report(results: ResultsFolder) -> None:
    assignments = results.assignments()
    if not assignments:
        raise ResultsError(
            f"There are no results in {results.path.absolute()}.\n"
            "Expected: a folder that 'mnist-course grade' has written, given there as --out."
        )
    for name in assignments:
        students = student_results(results, name)
        print(class_summary(name, students))
        with results.access():
            paths = write_grade_tables(results.path, name, students)
        print(f"\nGrade tables: {', '.join(map(str, paths))}\n")
