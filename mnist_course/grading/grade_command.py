"""Implement the command grade."""

import argparse
import datetime
from collections.abc import Collection
from pathlib import Path

import nbformat

from mnist_course.grading.assignments.release import release_notebook
from mnist_course.grading.assignments.source_cells import source_cells
from mnist_course.grading.assignments.sources import (
    DEFAULT_SOURCES,
    AssignmentError,
    SourceNotebook,
    read_sources,
)
from mnist_course.grading.execution.cluster import require_tls
from mnist_course.grading.execution.data_access import data_name
from mnist_course.grading.execution.grading_job import GradingJob
from mnist_course.grading.execution.isolation.limits import KILOBYTE, MEGABYTE, Limits
from mnist_course.grading.execution.isolation.sandbox import limits_in_force, require_sandbox
from mnist_course.grading.execution.solution_check import check_solution
from mnist_course.grading.grading_run import GradingRun
from mnist_course.grading.scoring.late_penalty import LatePenalty
from mnist_course.grading.scoring.points_history import changes_text, record_changes
from mnist_course.grading.scoring.results_folder import ResultsError, ResultsFolder
from mnist_course.grading.scoring.run_options import fill_options, store_options
from mnist_course.grading.submissions.attempt_selection import (
    SelectedAttempt,
    identify_assignment,
    select_attempts,
)
from mnist_course.grading.submissions.class_list import read_class_list
from mnist_course.grading.submissions.class_upload import ClassUpload, Upload, read_class_upload
from mnist_course.grading.submissions.deadlines import (
    EXCUSED,
    assignments_in_deadlines,
    read_deadlines,
)
from mnist_course.grading.submissions.file_table import file_counts, file_rows, write_file_table
from mnist_course.grading.submissions.notebook_contents import NotebookContent, read_contents
from mnist_course.grading.submissions.student_rows import StudentRows
from mnist_course.grading.submissions.students import Student
from mnist_course.grading.submissions.submission_times import (
    add_times,
    parse_time,
    read_times,
    unknown_times_message,
)
from mnist_course.grading.submissions.uploaded_files import UploadsError


def grade(options: argparse.Namespace) -> ResultsFolder:
    """Grade the submissions of a class, and return the results folder."""
    if options.cluster:
        require_tls(options.cluster)
    elif not options.without_sandbox:
        require_sandbox()
        print(f"Limits on this machine: {'; '.join(limits_in_force())}.")
    results = ResultsFolder(options.out)
    remembered = fill_options(results, options)
    sources = _read_sources(options)
    uploaded, contents = _read_upload(options, sources)
    name = options.assignment or identify_assignment(contents, sources)
    teams = options.teams
    remembered = " ".join(filter(None, [remembered, fill_options(results, options, name)]))
    if remembered:
        print(f"As in an earlier run (--forget would change that): {remembered}")
    if options.teams != teams:
        uploaded, contents = _read_upload(options, sources)
    submissions = select_attempts(uploaded, contents, sources, name, options.choose)
    submissions = _with_times(options, uploaded.students, submissions, name, sources)
    _check_source(options, results, sources[name])
    with results.lock():
        _grade_into(results, options, sources[name], submissions, file_rows(uploaded, submissions))
    return results


def _read_sources(options: argparse.Namespace) -> dict[str, SourceNotebook]:
    sources = read_sources(Path(options.sources or DEFAULT_SOURCES))
    if options.assignment and options.assignment not in sources:
        raise AssignmentError(
            f"There is no source {options.assignment} in {options.sources or DEFAULT_SOURCES}.\n"
            f"Expected: one of {', '.join(sources)}."
        )
    return sources


def _read_upload(
    options: argparse.Namespace, sources: dict[str, SourceNotebook]
) -> tuple[ClassUpload, dict[Upload, NotebookContent]]:
    people = read_class_list(Path(options.class_list)) if options.class_list else None
    teams = bool(options.teams)
    uploaded = read_class_upload(options.submissions, sources, teams=teams, people=people)
    return uploaded, read_contents(uploaded.files)


def _with_times(
    options: argparse.Namespace,
    students: list[Student],
    submissions: list[SelectedAttempt],
    assignment: str,
    sources: Collection[str],
) -> list[SelectedAttempt]:
    """Return the submissions with times and deadlines, after printing what is unknown."""
    times = own = StudentRows({}, [])
    if options.submitted_at:
        times = read_times(Path(options.submitted_at), students)
        _print_absent(options.submitted_at, times)
    if options.deadlines:
        own = read_deadlines(Path(options.deadlines), assignment, students)
        _print_absent(options.deadlines, own)
        if unknown := sorted(assignments_in_deadlines(Path(options.deadlines)) - set(sources)):
            print(
                f"{options.deadlines}: there is no source named {', '.join(unknown)}; these rows "
                "are not used now"
            )
    excused = [student for student, value in own.values.items() if value == EXCUSED]
    later = {student: time for student, time in own.values.items() if time != EXCUSED}
    deadline = _parse_deadline(options.deadline)
    _check_penalty(options.late_penalty, deadline)
    submissions = add_times(submissions, times.values, deadline, later, excused)
    if deadline and (message := unknown_times_message(submissions)):
        print(message)
    return submissions


def _print_absent(table: str, rows: StudentRows) -> None:
    if rows.absent:
        print(
            f"{table}: {len(rows.absent)} rows are of students who did not hand in, or whose name "
            f"is misspelled: {', '.join(rows.absent)}"
        )


def _parse_deadline(text: str | None) -> datetime.datetime | None:
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise UploadsError(
            f"--deadline {text} is not a time.\nExpected: for example '2026-05-04 18:00'."
        ) from None


def _check_penalty(text: str | None, deadline: datetime.datetime | None) -> None:
    try:
        rule = LatePenalty.parse(text or "none")
    except ValueError as error:
        raise UploadsError(f"--late-penalty: {error}") from None
    if rule.percent_per_day and not deadline:
        raise UploadsError(
            f"--late-penalty {text!r} needs a deadline.\nWhat to do: give it with --deadline."
        )


def _check_source(
    options: argparse.Namespace, results: ResultsFolder, source: SourceNotebook
) -> None:
    """Check that the source is that of earlier results, and that its solution passes its tests."""
    graded_with = results.source_digest(source.name)
    if graded_with and graded_with != source.digest and not options.changed_source:
        raise ResultsError(
            f"{source.path} is not the source that the results in {results.path} were made with "
            f"({results.source_path(source.name)}).\n"
            "What to do: name the right folder with --from; if you have changed the source on "
            "purpose, add --changed-source: all submissions are graded again, and the grades that "
            "change are listed."
        )
    if options.resume and graded_with == source.digest:
        return  # an earlier run has checked it
    print(f"{source.name}: running the solution and its tests", flush=True)
    # With a cluster, only its workers need a sandbox.
    sandboxed = not (options.without_sandbox or options.cluster)
    check_solution(source, data_name(options.data), sandboxed=sandboxed)


def _grade_into(
    results: ResultsFolder,
    options: argparse.Namespace,
    source: SourceNotebook,
    submissions: list[SelectedAttempt],
    rows: list[dict[str, str]],
) -> None:
    name = source.name
    if earlier := len(results.statuses(name)):
        record_changes(results, name)  # those made by hand since the last run
        if not options.resume:
            print(
                f"{options.out} has {earlier} earlier results of {name}; all submissions are "
                "graded again (--resume would skip unchanged ones)."
            )
    gradebook = results.add_assignment(source, _parse_deadline(options.deadline))
    store_options(results, options, name)
    table = results.path / f"{name}-files.csv"
    with results.access():
        write_file_table(table, rows)
    print(f"{file_counts(rows, len(submissions))}; see {table}")
    job = _grading_job(options, source, gradebook)
    run = GradingRun(results, job, source.digest, submissions, resume=options.resume)
    run.run(workers=options.workers, cluster=options.cluster)
    if changes := changes_text(record_changes(results, name, "grade")):
        print(f"\n{changes}")


def _grading_job(
    options: argparse.Namespace, source: SourceNotebook, gradebook: bytes
) -> GradingJob:
    return GradingJob(
        assignment=source.name,
        release=nbformat.writes(release_notebook(source)),
        gradebook=gradebook,
        cells=source_cells(source.notebook),
        data=data_name(options.data),
        limits=_limits(options),
        sandboxed=not options.without_sandbox,
    )


def _limits(options: argparse.Namespace) -> Limits:
    given = {
        "cell_seconds": options.cell_seconds,
        "total_seconds": options.total_seconds,
        "memory_bytes": (options.memory_mb or 0) * MEGABYTE,
        "processes": options.processes,
        "cell_output_bytes": (options.cell_output_kb or 0) * KILOBYTE,
    }
    return Limits(**{name: value for name, value in given.items() if value})
