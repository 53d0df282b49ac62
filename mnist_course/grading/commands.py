"""What the three commands do."""

import argparse
import datetime
import hashlib
import os
import sys
import time
from pathlib import Path

import nbformat

from mnist_course.grading.assignments.release import ReleaseError
from mnist_course.grading.assignments.sources import read_sources, release
from mnist_course.grading.execution import sandbox
from mnist_course.grading.execution.autograde import Exercise, Outcome
from mnist_course.grading.execution.scheduler import ScheduleError, grade_all
from mnist_course.grading.scoring import report
from mnist_course.grading.scoring.results import Record, Results, ResultsError
from mnist_course.grading.submissions.attempts import Submission, collect, exercise_of
from mnist_course.grading.submissions.uploads import UploadsError, read_uploads

EXPECTED = (ReleaseError, ResultsError, ScheduleError, UploadsError, sandbox.SandboxError)


def run(chosen: argparse.Namespace) -> int:
    """Run the command that was chosen; return 1 with a message where it could not be done."""
    try:
        {"release": _release, "grade": _grade, "report": _report}[chosen.command](chosen)
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped. What was graded is kept; the same command with --resume goes on.",
            file=sys.stderr,
        )
        return 130
    return 0


def _release(chosen: argparse.Namespace) -> None:
    for path in release(read_sources(chosen.sources), chosen.out):
        print(path)


def _report(chosen: argparse.Namespace) -> None:
    results = Results(chosen.results)
    names = results.exercises()
    if not names:
        raise ResultsError(
            f"There are no results in {chosen.results.absolute()}.\n"
            "Expected: the folder that 'mnist-course grade' wrote, named with --out."
        )
    for name in names:
        found = report.lines(results, name)
        print(report.summary(name, found))
        paths = report.write_tables(results, name, found)
        print(f"\nwritten: {', '.join(map(str, paths))}\n")


def _grade(chosen: argparse.Namespace) -> None:
    if not chosen.without_sandbox and not chosen.cluster:
        sandbox.require()
    sources = read_sources(chosen.sources)
    if chosen.exercise and chosen.exercise not in sources:
        raise ReleaseError(
            f"There is no source {chosen.exercise} in {chosen.sources}, only {', '.join(sources)}."
        )
    deadline = _deadline(chosen.deadline)
    uploads = read_uploads(chosen.submissions)
    name = chosen.exercise or exercise_of(uploads, sources)
    submissions = {s.student.id: s for s in collect(uploads, sources, name, deadline)}
    results = Results(chosen.out)
    with results.locked():
        done = len(results.records(name))
        if done and not chosen.resume:
            print(f"{done} submissions of {name} were graded into {chosen.out} before; all again.")
        exercise = _exercise(chosen, sources[name], results, deadline)
        _Run(results, exercise, sources[name].digest, submissions, chosen).go()
    _report(argparse.Namespace(results=chosen.out))


def _deadline(text: str | None) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text).astimezone() if text else None
    except ValueError:
        raise UploadsError(
            f"--deadline {text} is no time.\nExpected: such as '2026-05-04 18:00'."
        ) from None


def _exercise(chosen, source, results: Results, deadline) -> Exercise:
    limits = sandbox.Limits(
        cell_seconds=chosen.cell_seconds,
        seconds=chosen.seconds,
        memory=chosen.memory * 1_000_000,
        processes=chosen.processes,
        output=chosen.output * 1_000,
    )
    return Exercise(
        name=source.name,
        release=nbformat.writes(source.released()),
        gradebook=results.open(source, deadline),
        hidden=source.hidden_lines(),
        data=_data(chosen.data or os.environ.get("MNIST_COURSE_DATA") or "sample"),
        limits=limits,
        sandboxed=not chosen.without_sandbox,
    )


def _data(named: str) -> str:
    """Return what `load_mnist` will be given, in another folder, too."""
    return named if named in ("full", "sample") else str(Path(named).expanduser().absolute())


class _Run:
    """One run over a class: what is left to do, what is done, and a line for each as it comes."""

    def __init__(self, results: Results, exercise: Exercise, digest: str, submissions, chosen):
        self.results, self.exercise, self.source_digest = results, exercise, digest
        self.submissions: dict[str, Submission] = submissions
        self.chosen, self.began = chosen, time.monotonic()
        self.number = 0

    def go(self) -> None:
        """Grade all that is left."""
        left = []
        for student, submission in self.submissions.items():
            before = self.results.record(self.exercise.name, student)
            if self.chosen.resume and before and before.digest == self._digest(submission):
                continue
            left.append((student, submission))
        self.total = len(left)
        kept = len(self.submissions) - len(left)
        print(f"{self.exercise.name}, {len(self.submissions)} students, {self.exercise.data} data")
        if kept:
            print(f"{kept} were graded before and stay as they are")
        readable = []
        for student, submission in left:
            if submission.cause:
                self.keep(student, Outcome(cause=submission.cause))
            else:
                readable.append((student, submission.upload.read))
        if readable:
            grade_all(
                self.exercise,
                readable,
                self.keep,
                workers=self.chosen.workers,
                cluster=self.chosen.cluster,
            )

    def keep(self, student: str, outcome: Outcome) -> None:
        """Store one outcome and show that it is there."""
        submission = self.submissions[student]
        upload = submission.upload
        content = upload.read() if upload and not submission.cause else None
        record = Record(
            id=student,
            name=submission.student.name,
            platform=submission.student.platform,
            number=submission.student.number,
            digest=self._digest(submission),
            cause=outcome.cause,
            flags=outcome.flags,
            notes=outcome.notes,
            file=upload.file if upload else "",
            attempts=submission.attempts,
            seconds_late=submission.seconds_late,
            late=submission.late,
            time=upload.time.isoformat(timespec="seconds") if upload and upload.time else "",
            seconds=round(outcome.seconds, 2),
            graded=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        self.results.store(self.exercise.name, record, content, outcome)
        self._show(record)

    def _show(self, record: Record) -> None:
        self.number += 1
        line = report.line(self.results, self.exercise.name, record)
        points = "" if line.points is None else f"{line.points:g}/{line.out_of:g}"
        each = (time.monotonic() - self.began) / self.number
        minutes = each * (self.total - self.number) / 60
        left = f"{minutes:.0f} min left" if minutes >= 1 else ""
        count = f"[{self.number:{len(str(self.total))}}/{self.total}]"
        print(f"{count} {line.state:<14} {points:>8}  {record.name}  {left}", flush=True)

    def _digest(self, submission: Submission) -> str:
        content = b""
        if submission.upload and not submission.cause:
            content = submission.upload.read()
        parts = [self.source_digest, self.exercise.data, submission.cause or ""]
        return hashlib.sha256(content + "\n".join(parts).encode()).hexdigest()
