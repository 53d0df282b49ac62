"""Answers to the exercises on the lessons after the seventh, and the verdict each must get."""

OCCLUSION = """
def occlusion_map(logits, image, digit, size):
    side = 28 // size
    before = logits(image[np.newaxis])[0, digit]
    falls = np.zeros((side, side))
    for i in range(side):
        for j in range(side):
            covered = {covered}
            covered[{place}] = {paint}
            falls[i, j] = {fall}
    return {result}
"""
PLACE = "i * size : (i + 1) * size, j * size : (j + 1) * size"
AFTER = "logits(covered[np.newaxis])[0, digit]"


def occlusion(
    covered="image.copy()", place=PLACE, paint="0", fall=f"before - {AFTER}", result="falls"
):
    """Write an answer in loops, with one part in another way."""
    return OCCLUSION.format(covered=covered, place=place, paint=paint, fall=fall, result=result)


ECE = """
def calibration_error(confidence, right, bins):
    places = {places}
    n, gap = [], []
    for k in range(bins):
        inside = places == k
        if {enough}:
            n.append(inside.sum())
            gap.append({gap})
    n, gap = np.array(n), np.array(gap)
    return {result}
"""
PLACES = "np.minimum((confidence * bins).astype(int), bins - 1)"


def ece(
    places=PLACES,
    enough="inside.any()",
    gap="confidence[inside].mean() - right[inside].mean()",
    result="100 * np.sum(n * abs(gap)) / n.sum()",
):
    """Write an answer over bins with one part in another way."""
    return ECE.format(places=places, enough=enough, gap=gap, result=result)


TEMPERATURE = """
def best_temperature(logits, y):
    def loss(T):
        P = {probabilities}
        return {loss}
    candidates = {candidates}
    return {result}
"""


def temperature(
    probabilities="softmax(logits / T)",
    loss="-np.log(np.maximum(P[np.arange(len(y)), y], 1e-300)).mean()",
    candidates="np.geomspace(0.2, 5, 1000)",
    result="min(candidates, key=loss)",
):
    """Write a search with one part in another way."""
    return TEMPERATURE.format(
        probabilities=probabilities, loss=loss, candidates=candidates, result=result
    )


INTERVALS = """
def unpaired(errors_a, errors_b):
    n = len(errors_a)
    return {difference}, {unpaired}

def paired(errors_a, errors_b):
    d = errors_b - errors_a
    n = len(d)
    return {difference}, {paired}
"""


def intervals(
    difference="errors_b.mean() - errors_a.mean()",
    unpaired="t[n] * np.hypot(errors_a.std(ddof=1), errors_b.std(ddof=1)) / np.sqrt(n)",
    paired="t[n] * d.std(ddof=1) / np.sqrt(n)",
):
    """Write both functions with one part in another way."""
    return INTERVALS.format(difference=difference, unpaired=unpaired, paired=paired)


RUNS = """
def runs_needed(spread, reach):
    for n in {numbers}:
        if {width} <= reach:
            return {found}
    return {otherwise}
"""


def runs(
    numbers="range(2, 31)", width="t[n] * spread * (2 / n) ** 0.5", found="n", otherwise="np.inf"
):
    """Write a search with one part in another way."""
    return RUNS.format(numbers=numbers, width=width, found=found, otherwise=otherwise)


def rejected(share, below="<"):
    """Write an answer out of what it returns."""
    return f"""
def non_digits_among_rejected(digits, non_digits, threshold, one_in):
    d, s = digits {below} threshold, non_digits {below} threshold
    return {share}
"""


RIGHT_SHARE = "np.mean(s) / (np.mean(s) + (one_in - 1) * np.mean(d))"


def build_in(kernel="kernel / divisor[:, None]", bias="bias - (mean / divisor) @ kernel"):
    """Write an answer out of what it returns."""
    return f"\ndef build_in(kernel, bias, mean, divisor):\n    return {kernel}, {bias}\n"


def same(result, *before):
    """Write an answer out of what it returns, after some lines."""
    lines = "".join(f"    {line}\n" for line in before)
    return f"\ndef same_predictions(p, q, tolerance):\n{lines}    return {result}\n"


SHAPES = "if p.shape != q.shape: return False"

ANSWERS = {
    "occlusion": {
        "right: a copy for each tile": occlusion(),
        "right: covered, then uncovered": """
def occlusion_map(logits, image, digit, size):
    before = logits(image[None])[0, digit]
    falls = []
    for top in range(0, 28, size):
        for left in range(0, 28, size):
            tile = image[top : top + size, left : left + size]
            kept = tile.copy()
            tile[:] = 0
            falls.append(before - logits(image[None])[0, digit])
            tile[:] = kept
    return np.reshape(falls, (28 // size, 28 // size))
""",
        "right: lists": """
def occlusion_map(logits, image, digit, size):
    rows = []
    for top in range(0, 28, size):
        rows.append([])
        for left in range(0, 28, size):
            picture = [list(row) for row in image]
            for r in range(top, top + size):
                for c in range(left, left + size):
                    picture[r][c] = 0.0
            before, after = logits(np.array([image, picture]))
            rows[-1].append(float(before[digit] - after[digit]))
    return rows
""",
        "right: masks": """
def occlusion_map(logits, image, digit, size):
    side = 28 // size
    kept = 1 - np.eye(side * side).reshape(-1, side, side)
    masks = kept.repeat(size, axis=1).repeat(size, axis=2)
    z = logits(np.concatenate([image[None], masks * image]))[:, digit]
    return (z[0] - z[1:]).reshape(side, side)
""",
        "right: pixel by pixel": """
def occlusion_map(logits, image, digit, size):
    rows, columns = np.indices((28, 28)) // size
    before = logits(image[None])[0][digit]
    return np.array([
        [
            before - logits(np.where((rows == i) & (columns == j), 0, image)[None])[0][digit]
            for j in range(28 // size)
        ]
        for i in range(28 // size)
    ])
""",
        "right: float32": occlusion("image.astype('float32')", result="np.float32(falls)"),
        "the colleague's": (occlusion("image", paint="1"), "the map is the colleague's"),
        "background, but on one image": (
            occlusion("image"),
            "are the earlier tiles still on the image",
        ),
        "one copy for all tiles": (
            occlusion("image").replace("    side", "    image = image.copy()\n    side", 1),
            "are the earlier tiles still on the image",
        ),
        "uncovered at the end": (
            occlusion("image").replace("    return", "    image[:] = 1\n    return"),
            "are the earlier tiles still on the image",
        ),
        "a copy for each row": (
            occlusion("covered").replace(
                "        for j", "        covered = image.copy()\n        for j", 1
            ),
            "the earlier tiles of the row are still there",
        ),
        "a copy for each row, ink": (
            occlusion("covered", paint="1").replace(
                "        for j", "        covered = image.copy()\n        for j", 1
            ),
            "the earlier tiles of the row are still there, and they are 1",
        ),
        "a copy for each column": (
            """
def occlusion_map(logits, image, digit, size):
    side = 28 // size
    falls = np.zeros((side, side))
    for j in range(side):
        covered = image.copy()
        for i in range(side):
            covered[i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
            falls[i, j] = logits(image[None])[0, digit] - logits(covered[None])[0, digit]
    return falls
""",
            "the earlier tiles of the column are still there",
        ),
        "ink": (occlusion(paint="1"), "your tiles are 1"),
        "grey": (occlusion(paint="0.5"), "all of them, with 0?"),
        "the mean": (occlusion(paint="image.mean()"), "all of them, with 0?"),
        "after minus before": (occlusion(fall=f"{AFTER} - before"), "the sign is wrong"),
        "only after": (occlusion(fall=AFTER), "holds the logits after covering"),
        "columns first": (
            occlusion(place="j * size : (j + 1) * size, i * size : (i + 1) * size"),
            "changed places",
        ),
        "of the digit that is answered": (
            occlusion().replace(
                "    side", "    digit = logits(image[None])[0].argmax()\n    side", 1
            ),
            "not of the",
        ),
        "never below 0": (occlusion(fall=f"max(0, before - {AFTER})"), "the value is negative"),
        "without sign": (occlusion(fall=f"abs(before - {AFTER})"), "the value is negative"),
        "squeezed": (
            occlusion(result="falls.squeeze()"),
            "the map has 1 x 1 values; yours has the shape ()",
        ),
        "a table of sides, three": (
            occlusion().replace("28 // size", "{4: 7, 7: 4, 14: 2}[size]"),
            "KeyError: 28",
        ),
        "a table of sides, four": (
            occlusion().replace("28 // size", "{4: 7, 7: 4, 14: 2, 28: 1}[size]"),
            "KeyError: 2",
        ),
        "text": (occlusion(result="falls.astype(str)"), "numbers are asked for, not text"),
        "rows of different lengths": (
            occlusion(result="[row[: i + 1] for i, row in enumerate(falls.tolist())]"),
            "yours has the shape (7,)",
        ),
        "always seven tiles": (occlusion().replace("28 // size", "7"), "the map has 4 x 4 values"),
        "whole rows": (occlusion(place="i * size : (i + 1) * size"), "its own pixels"),
        "tiles of five": (
            occlusion(place="i * size : i * size + 5, j * size : j * size + 5"),
            "its own pixels",
        ),
        "a pixel apart": (
            occlusion(place="i : i + size, j : j + size").replace("28 // size", "29 - size"),
            "the map has 7 x 7 values",
        ),
        "a line too small": (
            occlusion(place="i * size : (i + 1) * size - 1, j * size : (j + 1) * size"),
            "its own pixels",
        ),
        "a share of the logit": (occlusion(fall=f"1 - {AFTER} / before"), "its own pixels"),
        "without the axis of images": (
            occlusion(fall="before - logits(covered)[0, digit]"),
            "logits takes images of shape (n, 28, 28)",
        ),
        "in place": (
            occlusion(result="falls").replace("    return", "    image *= 2\n    return"),
            "`image` has changed",
        ),
        "nothing is returned": (
            occlusion().replace("return falls", "print(falls)"),
            "returns None",
        ),
    },
    "ece": {
        "right: bin by bin": ece(),
        "right: comparisons": """
def calibration_error(confidence, right, bins):
    total = 0
    for k in range(bins):
        inside = (confidence >= k / bins) & (confidence < (k + 1) / bins)
        if k == bins - 1:
            inside |= confidence == 1
        if np.sum(inside) > 0:
            total += np.mean(inside) * abs(np.mean(confidence[inside]) - np.mean(right[inside]))
    return 100 * total
""",
        "right: digitize": """
def calibration_error(confidence, right, bins):
    places = np.clip(np.digitize(confidence, np.linspace(0, 1, bins + 1)) - 1, 0, bins - 1)
    sums = np.bincount(places, confidence - right, minlength=bins)
    return 100 * np.abs(sums).sum() / len(right)
""",
        "right: histogram": """
def calibration_error(confidence, right, bins):
    sure, _ = np.histogram(confidence, bins, (0, 1), weights=confidence)
    hits, _ = np.histogram(confidence, bins, (0, 1), weights=right.astype(float))
    return float(100 * sum(abs(sure - hits)) / confidence.size)
""",
        "right: lists": """
def calibration_error(confidence, right, bins):
    members = [[] for _ in range(bins)]
    for c, r in zip(confidence.tolist(), right.tolist()):
        members[min(int(c * bins), bins - 1)].append((c, r))
    total = 0.0
    for group in members:
        if group:
            mean = sum(c for c, _ in group) / len(group)
            accuracy = sum(r for _, r in group) / len(group)
            total += len(group) * abs(mean - accuracy)
    return 100 * total / len(confidence)
""",
        "right: the function of the course": """
from mnist_course.evaluation import calibration

def calibration_error(confidence, right, bins):
    P = np.zeros((len(confidence), 10))
    P[:, 0] = confidence
    P[:, 1:] = (1 - confidence[:, None]) / 9
    if (P.argmax(axis=1) == 0).all():
        return calibration.calibration_error(np.where(right, 0, 1), P, bins)
    place = np.minimum(np.floor(confidence * bins), bins - 1)
    return 100 * sum(
        abs(np.sum((confidence - right)[place == k])) for k in range(bins)
    ) / len(right)
""",
        "a share": (ece(result="np.sum(n * abs(gap)) / n.sum()"), "Percentage points"),
        "not weighted": (ece(result="100 * abs(gap).mean()"), "do not weight"),
        "not weighted, empty bins count": (
            ece(result="100 * abs(gap).sum() / bins"),
            "do not weight",
        ),
        "added": (ece(result="100 * abs(gap).sum()"), "the gaps are added"),
        "not divided": (ece(result="100 * np.sum(n * abs(gap))"), "by the number of answers."),
        "divided by the bins": (ece(result="100 * np.sum(n * abs(gap)) / bins"), "not of bins"),
        "signed": (ece(result="100 * np.sum(n * gap) / n.sum()"), "cancel"),
        "absolute at the end": (ece(result="100 * abs(np.sum(n * gap)) / n.sum()"), "cancel"),
        "the largest": (ece(result="100 * abs(gap).max()"), "the largest gap"),
        "answer by answer": (
            ece(gap="abs(confidence[inside] - right[inside]).mean()"),
            "a gap for each answer",
        ),
        "squares": (ece(result="100 * np.sum(n * gap**2) / n.sum()"), "not its square"),
        "root of squares": (
            ece(result="100 * np.sqrt(np.sum(n * gap**2) / n.sum())"),
            "not its square",
        ),
        "an edge belongs to the bin below": (
            ece("np.maximum(np.ceil(confidence * bins) - 1, 0)"),
            "not to the one below",
        ),
        "1 is in no bin": (ece("(confidence * bins).astype(int)"), "belongs to the last one"),
        "1 is in no bin, but counted": (
            ece(
                "(confidence * bins).astype(int)",
                result="100 * np.sum(n * abs(gap)) / len(confidence)",
            ),
            "belongs to the last one",
        ),
        "1 is in a bin of its own, digitize": (
            """
def calibration_error(confidence, right, bins):
    place = np.digitize(confidence, np.linspace(0, 1, bins + 1))
    total = 0
    for k in np.unique(place):
        inside = place == k
        total += np.sum(inside) * abs(np.mean(confidence[inside]) - np.mean(right[inside]))
    return 100 * total / len(confidence)
""",
            "a confidence of 1 is in a bin of its own",
        ),
        "1 is in a bin of its own, floor": (
            ece("np.floor(confidence * bins)").replace("range(bins)", "range(bins + 1)"),
            "a confidence of 1 is in a bin of its own",
        ),
        "1 is in every bin": (
            """
def calibration_error(confidence, right, bins):
    total = 0
    for k in range(bins):
        inside = (confidence >= k / bins) & (confidence < (k + 1) / bins) | (confidence == 1)
        if inside.any():
            total += inside.sum() * abs(confidence[inside].mean() - right[inside].mean())
    return 100 * total / len(confidence)
""",
            "a confidence of 1 is in every bin",
        ),
        "1 is in every bin, and counted there": (
            ece().replace("places == k", "(places == k) | (confidence == 1)"),
            "a confidence of 1 is in every bin",
        ),
        "1 is in every bin that has an answer": (
            """
def calibration_error(confidence, right, bins):
    total = 0
    for k in range(bins):
        inside = (confidence >= k / bins) & (confidence < (k + 1) / bins)
        if inside.any():
            inside |= confidence == 1
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return 100 * total
""",
            "a confidence of 1 is in every bin",
        ),
        "1 is in bin 0": (ece("(confidence * bins).astype(int) % bins"), "of 1 is in bin 0"),
        "text": (
            ece(result="f'{100 * np.sum(n * abs(gap)) / n.sum():.3f}'"),
            "one number is asked",
        ),
        "empty bins": (ece(enough="True"), "the result is NaN"),
        "always two bins": (
            ece().replace("    places", "    bins = 2\n    places", 1),
            "The bins have",
        ),
        "equal counts": (
            ece("np.argsort(np.argsort(confidence)) * bins // len(confidence)"),
            "The bins have",
        ),
        "bins between smallest and largest": (
            ece(
                "np.minimum((confidence - confidence.min()) / np.ptp(confidence) * bins, "
                "bins - 1).astype(int)"
            ),
            "The bins have",
        ),
        "a constant": (ece(result="25.0"), "The bins have"),
        "all gaps": (ece(result="gap"), "one number is asked for"),
        "in place": (
            ece().replace("    places", "    confidence.sort()\n    places", 1),
            "changes an array",
        ),
        "in place, at the end": (
            ece(result="100 * np.sum(n * abs(gap)) / n.sum(), confidence.sort()")
            .replace("return 100", "result = 100")
            .replace(", confidence.sort()", "\n    confidence.sort()\n    return result"),
            "changes an array",
        ),
        "nothing is returned": (ece(result="None"), "returns None"),
    },
    "temperature": {
        "right: min of a grid": temperature(),
        "right: halving the gradient": """
def best_temperature(logits, y):
    low, high = 0.05, 20.0
    true = logits[np.arange(len(y)), y]
    for _ in range(60):
        T = (low * high) ** 0.5
        slope = np.sum(np.sum(softmax(logits / T) * logits, axis=1) - true)
        low, high = (T, high) if slope > 0 else (low, T)
    return T
""",
        "right: thirds": """
def best_temperature(logits, y):
    def loss(T):
        z = logits / T
        z = z - z.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])
    low, high = 0.1, 10
    while high - low > 1e-4:
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if loss(a) < loss(b):
            high = b
        else:
            low = a
    return (low + high) / 2
""",
        "right: lists, coarse, then fine": """
import math

def best_temperature(logits, y):
    def loss(T):
        total = 0.0
        for row, digit in zip(logits.tolist(), y.tolist()):
            total += math.log(sum(math.exp(z / T) for z in row)) - row[digit] / T
        return total
    best = min([0.2 * 1.1**k for k in range(35)], key=loss)
    return min([best * 1.002**k for k in range(-60, 61)], key=loss)
""",
        "right: one-hot rows, a table": temperature(
            loss="-np.mean(np.sum(np.eye(10)[y] * np.log(P + 1e-12), axis=1))",
            candidates="np.arange(0.2, 5, 0.002)",
            result="candidates[np.argmin([loss(T) for T in candidates])]",
        ),
        "right: steps of a thousandth, from 0.25 to 4": temperature(
            candidates="np.arange(0.25, 4, 0.001)"
        ),
        "right: the function of the course": """
from mnist_course.evaluation.calibration import fit_temperature

def best_temperature(logits, y):
    return fit_temperature(y, logits)
""",
        "right: Keras's loss": """
import keras

def best_temperature(logits, y):
    def loss(T):
        return float(keras.ops.mean(
            keras.losses.sparse_categorical_crossentropy(y, logits / T, from_logits=True)
        ))
    return min(np.exp(np.linspace(-1.6, 1.6, 500)), key=loss)
""",
        "multiplied": (temperature("softmax(logits * T)"), "you return 1 / T"),
        "the lowest loss": (temperature(result="min(map(loss, candidates))"), "the lowest loss"),
        "the highest loss": (
            temperature(result="max(candidates, key=loss)"),
            "the loss of the true digit",
        ),
        "of the answer": (
            temperature(loss="-np.log(P.max(axis=1)).mean()"),
            "the loss of the true digit",
        ),
        "the squared error": (
            temperature(loss="np.sum((P - np.eye(10)[y]) ** 2)"),
            "the loss of the true digit",
        ),
        "the mean probability": (
            temperature(loss="-P[np.arange(len(y)), y].mean()"),
            "the loss of the true digit",
        ),
        "the calibration error": (
            temperature(loss="abs(sum((P.max(axis=1) - (P.argmax(axis=1) == y))))"),
            "the loss of the true digit",
        ),
        "the error": (
            temperature(loss="np.mean(P.argmax(axis=1) != y)"),
            "the loss of the true digit",
        ),
        "only above 1": (
            temperature(candidates="np.geomspace(1, 5, 1000)"),
            "the loss of the true digit",
        ),
        "steps of a tenth": (temperature(candidates="np.arange(0.2, 5, 0.1)"), "steps too wide"),
        "steps of a hundredth": (
            temperature(candidates="np.arange(0.25, 4, 0.01)"),
            "not within 1 %. Are your steps too wide",
        ),
        "steps of two hundredths": (
            temperature(candidates="np.arange(0.2, 5, 0.02)"),
            "not within 1 %. Are your steps too wide",
        ),
        "rounded": (
            temperature(result="round(min(candidates, key=loss), 2)"),
            "not within 1 %. Are your steps too wide",
        ),
        **{
            f"from {low} to {high}": (
                temperature(candidates=f"np.geomspace({low}, {high}, 1000)"),
                "does your search reach from 0.25 to 4?",
            )
            for low, high in ((0.5, 4), (0.7, 3.3), (0.25, 3.5))
        },
        "text": (temperature(result="str(min(candidates, key=loss))"), "One number is asked for"),
        "softmax of columns": (
            temperature("np.exp(logits / T) / np.exp(logits / T).sum(axis=0)"),
            "the loss of the true digit",
        ),
        "not normalized": (temperature("np.exp(logits / T)"), "the loss of the true digit"),
        "softmax twice": (temperature("softmax(softmax(logits / T))"), "the loss of the true"),
        "divided after the softmax": (temperature("softmax(logits) / T"), "of the true digit"),
        "the first half": (
            temperature(loss="-np.log(P[np.arange(len(y) // 2), y[: len(y) // 2]]).mean()"),
            "the loss of the true digit",
        ),
        "always 1": (temperature(result="1.0"), "the loss of the true digit"),
        "negative": (temperature(result="-min(candidates, key=loss)"), "A temperature is above 0"),
        "all of them": (temperature(result="candidates"), "One number is asked for"),
        "in place": (
            temperature().replace("    def loss", "    logits -= 1\n    def loss", 1),
            "changes an array",
        ),
        "nothing is returned": (temperature(result="None"), "returns None"),
    },
    "intervals": {
        "right: hypot": intervals(),
        "right: lists": """
def mean(values):
    return sum(values) / len(values)

def square_of_error(values):
    m = mean(values)
    return sum((v - m) ** 2 for v in values) / (len(values) - 1) / len(values)

def unpaired(errors_a, errors_b):
    both = square_of_error(errors_a) + square_of_error(errors_b)
    return [mean(errors_b) - mean(errors_a), t[len(errors_a)] * both**0.5]

def paired(errors_a, errors_b):
    d = [b - a for a, b in zip(errors_a, errors_b)]
    return [mean(d), t[len(d)] * square_of_error(d) ** 0.5]
""",
        "right: statistics": """
import statistics
from math import sqrt

def unpaired(errors_a, errors_b):
    a, b = errors_a.tolist(), errors_b.tolist()
    variance = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return statistics.mean(b) - statistics.mean(a), t[len(a)] * sqrt(variance)

def paired(errors_a, errors_b):
    d = (errors_b - errors_a).tolist()
    return statistics.mean(d), t[len(d)] * statistics.stdev(d) / sqrt(len(d))
""",
        "right: arrays of two": intervals()
        .replace("return ", "return np.array([")
        .replace("np.sqrt(n)", "np.sqrt(n)])"),
        "right: covariance": """
def unpaired(errors_a, errors_b):
    covariances = np.cov(errors_a, errors_b)
    return np.mean(errors_b - errors_a), t[len(errors_a)] * (
        np.trace(covariances) / len(errors_a)
    ) ** 0.5

def paired(errors_a, errors_b):
    c = np.cov(errors_a, errors_b)
    square = c[0, 0] + c[1, 1] - 2 * c[0, 1]
    return np.mean(errors_b - errors_a), t[len(errors_a)] * (square / len(errors_a)) ** 0.5
""",
        "right: one helper, float32": """
def standard_error(values):
    return np.std(values, ddof=1) / len(values) ** 0.5

def unpaired(errors_a, errors_b):
    errors = [standard_error(errors_a), standard_error(errors_b)]
    return np.float32(errors_b.mean() - errors_a.mean()), np.float32(
        t[len(errors_b)] * np.linalg.norm(errors)
    )

def paired(errors_a, errors_b):
    d = errors_b - errors_a
    return d.mean(), t[d.size] * standard_error(d)
""",
        "A minus B": (
            intervals("errors_a.mean() - errors_b.mean()"),
            "the sign is wrong or lost. Do you take A minus B, or the absolute value?",
        ),
        "without sign": (
            intervals("abs(errors_b.mean() - errors_a.mean())"),
            "the sign is wrong or lost. Do you take A minus B, or the absolute value?",
        ),
        "each pair without sign": (
            intervals("abs(errors_b - errors_a).mean()"),
            "the sign is wrong or lost. Do you take A minus B, or the absolute value?",
        ),
        "text": (
            intervals("f'{errors_b.mean() - errors_a.mean():.4f}'"),
            "unpaired: two numbers are asked for",
        ),
        "the sum of the differences": (
            intervals("(errors_b - errors_a).sum()"),
            "the difference of the means is",
        ),
        "the median": (
            intervals("np.median(errors_b - errors_a)"),
            "the difference of the means is",
        ),
        "divided by n": (
            intervals(
                unpaired="t[n] * np.hypot(errors_a.std(), errors_b.std()) / np.sqrt(n)",
                paired="t[n] * d.std() / np.sqrt(n)",
            ),
            "Here it divides by n - 1",
        ),
        "paired divided by n": (
            intervals(paired="t[n] * d.std() / np.sqrt(n)"),
            "paired, A [5.1, 4.2, 6.0, 5.6, 4.4], B [4.8, 4.0, 5.5, 5.4, 3.9]: the standard dev",
        ),
        "1.96": (
            intervals(
                unpaired="1.96 * np.hypot(errors_a.std(ddof=1), errors_b.std(ddof=1)) / n**0.5"
            ),
            "1.96 is for many values",
        ),
        "without t": (intervals(paired="d.std(ddof=1) / np.sqrt(n)"), "Multiply it by `t[n]`"),
        "without the root of n": (
            intervals(paired="t[n] * d.std(ddof=1)"),
            "divide by the root of n: the mean",
        ),
        "by n": (intervals(paired="t[n] * d.std(ddof=1) / n"), "not by n"),
        "the whole width": (
            intervals(paired="2 * t[n] * d.std(ddof=1) / np.sqrt(n)"),
            "the whole width",
        ),
        "the variance": (
            intervals(unpaired="t[n] * (errors_a.var(ddof=1) + errors_b.var(ddof=1)) / n"),
            "the root is missing",
        ),
        "standard errors added": (
            intervals(unpaired="t[n] * (errors_a.std(ddof=1) + errors_b.std(ddof=1)) / np.sqrt(n)"),
            "the variances add up, not the standard errors",
        ),
        "the mean of the variances": (
            intervals(
                unpaired="t[n] * ((errors_a.var(ddof=1) + errors_b.var(ddof=1)) / 2 / n) ** 0.5"
            ),
            "you take a mean",
        ),
        "only A": (
            intervals(unpaired="t[n] * errors_a.std(ddof=1) / np.sqrt(n)"),
            "not only that of A",
        ),
        "only B": (
            intervals(unpaired="t[n] * errors_b.std(ddof=1) / np.sqrt(n)"),
            "not only that of B",
        ),
        "t of n - 1": (
            intervals(paired="t[max(n - 1, 2)] * d.std(ddof=1) / np.sqrt(n)"),
            "for another number of values",
        ),
        "t of five": (
            intervals(paired="t[5] * d.std(ddof=1) / np.sqrt(n)"),
            "that is Student's t for another number of values. n is 2.",
        ),
        "t of all values": (
            intervals(
                unpaired="t[2 * n - 1] * np.hypot(errors_a.std(ddof=1), errors_b.std(ddof=1))"
                " / np.sqrt(n)"
            ),
            "for another number of values",
        ),
        "paired twice": (
            intervals(unpaired="t[n] * (errors_b - errors_a).std(ddof=1) / np.sqrt(n)"),
            "of the other interval",
        ),
        "unpaired twice": (
            intervals(
                paired="t[n] * np.hypot(errors_a.std(ddof=1), errors_b.std(ddof=1)) / np.sqrt(n)"
            ),
            "of the other interval",
        ),
        "the other order": (
            """
def unpaired(errors_a, errors_b):
    half = t[len(errors_a)] * np.sqrt((errors_a.var(ddof=1) + errors_b.var(ddof=1)) / len(errors_a))
    return half, errors_b.mean() - errors_a.mean()

def paired(errors_a, errors_b):
    return unpaired(errors_a, errors_b)
""",
            "the difference comes first",
        ),
        "the ends": (
            """
def paired(errors_a, errors_b):
    d = errors_b - errors_a
    half = t[len(d)] * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() - half, d.mean() + half

def unpaired(errors_a, errors_b):
    half = t[len(errors_a)] * np.sqrt((errors_a.var(ddof=1) + errors_b.var(ddof=1)) / len(errors_a))
    return errors_b.mean() - errors_a.mean() - half, errors_b.mean() - errors_a.mean() + half
""",
            "the difference of the means is",
        ),
        "only the half-widths": (
            intervals().replace("errors_b.mean() - errors_a.mean(), ", ""),
            "two numbers are asked for",
        ),
        "in place": (
            intervals().replace("    d = errors_b", "    errors_b.sort()\n    d = errors_b"),
            "paired changes an array",
        ),
        "a number and a list": (intervals("[1.0, 2.0]"), "unpaired: two numbers are asked for"),
        "in place, harmless": (
            intervals().replace(
                "    n = len(errors_a)", "    n = len(errors_a)\n    errors_a.sort()"
            ),
            "unpaired changes an array",
        ),
        "nothing is returned": (intervals().replace("return", "result ="), "returns None"),
    },
    "runs": {
        "right: a loop": runs(),
        "right: next": """
def runs_needed(spread, reach):
    fine = (n for n in t if t[n] * np.hypot(spread, spread) / np.sqrt(n) <= reach)
    return next(fine, float("inf"))
""",
        "right: all at once": """
def runs_needed(spread, reach):
    n = np.arange(2, 31)
    fine = np.array([t[k] for k in n]) * spread * np.sqrt(2 / n) <= reach
    return n[fine][0] if fine.any() else np.inf
""",
        "right: while": """
def runs_needed(spread, reach):
    n = 2
    while t[n] * (spread**2 / n + spread**2 / n) ** 0.5 > reach:
        n += 1
        if n > 30:
            return np.inf
    return n
""",
        "right: min of a list, a floating-point number": """
def runs_needed(spread, reach):
    squares = {n: t[n] ** 2 * 2 * spread**2 / n for n in range(2, 31)}
    return float(min([n for n, square in squares.items() if square <= reach**2], default=np.inf))
""",
        "right: with the function from a": """
def runs_needed(spread, reach):
    for n in range(2, 31):
        # n errors with this standard deviation: half of them above, half of them below, or so
        errors = np.arange(n, dtype=float)
        errors *= spread / errors.std(ddof=1)
        if unpaired(errors, errors)[1] <= reach:
            return n
    return np.inf
""",
        "right: halving": """
def runs_needed(spread, reach):
    low, high = 1, 31
    while high - low > 1:
        middle = (low + high) // 2
        if t[middle] * spread * (2 / middle) ** 0.5 <= reach:
            high = middle
        else:
            low = middle
    return high if high < 31 else np.inf
""",
        "for one mean": (runs(width="t[n] * spread / n**0.5"), "the mean of one recipe"),
        "1.96": (runs(width="1.96 * spread * (2 / n) ** 0.5"), "1.96 is for many values"),
        "by formula with 1.96": (
            """
def runs_needed(spread, reach):
    n = max(2, int(np.ceil(2 * (1.96 * spread / reach) ** 2)))
    return n if n <= 30 else np.inf
""",
            "1.96 is for many values",
        ),
        "four times": (
            """
def runs_needed(spread, reach):
    n = max(2, int(np.ceil(5 * (t[5] * spread * (2 / 5) ** 0.5 / reach) ** 2 - 0.2)))
    return n if n <= 30 else np.inf
""",
            "t stayed the same",
        ),
        "standard errors added": (
            runs(width="2 * t[n] * spread / n**0.5"),
            "Do you add the standard errors",
        ),
        "of both together": (runs(found="2 * n"), "of both recipes together"),
        "one too many": (runs(found="n + 1"), "are enough, but"),
        "one too few": (runs(found="n - 1"), "still a little above"),
        "only to 29": (runs("range(2, 30)"), "where does your range end?"),
        "from 3": (runs("range(3, 31)"), "spread 0.1, reach 2: 3 runs are enough, but 2"),
        "the largest": (runs("range(30, 1, -1)"), "more runs than needed"),
        "t of both": (
            runs(width="t[min(2 * n - 1, 30)] * spread * (2 / n) ** 0.5"),
            "still a little above",
        ),
        "no root": (runs(width="t[n] * spread * 2 / n"), "too few runs"),
        "30 where it is not enough": (runs(otherwise="30"), "30 runs are not enough"),
        "only to 29, while": (
            """
def runs_needed(spread, reach):
    n = 2
    while n < 30:
        if t[n] * spread * (2 / n) ** 0.5 <= reach:
            return n
        n += 1
    return np.inf
""",
            "where does your range end?",
        ),
        "rounded to two decimals": (
            runs(width="round(t[n] * spread * (2 / n) ** 0.5, 2)"),
            "Do you round the half-width?",
        ),
        "rounded to three decimals": (
            runs(width="round(t[n] * spread * (2 / n) ** 0.5, 3)"),
            "Do you round the half-width?",
        ),
        "rounded to four decimals": (
            runs(width="round(t[n] * spread * (2 / n) ** 0.5, 4)"),
            "Do you round the half-width?",
        ),
        "t of five": (
            runs(width="t[5] * spread * (2 / n) ** 0.5"),
            "Student's t changes with the number of runs",
        ),
        "np.inf as text": (runs(otherwise="'np.inf'"), "one number is asked for"),
        "inf as text": (runs(otherwise="'inf'"), "one number is asked for"),
        "inf as text in an array": (
            """
def runs_needed(spread, reach):
    n = np.arange(2, 31)
    fine = np.array([t[k] for k in n]) * spread * np.sqrt(2 / n) <= reach
    return np.where(fine.any(), n[fine.argmax()], "np.inf")
""",
            "one number is asked for",
        ),
        "a list of lists": (runs(found="[n, [n]]"), "one number is asked for"),
        "a function": (runs(found="max"), "one number is asked for"),
        "not a whole number": (runs(found="n - 0.5"), "is not a whole number"),
        "NaN where it is not enough": (runs(otherwise="np.nan"), "is not a whole number"),
        "nothing where it is not enough": (runs(otherwise="None"), "returns None"),
        "a pair": (runs(found="n, n"), "one number is asked for"),
        "a constant": (runs(width="0", found="13"), "more runs than needed"),
        "nothing is returned": (runs(found="None"), "returns None"),
    },
    "rejected": {
        "right: for one non-digit": rejected("1 / (1 + (one_in - 1) * np.mean(d) / np.mean(s))"),
        "right: a million images": """
def non_digits_among_rejected(digits, non_digits, threshold, one_in):
    strange = 1e6 / one_in * sum(non_digits < threshold) / len(non_digits)
    fine = (1e6 - 1e6 / one_in) * sum(digits < threshold) / len(digits)
    return strange / (strange + fine) if strange else 0
""",
        "right: Bayes' rule": rejected(
            "np.mean(s) / one_in / (np.mean(s) / one_in + (1 - 1 / one_in) * np.mean(d))"
        ),
        "right: lists": """
def non_digits_among_rejected(digits, non_digits, threshold, one_in):
    d = [c < threshold for c in digits.tolist()]
    s = [c < threshold for c in non_digits.tolist()]
    of_digits = (one_in - 1) * sum(d) / len(d)
    of_others = sum(s) / len(s)
    return of_others / (of_digits + of_others)
""",
        "right: np.average": """
def non_digits_among_rejected(digits, non_digits, threshold, one_in):
    is_none = np.repeat([0.0, 1.0], [len(digits), len(non_digits)])
    weights = np.repeat([(one_in - 1) / len(digits), 1 / len(non_digits)],
                        [len(digits), len(non_digits)])
    out = np.concatenate([digits, non_digits]) < threshold
    return np.average(is_none[out], weights=weights[out])
""",
        "right: counts multiplied": rejected(
            "np.float32(s.sum() * d.size / (s.sum() * d.size + (one_in - 1) * d.sum() * s.size))"
        ),
        "both arrays counted": (rejected("s.sum() / (s.sum() + d.sum())"), "you count the images"),
        "of the non-digits": (rejected("np.mean(s)"), "not the other way"),
        "of all images": (rejected("np.mean(s) / one_in"), "the share of all images"),
        "equally frequent": (
            rejected("np.mean(s) / (np.mean(s) + np.mean(d))"),
            "equally frequent",
        ),
        "odds": (rejected("np.mean(s) / ((one_in - 1) * np.mean(d))"), "non-digits for each digit"),
        "one digit too many": (
            rejected("np.mean(s) / (np.mean(s) + one_in * np.mean(d))"),
            "of 101 images, 100 are digits",
        ),
        "the digits": (rejected(f"1 - {RIGHT_SHARE}"), "the share of digits"),
        "percent": (rejected(f"100 * {RIGHT_SHARE}"), "not a percentage"),
        "odds, turned back": (
            rejected("(lambda r: r / (1 + r))(np.mean(s) / (one_in - 1) / np.mean(d))"),
            "Which number did you divide by",
        ),
        "lengths": (
            rejected("s.sum() / (s.sum() + (one_in - 1) * d.sum())"),
            "the two arrays have different lengths",
        ),
        "at the threshold, too": (rejected(RIGHT_SHARE, "<="), "exactly at the threshold"),
        "the accepted": (rejected(RIGHT_SHARE, ">="), "these are the accepted images"),
        "always 500": (rejected(RIGHT_SHARE.replace("one_in", "500")), "So the share is"),
        "always 0.6": (
            rejected(RIGHT_SHARE).replace("< threshold", "< 0.6"),
            "is the threshold 0.6 written into the code",
        ),
        "always 0.6, and at the threshold": (
            rejected(RIGHT_SHARE).replace("< threshold", "<= 0.6"),
            "is the threshold 0.6 written into the code",
        ),
        "0 where no digit is rejected": (
            rejected(f"{RIGHT_SHARE} if d.any() else 0.0"),
            "if no digit is rejected, all rejected images are non-digits",
        ),
        **{
            f"whole images, {rounding}": (
                rejected(f"np.mean(s) / (np.mean(s) + {rounding}((one_in - 1) * np.mean(d)))"),
                "do you round the number of rejected digits",
            )
            for rounding in ("round", "int", "np.ceil", "np.floor")
        },
        "text": (rejected(f"f'{{{RIGHT_SHARE}:.4f}}'"), "one number is asked for"),
        "two numbers": (rejected("np.mean(s), np.mean(d)"), "one number is asked for"),
        "in place": (
            rejected("result").replace(
                "    return", f"    result = {RIGHT_SHARE}\n    digits.sort()\n    return"
            ),
            "changes an array",
        ),
        "nothing is returned": (rejected("print(s)"), "returns None"),
    },
    "build-in": {
        "right: matrix product": build_in(),
        "right: transposed": build_in(
            "(kernel.T / divisor).T", "bias - (kernel.T / divisor) @ mean"
        ),
        "right: diagonal matrix": build_in(
            "np.diag(1 / divisor) @ kernel", "bias - mean @ np.diag(1 / divisor) @ kernel"
        ),
        "right: loops": """
def build_in(kernel, bias, mean, divisor):
    new_kernel, new_bias = kernel.tolist(), bias.tolist()
    for i in range(len(mean)):
        for u in range(len(bias)):
            new_kernel[i][u] /= divisor[i]
            new_bias[u] -= mean[i] * new_kernel[i][u]
    return new_kernel, new_bias
""",
        "right: what the layer computes": """
def build_in(kernel, bias, mean, divisor):
    def layer(x):
        return (x - mean) / divisor @ kernel + bias
    at_zero = layer(np.zeros(len(mean)))
    return [layer(np.eye(len(mean))) - at_zero, at_zero]
""",
        "right: einsum, float32": build_in(
            "np.float32(np.einsum('iu,i->iu', kernel, 1 / divisor))",
            "np.float32(bias - np.einsum('iu,i->u', kernel, mean / divisor))",
        ),
        "columns": (
            build_in("kernel / np.resize(divisor, kernel.shape[1])"),
            "An input owns a row",
        ),
        "multiplied": (build_in("kernel * divisor[:, None]"), "you multiply the kernel"),
        "the kernel as it was": (build_in("kernel"), "the kernel has not changed"),
        "one divisor for all": (build_in("kernel / divisor.mean()"), "the kernel is another one"),
        "minus the mean": (
            build_in("kernel / divisor[:, None] - mean[:, None]"),
            "the kernel is another one",
        ),
        "the bias as it was": (build_in(bias="bias"), "the bias has not changed"),
        "plus": (build_in(bias="bias + (mean / divisor) @ kernel"), "the sign of the change"),
        "not divided": (build_in(bias="bias - mean @ kernel"), "not divided by the divisor"),
        "no old bias": (build_in(bias="-(mean / divisor) @ kernel"), "the old bias is missing"),
        "no mean": (build_in(bias="bias - (1 / divisor) @ kernel"), "the mean is missing"),
        "not through the kernel": (
            build_in(bias="bias - np.sum(mean / divisor)"),
            "has to pass through the kernel",
        ),
        "one mean for all": (
            build_in(bias="bias - mean.mean() * (1 / divisor) @ kernel"),
            "each pixel has a mean of its own",
        ),
        "the bias in a row": (
            build_in(bias="(bias - (mean / divisor) @ kernel)[None]"),
            "the shapes should be",
        ),
        "a kernel of rows of different lengths": (
            build_in("[[1.0, 2.0], [3.0]]"),
            "yours are (2,) and",
        ),
        "the bias twice": (
            build_in(bias="2 * bias - (mean / divisor) @ kernel"),
            "the bias is another one",
        ),
        "units first": (build_in("(kernel / divisor[:, None]).T"), "your kernel is transposed"),
        "the kernel alone": (
            "def build_in(kernel, bias, mean, divisor):\n    return kernel / divisor[:, None]",
            "Two arrays are asked for",
        ),
        "in place": (
            """
def build_in(kernel, bias, mean, divisor):
    kernel /= divisor[:, None]
    bias -= mean @ kernel
    return kernel, bias
""",
            "changes an array",
        ),
        "nothing is returned": (build_in().replace("return", "result ="), "returns None"),
    },
    "same": {
        "right: the largest difference": same("np.max(np.abs(p - q)) <= tolerance", SHAPES),
        "right: allclose without rtol": same(
            "np.allclose(p, q, rtol=0, atol=tolerance * (1 + 1e-9))", SHAPES
        ),
        "right: loops": """
def same_predictions(p, q, tolerance):
    if np.shape(p) != np.shape(q):
        return False
    for row, other in zip(p, q):
        for one, two in zip(row, other):
            if not abs(one - two) <= tolerance:
                return False
    return True
""",
        "right: lists": """
def same_predictions(p, q, tolerance):
    if p.shape != q.shape:
        return False
    pairs = zip(p.ravel().tolist(), q.ravel().tolist())
    return all(-tolerance <= a - b <= tolerance for a, b in pairs)
""",
        "right: NaN asked for": same(
            "not (np.abs(q - p) > tolerance).any()",
            SHAPES,
            "if np.isnan(p).any() or np.isnan(q).any(): return False",
        ),
        "right: counted": same(
            "np.count_nonzero((p <= q + tolerance) & (q <= p + tolerance)) == p.size", SHAPES
        ),
        "right: 1 and 0": same(
            "int((np.abs(p - q) <= tolerance).sum() == p.size)", "if q.shape != p.shape: return 0"
        ),
        "no shapes": (same("np.all(np.abs(p - q) <= tolerance)"), "NumPy repeats"),
        "the number of images": (
            same("np.all(np.abs(p - q) <= tolerance)", "if len(p) != len(q): return False"),
            "NumPy repeats",
        ),
        "the number of probabilities, raveled": (
            same(
                "bool(np.all(abs(p - q) <= tolerance))",
                "p, q = np.ravel(p), np.ravel(q)",
                "if len(p) != len(q): return False",
            ),
            "the same number of values, in another shape",
        ),
        "the number of probabilities": (
            same("np.all(np.abs(p - q) <= tolerance)", "if p.size != q.size: return False"),
            "the same number of values, in another shape",
        ),
        "the number of probabilities and of images": (
            same(
                "np.all(np.abs(p.ravel() - q.ravel()) <= tolerance)",
                "if len(p) != len(q) or p.size != q.size: return False",
            ),
            "the same number of values, in another shape",
        ),
        "the number of axes and of probabilities": (
            same(
                "np.all(np.abs(p.ravel() - q.ravel()) <= tolerance)",
                "if p.ndim != q.ndim or p.size != q.size: return False",
            ),
            "the same number of values, in another shape",
        ),
        "each row sorted": (
            same("np.max(abs(np.sort(p) - np.sort(q))) <= tolerance", SHAPES),
            "Two columns have changed places",
        ),
        "each column sorted": (
            same("np.max(abs(np.sort(p, axis=0) - np.sort(q, axis=0))) <= tolerance", SHAPES),
            "Two images have changed places",
        ),
        "all sorted": (
            same("np.max(abs(np.sort(p, None) - np.sort(q, None))) <= tolerance", SHAPES),
            "have changed places",
        ),
        "NaN passes": (same("not (np.abs(p - q) > tolerance).any()", SHAPES), "NaN is never true"),
        "NaN counts as nothing": (
            same("np.nanmax(np.abs(p - q)) <= tolerance", SHAPES),
            "NaN is never true",
        ),
        "NaN equals NaN": (
            same("np.allclose(p, q, rtol=0, atol=tolerance, equal_nan=True)", SHAPES),
            "NaN in both",
        ),
        "labels": (
            same("np.array_equal(p.argmax(axis=1), q.argmax(axis=1))", SHAPES),
            "Does each of them count",
        ),
        "labels, too": (
            same(
                "np.all(np.abs(p - q) <= tolerance) and (p.argmax(1) == q.argmax(1)).all()", SHAPES
            ),
            "A label may change",
        ),
        "the mean": (
            same("np.mean(np.abs(p - q)) <= tolerance", SHAPES),
            "Does each of them count",
        ),
        "any": (same("np.any(np.abs(p - q) <= tolerance)", SHAPES), "Does each of them count"),
        "without abs": (same("np.all(q - p <= tolerance)", SHAPES), "Does the sign matter"),
        "the sum": (same("np.abs(p - q).sum() <= tolerance", SHAPES), "Do you add"),
        "the sum of each image": (
            same("abs((p - q).sum(axis=1)).max() <= tolerance", SHAPES),
            "Do you add",
        ),
        "less than": (same("np.all(np.abs(p - q) < tolerance)", SHAPES), "exactly the tolerance"),
        "allclose": (same("np.allclose(p, q, atol=tolerance)", SHAPES), "Is something added"),
        "rounded": (same("np.array_equal(p.round(3), q.round(3))", SHAPES), "many small ones"),
        "a fixed tolerance": (
            same("np.all(np.abs(p - q) <= 0.01)", SHAPES),
            "Is a tolerance written into the code",
        ),
        "only the first image": (
            same("np.all(np.abs(p - q)[0] <= tolerance)", SHAPES),
            "Does each of them count",
        ),
        "only the probability of the answer": (
            same("np.all(np.abs(p.max(axis=1) - q.max(axis=1)) <= tolerance)", SHAPES),
            "Does each of them count",
        ),
        "an array": (same("np.abs(p - q) <= tolerance", SHAPES), "True or False is asked for"),
        "the difference": (same("np.abs(p - q).max()", SHAPES), "you return 0.0"),
        "the other way": (
            same("not np.all(np.abs(p - q) <= tolerance)", SHAPES),
            "They do not differ at all",
        ),
        "always True": (same("True"), "Does each of them count"),
        "always False": (same("False"), "They do not differ at all"),
        "in place": (
            same("bool(np.all(np.abs(p) <= tolerance))", SHAPES, "p -= q"),
            "changes an array",
        ),
        "nothing is returned": (same("None", SHAPES), "returns None"),
    },
}
