"""Summarize the results of a class as text."""

import statistics
from collections import Counter

from mnist_course.grading.scoring.student_results import (
    EXCUSED,
    FAILED,
    GRADED,
    NEEDS_MANUAL_GRADING,
    StudentResult,
)


def class_summary(assignment: str, results: list[StudentResult]) -> str:
    """Return a summary of those who handed in; the counts of the states add up to all of them."""
    count = Counter(result.state for result in results)
    text = [f"{assignment}: {len(results)} submissions"]
    text += [f"  {count[state]:5d} {state}" for state in (GRADED, NEEDS_MANUAL_GRADING, FAILED)]
    if count[EXCUSED]:
        text.append(f"  {count[EXCUSED]:5d} {EXCUSED}")
    scores = [result.score for result in results if result.score is not None]
    if scores:
        median, max_score = statistics.median(scores), results[0].max_score
        text.append(f"  median of the graded submissions: {median:g} of {max_score:g} points")
    retry = sum(result.status.retry for result in results)
    if retry:
        text.append(
            f"  {retry} of the failed may be tried again, because a time limit or the machine may "
            "be the reason: run the same grade command with --resume"
        )
    late = sum(result.status.late is True for result in results)
    if late:
        text.append(f"  {late} submitted late")
    penalties = [result.penalty for result in results if result.cells]
    if any(penalties) or None in penalties:
        text.append(
            f"  late penalties: {sum(map(bool, penalties))}, in their own column; unknown for "
            f"{penalties.count(None)}, whose time is not known: give it with --submitted-at"
        )
    for state in (NEEDS_MANUAL_GRADING, FAILED):
        listed = [result for result in results if result.state == state]
        if listed:
            text.append(f"\n{state}:")
            text += [
                f"  {result.status.student_name} ({result.status.student_id}): {result.details}"
                for result in listed
            ]
    return "\n".join(text)
