"""Grade a class into a results folder, and print each result when it is stored."""

import dataclasses
import datetime
import hashlib
import time
from collections.abc import Iterable

import nbformat

from mnist_course.grading.execution.grading_job import GradingJob, Outcome
from mnist_course.grading.execution.parallel_grading import grade_all
from mnist_course.grading.scoring.results_folder import ResultsFolder
from mnist_course.grading.scoring.student_results import NEEDS_MANUAL_GRADING, student_result
from mnist_course.grading.scoring.submission_status import SubmissionStatus
from mnist_course.grading.submissions.answer_digests import answer_digests
from mnist_course.grading.submissions.attempt_selection import SelectedAttempt
from mnist_course.grading.submissions.submitted_notebook import (
    SubmissionError,
    read_submitted_notebook,
)


class GradingRun:
    """One run of `mnist-course grade`.

    Parameters
    ----------
    results : ResultsFolder
        Where outcomes are stored.
    job : GradingJob
        The assignment and how to grade it.
    source_digest : str
        SHA-256 of the source notebook.
    submissions : iterable of SelectedAttempt
        One for each student.
    resume : bool
        True skips the submissions that are graded already and have not changed, except those
        that failed because of the machine or a time limit.
    """

    def __init__(
        self,
        results: ResultsFolder,
        job: GradingJob,
        source_digest: str,
        submissions: Iterable[SelectedAttempt],
        *,
        resume: bool = False,
    ):
        self.results, self.job, self.source_digest = results, job, source_digest
        self.submissions = {submission.student.id: submission for submission in submissions}
        self.pending = {
            student: submission
            for student, submission in self.submissions.items()
            if not (resume and self._is_graded(student, submission))
        }
        self.started, self.stored = time.monotonic(), 0

    def run(self, *, workers: int | None = None, cluster: str | None = None) -> None:
        """Grade all pending submissions; see :func:`parallel_grading.grade_all`."""
        name, data = self.job.assignment, self.job.data
        print(f"{name}: {len(self.submissions)} students, data: {data}")
        skipped = len(self.submissions) - len(self.pending)
        if skipped:
            self._update_skipped()
            print(f"{skipped} submissions are graded already and unchanged; they are skipped.")
        readable = []
        for student, submission in self.pending.items():
            if submission.error:
                self.store(student, Outcome(error=submission.error))
            else:
                readable.append((student, submission.upload.read))
        if readable:
            grade_all(self.job, readable, self.store, workers=workers, cluster=cluster)

    def store(self, student: str, outcome: Outcome) -> None:
        """Store and print the outcome of one submission."""
        submission = self.pending[student]
        upload = submission.upload
        content = upload.read() if upload and not submission.error else None
        status = SubmissionStatus(
            student_id=student,
            digest=self._digest(submission),
            error=outcome.error,
            retry=outcome.retry,
            flags=outcome.flags,
            notes=outcome.notes,
            grading_seconds=round(outcome.seconds, 2),
            graded_at=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
            answers=self._answers(content),
            **_upload_fields(submission),
        )
        self.results.store(self.job.assignment, status, content, outcome)
        self._print_progress(status)

    def _answers(self, content: bytes | None) -> dict[str, str]:
        try:
            notebook = read_submitted_notebook(content or b"")
        except SubmissionError:
            return {}
        return answer_digests(notebook, nbformat.reads(self.job.release, as_version=4))

    def _print_progress(self, status: SubmissionStatus) -> None:
        self.stored += 1
        result = student_result(self.results, self.job.assignment, status)
        points = ""
        if result.score_so_far is not None:
            points = f"{result.score_so_far:g}/{result.max_score:g}"
        total = len(self.pending)
        seconds_each = (time.monotonic() - self.started) / self.stored
        minutes = seconds_each * (total - self.stored) / 60
        remaining = f"{minutes:.0f} min left" if minutes >= 1 else ""
        count = f"[{self.stored:{len(str(total))}}/{total}]"
        state = f"{result.state:<{len(NEEDS_MANUAL_GRADING)}}"
        print(f"{count} {state} {points:>8}  {status.student_name}  {remaining}", flush=True)

    def _is_graded(self, student: str, submission: SelectedAttempt) -> bool:
        status = self.results.status(self.job.assignment, student)
        if status is None or status.retry:
            return False
        return status.digest == self._digest(submission)

    def _digest(self, submission: SelectedAttempt) -> str:
        content = b""
        if submission.upload and not submission.error:
            content = submission.upload.read()
        parts = [self.source_digest, self.job.data, submission.error or ""]
        return hashlib.sha256(content + "\n".join(parts).encode()).hexdigest()

    def _update_skipped(self) -> None:
        """Store what may have changed without a change of the submission, such as its time."""
        for student, submission in self.submissions.items():
            if student not in self.pending:
                status = self.results.status(self.job.assignment, student)
                updated = dataclasses.replace(status, **_upload_fields(submission))
                with self.results.access():
                    self.results.write_status(self.job.assignment, updated)


def _upload_fields(submission: SelectedAttempt) -> dict:
    """Return the fields of a status that come from the upload, not from grading."""
    student, upload, time = submission.student, submission.upload, submission.submitted_at
    deadline = submission.deadline
    return {
        "student_name": student.name,
        "platform": student.platform,
        "platform_id": student.platform_id,
        "student_note": student.note,
        "file": upload.path if upload else "",
        "attempts": submission.attempts,
        "seconds_late": submission.seconds_late,
        "late": submission.late,
        "deadline": deadline.isoformat(timespec="seconds") if deadline else "",
        "evidence": submission.evidence,
        "excused": submission.excused,
        "submitted_at": time.isoformat(timespec="seconds") if time else "",
    }
