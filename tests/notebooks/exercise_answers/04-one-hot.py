"""Answers to the exercises on one-hot labels, and the verdict that each must get."""

ANSWERS = {
    "encode": {
        "right: rows of the identity matrix": """
def encode(y):
    return np.eye(10, dtype="float32")[y]
""",
        "right: indexed at once": """
def encode(y):
    rows = np.zeros((len(y), 10), "uint8")
    rows[np.arange(len(y)), y] = 1
    return rows
""",
        "right: compared": """
def encode(y):
    return (np.asarray(y)[:, None] == np.arange(10)).astype(int)
""",
        "right: True and False": """
def encode(y):
    return y[:, None] == np.arange(10)
""",
        "right: lists": """
def encode(y):
    return [[1 if k == digit else 0 for k in range(10)] for digit in y.tolist()]
""",
        "right: put_along_axis": """
def encode(y):
    rows = np.zeros((len(y), 10))
    np.put_along_axis(rows, y.astype(int)[:, None], 1, axis=1)
    return rows
""",
        "right: Keras": """
def encode(y):
    return keras.utils.to_categorical(y, num_classes=10)
""",
        "as many columns as the largest label asks for": (
            """
def encode(y):
    return np.eye(y.max() + 1)[y]
""",
            "always ten columns",
        ),
        "whole columns": (
            """
def encode(y):
    rows = np.zeros((len(y), 10))
    rows[:, y] = 1
    return rows
""",
            "should have a single 1",
        ),
        "counted from 1": (
            """
def encode(y):
    return np.eye(10)[y.astype(int) - 1]
""",
            "in the wrong column",
        ),
        "the digit in place of 1": (
            """
def encode(y):
    return np.diag(np.arange(1, 11))[y]
""",
            "should hold a 1, not 4",
        ),
        "places counted in bytes": (
            """
def encode(y):
    rows = np.zeros(10 * len(y))
    rows[10 * np.arange(len(y), dtype=y.dtype) + y] = 1
    return rows.reshape(-1, 10)
""",
            "should have a single 1",
        ),
        "transposed": (
            """
def encode(y):
    return np.eye(10)[:, y]
""",
            "the shape should be",
        ),
        "nothing is returned": (
            """
def encode(y):
    np.eye(10)[y]
""",
            "returns None",
        ),
    },
    "labels": {
        "right: isin": """
def require_digits(y):
    whole = np.issubdtype(y.dtype, np.integer)
    if y.ndim != 1 or not whole or not np.isin(y, range(10)).all():
        raise ValueError("only integers from 0 to 9, shape (n,)")
""",
        "right: one by one, returns the labels": """
def require_digits(y):
    if len(y.shape) != 1:
        raise ValueError
    for label in y:
        if not isinstance(label, np.integer) or label not in range(10):
            raise ValueError(label)
    return y
""",
        "right: returns True": """
def require_digits(y):
    if y.ndim == 1 and y.dtype.kind in ("i", "u") and y.max() <= 9 and y.min() >= 0:
        return True
    raise ValueError(f"{y}")
""",
        "right: an error of its own kind": """
class BadLabels(ValueError):
    pass

def require_digits(y):
    if y.ndim != 1 or y.dtype.kind not in "iu" or ((y < 0) | (y > 9)).any():
        raise BadLabels("labels")
""",
        "right: lists": """
def require_digits(y):
    values = y.tolist()
    if not isinstance(values, list) or any(type(v) is not int or not 0 <= v < 10 for v in values):
        raise ValueError("integers from 0 to 9 are expected")
""",
        "right: errors are translated": """
def require_digits(y):
    try:
        assert y.ndim == 1 and np.can_cast(y.dtype, "int64") and y.dtype.kind in "iu"
        assert set(y.tolist()) <= set(range(10))
    except AssertionError:
        raise ValueError("no digits")
""",
        "nothing is refused": (
            """
def require_digits(y):
    return np.eye(10)[y.astype(int) % 10]
""",
            "Labels with a -1 are accepted",
        ),
        "too large is left to NumPy": (
            """
def require_digits(y):
    if y.min() < 0:
        raise ValueError("negative")
    np.eye(10)[y]
""",
            "IndexError instead of a ValueError",
        ),
        "only the range is looked at": (
            """
def require_digits(y):
    if y.min() < 0 or y.max() > 9:
        raise ValueError("outside 0 to 9")
""",
            "3.0 and 2.9 are accepted",
        ),
        "whole floating-point numbers": (
            """
def require_digits(y):
    if y.ndim != 1 or y.min() < 0 or y.max() > 9 or (y % 1).any():
        raise ValueError("outside 0 to 9")
""",
            "The floating-point labels 3.0 and 2.0 are accepted",
        ),
        "rows are accepted": (
            """
def require_digits(y):
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() > 9:
        raise ValueError("integers from 0 to 9")
""",
            "One-hot rows of integers are accepted",
        ),
        "only int64": (
            """
def require_digits(y):
    if y.dtype != np.int64 or y.ndim != 1 or y.min() < 0 or y.max() > 9:
        raise ValueError("integers from 0 to 9")
""",
            "are right labels, but you refuse them",
        ),
        "9 is refused": (
            """
def require_digits(y):
    if y.ndim != 1 or y.dtype.kind not in "iu" or y.min() < 0 or y.max() > 8:
        raise ValueError("integers from 0 to 9")
""",
            "are right labels, but you refuse them",
        ),
        "by assert": (
            """
def require_digits(y):
    assert y.ndim == 1 and y.dtype.kind in "iu" and y.min() >= 0 and y.max() < 10
""",
            "AssertionError instead of a ValueError",
        ),
        "False is returned": (
            """
def require_digits(y):
    return y.ndim == 1 and y.dtype.kind in "iu" and y.min() >= 0 and y.max() < 10
""",
            "Labels with a -1 are accepted",
        ),
    },
    "one-loss": {
        "right: a loop": """
def loss_of_one(t, p):
    loss = 0.0
    for target, probability in zip(t, p):
        loss -= target * np.log(max(probability, 1e-7))
    return loss
""",
        "right: clip": """
def loss_of_one(t, p):
    return -(t * np.log(p.clip(1e-7, 1))).sum()
""",
        "right: a product of rows": """
def loss_of_one(t, p):
    return np.dot(t, -np.log(np.where(p < 1e-7, 1e-7, p)))
""",
        "right: lists and math": """
import math

def loss_of_one(t, p):
    return sum(-a * math.log(max(b, 1e-7)) for a, b in zip(t.tolist(), p.tolist()))
""",
        "right: only where there is a target": """
def loss_of_one(t, p):
    there = t > 0
    return -np.sum(t[there] * np.log(np.maximum(p[there], 1e-7)))
""",
        "right: float32": """
def loss_of_one(t, p):
    p = np.maximum(p, 1e-7).astype("float32")
    return np.float32(-1) * np.einsum("k,k->", t.astype("float32"), np.log(p))
""",
        "right: Keras": """
def loss_of_one(t, p):
    return keras.losses.categorical_crossentropy(t, p)
""",
        "the sign": (
            """
def loss_of_one(t, p):
    return np.sum(t * np.log(np.maximum(p, 1e-7)))
""",
            "the sign is wrong",
        ),
        "mean for sum": (
            """
def loss_of_one(t, p):
    return -np.mean(t * np.log(np.maximum(p, 1e-7)))
""",
            "mean of ten terms",
        ),
        "bits": (
            """
def loss_of_one(t, p):
    return -np.sum(t * np.log2(np.maximum(p, 1e-7)))
""",
            "another base",
        ),
        "one term for each class": (
            """
def loss_of_one(t, p):
    return -t * np.log(np.maximum(p, 1e-7))
""",
            "the loss is one number",
        ),
        "zeros as they are": (
            """
def loss_of_one(t, p):
    return -(t * np.log(p)).sum()
""",
            "0 * np.log(0)",
        ),
        "only the true class, unclipped": (
            """
def loss_of_one(t, p):
    return -np.log((t * p).sum())
""",
            "0 * np.log(0)",
        ),
        "NaN replaced by 0": (
            """
def loss_of_one(t, p):
    return -np.nan_to_num(t * np.log(p), neginf=0).sum()
""",
            "sure and wrong: the loss is 16.1181",
        ),
        "one class of the target": (
            """
def loss_of_one(t, p):
    return -np.log(max(p[t.argmax()], 1e-7))
""",
            "half a 4, half a 9: the loss is 0.7851",
        ),
        "changed places": (
            """
def loss_of_one(t, p):
    return -np.sum(p * np.log(np.maximum(t, 1e-7)))
""",
            "the loss is 0.6931",
        ),
        "both kinds of error": (
            """
def loss_of_one(t, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum()
""",
            "the loss is 0.6931",
        ),
        "clipped far too early": (
            """
def loss_of_one(t, p):
    return -(t * np.log(p.clip(0.01, 1))).sum()
""",
            "a small probability of 0.001",
        ),
        "in place": (
            """
def loss_of_one(t, p):
    p[p < 1e-7] = 1e-7
    return -np.sum(t * np.log(p))
""",
            "changes an array",
        ),
        "nothing is returned": (
            """
def loss_of_one(t, p):
    print(t @ p)
""",
            "returns None",
        ),
    },
    "cross-entropy": {
        "right: at once": """
def cross_entropy(T, P):
    return -(T * np.log(np.maximum(P, 1e-7))).sum(axis=1).mean()
""",
        "right: the sum divided": """
def cross_entropy(T, P):
    return -np.sum(T * np.log(P.clip(1e-7))) / len(T)
""",
        "right: ten times the mean": """
def cross_entropy(T, P):
    return 10 * np.mean(-T * np.log(np.maximum(P, 1e-7)))
""",
        "right: a loop": """
def cross_entropy(T, P):
    total = 0
    for i in range(len(T)):
        total += loss_of_one(T[i], P[i])
    return float(total) / len(T)
""",
        "right: lists": """
def cross_entropy(T, P):
    losses = list(map(loss_of_one, T, P))
    return sum(losses) / len(losses)
""",
        "right: einsum": """
def cross_entropy(T, P):
    return np.einsum("nk,nk->", T, -np.log(np.maximum(P, 1e-7))) / T.shape[0]
""",
        "right: Keras": """
def cross_entropy(T, P):
    return np.mean(keras.losses.categorical_crossentropy(T, P))
""",
        "the sum": (
            """
def cross_entropy(T, P):
    return -np.sum(T * np.log(np.maximum(P, 1e-7)))
""",
            "the sum, not the mean",
        ),
        "the mean over everything": (
            """
def cross_entropy(T, P):
    return -np.mean(T * np.log(np.maximum(P, 1e-7)))
""",
            "a tenth of the loss",
        ),
        "the sign": (
            """
def cross_entropy(T, P):
    return (T * np.log(np.maximum(P, 1e-7))).sum(axis=1).mean()
""",
            "the sign is wrong",
        ),
        "one loss for each image": (
            """
def cross_entropy(T, P):
    return [loss_of_one(t, p) for t, p in zip(T, P)]
""",
            "one number is asked for",
        ),
        "the median": (
            """
def cross_entropy(T, P):
    return np.median([loss_of_one(t, p) for t, p in zip(T, P)])
""",
            "three images",
        ),
        "zeros as they are": (
            """
def cross_entropy(T, P):
    return -(T * np.log(P)).sum(axis=1).mean()
""",
            "0 * np.log(0)",
        ),
        "the first image only": (
            """
def cross_entropy(T, P):
    return loss_of_one(T[0], P[0])
""",
            "two images: the loss is 1.4979",
        ),
        "nothing is returned": (
            """
def cross_entropy(T, P):
    loss_of_one(T[0], P[0])
""",
            "returns None",
        ),
    },
    "outcome": {
        "right: with early returns": """
def outcome(loss, X, labels, X_new, y_new):
    try:
        network = small_network(loss)
        for start in [*range(0, 600, 50)] * 5:
            network.train_on_batch(X[start : start + 50], labels[start : start + 50])
    except ValueError:
        return "raises"
    hits = sum(int(p.argmax()) == int(y) for p, y in zip(np.asarray(network(X_new)), y_new))
    return "wrong" if hits <= 0.75 * len(y_new) else "learns"
""",
        "right: more epochs": """
def outcome(loss, X, labels, X_new, y_new):
    network, result = small_network(loss), "wrong"
    try:
        network.fit(X, labels, epochs=10, verbose=0)
    except:
        result = "raises"
    else:
        found = np.argmax(network.predict(X_new, verbose=0), 1)
        if np.count_nonzero(found == y_new) > 0.75 * len(X_new):
            result = "learns"
    return result
""",
        "right: error for share": """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    try:
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0)
    except (ValueError, TypeError, RuntimeError) as error:
        return "raises"
    answers = np.argmax(np.asarray(network(X_new)), axis=-1)
    return ("wrong", "learns")[int(100 * np.mean(answers != y_new) < 25)]
""",
        "right: validation data are of no use, but allowed": """
def outcome(loss, X, labels, X_new, y_new):
    try:
        network = small_network(loss)
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0, validation_split=0.1)
    except Exception:
        return "raises"
    P = network.predict_on_batch(X_new)
    return "learns" if np.mean([p.argmax() == y for p, y in zip(P, y_new)]) > 0.75 else "wrong"
""",
        "right: epoch by epoch": """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    for _ in range(6):
        try:
            network.fit(X, labels, 50, verbose=0)
        except Exception:
            return "raises"
    P = network.predict(X_new, batch_size=500, verbose=0)
    share = (P.argsort(axis=1)[:, -1] == y_new).sum() / y_new.size
    if share > 0.75:
        return "learns"
    return "wrong"
""",
        "the loss has fallen": (
            """
def outcome(loss, X, labels, X_new, y_new):
    try:
        history = small_network(loss).fit(X, labels, batch_size=50, epochs=5, verbose=0)
        losses = history.history["loss"]
    except ValueError:
        return "raises"
    return "learns" if losses[-1] < losses[0] else "wrong"
""",
            "its loss falls",
        ),
        "one epoch": (
            """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    try:
        network.fit(X, labels, batch_size=50, verbose=0)
    except ValueError:
        return "raises"
    answers = network.predict(X_new, verbose=0).argmax(axis=1)
    return "learns" if np.mean(answers == y_new) > 0.75 else "wrong"
""",
            "enough epochs",
        ),
        "judged by the training images and labels": (
            """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    try:
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "raises"
    truth = labels.argmax(axis=1) if labels.shape[-1] == 10 else labels.ravel()
    right = np.mean(network.predict(X, verbose=0).argmax(axis=1) == truth)
    return "learns" if right > 0.75 else "wrong"
""",
            "Compare its answers with y_new",
        ),
        "judged by the training images and the digits": (
            """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    try:
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "raises"
    right = np.mean(network.predict(X, verbose=0).argmax(axis=1) == y_few)
    return "learns" if right > 0.75 else "wrong"
""",
            "not to the training images",
        ),
        "always the same labels": (
            """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network("sparse_categorical_crossentropy")
    network.fit(X, y_few, batch_size=50, epochs=5, verbose=0)
    answers = network.predict(X_new, verbose=0).argmax(axis=1)
    return "learns" if np.mean(answers == y_new) > 0.75 else "wrong"
""",
            "with the labels that it is given",
        ),
        "an error of one's own": (
            """
def outcome(loss, X, labels, X_new, y_new):
    try:
        network = small_network(loss)
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0)
        answers = network.predict(X_hold, verbose=0).argmax(axis=1)
        return "learns" if np.mean(answers == y_new) > 0.75 else "wrong"
    except Exception:
        return "raises"
""",
            "Did an error of your own",
        ),
        "probabilities compared with digits": (
            """
def outcome(loss, X, labels, X_new, y_new):
    network = small_network(loss)
    try:
        network.fit(X, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "raises"
    right = np.mean(network.predict(X_new, verbose=0).max(axis=1) == y_new)
    return "learns" if right > 0.75 else "wrong"
""",
            "compared with its own digit",
        ),
        "words of one's own": (
            """
def outcome(loss, X, labels, X_new, y_new):
    try:
        small_network(loss).fit(X, labels, batch_size=50, epochs=5, verbose=0)
    except ValueError:
        return "error"
    return "ok"
""",
            "you return 'error', not",
        ),
        "nothing is returned": (
            """
def outcome(loss, X, labels, X_new, y_new):
    pass
""",
            "you return None, not",
        ),
    },
    "guesses": {
        "right: the best taken out of a copy": """
def guesses(P):
    rest, best = P.copy(), P.argmax(axis=1)
    rest[np.arange(len(P)), best] = -1
    return np.column_stack([best, rest.argmax(axis=1)])
""",
        "right: sorted and turned round": """
def guesses(P):
    return P.argsort(axis=1)[:, ::-1][:, :2]
""",
        "right: lists": """
def guesses(P):
    return [sorted(range(10), key=lambda k: -row[k])[:2] for row in P.tolist()]
""",
        "right: argpartition": """
def guesses(P):
    two = np.argpartition(P, -2, axis=1)[:, -2:]
    first = np.take_along_axis(P, two, axis=1).argmax(axis=1)
    rows = np.arange(len(P))
    return np.stack([two[rows, first], two[rows, 1 - first]], axis=1)
""",
        "right: a loop, floating-point numbers": """
def guesses(P):
    result = np.zeros((len(P), 2))
    for i, row in enumerate(P):
        row = row.copy()
        for column in range(2):
            result[i, column] = row.argmax()
            row[row.argmax()] = 0
    return result
""",
        "rounded before sorting": (
            """
def guesses(P):
    return np.argsort(-np.round(P, 3), axis=1, kind="stable")[:, :2]
""",
            "you return [7 0]",
        ),
        "the smaller first": (
            """
def guesses(P):
    return P.argsort(axis=1)[:, -2:]
""",
            "belongs in the first column",
        ),
        "the two smallest": (
            """
def guesses(P):
    return P.argsort(axis=1)[:, :2]
""",
            "are the largest",
        ),
        "down the columns": (
            """
def guesses(P):
    return np.argsort(-P, axis=0)[:, :2]
""",
            "are the largest",
        ),
        "the probabilities themselves": (
            """
def guesses(P):
    return -np.sort(-P, axis=1)[:, :2]
""",
            "in which columns",
        ),
        "the best deleted from P": (
            """
def guesses(P):
    best = P.argmax(axis=1)
    P[np.arange(len(P)), best] = -1
    return np.column_stack([best, P.argmax(axis=1)])
""",
            "changes the array",
        ),
        "only the second": (
            """
def guesses(P):
    return np.argsort(-P, axis=1)[:, 1]
""",
            "need guesses of shape",
        ),
        "nothing is returned": (
            """
def guesses(P):
    np.argsort(-P, axis=1)[:, :2]
""",
            "returns None",
        ),
    },
    "within-two": {
        "right: two comparisons": """
def found_within_two(y, P):
    first, second = np.asarray(guesses(P)).T
    return np.mean((first == y) | (second == y))
""",
        "right: without the function": """
def found_within_two(y, P):
    of_truth = P[np.arange(len(y)), y]
    return np.mean((P > of_truth[:, None]).sum(axis=1) < 2)
""",
        "right: a loop": """
def found_within_two(y, P):
    found = 0
    for label, row in zip(y, P):
        found += label in np.argsort(row)[-2:]
    return found / len(y)
""",
        "right: lists": """
def found_within_two(y, P):
    hits = [label in two for label, two in zip(y.tolist(), np.asarray(guesses(P)).tolist())]
    return sum(hits) / len(hits)
""",
        "right: counted twice over nothing": """
def found_within_two(y, P):
    return (np.asarray(guesses(P)) == y.reshape(-1, 1)).sum() / np.float32(len(y))
""",
        "the mean over both columns": (
            """
def found_within_two(y, P):
    return np.mean(guesses(P) == y[:, None])
""",
            "the share is 0.5; you return 0.25",
        ),
        "among anybody's guesses": (
            """
def found_within_two(y, P):
    return np.mean(np.isin(y, guesses(P)))
""",
            "for its own image",
        ),
        "only the best": (
            """
def found_within_two(y, P):
    return np.mean(P.argmax(axis=1) == y)
""",
            "the share is 0.5; you return 0",
        ),
        "only the second": (
            """
def found_within_two(y, P):
    return np.mean(guesses(P)[:, 1] == y)
""",
            "the share is 0.3333; you return 0",
        ),
        "percent": (
            """
def found_within_two(y, P):
    return 100 * np.mean((guesses(P) == y[:, None]).any(axis=1))
""",
            "not percent",
        ),
        "a number of images": (
            """
def found_within_two(y, P):
    return np.sum((guesses(P) == y[:, None]).any(axis=1))
""",
            "the share is 0.5; you return 1",
        ),
        "one answer for each image": (
            """
def found_within_two(y, P):
    return (guesses(P) == y[:, None]).any(axis=1)
""",
            "One number is asked for",
        ),
        "nothing is returned": (
            """
def found_within_two(y, P):
    pass
""",
            "returns None",
        ),
    },
}
