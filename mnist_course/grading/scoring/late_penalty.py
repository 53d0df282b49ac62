"""Take points off for late work, by the rule that the instructor states."""

import math
import re
from dataclasses import dataclass

from mnist_course.grading.scoring.submission_status import SubmissionStatus

PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?% per day")
CUT_OFF = re.compile(r"cut-off(?: after ([0-9]+) days?)?")
EXPECTED = (
    'Expected: "none", "10% per day", "cut-off", "cut-off after 3 days", or the second and a '
    'cut-off: "10% per day, cut-off after 3 days".'
)
SECONDS_A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class LatePenalty:
    """A rule for late work.

    Attributes
    ----------
    percent_per_day : float
        Percent of the maximum score for each day that has begun after the deadline.
    cut_off_days : int or None
        Work that is later than this number of days gets no points; None if there is no cut-off.
    """

    percent_per_day: float = 0.0
    cut_off_days: int | None = None

    @classmethod
    def parse(cls, text: str) -> "LatePenalty":
        """Parse a rule such as "10% per day, cut-off after 3 days"; raises `ValueError`."""
        rule = re.fullmatch(f"(?:{PERCENT.pattern})?(?:(?:^|, )(?:{CUT_OFF.pattern}))?", text)
        if text == "none":
            return cls()
        if not text or not rule:
            raise ValueError(f"{text!r} is no rule for late work.\n{EXPECTED}")
        percent, days = rule.groups()
        return cls(float(percent or 0), int(days or 0) if "cut-off" in text else None)

    def points(self, status: SubmissionStatus, score: float, max_score: float) -> float | None:
        """Return the points to take off, at most all; None if they depend on an unknown time."""
        if self == LatePenalty() or status.late is False:
            return 0.0
        if self == LatePenalty(cut_off_days=0) and status.late:
            return score
        if not status.seconds_late:
            return None
        if (
            self.cut_off_days is not None
            and status.seconds_late > self.cut_off_days * SECONDS_A_DAY
        ):
            return score
        days = math.ceil(status.seconds_late / SECONDS_A_DAY)
        return min(score, round(self.percent_per_day / 100 * days * max_score, 2))
