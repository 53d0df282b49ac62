"""Answers to the exercises on one-hot labels, and the verdict that each must get."""

ANSWERS = {
    "encode": {
        "right: rows of the identity matrix": """
def encode(y):
    y = np.asarray(y)
    allowed = y.ndim == 1 and np.issubdtype(y.dtype, np.integer) and np.isin(y, range(10)).all()
    if not allowed:
        raise ValueError("only integers from 0 to 9, shape (n,)")
    return np.eye(10, dtype="float32")[y]
""",
        "nothing is refused": (
            """
def encode(y):
    return np.eye(10)[y]
""",
            "The label -1 gets a row",
        ),
        "as many columns as the largest label asks for": (
            """
def encode(y):
    return np.eye(y.max() + 1)[y]
""",
            "happen to occur",
        ),
        "whole columns": (
            """
def encode(y):
    rows = np.zeros((len(y), 10))
    rows[:, y] = 1
    return rows
""",
            "sum to",
        ),
        "counted from 1": (
            """
def encode(y):
    return np.eye(10)[y - 1]
""",
            "wrong column",
        ),
        "too large is left to NumPy": (
            """
def encode(y):
    if y.min() < 0:
        raise ValueError("negative")
    return np.eye(10)[y]
""",
            "The label 10 ends in IndexError",
        ),
        "only the range is looked at": (
            """
def encode(y):
    if y.min() < 0 or y.max() > 9:
        raise ValueError("outside 0 to 9")
    return np.eye(10)[y.astype(int)]
""",
            "a fraction",
        ),
        "rows are encoded again": (
            """
def encode(y):
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() > 9:
        raise ValueError("integers from 0 to 9")
    return np.eye(10)[y]
""",
            "encoded already",
        ),
        "places counted in bytes": (
            """
def encode(y):
    if y.ndim != 1 or y.dtype.kind not in "iu" or y.min() < 0 or y.max() > 9:
        raise ValueError("integers from 0 to 9")
    rows = np.zeros(10 * len(y))
    rows[10 * np.arange(len(y), dtype=y.dtype) + y] = 1
    return rows.reshape(-1, 10)
""",
            "uint8, are not encoded rightly",
        ),
        "only int64": (
            """
def encode(y):
    if y.dtype != np.int64 or y.ndim != 1 or y.min() < 0 or y.max() > 9:
        raise ValueError("integers from 0 to 9")
    return np.eye(10)[y]
""",
            "are refused",
        ),
        "nothing is returned": (
            """
def encode(y):
    rows = np.zeros((len(y), 10))
    rows[np.arange(len(y)), y] = 1
""",
            "returns None",
        ),
    },
    "cross-entropy": {
        "right: a tiny number added": """
def cross_entropy(T, P):
    return np.mean([-np.dot(t, np.log(p + 1e-7)) for t, p in zip(T, P)])
""",
        "the sign": (
            """
def cross_entropy(T, P):
    return (T * np.log(P)).sum(axis=1).mean()
""",
            "never negative",
        ),
        "the mean over everything": (
            """
def cross_entropy(T, P):
    return -np.mean(T * np.log(P))
""",
            "to be summed",
        ),
        "the sum": (
            """
def cross_entropy(T, P):
    return -np.sum(T * np.log(P))
""",
            "sum over both images",
        ),
        "one loss for each image": (
            """
def cross_entropy(T, P):
    return -np.sum(T * np.log(P), axis=1)
""",
            "One number",
        ),
        "bits": (
            """
def cross_entropy(T, P):
    return -(T * np.log2(P)).sum(axis=1).mean()
""",
            "another base",
        ),
        "both sorts of error": (
            """
def cross_entropy(T, P):
    return -(T * np.log(P) + (1 - T) * np.log(1 - P)).sum(axis=1).mean()
""",
            "cost 0.5978 each",
        ),
        "zeros as they are": (
            """
def cross_entropy(T, P):
    return -(T * np.log(P)).sum(axis=1).mean()
""",
            "0 * np.log(0)",
        ),
        "clipped far too early": (
            """
def cross_entropy(T, P):
    return -(T * np.log(P.clip(0.05, 0.95))).sum(axis=1).mean()
""",
            "cost nothing, you say 0.05",
        ),
        "only the true class, unclipped": (
            """
def cross_entropy(T, P):
    return -np.log((T * P).sum(axis=1)).mean()
""",
            "Sure and wrong costs inf",
        ),
        "NaN swept away": (
            """
def cross_entropy(T, P):
    return -np.nan_to_num(T * np.log(P)).sum(axis=1).mean()
""",
            "Sure and wrong costs",
        ),
        "one class for each target": (
            """
def cross_entropy(T, P):
    return -np.log(P[np.arange(len(T)), T.argmax(axis=1)].clip(1e-7)).mean()
""",
            "only one class of the target counts",
        ),
        "nothing is returned": (
            """
def cross_entropy(T, P):
    print(-(T * np.log(P + 1e-7)).sum(axis=1).mean())
""",
            "returns None",
        ),
    },
    "outcome": {
        "right: with early returns": """
def outcome(loss, labels):
    try:
        network = small_network(loss)
        for start in [*range(0, 600, 50)] * 5:
            network.train_on_batch(X_few[start : start + 50], labels[start : start + 50])
    except ValueError:
        return "raises"
    hits = sum(int(p.argmax()) == int(y) for p, y in zip(np.asarray(network(X_held)), y_held))
    return "wrong" if hits <= 250 else "learns"
""",
        "the loss has fallen": (
            """
def outcome(loss, labels):
    try:
        losses = small_network(loss).fit(
            X_few, labels, batch_size=50, epochs=5, verbose=0
        ).history["loss"]
    except ValueError:
        return "raises"
    return "learns" if losses[-1] < losses[0] else "wrong"
""",
            "its loss falls, and yet",
        ),
        "on the images and labels of the training": (
            """
def outcome(loss, labels):
    network = small_network(loss)
    try:
        network.fit(X_few, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "raises"
    truth = labels.argmax(axis=1) if labels.shape[-1] == 10 else labels.ravel()
    right = np.mean(network.predict(X_few, verbose=0).argmax(axis=1) == truth)
    return "learns" if right > 0.5 else "wrong"
""",
            "Ask it for the digits that the new images show",
        ),
        "always the same labels": (
            """
def outcome(loss, labels):
    network = small_network("sparse_categorical_crossentropy")
    network.fit(X_few, y_few, batch_size=50, epochs=5, verbose=0)
    answers = network.predict(X_held, verbose=0).argmax(axis=1)
    return "learns" if np.mean(answers == y_held) > 0.5 else "wrong"
""",
            "with the labels that it is given",
        ),
        "an error of one's own": (
            """
def outcome(loss, labels):
    try:
        network = small_network(loss)
        network.fit(X_few, labels, batch_size=50, epochs=5, verbose=0)
        answers = network.predict(X_hold, verbose=0).argmax(axis=1)
        return "learns" if np.mean(answers == y_held) > 0.5 else "wrong"
    except Exception:
        return "raises"
""",
            "Did an error of your own",
        ),
        "probabilities compared with digits": (
            """
def outcome(loss, labels):
    network = small_network(loss)
    try:
        network.fit(X_few, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "raises"
    right = np.mean(network.predict(X_held, verbose=0).max(axis=1) == y_held)
    return "learns" if right > 0.5 else "wrong"
""",
            "compared with its own digit",
        ),
        "words of one's own": (
            """
def outcome(loss, labels):
    try:
        small_network(loss).fit(X_few, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "error"
    return "ok"
""",
            "The function should return",
        ),
    },
    "guesses": {
        "right: the best taken out of a copy": """
def guesses(P):
    rest, best = P.copy(), P.argmax(axis=1)
    rest[np.arange(len(P)), best] = -1
    return np.column_stack([best, rest.argmax(axis=1)])

def found_within_two(y, P):
    first, second = guesses(P).T
    return np.mean((first == y) | (second == y))
""",
        "the smaller first": (
            """
def guesses(P):
    return P.argsort(axis=1)[:, -2:]

def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1).mean()
""",
            "belongs in the first column",
        ),
        "the two smallest": (
            """
def guesses(P):
    return P.argsort(axis=1)[:, :2]

def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1).mean()
""",
            "the largest, and are you sorting",
        ),
        "down the columns": (
            """
def guesses(P):
    return np.argsort(-P, axis=0)[:, :2]

def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1).mean()
""",
            "sorting within each row",
        ),
        "the probabilities themselves": (
            """
def guesses(P):
    return -np.sort(-P, axis=1)[:, :2]

def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1).mean()
""",
            "Which two entries",
        ),
        "the best struck out of P": (
            """
def guesses(P):
    best = P.argmax(axis=1)
    P[np.arange(len(P)), best] = -1
    return np.column_stack([best, P.argmax(axis=1)])

def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1).mean()
""",
            "has changed the probabilities",
        ),
        "the mean over both columns": (
            """
def guesses(P):
    return np.argsort(-P, axis=1)[:, :2]

def found_within_two(y, P):
    return np.mean(guesses(P) == y[:, None])
""",
            "0.5, and not 0.25",
        ),
        "among anybody's guesses": (
            """
def guesses(P):
    return np.argsort(-P, axis=1)[:, :2]

def found_within_two(y, P):
    return np.mean(np.isin(y, guesses(P)))
""",
            "for its own image",
        ),
        "nothing is returned": (
            """
def guesses(P):
    np.argsort(-P, axis=1)[:, :2]

def found_within_two(y, P):
    print((guesses(P) == y[:, None]).any(axis=1).mean())
""",
            "guesses returns None",
        ),
        "no share is returned": (
            """
def guesses(P):
    return np.argsort(-P, axis=1)[:, :2]

def found_within_two(y, P):
    print((guesses(P) == y[:, None]).any(axis=1).mean())
""",
            "found_within_two returns None",
        ),
        "only the second": (
            """
def guesses(P):
    return np.argsort(-P, axis=1)[:, 1]

def found_within_two(y, P):
    return np.mean((P.argmax(axis=1) == y) | (guesses(P) == y))
""",
            "need guesses of shape",
        ),
    },
}
