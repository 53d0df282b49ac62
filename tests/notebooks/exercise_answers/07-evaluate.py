"""Answers to the exercises on evaluating, and the verdict that each must get."""


def from_counts(counts: str, shares: str) -> str:
    """Write an answer that goes through a table of counts."""
    return f"""
def recall_and_precision(y_true, y_pred):
    counts = np.zeros((10, 10))
    {counts}
    return {shares}
"""


RIGHT_COUNTS = "np.add.at(counts, (y_true, y_pred), 1)"
RIGHT_SHARES = "np.diag(counts) / counts.sum(axis=1), np.diag(counts) / counts.sum(axis=0)"


def two(gap: str, needed: str) -> str:
    """Write an answer to task 2 out of two expressions."""
    return f"""
def gap(error_a, error_b, images):
    return {gap}

def images_needed(error_a, error_b):
    return {needed}
"""


RIGHT_GAP = (
    "abs(error_a - error_b) / (sum(e * (100 - e) for e in (error_a, error_b)) / images) ** 0.5"
)
RIGHT_NEEDED = "-int(-4 // gap(error_a, error_b, 1) ** 2)"

ANSWERS = {
    "recall": {
        "right: through the table": from_counts(RIGHT_COUNTS, RIGHT_SHARES),
        "right: digit by digit": """
def recall_and_precision(y_true, y_pred):
    def share(among, k):
        return np.mean(among == k) if len(among) else float("nan")
    return (
        [share(y_pred[y_true == k], k) for k in range(10)],
        [share(y_true[y_pred == k], k) for k in range(10)],
    )
""",
        "the colleague's table": (
            from_counts("counts[y_true, y_pred] += 1", RIGHT_SHARES),
            "as in the colleague's table",
        ),
        "the table turned": (
            from_counts("np.add.at(counts, (y_pred, y_true), 1)", RIGHT_SHARES),
            "have changed places",
        ),
        "only recall": (
            from_counts(RIGHT_COUNTS, "np.diag(counts) / counts.sum(axis=1)"),
            "Two arrays were asked for",
        ),
        "absent digits are left out": (
            """
def recall_and_precision(y_true, y_pred):
    digits = np.unique(y_true)
    hits = [np.sum((y_true == k) & (y_pred == k)) for k in digits]
    return (
        np.array([h / np.sum(y_true == k) for h, k in zip(hits, digits)]),
        np.array([h / max(1, np.sum(y_pred == k)) for h, k in zip(hits, digits)]),
    )
""",
            "left out",
        ),
        "both divided by all images": (
            from_counts(RIGHT_COUNTS, "[np.diag(counts) / len(y_true)] * 2"),
            "Of four true fours",
        ),
        "recall twice": (
            from_counts(RIGHT_COUNTS, "[np.diag(counts) / counts.sum(axis=1)] * 2"),
            "Of three answers 9",
        ),
        "every zero is unknown": (
            """
def recall_and_precision(y_true, y_pred):
    hits = np.bincount(y_true[y_true == y_pred], minlength=10).astype(float)
    hits[hits == 0] = np.nan
    return hits / np.bincount(y_true, minlength=10), hits / np.bincount(y_pred, minlength=10)
""",
            "and that is known",
        ),
        "unknown is 0": (
            f"{from_counts(RIGHT_COUNTS, RIGHT_SHARES)}"
            """
shares_with_nan = recall_and_precision

def recall_and_precision(y_true, y_pred):
    return np.nan_to_num(shares_with_nan(y_true, y_pred))
""",
            "as if that were known",
        ),
        "never answered is 0": (
            """
def recall_and_precision(y_true, y_pred):
    true, said, both = (
        np.bincount(y, minlength=10) for y in (y_true, y_pred, y_true[y_true == y_pred])
    )
    precision = np.where(true + said > 0, both / np.maximum(said, 1), np.nan)
    return both / np.where(true > 0, true, np.nan), precision
""",
            "the precision of 1 is unknown",
        ),
        "counted from 1 to 9": (
            """
def recall_and_precision(y_true, y_pred):
    recall, precision = np.full((2, 10), np.nan)
    for k in range(1, 10):
        hits = np.sum((y_true == k) & (y_pred == k))
        recall[k] = hits / np.sum(y_true == k)
        precision[k] = hits / np.sum(y_pred == k)
    return recall, precision
""",
            "of the digit 0 is wrong",
        ),
        "nothing is returned": (
            """
def recall_and_precision(y_true, y_pred):
    print(np.bincount(y_true, minlength=10), np.bincount(y_pred, minlength=10))
""",
            "returns None",
        ),
    },
    "gap": {
        "right: in percent": two(RIGHT_GAP, RIGHT_NEEDED),
        "right: one more image at a time": two(RIGHT_GAP, "1").replace(
            "return 1",
            """images = 1
    while gap(error_a, error_b, images) < 2:
        images += 1
    return images""",
        ),
        "nothing is returned": (two("print(images)", "None"), "returns None"),
        "percent taken for shares": (
            two(
                "abs(error_a - error_b) / np.sqrt("
                "(error_a * (1 - error_a) + error_b * (1 - error_b)) / images)",
                "1",
            ),
            "p is a share",
        ),
        "standard errors added": (
            two(
                "abs(error_a - error_b) / sum("
                "(e * (100 - e) / images) ** 0.5 for e in (error_a, error_b))",
                RIGHT_NEEDED,
            ),
            "You add the two standard errors",
        ),
        "one of two is exact": (
            two(
                "abs(error_a - error_b) / (error_a * (100 - error_a) / images) ** 0.5", RIGHT_NEEDED
            ),
            "Both were measured",
        ),
        "percent above, shares below": (
            two(f"100 * {RIGHT_GAP}", RIGHT_NEEDED),
            "A hundred times too large",
        ),
        "no root": (
            two(RIGHT_GAP.replace("** 0.5", ""), RIGHT_NEEDED),
            "Compare your standard errors",
        ),
        "as many times as many images": (
            two(RIGHT_GAP, "int(10_000 * 2 / gap(error_a, error_b, 10_000)) + 1"),
            "only double it",
        ),
        "a gap of 1 is enough": (
            two(RIGHT_GAP, "int(1 / gap(error_a, error_b, 1) ** 2) + 1"),
            "It should be 2",
        ),
        "with a sign": (
            two(RIGHT_GAP.replace("abs(error_a - error_b)", "(error_b - error_a)"), RIGHT_NEEDED),
            "has no sign",
        ),
        "always ten thousand": (
            two(RIGHT_GAP.replace("images", "10_000"), "56_358"),
            "written into it",
        ),
        "rounded down": (two(RIGHT_GAP, "int(4 / gap(error_a, error_b, 1) ** 2)"), "one too few"),
    },
    "reliability": {
        "right: with array_split": """
def reliability(y, P, bins):
    order = P.max(axis=1).argsort(kind="stable")
    parts = np.array_split(order, bins)
    return (
        [P[part].max(axis=1).mean() for part in parts],
        [(P[part].argmax(axis=1) == y[part]).mean() for part in parts],
    )
""",
        "as the images come": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    return sure.reshape(bins, -1).mean(axis=1), right.reshape(bins, -1).mean(axis=1)
""",
            "as they come",
        ),
        "only the confidences are sorted": (
            """
def reliability(y, P, bins):
    sure, right = np.sort(P.max(axis=1)), P.argmax(axis=1) == y
    return sure.reshape(bins, -1).mean(axis=1), right.reshape(bins, -1).mean(axis=1)
""",
            "Do the answers follow",
        ),
        "the probability of the truth": (
            """
def reliability(y, P, bins):
    sure, right = P[np.arange(len(y)), y], P.argmax(axis=1) == y
    order = sure.argsort()
    return sure[order].reshape(bins, -1).mean(axis=1), right[order].reshape(bins, -1).mean(axis=1)
""",
            "not that of the truth",
        ),
        "bins of equal width": (
            """
from mnist_course.evaluation.calibration import calibration

def reliability(y, P, bins):
    return calibration(y, P, bins)[1:]
""",
            "every bin holds equally many",
        ),
        "the surest first": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    order = (-sure).argsort()
    return sure[order].reshape(bins, -1).mean(axis=1), right[order].reshape(bins, -1).mean(axis=1)
""",
            "comes first",
        ),
        "so many images in a bin": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    order = sure.argsort()
    return sure[order].reshape(-1, bins).mean(axis=1), right[order].reshape(-1, bins).mean(axis=1)
""",
            "Three bins have three means",
        ),
        "true only above one half": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P[np.arange(len(y)), y] > 0.5
    order = sure.argsort()
    return sure[order].reshape(bins, -1).mean(axis=1), right[order].reshape(bins, -1).mean(axis=1)
""",
            "however probable it is",
        ),
        "nothing is returned": (
            """
def reliability(y, P, bins):
    print(np.sort(P.max(axis=1)).reshape(bins, -1).mean(axis=1))
""",
            "returns None",
        ),
        "only how far they are apart": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    return (sure - right)[sure.argsort()].reshape(bins, -1).mean(axis=1)
""",
            "Two arrays were asked for",
        ),
    },
    "threshold": {
        "right: sorted once": """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    order = np.argsort(-sure)
    errors = 100 * np.cumsum(wrong[order]) / np.arange(1, len(y) + 1)
    last_of_equals = np.append(sure[order][1:] != sure[order][:-1], True)
    fine = np.flatnonzero((errors <= most) & last_of_equals)
    return sure[order][fine[-1]] if len(fine) else np.inf
""",
        "as a share": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.unique(sure):
        if wrong[sure >= t].mean() <= most:
            return t
    return np.inf
""",
            "`most` is in percent",
        ),
        "of all images": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.unique(sure):
        if 100 * np.sum(wrong & (sure >= t)) / len(y) <= most:
            return t
    return np.inf
""",
            "among the accepted images alone",
        ),
        "above the threshold": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.unique(sure):
        if np.any(sure > t) and 100 * wrong[sure > t].mean() <= most:
            return t
    return np.inf
""",
            "equals the threshold",
        ),
        "the surest mistake": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    return np.nextafter(sure[wrong].max(), 2)
""",
            "are possible",
        ),
        "a confidence of 1 - most": (
            """
def threshold(y, P, most):
    return 1 - most / 100
""",
            "are possible",
        ),
        "from the top until it is too much": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    found = np.inf
    for t in np.unique(sure)[::-1]:
        if 100 * wrong[sure >= t].mean() > most:
            break
        found = t
    return found
""",
            "give up at the first excess",
        ),
        "equals are torn apart": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    order = np.argsort(-sure, kind="stable")
    errors = 100 * np.cumsum(wrong[order]) / np.arange(1, len(y) + 1)
    fine = np.flatnonzero(errors <= most)
    return sure[order][fine[-1]] if len(fine) else np.inf
""",
            "accepts both or none",
        ),
        "the highest where none will do": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.unique(sure):
        if 100 * wrong[sure >= t].mean() <= most:
            return t
    return sure.max()
""",
            "Expected: np.inf",
        ),
        "on a coarse grid": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.linspace(0, 1, 21):
        if np.any(sure >= t - 1e-9) and 100 * wrong[sure >= t - 1e-9].mean() <= most:
            return t - 1e-9
    return np.inf
""",
            "on a coarse grid you step over",
        ),
        "nothing is returned": (
            """
def threshold(y, P, most):
    print(np.sort(P.max(axis=1)))
""",
            "returns None",
        ),
    },
}
