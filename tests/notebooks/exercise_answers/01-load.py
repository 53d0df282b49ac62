"""Answers to the exercises on loading, and the verdict that each must get."""

ANSWERS = {
    "memory": {
        "right: the product of NumPy": """
def megabytes(shape, dtype):
    return np.prod(shape, dtype="int64") * np.dtype(dtype).itemsize / 1e6
""",
        "right: a product of floating-point numbers": """
def megabytes(shape, dtype):
    return np.prod(np.array(shape, "float64")) * np.dtype(dtype).itemsize * 1e-6
""",
        "right: math.prod": """
import math

def megabytes(shape, dtype):
    return math.prod(shape) / 10**6 * np.zeros(1, dtype).itemsize
""",
        "right: a dictionary of sizes": """
def megabytes(shape, dtype):
    bytes_each = {"uint8": 1, "int16": 2, "float32": 4, "float64": 8}[dtype]
    for length in shape:
        bytes_each = bytes_each * length
    return bytes_each / 1e6
""",
        "right: conditions": """
def megabytes(shape, dtype):
    if dtype == "uint8":
        size = 1
    elif dtype == "int16":
        size = 2
    elif dtype == "float32":
        size = 4
    else:
        size = 8
    return np.float64(np.multiply.reduce([float(n) for n in shape]) * size / 1e6)
""",
        "right: bits of the dtype": """
from functools import reduce

def megabytes(shape, dtype):
    info = np.finfo if dtype.startswith("float") else np.iinfo
    return reduce(lambda a, b: a * b, shape, 1) * info(dtype).bits / 8 / 1e6
""",
        "it makes the array": (
            """
def megabytes(shape, dtype):
    return np.zeros(shape, dtype).nbytes / 1e6
""",
            "MemoryError",
        ),
        "bytes": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize
""",
            "a number of bytes",
        ),
        "bits": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize * 8 / 1e6
""",
            "a byte has 8 bits",
        ),
        "divided by 2 to the 20": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize / 1024**2
""",
            "not 1,048,576",
        ),
        "the dtype is forgotten": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) / 1e6
""",
            '"float32") should be 3.136, not 0.784',
        ),
        "an integer that overflows": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape, dtype="int32")) * np.dtype(dtype).itemsize / 1e6
""",
            "should be 784,000,000,000, not",
        ),
        "rounded down": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize // 1_000_000
""",
            "should be 0.784, not 0",
        ),
        "three axes": (
            """
def megabytes(shape, dtype):
    n, height, width = shape
    return n * height * width * np.dtype(dtype).itemsize / 1e6
""",
            "not enough values to unpack",
        ),
        "nothing is returned": ("def megabytes(shape, dtype): pass", "returns None"),
    },
    "byte": {
        "right: bits": """
def as_byte(number):
    return number & 255
""",
        "right: NumPy converts": """
def as_byte(number):
    return np.array(number).astype("uint8")
""",
        "right: an array of NumPy's own dtype": """
def as_byte(number):
    return np.array([number], dtype="int64").astype("uint8")[0]
""",
        "right: loops": """
def as_byte(number):
    while number < 0:
        number += 256
    while number > 255:
        number -= 256
    return number
""",
        "right: rounded down": """
def as_byte(number):
    return number - 256 * np.floor(number / 256)
""",
        "right: np.mod": """
def as_byte(number):
    return np.mod(number, 256)
""",
        "right: divmod": """
def as_byte(number):
    times, rest = divmod(number, 256)
    return float(rest)
""",
        "stops at the limits": (
            """
def as_byte(number):
    return min(max(number, 0), 255)
""",
            "does not stop at its limits",
        ),
        "255 values": (
            """
def as_byte(number):
    return number % 255
""",
            "256 different values",
        ),
        "the remainder towards 0": (
            """
def as_byte(number):
    return np.fmod(number, 256)
""",
            "holds only 0 to 255",
        ),
        "without the sign": (
            """
def as_byte(number):
    return abs(number) % 256
""",
            "as_byte(-2) should be 254, not 2",
        ),
        "one correction": (
            """
def as_byte(number):
    if number > 255:
        return number - 256
    return number + 256 if number < 0 else number
""",
            "holds only 0 to 255",
        ),
        "NumPy's own refusal": (
            """
def as_byte(number):
    return np.uint8(number)
""",
            "OverflowError",
        ),
        "nothing is returned": ("def as_byte(number): number % 256", "returns None"),
    },
    "distance": {
        "right: with norm": """
def distance(a, b):
    return np.linalg.norm(np.subtract(a, b, dtype="float64"))
""",
        "right: a loop": """
def distance(a, b):
    total = 0.0
    for x, y in zip(a.ravel(), b.ravel()):
        total += (float(x) - float(y)) ** 2
    return total**0.5
""",
        "right: float32": """
def distance(a, b):
    a, b = a.astype("float32"), b.astype("float32")
    return np.sqrt(np.sum(np.square(a - b)))
""",
        "right: a product with itself": """
def distance(a, b):
    d = (a.astype(float) - b).ravel()
    return (d @ d) ** 0.5
""",
        "right: lists": """
import math

def distance(a, b):
    return math.dist(a.ravel().tolist(), b.ravel().tolist())
""",
        "right: einsum, a 0-dimensional array": """
def distance(a, b):
    d = a * 1.0 - b * 1.0
    return np.array(np.sqrt(np.einsum("i,i->", d.ravel(), d.ravel())))
""",
        "as the colleague": ("distance = colleagues_distance", "fit into the dtype"),
        "only the square is corrected": (
            """
def distance(a, b):
    return np.sqrt(((a - b).astype(float) ** 2).sum())
""",
            "white and grey: the distance is 448; you return 6720",
        ),
        "the first is converted, but to whole numbers": (
            """
def distance(a, b):
    return np.sqrt(((a.astype(int) - b.astype(int)) ** 2).sum())
""",
            "Fractions are lost",
        ),
        "through int16": (
            """
def distance(a, b):
    return np.sqrt(((a.astype("int16") - b.astype("int16")) ** 2).sum(dtype=float))
""",
            "fit into the dtype",
        ),
        "through float16": (
            """
def distance(a, b):
    return np.sqrt(((a.astype("float16") - b.astype("float16")) ** 2).sum())
""",
            "fit into the dtype",
        ),
        "through int8": (
            """
def distance(a, b):
    a, b = a.astype("int8").astype(float), b.astype("int8").astype(float)
    return np.sqrt(((a - b) ** 2).sum())
""",
            "white and black",
        ),
        "whole numbers through int16": (
            """
def distance(a, b):
    whole = a.dtype.kind in "iu" and b.dtype.kind in "iu"
    dtype = "int16" if whole else "float64"
    return np.sqrt(((a.astype(dtype) - b.astype(dtype)) ** 2.0).sum(dtype=float))
""",
            "1,000,000 and -1,000,000: the distance is 2000000",
        ),
        "sum of the differences": (
            """
def distance(a, b):
    return np.abs(a.astype(float) - b).sum()
""",
            "Square them first",
        ),
        "no root": (
            """
def distance(a, b):
    return ((a.astype(float) - b.astype(float)) ** 2).sum()
""",
            "root is missing",
        ),
        "mean for sum": (
            """
def distance(a, b):
    return np.sqrt(((a.astype(float) - b) ** 2).mean())
""",
            "root of the mean",
        ),
        "the spectral norm": (
            """
def distance(a, b):
    return np.linalg.norm(a.astype(float) - b, 2)
""",
            "Leave out the 2",
        ),
        "in place": (
            """
def distance(a, b):
    difference = a.astype(float) - b
    a[:] = 0
    return np.sqrt((difference**2).sum())
""",
            "changes an array",
        ),
        "one distance for each row": (
            """
def distance(a, b):
    return np.sqrt(((a.astype(float) - b) ** 2).sum(axis=-1))
""",
            "one number, not an array",
        ),
        "written in": ("def distance(a, b): return 448.0", "white and black"),
        "nothing is returned": ("def distance(a, b): a - b", "returns None"),
    },
    "baseline": {
        "right: a loop": """
def baseline_error(y_known, y_new):
    known = y_known.tolist()
    answer = max(set(known), key=known.count)
    wrong = 0
    for label in y_new:
        if label != answer:
            wrong += 1
    return wrong / len(y_new) * 100
""",
        "right: Counter": """
from collections import Counter

def baseline_error(y_known, y_new):
    (answer, _), = Counter(int(y) for y in y_known).most_common(1)
    return 100 - 100 * np.mean(y_new == answer)
""",
        "right: unique": """
def baseline_error(y_known, y_new):
    digits, counts = np.unique(y_known, return_counts=True)
    return 100 * (y_new != digits[np.argmax(counts)]).sum() / y_new.size
""",
        "right: ten counts": """
def baseline_error(y_known, y_new):
    counts = [np.sum(y_known == digit) for digit in range(10)]
    answers = np.full(y_new.shape, np.argmax(counts))
    return np.float32(100) * np.count_nonzero(answers != y_new) / len(answers)
""",
        "right: the statistics module": """
import statistics

def baseline_error(y_known, y_new):
    answer = statistics.mode(y_known.tolist())
    return 100 * sum(label != answer for label in y_new.tolist()) / len(y_new)
""",
        "right: sorted counts": """
def baseline_error(y_known, y_new):
    answer = np.argsort(np.bincount(y_known, minlength=10))[-1]
    return np.array(100 * np.average(y_new != answer))
""",
        "chosen with the new labels": (
            """
def baseline_error(y_known, y_new):
    return 100 * np.mean(y_new != np.bincount(y_new).argmax())
""",
            "chosen with the new labels",
        ),
        "measured on the known labels": (
            """
def baseline_error(y_known, y_new):
    return 100 * np.mean(y_known != np.bincount(y_known).argmax())
""",
            "should be 80, not 33.3",
        ),
        "right answers": (
            """
def baseline_error(y_known, y_new):
    return 100 * np.mean(y_new == np.bincount(y_known).argmax())
""",
            "that of right ones",
        ),
        "not in percent": (
            """
def baseline_error(y_known, y_new):
    return np.mean(y_new != np.bincount(y_known).argmax())
""",
            "should be in percent",
        ),
        "a number of images": (
            """
def baseline_error(y_known, y_new):
    return np.sum(y_new != np.bincount(y_known).argmax())
""",
            "should be 80, not 4",
        ),
        "always 1": (
            """
def baseline_error(y_known, y_new):
    return 100 * np.mean(y_new != 1)
""",
            "should be 40, not 80",
        ),
        "the largest label": (
            """
def baseline_error(y_known, y_new):
    return 100 * np.mean(y_new != y_known.max())
""",
            "should be 80, not 100",
        ),
        "nothing is returned": ("def baseline_error(y_known, y_new): pass", "returns None"),
    },
    "means": {
        "right: sums and counts": """
def mean_images(X, y):
    means = np.zeros((10, 28, 28))
    for image, label in zip(X, y):
        means[label] += image
    return means / np.bincount(y, minlength=10)[:, None, None]
""",
        "right: a list of images": """
def mean_images(X, y):
    return [np.mean(X[y == digit], axis=0) for digit in range(10)]
""",
        "right: a product": """
def mean_images(X, y):
    chosen = (np.arange(10)[:, None] == y) * 1.0
    chosen /= chosen.sum(axis=1, keepdims=True)
    return (chosen @ X.reshape(len(X), 784)).reshape(10, 28, 28)
""",
        "right: float32": """
def mean_images(X, y):
    return np.array([X[y == d].astype("float32").mean(0) for d in range(10)], dtype="float32")
""",
        "right: np.average": """
def mean_images(X, y):
    means = np.empty((10, 28, 28))
    for digit in range(10):
        means[digit] = np.average(X, axis=0, weights=(y == digit))
    return means
""",
        "right: np.add.at": """
def mean_images(X, y):
    sums, counts = np.zeros((10, 28, 28)), np.zeros(10)
    np.add.at(sums, y, X)
    np.add.at(counts, y, 1)
    return sums / counts.reshape(10, 1, 1)
""",
        "sums": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit].sum(axis=0) for digit in range(10)])
""",
            "Is it the sum?",
        ),
        "bytes": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit].mean(axis=0) for digit in range(10)]).astype("uint8")
""",
            "but for its fractions",
        ),
        "bytes that are added up": (
            """
def mean_images(X, y):
    means = []
    for digit in range(10):
        total = np.zeros((28, 28), "uint8")
        for image in X[y == digit]:
            total += image.astype("uint8")
        means.append(total / np.sum(y == digit))
    return np.stack(means)
""",
            "is wrong",
        ),
        "rounded to a decimal": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit].mean(axis=0).round(1) for digit in range(10)])
""",
            "30 images in order: the mean of digit 0 is rounded",
        ),
        "rounded to two decimals": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit].mean(axis=0).round(2) for digit in range(10)])
""",
            "divided by 255: the mean of digit 0 is rounded",
        ),
        "medians": (
            """
def mean_images(X, y):
    return np.stack([np.median(X[y == digit], axis=0) for digit in range(10)])
""",
            "the mean image of digit 0 is wrong",
        ),
        "one mean for all": (
            """
def mean_images(X, y):
    return X.mean(axis=0)
""",
            "(10, 28, 28); yours is (28, 28)",
        ),
        "one number for each digit": (
            """
def mean_images(X, y):
    return np.array([X[y == digit].mean() for digit in range(10)])
""",
            "(10, 28, 28); yours is (10,)",
        ),
        "nine digits": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit].mean(axis=0) for digit in range(9)])
""",
            "yours is (9, 28, 28)",
        ),
        "counted from 1": (
            """
def mean_images(X, y):
    return np.stack([X[y == digit % 10].mean(axis=0) for digit in range(1, 11)])
""",
            "the mean image of digit 0 is wrong",
        ),
        "blocks in order": (
            """
def mean_images(X, y):
    return X.reshape(10, -1, 28, 28).mean(axis=1)
""",
            "in random order: the mean image",
        ),
        "the given arrays are ignored": (
            """
def mean_images(X, y):
    return np.stack([X_known[y_known == digit].mean(axis=0) for digit in range(10)])
""",
            "30 images in order",
        ),
        "nothing is returned": ("def mean_images(X, y): pass", "returns None"),
    },
    "nearest": {
        "right: all at once": """
def classify(X, X_known, y_known):
    means = np.array([X_known[y_known == d].mean(axis=0).ravel() for d in range(10)])
    flat = X.reshape(len(X), -1).astype(float)
    squares = (means**2).sum(axis=1) - 2 * flat @ means.T
    return squares.argmin(axis=1)
""",
        "right: as in the lesson, float32": """
def classify(X, X_known, y_known):
    A = X.reshape(len(X), 784).astype("float32")
    known = X_known.reshape(len(X_known), 784).astype("float32")
    B = np.stack([known[y_known == digit].mean(axis=0) for digit in range(10)])
    squares = (A**2).sum(axis=1)[:, None] - 2 * (A @ B.T) + (B**2).sum(axis=1)
    return squares.argmin(axis=1)
""",
        "right: loops and a list": """
def classify(X, X_known, y_known):
    means = mean_images(X_known, y_known)
    answers = []
    for image in X:
        best = 0
        for digit in range(1, 10):
            if distance(image, means[digit]) < distance(image, means[best]):
                best = digit
        answers.append(best)
    return answers
""",
        "right: broadcasting, small integers": """
def classify(X, X_known, y_known):
    means = np.asarray(mean_images(X_known, y_known))
    squares = np.stack([((X - mean) ** 2).sum(axis=(1, 2)) for mean in means], axis=1)
    return squares.argmin(axis=1).astype("uint8")
""",
        "right: min with a key": """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return tuple(min(range(10), key=lambda d: np.linalg.norm(x - means[d])) for x in X)
""",
        "right: sorted distances": """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    table = np.array([[np.linalg.norm((x - m).ravel()) for m in means] for x in X])
    return np.argsort(table, axis=1)[:, 0].astype(float)
""",
        "argmax in place of argmin": (
            """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmax([distance(x, m) for m in means]) for x in X])
""",
            "largest distance",
        ),
        "the spectral norm": (
            """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmin([np.linalg.norm(x - m, 2) for m in means]) for x in X])
""",
            "Leave out the 2",
        ),
        "the nearest single image": (
            """
def classify(X, X_known, y_known):
    rows, known = X.reshape(len(X), -1) * 1.0, X_known.reshape(len(X_known), -1) * 1.0
    squares = (known**2).sum(axis=1) - 2 * rows @ known.T
    return y_known[squares.argmin(axis=1)]
""",
            "most similar single image",
        ),
        "city blocks": (
            """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmin([np.abs(x - m).sum() for m in means]) for x in X])
""",
            "added up without being squared",
        ),
        "bytes that start again at 0": (
            """
def classify(X, X_known, y_known):
    means = np.stack([X_known[y_known == d].mean(axis=0) for d in range(10)])
    means = means.astype(X_known.dtype)
    return np.array([np.argmin([((x - m) ** 2).sum() for m in means]) for x in X])
""",
            "is nearest to the mean of digit",
        ),
        "one answer for all": (
            """
def classify(X, X_known, y_known):
    return np.bincount(y_known).argmax()
""",
            "need 12 answers",
        ),
        "always the most frequent digit": (
            """
def classify(X, X_known, y_known):
    return np.full(len(X), np.bincount(y_known).argmax())
""",
            "is nearest to the mean of digit",
        ),
        "the labels of the notebook": (
            """
def classify(X, X_known, y_known):
    means = [X_known[(np.arange(len(X_known)) % 10) == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmin([distance(x, m) for m in means]) for x in X])
""",
            "other labels: image 0",
        ),
        "distances": (
            """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return np.array([np.min([distance(x, m) for m in means]) for x in X])
""",
            "is nearest to the mean of digit",
        ),
        "nothing is returned": ("def classify(X, X_known, y_known): pass", "returns None"),
    },
}
