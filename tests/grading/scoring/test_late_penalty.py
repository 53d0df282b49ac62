import pytest

from mnist_course.grading.scoring.late_penalty import LatePenalty
from mnist_course.grading.scoring.submission_status import SubmissionStatus

DAY = 24 * 60 * 60


def penalty(rule, late, seconds=0, score=8):
    status = SubmissionStatus("anna-1", "", None, late=late, seconds_late=seconds)
    return LatePenalty.parse(rule).points(status, score, max_score=10)


@pytest.mark.parametrize(
    ("rule", "seconds", "points"),
    [
        ("none", 30 * DAY, 0),
        ("10% per day", 1, 1),
        ("10% per day", DAY, 1),
        ("10% per day", DAY + 1, 2),
        ("12.5 % per day", 2 * DAY, 2.5),
        ("50% per day", 3 * DAY, 8),  # never more than there is
        ("cut-off", 1, 8),
        ("cut-off after 3 days", 3 * DAY, 0),
        ("cut-off after 3 days", 3 * DAY + 1, 8),
        ("10% per day, cut-off after 1 day", DAY, 1),
        ("10% per day, cut-off after 1 day", DAY + 1, 8),
    ],
)
def test_late_penalty_points(rule, seconds, points):
    assert penalty(rule, True, seconds) == points
    assert penalty(rule, False) == 0


def test_late_penalty_depends_on_an_unknown_time():
    assert penalty("10% per day", None) is None
    assert penalty("10% per day", True) is None  # Canvas marks work as late without a time
    assert penalty("cut-off after 2 days", True) is None
    assert (penalty("cut-off", True), penalty("cut-off", None)) == (8, None)
    assert penalty("none", None) == 0


@pytest.mark.parametrize("rule", ["", "10%", "10 per day", "-5% per day", "cutoff", ", "])
def test_late_penalty_no_rule(rule):
    with pytest.raises(ValueError, match="is no rule for late work"):
        LatePenalty.parse(rule)
