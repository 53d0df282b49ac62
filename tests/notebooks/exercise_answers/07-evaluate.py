"""Answers to the exercises on evaluating, and the verdict that each must get."""

COUNTS = """
def count_pairs(y_true, y_pred):
    counts = np.zeros((10, 10), int)
    {}
    return {}
"""
RECALL = """
def recall_and_precision(counts):
    right = np.diag(counts)
    return {}
"""
RIGHT_RECALL = "right / counts.sum(axis=1), right / counts.sum(axis=0)"


def gap(expression):
    """Write the gap as an expression of the errors and images."""
    return f"\ndef gap(error_a, error_b, images):\n    return {expression}\n"


RIGHT_GAP = (
    "abs(error_a - error_b) / (sum(e * (100 - e) for e in (error_a, error_b)) / images) ** 0.5"
)


def needed(expression):
    """Write the number of images as an expression of the errors."""
    return f"\ndef images_needed(error_a, error_b):\n    return {expression}\n"


RELIABILITY = """
def reliability(y, P, bins):
    sure, right = {sure}, {right}
    order = {order}
    return {result}
"""
RIGHT_RELIABILITY = {
    "sure": "P.max(axis=1)",
    "right": "P.argmax(axis=1) == y",
    "order": "sure.argsort()",
    "result": "[part[order].reshape(bins, -1).mean(axis=1) for part in (sure, right)]",
}
THRESHOLD = """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in {candidates}:
        accepted = {accepted}
        if {enough}:
            return t
    return {otherwise}
"""
RIGHT_THRESHOLD = {
    "candidates": "sorted(sure)",
    "accepted": "wrong[sure >= t]",
    "enough": "100 * accepted.mean() <= most",
    "otherwise": "np.inf",
}

ANSWERS = {
    "counts": {
        "right: np.add.at": COUNTS.format("np.add.at(counts, (y_true, y_pred), 1)", "counts"),
        "right: bincount": """
def count_pairs(y_true, y_pred):
    return np.bincount(10 * y_true.astype(int) + y_pred, minlength=100).reshape(10, 10)
""",
        "right: lists": """
def count_pairs(y_true, y_pred):
    pairs = list(zip(y_true.tolist(), y_pred.tolist()))
    return [[pairs.count((row, column)) for column in range(10)] for row in range(10)]
""",
        "right: a product of one-hot rows": """
def count_pairs(y_true, y_pred):
    return np.eye(10)[y_true].T @ np.eye(10)[y_pred]
""",
        "right: pair by pair": COUNTS.format(
            """for row in range(10):
        for column in range(10):
            counts[row][column] = np.sum((y_true == row) & (y_pred == column))""",
            "counts.astype('float32')",
        ),
        "right: the function of the lesson": """
from mnist_course.evaluation.metrics import confusion_matrix as count_pairs
""",
        "the colleague's line": (
            COUNTS.format("counts[y_true, y_pred] += 1", "counts"),
            "counted once, as in the colleague's table",
        ),
        "transposed": (
            COUNTS.format("np.add.at(counts, (y_pred, y_true), 1)", "counts"),
            "The true digit is the row",
        ),
        "only right answers": (
            COUNTS.format("np.add.at(counts, (y_true, y_true), y_true == y_pred)", "counts"),
            "a true 1 is answered with 4 1 times; your table has 0",
        ),
        "absent digits are left out": (
            COUNTS.format(
                "np.add.at(counts, (y_true, y_pred), 1)",
                "counts[np.unique(y_true)][:, np.unique(y_true)]",
            ),
            "the table has ten rows and ten columns",
        ),
        "shares": (
            COUNTS.format("np.add.at(counts, (y_true, y_pred), 1)", "counts / len(y_true)"),
            "counts, not shares",
        ),
        "shares of each row": (
            COUNTS.format(
                "np.add.at(counts, (y_true, y_pred), 1)",
                "counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)",
            ),
            "a true 4 is answered with 4 3 times; your table has 0.75",
        ),
        "the first image is left out": (
            COUNTS.format("np.add.at(counts, (y_true[1:], y_pred[1:]), 1)", "counts"),
            "a true 4 is answered with 4 3 times; your table has 2",
        ),
        "nothing is returned": (
            COUNTS.format("np.add.at(counts, (y_true, y_pred), 1)", "None"),
            "returns None",
        ),
    },
    "recall": {
        "right: divided, with a warning": RECALL.format(RIGHT_RECALL),
        "right: digit by digit, lists": """
def recall_and_precision(counts):
    def share(hits, total):
        return hits / total if total else float("nan")
    hits = [counts[k, k] for k in range(10)]
    recall = [share(h, sum(row)) for h, row in zip(hits, counts)]
    return recall, [share(h, sum(column)) for h, column in zip(hits, counts.T)]
""",
        "right: one array of two rows": RECALL.format(
            "np.array([right / counts.sum(axis=axis) for axis in (1, 0)])"
        ),
        "right: np.divide with where": """
def recall_and_precision(counts):
    result = []
    for total in (counts.sum(1), counts.sum(0)):
        share = np.full(10, np.nan)
        np.divide(counts.diagonal(), total, out=share, where=total > 0)
        result.append(share)
    return result
""",
        "right: tensors of Keras, float32": """
import keras

def recall_and_precision(counts):
    counts = keras.ops.cast(counts, "float32")
    right = keras.ops.diagonal(counts)
    return right / keras.ops.sum(counts, axis=1), right / keras.ops.sum(counts, axis=0)
""",
        "right: einsum": """
def recall_and_precision(counts):
    right = np.einsum("ii->i", counts).astype(float)
    true, said = np.einsum("ij->i", counts), np.einsum("ij->j", counts)
    return (
        np.where(true == 0, np.nan, right / np.maximum(true, 1)),
        np.where(said == 0, np.nan, right / np.maximum(said, 1)),
    )
""",
        "changed places": (
            RECALL.format("right / counts.sum(axis=0), right / counts.sum(axis=1)"),
            "recall and precision have changed places",
        ),
        "only recall": (
            RECALL.format("right / counts.sum(axis=1)"),
            "two arrays of ten shares are asked for",
        ),
        "recall twice": (
            RECALL.format("[right / counts.sum(axis=1)] * 2"),
            "both arrays are the recall",
        ),
        "precision twice": (
            RECALL.format("[right / counts.sum(axis=0)] * 2"),
            "both arrays are the precision",
        ),
        "percent": (
            RECALL.format("100 * right / counts.sum(axis=1), 100 * right / counts.sum(axis=0)"),
            "not percent",
        ),
        "both divided by all images": (
            RECALL.format("[np.where(right > 0, right / counts.sum(), np.nan)] * 2"),
            "the recall of the 1 is known",
        ),
        "unknown is 0": (
            RECALL.format(f"np.nan_to_num([{RIGHT_RECALL}])"),
            "its recall is unknown: NaN, and not 0",
        ),
        "never answered is 0": (
            RECALL.format("right / counts.sum(axis=1), right / np.maximum(counts.sum(axis=0), 1)"),
            "its precision is unknown: NaN, and not 0",
        ),
        "every zero is unknown": (
            RECALL.format(f"[np.where(share == 0, np.nan, share) for share in ({RIGHT_RECALL})]"),
            "the recall of the 1 is known, 0.000, but yours is NaN",
        ),
        "1 to 9": (
            RECALL.format(f"[share[1:] for share in ({RIGHT_RECALL})]"),
            "two arrays of ten shares are asked for",
        ),
        "nothing is returned": (RECALL.format("None"), "returns None"),
    },
    "gap": {
        "right: in percent": gap(RIGHT_GAP),
        "right: hypot": """
def gap(error_a, error_b, images):
    se = [np.sqrt(p * (1 - p) / images) for p in (error_a / 100, error_b / 100)]
    return np.abs(error_a - error_b) / 100 / np.hypot(*se)
""",
        "right: the lesson's function": """
def standard_error(error, images):
    return (error * (100 - error) / images) ** 0.5

def gap(error_a, error_b, images):
    both = standard_error(error_a, images) ** 2 + standard_error(error_b, images) ** 2
    return max(error_a - error_b, error_b - error_a) / both**0.5
""",
        "right: variances of arrays": """
def gap(error_a, error_b, images):
    p = np.array([error_a, error_b]) / 100
    return np.ptp(p) / np.sqrt(np.sum(p * (1 - p)) / images)
""",
        "right: math": """
import math

def gap(error_a, error_b, images):
    variance = 0.0
    for error in (error_a, error_b):
        variance += error / 100 * (1 - error / 100) / images
    return math.fabs(error_a - error_b) / 100 / math.sqrt(variance)
""",
        "right: float32": gap(f"np.float32({RIGHT_GAP})"),
        "percent taken for shares": (
            gap(
                "abs(error_a - error_b) / np.sqrt("
                "(error_a * (1 - error_a) + error_b * (1 - error_b)) / images)"
            ),
            "A share is never above 1",
        ),
        "percent taken for shares, Python's root": (
            gap(
                "abs(error_a - error_b) / ("
                "(error_a * (1 - error_a) + error_b * (1 - error_b)) / images) ** 0.5"
            ),
            "A share is never above 1",
        ),
        "standard errors added": (
            gap(
                "abs(error_a - error_b) / sum("
                "(e * (100 - e) / images) ** 0.5 for e in (error_a, error_b))"
            ),
            "you add the two standard errors",
        ),
        "the mean of the standard errors": (
            gap(
                "2 * abs(error_a - error_b) / sum("
                "(e * (100 - e) / images) ** 0.5 for e in (error_a, error_b))"
            ),
            "the mean of the two standard errors",
        ),
        "one of two is exact": (
            gap("abs(error_a - error_b) / (error_a * (100 - error_a) / images) ** 0.5"),
            "only one of the two errors",
        ),
        "the other is exact": (
            gap("abs(error_a - error_b) / (error_b * (100 - error_b) / images) ** 0.5"),
            "only one of the two errors",
        ),
        "percent above, shares below": (gap(f"100 * {RIGHT_GAP}"), "a hundred times too large"),
        "no root": (gap(RIGHT_GAP.replace("** 0.5", "")), "the root is missing"),
        "with a sign": (
            gap(RIGHT_GAP.replace("abs(error_a - error_b)", "(error_b - error_a)")),
            "a distance is never negative",
        ),
        "always ten thousand": (
            gap(RIGHT_GAP.replace("images", "10_000")),
            "10 % and 5 % on 300 images",
        ),
        "one error for both": (
            gap("abs(error_a - error_b) / (2 * error_a * (100 - error_a) / images) ** 0.5"),
            "The two standard errors are",
        ),
        "the mean error for both": (
            gap(
                "abs(error_a - error_b) / "
                "((error_a + error_b) * (100 - (error_a + error_b) / 2) / images) ** 0.5"
            ),
            "10 % and 5 % on 300 images",
        ),
        "nothing is returned": (gap("None"), "returns None"),
    },
    "needed": {
        "right: one more image at a time": """
def images_needed(error_a, error_b):
    images = 1
    while gap(error_a, error_b, images) < 2:
        images += 1
    return images
""",
        "right: by formula": needed(
            "-int(-4 * (error_a * (100 - error_a) + error_b * (100 - error_b))"
            " // (error_a - error_b) ** 2)"
        ),
        "right: math.ceil": """
import math

def images_needed(error_a, error_b):
    return math.ceil(10_000 * (2 / gap(error_a, error_b, 10_000)) ** 2)
""",
        "right: all at once": """
def images_needed(error_a, error_b):
    return np.argmax(gap(error_a, error_b, np.arange(1, 200_000)) >= 2) + 1
""",
        "right: halving": """
def images_needed(error_a, error_b):
    low, high = 0, 10**7
    while high - low > 1:
        middle = (low + high) // 2
        if gap(error_a, error_b, middle) >= 2:
            high = middle
        else:
            low = middle
    return high
""",
        "right: a floating-point number": needed("np.ceil(4 / gap(error_a, error_b, 1) ** 2)"),
        "steps of a hundred": (
            """
def images_needed(error_a, error_b):
    images = 100
    while gap(error_a, error_b, images) < 2:
        images += 100
    return images
""",
            "are enough, but",
        ),
        "one too many": (
            needed("int(np.ceil((2 / gap(error_a, error_b, 1)) ** 2)) + 1"),
            "are enough, but",
        ),
        "rounded down": (
            needed("int(4 / gap(error_a, error_b, 1) ** 2)"),
            "a little below 2. Round up",
        ),
        "not rounded": (needed("4 / gap(error_a, error_b, 1) ** 2"), "not a whole number"),
        "as many times as many images": (
            needed("int(2 / gap(error_a, error_b, 1)) + 1"),
            "only double the gap",
        ),
        "a gap of 1": (
            needed("int(1 / gap(error_a, error_b, 1) ** 2) + 1"),
            "the gap is 1. It should be 2",
        ),
        "for both groups together": (
            needed("2 * int(np.ceil((2 / gap(error_a, error_b, 1)) ** 2))"),
            "enough, but not the smallest number",
        ),
        "half of them": (
            needed("int(np.ceil((2 / gap(error_a, error_b, 1)) ** 2)) // 2 + 1"),
            "half as many as needed",
        ),
        "constants": (needed("56_353"), "10 % and 4 %"),
        "both numbers": (needed("1, 2"), "one number is asked for"),
        "nothing is returned": (needed("None"), "returns None"),
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
        "right: sorted pairs": """
def reliability(y, P, bins):
    pairs = sorted((row.max(), row.argmax() == digit) for row, digit in zip(P, y))
    size = len(pairs) // bins
    parts = [pairs[k * size : (k + 1) * size] for k in range(bins)]
    means = [[sum(column) / size for column in zip(*part)] for part in parts]
    return [confidence for confidence, _ in means], [share for _, share in means]
""",
        "right: one array": RELIABILITY.format(
            **RIGHT_RELIABILITY
            | {"result": "np.array([p[order].reshape(bins, -1).mean(1) for p in (sure, right)])"}
        ),
        "right: ranks": """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    rank = np.argsort(np.argsort(sure))
    of_bin = rank * bins // len(y)
    return tuple(
        np.bincount(of_bin, part) / np.bincount(of_bin) for part in (sure, right.astype(float))
    )
""",
        "right: sorted the other way, turned at the end": RELIABILITY.format(
            **RIGHT_RELIABILITY
            | {
                "order": "(-sure).argsort()",
                "result": "tuple(p[order].reshape(bins, -1).mean(1)[::-1] for p in (sure, right))",
            }
        ),
        "right: float32": RELIABILITY.format(
            **RIGHT_RELIABILITY
            | {
                "sure": 'P.max(axis=1).astype("float32")',
                "right": '(P.argmax(axis=1) == y).astype("float32")',
            }
        ),
        "as the images come": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"order": "np.arange(len(y))"}),
            "cut into bins as they come",
        ),
        "only the confidences are sorted": (
            RELIABILITY.format(
                **RIGHT_RELIABILITY
                | {"result": "[p.reshape(bins, -1).mean(1) for p in (np.sort(sure), right)]"}
            ),
            "not sorted together",
        ),
        "the probability of the truth": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"sure": "P[np.arange(len(y)), y]"}),
            "is the confidence the largest probability",
        ),
        "bins of equal width": (
            """
from mnist_course.evaluation.calibration import calibration

def reliability(y, P, bins):
    return calibration(y, P, bins)[1:]
""",
            "Does each bin hold equally many images",
        ),
        "bins of equal width, between the smallest and the largest": (
            """
def reliability(y, P, bins):
    sure, right = P.max(axis=1), P.argmax(axis=1) == y
    edges = np.linspace(sure.min(), sure.max(), bins + 1)[1:-1]
    of_bin = np.digitize(sure, edges)
    parts = [of_bin == k for k in range(bins)]
    return [sure[p].mean() for p in parts], [right[p].mean() for p in parts]
""",
            "Does each bin hold equally many images",
        ),
        "the highest first": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"order": "(-sure).argsort()"}),
            "the bin with the lowest confidences comes first",
        ),
        "so many images in a bin": (
            RELIABILITY.format(
                **RIGHT_RELIABILITY
                | {"result": "[p[order].reshape(-1, bins).mean(1) for p in (sure, right)]"}
            ),
            "numbers each are asked for",
        ),
        "right only above one half": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"right": "P[np.arange(len(y)), y] > 0.5"}),
            "Is an answer right if",
        ),
        "the share of mistakes": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"right": "P.argmax(axis=1) != y"}),
            "Is an answer right if",
        ),
        "changed places": (
            RELIABILITY.format(
                **RIGHT_RELIABILITY
                | {"result": "[p[order].reshape(bins, -1).mean(1) for p in (right, sure)]"}
            ),
            "the mean confidence comes first",
        ),
        "the median": (
            RELIABILITY.format(
                **RIGHT_RELIABILITY
                | {
                    "result": "np.median(sure[order].reshape(bins, -1), axis=1),"
                    " np.median(right[order].reshape(bins, -1), axis=1)"
                }
            ),
            "the shares of right answers",
        ),
        "only the difference": (
            RELIABILITY.format(
                **RIGHT_RELIABILITY
                | {"result": "(sure - right)[order].reshape(bins, -1).mean(axis=1)"}
            ),
            "Two arrays are asked for",
        ),
        "in place": (
            """
def reliability(y, P, bins):
    order = P.max(axis=1).argsort()
    P[:], y[:] = P[order], y[order]
    right = P.argmax(axis=1) == y
    return P.max(axis=1).reshape(bins, -1).mean(axis=1), right.reshape(bins, -1).mean(axis=1)
""",
            "changes an array",
        ),
        "nothing is returned": (
            RELIABILITY.format(**RIGHT_RELIABILITY | {"result": "None"}),
            "returns None",
        ),
    },
    "threshold": {
        "right: a loop over all confidences": THRESHOLD.format(**RIGHT_THRESHOLD),
        "right: sorted once": """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    order = np.argsort(-sure)
    errors = 100 * np.cumsum(wrong[order]) / np.arange(1, len(y) + 1)
    last_of_equals = np.append(sure[order][1:] != sure[order][:-1], True)
    fine = np.flatnonzero((errors <= most) & last_of_equals)
    return sure[order][fine[-1]] if len(fine) else np.inf
""",
        "right: min of a list": """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    return min((t for t in sure if 100 * wrong[sure >= t].mean() <= most), default=float("inf"))
""",
        "right: a table of comparisons": """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    accepted = sure >= sure[:, None]
    fine = 100 * (accepted & wrong).sum(axis=1) <= most * accepted.sum(axis=1)
    return sure[fine].min() if fine.any() else np.inf
""",
        "right: lists": """
def threshold(y, P, most):
    images = [(max(row), row.index(max(row)) != digit) for row, digit in zip(P.tolist(), y)]
    for t in sorted({sure for sure, _ in images}):
        mistakes = [wrong for sure, wrong in images if sure >= t]
        if 100 * sum(mistakes) / len(mistakes) <= most:
            return t
    return np.inf
""",
        "right: from above": """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    found = np.inf
    for t in np.unique(sure)[::-1]:
        if 100 * wrong[sure >= t].mean() <= most:
            found = t
    return found
""",
        "as a share": (
            THRESHOLD.format(**RIGHT_THRESHOLD | {"enough": "accepted.mean() <= most"}),
            "`most` is in percent",
        ),
        "of all images": (
            THRESHOLD.format(
                **RIGHT_THRESHOLD | {"enough": "100 * accepted.sum() / len(y) <= most"}
            ),
            "not of all",
        ),
        "above the threshold": (
            THRESHOLD.format(
                **RIGHT_THRESHOLD
                | {
                    "accepted": "wrong[sure > t]",
                    "enough": "len(accepted) and 100 * accepted.mean() <= most",
                }
            ),
            "whose confidence equals the threshold",
        ),
        "less than most": (
            THRESHOLD.format(
                **RIGHT_THRESHOLD | {"enough": "100 * accepted.mean() < most + 1e-300"}
            ).replace("< most + 1e-300", "< most or accepted.mean() == 0"),
            "Exactly `most` percent is allowed",
        ),
        "the most confident mistake": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    above = sure[sure > sure[wrong].max()] if wrong.any() else sure
    return above.min() if len(above) else np.inf
""",
            "accepts more, and few enough are misread",
        ),
        "the largest confidence": (
            "def threshold(y, P, most):\n    return P.max()",
            "accepts 1 image; the threshold",
        ),
        "a confidence of 1 - most": (
            "def threshold(y, P, most):\n    return 1 - most / 100",
            "accepts more, and few enough are misread",
        ),
        "from above until it is too much": (
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
            "Do you give up too early",
        ),
        "equals are taken apart": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    order = np.argsort(-sure, kind="stable")
    errors = 100 * np.cumsum(wrong[order]) / np.arange(1, len(y) + 1)
    fine = np.flatnonzero(errors <= most)
    return sure[order][fine[-1]] if len(fine) else np.inf
""",
            "accepts all of them or none",
        ),
        "the highest where none does it": (
            THRESHOLD.format(**RIGHT_THRESHOLD | {"otherwise": "sure.max()"}),
            "Return np.inf",
        ),
        "the smallest step below": (
            THRESHOLD.format(**RIGHT_THRESHOLD).replace("return t\n", "return t - 0.001\n"),
            "Return the smallest confidence among them",
        ),
        "on a grid": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.arange(0, 100) / 100:
        accepted = wrong[sure >= t]
        if len(accepted) and 100 * accepted.mean() <= most:
            return sure[sure >= t].min()
    return np.inf
""",
            "accepts more, and few enough are misread",
        ),
        "on a grid, and not one that occurs": (
            """
def threshold(y, P, most):
    sure, wrong = P.max(axis=1), P.argmax(axis=1) != y
    for t in np.append(0, sure.round(2)[np.argsort(sure)]):
        accepted = wrong[sure >= t]
        if len(accepted) and 100 * accepted.mean() <= most:
            return t
    return np.inf
""",
            "at most",
        ),
        "in place": (
            """
def threshold(y, P, most):
    P.sort(axis=1)
    return 0.6
""",
            "changes an array",
        ),
        "all of them": (
            "def threshold(y, P, most):\n    return P.max(axis=1)",
            "one number is asked for",
        ),
        "nothing is returned": ("def threshold(y, P, most):\n    P.max(axis=1)", "returns None"),
    },
}
