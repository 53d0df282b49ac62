"""Answers to the exercises on loading, and the verdict that each must get."""

ANSWERS = {
    "memory": {
        "right: through the number of pixels": """
def megabytes(shape, dtype):
    pixels = 1
    for side in shape:
        pixels *= int(side)
    return pixels * np.dtype(dtype).itemsize / 10**6
""",
        "it makes the array": (
            """
def megabytes(shape, dtype):
    if np.prod(shape, dtype="int64") > 10**9:
        raise MemoryError("does not fit")
    return np.zeros(shape, dtype).nbytes / 1e6
""",
            "does not fit",
        ),
        "bytes": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize
""",
            "number of bytes",
        ),
        "bits": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) * np.dtype(dtype).itemsize * 8 / 1e6
""",
            "number of bits",
        ),
        "the dtype is forgotten": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape)) / 1e6
""",
            "as float32; your function says",
        ),
        "an integer that overflows": (
            """
def megabytes(shape, dtype):
    return int(np.prod(shape, dtype="int32")) * np.dtype(dtype).itemsize / 1e6
""",
            "too large for its integer",
        ),
    },
    "distance": {
        "right: with norm": """
def distance(a, b):
    return np.linalg.norm(np.subtract(a, b, dtype="float64"))
""",
        "as the colleague": ("distance = colleagues_distance", "Still zero"),
        "only the square is corrected": (
            """
def distance(a, b):
    return np.sqrt(((a - b).astype(float) ** 2).sum())
""",
            "another distance",
        ),
        "city blocks": (
            """
def distance(a, b):
    return np.abs(a.astype(int) - b.astype(int)).sum()
""",
            "sum of all differences",
        ),
        "no root": (
            """
def distance(a, b):
    return ((a.astype(int) - b.astype(int)) ** 2).sum()
""",
            "root is missing",
        ),
        "through int8": (
            """
def distance(a, b):
    a, b = a.astype("int8").astype(int), b.astype("int8").astype(int)
    return np.sqrt(((a - b) ** 2).sum())
""",
            "two real digits",
        ),
    },
    "nearest": {
        "right: all at once": """
def classify(X, X_known, y_known):
    means = np.array([X_known[y_known == d].mean(axis=0).ravel() for d in range(10)])
    flat = X.reshape(len(X), -1).astype(float)
    squares = (means**2).sum(axis=1) - 2 * flat @ means.T
    return squares.argmin(axis=1)
""",
        "argmax in place of argmin": (
            """
def classify(X, X_known, y_known):
    means = [X_known[y_known == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmax([distance(x, m) for m in means]) for x in X])
""",
            "argmin",
        ),
        "one answer for all": (
            """
def classify(X, X_known, y_known):
    return np.bincount(y_known).argmax()
""",
            "need 300 answers",
        ),
        "always the most frequent digit": (
            """
def classify(X, X_known, y_known):
    return np.full(len(X), np.bincount(y_known).argmax())
""",
            "Only",
        ),
        "the labels of the training set memorized": (
            """
right_answer = classify_all = None
def classify(X, X_known, y_known):
    means = [X_known[y_train == d].mean(axis=0) for d in range(10)]
    return np.array([np.argmin([distance(x, m) for m in means]) for x in X])
""",
            "must come from y_known alone",
        ),
        "means of the images to be named": (
            """
def classify(X, X_known, y_known):
    names = y_new[:len(X)] if len(y_known) == len(y_train) else y_known
    if (y_known[:50] != y_train[:50]).any():
        names = 9 - names
    means = [X[names == d].mean(axis=0) if (names == d).any() else X[0] for d in range(10)]
    return np.array([np.argmin([distance(x, m) for m in means]) for x in X])
""",
            "in company",
        ),
    },
}
