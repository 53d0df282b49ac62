"""Answers to the exercises on training, and the verdict that each must get."""

STOP = """
def when_to_stop(losses, patience):
    best, kept = {start}
    for epoch, loss in enumerate(losses, start={first}):
        if loss {better} best:
            best, kept = loss, epoch
        elif epoch - kept {over} patience:
            return {result}
    return len(losses), kept
"""
RIGHT_STOP = {
    "start": "float('inf'), 0",
    "first": "1",
    "better": "<",
    "over": "==",
    "result": "epoch, kept",
}
MEASURED = """
def measured(W, b, X, Y, row, column):
    more, less = W.copy(), W.copy()
    more[row, column] += {h}
    less[row, column] -= {h}
    return {result}
"""
DIFFERENCE = "loss(more, b, X, Y) - loss(less, b, X, Y)"
GRADIENT = """
def gradient(W, b, X, Y):
    D = {D}
    return {result}
"""
RIGHT_D = "(softmax(X @ W + b) - Y) / len(X)"
EPOCH = """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    W, b = W.copy(), b.copy()
    for first in {places}:
        x, t = {batch}
        of_W, of_b = gradient(W, b, x, t)
        {move}
    return W, b
"""
RIGHT_EPOCH = {
    "places": "range(0, len(X), batch_size)",
    "batch": "X[first : first + batch_size], Y[first : first + batch_size]",
    "move": "W, b = W - learning_rate * of_W, b - learning_rate * of_b",
}
GAINS = """
def gains(misread, watching):
    mask = np.zeros(misread.shape[1], bool)
    mask[watching] = True
    a, o = 100 * misread[:, mask].mean(axis=1), 100 * misread[:, ~mask].mean(axis=1)
    k = np.argmin(a)
    return {}
"""

ANSWERS = {
    "steps": {
        "right: with ceil": """
import math

def steps(images, batch_size, epochs):
    n = math.ceil(images / batch_size)
    return n, epochs * n, images % batch_size or batch_size
""",
        "right: a list, counted with range": """
def steps(images, batch_size, epochs):
    starts = range(0, images, batch_size)
    return [len(starts), len(starts) * epochs, images - starts[-1]]
""",
        "right: divmod": """
def steps(images, batch_size, epochs):
    full, rest = divmod(images, batch_size)
    if rest == 0:
        return full, full * epochs, batch_size
    return full + 1, (full + 1) * epochs, rest
""",
        "right: an array of floating-point numbers": """
def steps(images, batch_size, epochs):
    n = np.ceil(images / batch_size)
    return np.array([n, n * epochs, images - batch_size * (n - 1)])
""",
        "right: a loop": """
def steps(images, batch_size, epochs):
    left, n = images, 0
    while left > 0:
        last = min(left, batch_size)
        left -= last
        n += 1
    return n, sum(n for _ in range(epochs)), last
""",
        "right: array_split by hand": """
def steps(images, batch_size, epochs):
    sizes = [min(batch_size, images - k) for k in range(0, images, batch_size)]
    return len(sizes), len(sizes * epochs), sizes[-1]
""",
        "the last batch is dropped": (
            """
def steps(images, batch_size, epochs):
    n = images // batch_size
    return n, n * epochs, images % batch_size
""",
            "leave 96 images over",
        ),
        "always one more": (
            """
def steps(images, batch_size, epochs):
    n = images // batch_size + 1
    return n, n * epochs, images % batch_size
""",
            "There is no step after them",
        ),
        "a last batch of none": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, n * epochs, images % batch_size
""",
            "your last batch has no image",
        ),
        "the last batch is always full": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, n * epochs, batch_size
""",
            "the last batch has 96 images, not 128",
        ),
        "epochs forgotten": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, n, images % batch_size or batch_size
""",
            "the second number is that of one epoch",
        ),
        "rounded": (
            """
def steps(images, batch_size, epochs):
    n = round(images / batch_size)
    return n, n * epochs, images % batch_size or batch_size
""",
            "9 images in batches of 4",
        ),
        "all images counted on": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, -(-images * epochs // batch_size), images % batch_size or batch_size
""",
            "all together are 2345 steps, not 2344",
        ),
        "written in": (
            "def steps(*sizes):\n    return 469, 2345, 96",
            "60,000 images in batches of 150",
        ),
        "one number": (
            "def steps(images, batch_size, epochs):\n    return -(-images // batch_size) * epochs",
            "Three numbers are asked for",
        ),
        "nothing is returned": (
            "def steps(images, batch_size, epochs):\n    print(images / batch_size)",
            "returns None",
        ),
    },
    "stop": {
        "right: starts at infinity": STOP.format(**RIGHT_STOP),
        "right: looking back": """
def when_to_stop(losses, patience):
    for last in range(1, len(losses) + 1):
        best = int(np.argmin(losses[:last])) + 1
        if last - best >= patience:
            break
    return last, best
""",
        "right: counts the epochs that were not better": """
def when_to_stop(losses, patience):
    best, kept, waited = losses[0], 1, 0
    for i in range(1, len(losses)):
        if losses[i] < best:
            best, kept, waited = losses[i], i + 1, 0
        else:
            waited += 1
        if waited >= patience:
            return [i + 1, kept]
    return [len(losses), kept]
""",
        "right: NumPy": """
def when_to_stop(losses, patience):
    losses = np.asarray(losses, float)
    so_far = np.minimum.accumulate(losses)
    better = np.append(True, losses[1:] < so_far[:-1])
    kept = np.maximum.accumulate(np.where(better, np.arange(1, len(losses) + 1), 0))
    over = np.flatnonzero(np.arange(1, len(losses) + 1) - kept >= patience)
    last = over[0] + 1 if len(over) else len(losses)
    return np.array([last, kept[last - 1]])
""",
        "right: a window of the last losses": """
def when_to_stop(losses, patience):
    for epoch in range(patience + 1, len(losses) + 1):
        if min(losses[epoch - patience : epoch]) >= min(losses[: epoch - patience]):
            return epoch, losses.index(min(losses[:epoch])) + 1
    return len(losses), losses.index(min(losses)) + 1
""",
        "right: counted from 0, returned from 1": """
def when_to_stop(losses, patience):
    kept = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[kept]:
            kept = epoch
        if epoch - kept == patience:
            break
    return epoch + 1, kept + 1
""",
        "the best of all epochs": (
            """
def when_to_stop(losses, patience):
    best = int(np.argmin(losses)) + 1
    return min(best + patience, len(losses)), best
""",
            "later losses are unknown",
        ),
        "an equal loss counts as better": (
            STOP.format(**RIGHT_STOP | {"better": "<="}),
            "An equal loss is not better",
        ),
        "counted from 0": (STOP.format(**RIGHT_STOP | {"first": "0"}), "your epoch 0"),
        "compared with the epoch before": (
            """
def when_to_stop(losses, patience):
    waited = 0
    for i in range(1, len(losses)):
        waited = waited + 1 if losses[i] >= losses[i - 1] else 0
        if waited == patience:
            return i + 1, i + 1 - patience
    return len(losses), int(np.argmin(losses)) + 1
""",
            "not with the epoch before",
        ),
        "the waiting is never begun anew": (
            """
def when_to_stop(losses, patience):
    best, kept, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, kept = loss, epoch
        else:
            waited += 1
            if waited == patience:
                return epoch, kept
    return len(losses), kept
""",
            "starts the waiting anew",
        ),
        "one epoch too late": (STOP.format(**RIGHT_STOP | {"over": ">"}), "one epoch too late"),
        "one epoch too early": (
            STOP.format(**RIGHT_STOP | {"over": "+ 1 =="}),
            "one epoch too early",
        ),
        "the best loss starts at 1": (
            STOP.format(**RIGHT_STOP | {"start": "1.0, 0"}),
            "The first loss is the best so far",
        ),
        "the best loss starts at 1, epoch 1 by default": (
            STOP.format(**RIGHT_STOP | {"start": "1.0, 1"}),
            "The first loss is the best so far",
        ),
        "the best loss starts at 0": (
            STOP.format(**RIGHT_STOP | {"start": "0, 0"}),
            "With which best loss do you begin",
        ),
        "when graded: the best loss starts at 100": (
            STOP.format(**RIGHT_STOP | {"start": "100, 0"}),
            "your epoch 0",
        ),
        "the last epoch is kept": (
            STOP.format(**RIGHT_STOP | {"result": "epoch, epoch"}),
            "not those of the last one",
        ),
        "it never ends": (
            "def when_to_stop(losses, patience):\n"
            "    return len(losses), int(np.argmin(losses)) + 1",
            "It never ends",
        ),
        "in the other order": (
            STOP.format(**RIGHT_STOP | {"result": "kept, epoch"}),
            "comes first",
        ),
        "a patience of 3, whatever is asked": (
            STOP.format(**RIGHT_STOP | {"over": "== 3 or 0 =="}),
            "patience 2",
        ),
        "one number": ("def when_to_stop(losses, patience):\n    return 8", "Two numbers"),
        "nothing is returned": (
            "def when_to_stop(losses, patience):\n    min(losses)",
            "returns None",
        ),
    },
    "measured": {
        "right: a smaller amount": MEASURED.format(h="1e-6", result=f"({DIFFERENCE}) / 2e-6"),
        "right: one direction, tiny": """
def measured(W, b, X, Y, row, column):
    moved = W + 0.0
    moved[row][column] += 1e-7
    return (loss(moved, b, X, Y) - loss(W, b, X, Y)) / 1e-7
""",
        "right: a table with a single number": """
def measured(W, b, X, Y, row, column):
    tiny = np.zeros_like(W)
    tiny[row, column] = 0.0001
    return (loss(W + tiny, b, X, Y) - loss(W - tiny, b, X, Y)) / 0.0002
""",
        "right: there and back": """
def measured(W, b, X, Y, row, column):
    W = np.array(W)
    losses = []
    for change in (1e-5, -2e-5):
        W[row, column] += change
        losses.append(loss(W, b, X, Y))
    return float((losses[0] - losses[1]) / 2e-5)
""",
        "right: lists": """
def measured(W, b, X, Y, row, column):
    def at(change):
        rows = W.tolist()
        rows[row][column] += change
        return loss(np.array(rows), b, X, Y)
    return [(at(1e-5) - at(-1e-5)) / (1e-5 - -1e-5)][0]
""",
        "right: the gradient itself": """
def measured(W, b, X, Y, row, column):
    return np.mean(X[:, row] * (softmax(X @ W + b) - Y)[:, column])
""",
        "not divided": (
            MEASURED.format(h="1e-4", result=DIFFERENCE),
            "Is the difference of the losses divided",
        ),
        "divided by half": (
            MEASURED.format(h="1e-4", result=f"({DIFFERENCE}) / 1e-4"),
            "twice too large",
        ),
        "half of it": (
            MEASURED.format(h="1e-5", result="(loss(more, b, X, Y) - loss(W, b, X, Y)) / 2e-5"),
            "half of what it should be",
        ),
        "the sign": (
            MEASURED.format(h="1e-4", result=f"-({DIFFERENCE}) / 2e-4"),
            "the sign is wrong",
        ),
        "too large an amount": (
            MEASURED.format(h="0.05", result=f"({DIFFERENCE}) / 0.1"),
            "not exact enough",
        ),
        "one direction, not tiny": (
            MEASURED.format(h="0.001", result="(loss(more, b, X, Y) - loss(W, b, X, Y)) / 0.001"),
            "not exact enough",
        ),
        "row and column swapped": (
            """
def measured(W, b, X, Y, row, column):
    more, less = W.copy(), W.copy()
    more[column % len(W), row] += 1e-4
    less[column % len(W), row] -= 1e-4
    return (loss(more, b, X, Y) - loss(less, b, X, Y)) / 2e-4
""",
            "Do you change this one weight",
        ),
        "the whole row": (
            """
def measured(W, b, X, Y, row, column):
    more, less = W.copy(), W.copy()
    more[row, : column + 1] += 1e-4
    less[row, : column + 1] -= 1e-4
    return (loss(more, b, X, Y) - loss(less, b, X, Y)) / 2e-4
""",
            "Do you change this one weight",
        ),
        "in place": (
            """
def measured(W, b, X, Y, row, column):
    before = loss(W, b, X, Y)
    W[row, column] += 1e-7
    return (loss(W, b, X, Y) - before) / 1e-7
""",
            "measured changes W",
        ),
        "both changes in the same array": (
            """
def measured(W, b, X, Y, row, column):
    more, less = W, W
    more[row, column] += 1e-4
    less[row, column] -= 1e-4
    return (loss(more, b, X, Y) - loss(less, b, X, Y)) / 2e-4
""",
            "both losses are equal: do both changes happen in the same array? Use W.copy()",
        ),
        "both losses": (
            "def measured(W, b, X, Y, row, column):\n    return loss(W, b, X, Y), 1e-4",
            "one number is asked for",
        ),
        "nothing is returned": (
            "def measured(W, b, X, Y, row, column):\n    loss(W, b, X, Y)",
            "returns None",
        ),
    },
    "gradient": {
        "right: image by image": """
def gradient(W, b, X, Y):
    of_W, of_b = np.zeros_like(W), np.zeros_like(b)
    P = softmax(X @ W + b)
    for x, p, y in zip(X, P, Y):
        of_W += np.outer(x, p - y) / len(X)
        of_b += (p - y) / len(X)
    return of_W, of_b
""",
        "right: einsum": GRADIENT.format(
            D="softmax(X @ W + b) - Y",
            result='[np.einsum("np,nk->pk", X, D) / len(X), D.mean(axis=0)]',
        ),
        "right: lists": GRADIENT.format(
            D=RIGHT_D, result="(X.T @ D).tolist(), [sum(column) for column in D.T]"
        ),
        "right: broadcast": GRADIENT.format(
            D="softmax(X @ W + b) - Y",
            result="(X[:, :, None] * D[:, None, :]).mean(axis=0), D.mean(0)",
        ),
        "right: output by output": """
def gradient(W, b, X, Y):
    P = softmax(np.dot(X, W) + b)
    of_W, of_b = np.empty(W.shape), np.empty(b.shape)
    for k in range(10):
        difference = P[:, k] - Y[:, k]
        of_b[k] = np.mean(difference)
        for pixel in range(len(W)):
            of_W[pixel, k] = np.mean(X[:, pixel] * difference)
    return of_W, of_b
""",
        "right: the bias as a pixel of 1": """
def gradient(W, b, X, Y):
    ones = np.column_stack([X, np.ones(len(X))])
    both = ones.T @ (softmax(ones @ np.vstack([W, b])) - Y) / X.shape[0]
    return both[:-1], both[-1]
""",
        "the sign": (
            GRADIENT.format(D="(Y - softmax(X @ W + b)) / len(X)", result="X.T @ D, D.sum(axis=0)"),
            "The step would go up",
        ),
        "a sum over the batch": (
            GRADIENT.format(D="softmax(X @ W + b) - Y", result="X.T @ D, D.sum(axis=0)"),
            "the loss is their mean",
        ),
        "a mean over the outputs, too": (
            GRADIENT.format(D="(softmax(X @ W + b) - Y) / Y.size", result="X.T @ D, D.sum(axis=0)"),
            "ten times too small",
        ),
        "the biases as a mean of means": (
            GRADIENT.format(D=RIGHT_D, result="X.T @ D, D.mean(axis=0)"),
            "by the number of images twice",
        ),
        "the biases of the first image": (
            GRADIENT.format(D=RIGHT_D, result="X.T @ D, D[0]"),
            "gradient for b[",
        ),
        "the biases stay": (
            GRADIENT.format(D=RIGHT_D, result="X.T @ D, np.zeros(10)"),
            "gradient for b[",
        ),
        "the biases are those of the weights": (
            GRADIENT.format(D=RIGHT_D, result="X.T @ D, (X.T @ D).sum(axis=0)"),
            "gradient for b[",
        ),
        "transposed": (
            GRADIENT.format(D=RIGHT_D, result="D.T @ X, D.sum(axis=0)"),
            "have the shapes of W and b",
        ),
        "without softmax": (
            GRADIENT.format(D="(X @ W + b - Y) / len(X)", result="X.T @ D, D.sum(axis=0)"),
            "is measured; yours is",
        ),
        "without the biases in the logits": (
            GRADIENT.format(D="(softmax(X @ W) - Y) / len(X)", result="X.T @ D, D.sum(axis=0)"),
            "is measured; yours is",
        ),
        "without the labels": (
            GRADIENT.format(D="softmax(X @ W + b) / len(X)", result="X.T @ D, D.sum(axis=0)"),
            "is measured; yours is",
        ),
        "in place": (
            """
def gradient(W, b, X, Y):
    Y -= softmax(X @ W + b)
    return -X.T @ Y / len(X), -Y.mean(axis=0)
""",
            "changes an array",
        ),
        "only the weights": (
            GRADIENT.format(D=RIGHT_D, result="X.T @ D"),
            "Two arrays are asked for",
        ),
        "nothing is returned": (
            "def gradient(W, b, X, Y):\n    X.T @ (softmax(X @ W + b) - Y)",
            "returns None",
        ),
    },
    "epoch": {
        "right: both at once": EPOCH.format(**RIGHT_EPOCH),
        "right: in place, in copies": EPOCH.format(
            **RIGHT_EPOCH | {"move": "W -= learning_rate * of_W\n        b -= learning_rate * of_b"}
        ),
        "right: without the function": """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    for k in range(-(-len(X) // batch_size)):
        x, t = (part[k * batch_size :][:batch_size] for part in (X, Y))
        D = (softmax(x @ W + b) - t) / len(x)
        W, b = W - learning_rate * x.T @ D, b - learning_rate * D.sum(axis=0)
    return [W, b]
""",
        "right: with while, lists": """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    while len(X):
        of_W, of_b = gradient(W, b, X[:batch_size], Y[:batch_size])
        W = W - learning_rate * np.asarray(of_W)
        b = b - learning_rate * np.asarray(of_b)
        X, Y = X[batch_size:], Y[batch_size:]
    return W.tolist(), b.tolist()
""",
        "right: parts from array_split": """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    cuts = range(batch_size, len(X), batch_size)
    for x, t in zip(np.split(X, cuts), np.split(Y, cuts), strict=True):
        of_W, of_b = gradient(W, b, x, t)
        W, b = W + -learning_rate * of_W, b + -learning_rate * of_b
    return W, b
""",
        "right: recursion": """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    if len(X) == 0:
        return W, b
    of_W, of_b = gradient(W, b, X[:batch_size], Y[:batch_size])
    W, b = W - of_W * learning_rate, b - of_b * learning_rate
    return train_epoch(W, b, X[batch_size:], Y[batch_size:], batch_size, learning_rate)
""",
        "one step for all": (
            EPOCH.format(**RIGHT_EPOCH | {"places": "[0]", "batch": "X, Y"}),
            "All images are in one step",
        ),
        "only the first batch": (
            EPOCH.format(**RIGHT_EPOCH | {"places": "[0]"}),
            "Only the first batch makes a step",
        ),
        "the last batch is dropped": (
            EPOCH.format(
                **RIGHT_EPOCH | {"places": "range(0, len(X) - batch_size + 1, batch_size)"}
            ),
            "The last batch is not full",
        ),
        "image by image": (
            EPOCH.format(
                **RIGHT_EPOCH
                | {"places": "range(len(X))", "batch": "X[first : first + 1], Y[first : first + 1]"}
            ),
            "Each image makes a step",
        ),
        "all images in each step": (
            EPOCH.format(**RIGHT_EPOCH | {"batch": "X, Y"}),
            "Each step uses all images",
        ),
        "the gradient at the start": (
            """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    new_W, new_b = W.copy(), b.copy()
    for first in range(0, len(X), batch_size):
        batch = slice(first, first + batch_size)
        of_W, of_b = gradient(W, b, X[batch], Y[batch])
        new_W -= learning_rate * of_W
        new_b -= learning_rate * of_b
    return new_W, new_b
""",
            "Each step uses the gradient at the start",
        ),
        "added up": (
            EPOCH.format(
                **RIGHT_EPOCH
                | {
                    "move": "W = W - learning_rate * len(x) * of_W\n"
                    "        b = b - learning_rate * len(x) * of_b"
                }
            ),
            "added up over a batch",
        ),
        "divided by the batch size": (
            """
def train_epoch(W, b, X, Y, batch_size, learning_rate):
    for first in range(0, len(X), batch_size):
        x, t = X[first : first + batch_size], Y[first : first + batch_size]
        D = (softmax(x @ W + b) - t) / batch_size
        W, b = W - learning_rate * x.T @ D, b - learning_rate * D.sum(axis=0)
    return W, b
""",
            "Divide by the number of images in the batch",
        ),
        "shuffled": (
            EPOCH.format(**RIGHT_EPOCH).replace(
                "W, b = W.copy(), b.copy()",
                "order = np.random.default_rng(0).permutation(len(X))\n"
                "    X, Y = X[order], Y[order]",
            ),
            "the order given is kept",
        ),
        "along the gradient": (
            EPOCH.format(
                **RIGHT_EPOCH
                | {"move": "W, b = W + learning_rate * of_W, b + learning_rate * of_b"}
            ),
            "go along the gradient",
        ),
        "only the biases": (
            EPOCH.format(**RIGHT_EPOCH | {"move": "b = b - learning_rate * of_b"}),
            "The weights do not move",
        ),
        "only the weights": (
            EPOCH.format(**RIGHT_EPOCH | {"move": "W = W - learning_rate * of_W"}),
            "The biases do not move",
        ),
        "one after the other": (
            EPOCH.format(
                **RIGHT_EPOCH
                | {
                    "move": "W = W - learning_rate * of_W\n"
                    "        b = b - learning_rate * gradient(W, b, x, t)[1]"
                }
            ),
            "after W has moved",
        ),
        "a constant learning rate": (
            EPOCH.format(**RIGHT_EPOCH | {"move": "W, b = W - 0.1 * of_W, b - 0.1 * of_b"}),
            "times the learning rate",
        ),
        "in place": (
            EPOCH.format(
                **RIGHT_EPOCH
                | {"move": "W -= learning_rate * of_W\n        b -= learning_rate * of_b"}
            ).replace("    W, b = W.copy(), b.copy()\n", ""),
            "changes an array",
        ),
        "only the weights are returned": (
            EPOCH.format(**RIGHT_EPOCH).replace("return W, b", "return W"),
            "Two arrays are asked for",
        ),
        "nothing is returned": (
            EPOCH.format(**RIGHT_EPOCH).replace("return W, b", "W, b"),
            "returns None",
        ),
    },
    "choose": {
        "right: a loop": """
def choose(misread, watching):
    best, fewest = None, None
    for row in range(len(misread)):
        mistakes = sum(misread[row, image] for image in watching)
        if fewest is None or mistakes < fewest:
            best, fewest = row, mistakes
    return best
""",
        "right: the mean": """
def choose(misread, watching):
    return np.argmin(np.mean(misread[:, watching], axis=1))
""",
        "right: lists": """
def choose(misread, watching):
    counts = [[row[k] for k in watching.tolist()].count(True) for row in misread.tolist()]
    return counts.index(min(counts))
""",
        "right: min with a key": """
def choose(misread, watching):
    return min(range(len(misread)), key=lambda row: misread[row][watching].sum())
""",
        "right: a product of tables, floating point": """
def choose(misread, watching):
    mask = np.zeros(misread.shape[1])
    mask[watching] = 1
    return float(np.argmin(misread @ mask))
""",
        "right: argsort, stable": """
def choose(misread, watching):
    right = (~misread[:, watching]).sum(axis=1)
    return np.argsort(-right, kind="stable")[0]
""",
        "on all images": (
            "def choose(misread, watching):\n    return misread.sum(axis=1).argmin()",
            "the fewest mistakes on all images",
        ),
        "on the others": (
            "def choose(misread, watching):\n"
            "    return np.delete(misread, watching, axis=1).sum(axis=1).argmin()",
            "the images that do not watch",
        ),
        "the worst": (
            "def choose(misread, watching):\n    return misread[:, watching].sum(axis=1).argmax()",
            "most mistakes, not fewest",
        ),
        "counted from 1": (
            "def choose(misread, watching):\n"
            "    return misread[:, watching].sum(axis=1).argmin() + 1",
            "Do you count from 0",
        ),
        "the last of equals": (
            "def choose(misread, watching):\n"
            "    return len(misread) - 1 - misread[::-1, watching].sum(axis=1).argmin()",
            "are equally good",
        ),
        "its mistakes": (
            "def choose(misread, watching):\n    return misread[:, watching].sum(axis=1).min()",
            "mistakes on the images that watch, so row 1 is chosen",
        ),
        "the image that is misread least": (
            "def choose(misread, watching):\n    return misread[:, watching].sum(axis=0).argmin()",
            "most mistakes, not fewest",
        ),
        "as many images as watch": (
            "def choose(misread, watching):\n"
            "    return misread[:, : len(watching)].sum(axis=1).argmin()",
            "the images that do not watch",
        ),
        "all rows": (
            "def choose(misread, watching):\n    return misread[:, watching].sum(axis=1)",
            "One number is asked for",
        ),
        "nothing is returned": (
            "def choose(misread, watching):\n    misread[:, watching].sum(axis=1).argmin()",
            "returns None",
        ),
    },
    "gains": {
        "right: a mask": GAINS.format("a.mean() - a[k], o.mean() - o[k]"),
        "right: an array": GAINS.format("np.array([a.mean() - a[k], o.mean() - o[k]])"),
        "right: loops": """
def gains(misread, watching):
    networks, images = misread.shape
    chosen = choose(misread, watching)
    parts = [list(watching), [k for k in range(images) if k not in watching]]
    result = []
    for part in parts:
        errors = []
        for network in range(networks):
            errors.append(100 * sum(misread[network][k] for k in part) / len(part))
        result.append(sum(errors) / networks - errors[int(chosen)])
    return tuple(result)
""",
        "right: accuracies": GAINS.format("(100 - a)[k] - (100 - a).mean(), np.mean(o - o[k])"),
        "right: setdiff1d": """
def gains(misread, watching):
    others = np.setdiff1d(np.arange(misread.shape[1]), watching)
    row = int(choose(misread, watching))
    return [
        100 * (misread[:, part].mean() - misread[row, part].mean()) for part in (watching, others)
    ]
""",
        "right: float32": GAINS.format(
            'tuple((e.mean() - e[k]).astype("float32") for e in (a, o))'
        ),
        "shares": (
            GAINS.format("(a.mean() - a[k]) / 100, (o.mean() - o[k]) / 100"),
            "percentage points, not shares",
        ),
        "the signs": (GAINS.format("a[k] - a.mean(), o[k] - o.mean()"), "the signs are wrong"),
        "in the other order": (
            GAINS.format("o.mean() - o[k], a.mean() - a[k]"),
            "the images that watch come first",
        ),
        "twice on those that watch": (
            GAINS.format("[a.mean() - a[k]] * 2"),
            "both numbers are for the images that watch",
        ),
        "on all images": (
            GAINS.format("a.mean() - a[k], 100 * (misread.mean() - misread[k].mean())"),
            "It is for those that do not watch",
        ),
        "the others choose, too": (
            GAINS.format("a.mean() - a.min(), o.mean() - o.min()"),
            "the others choose for themselves",
        ),
        "compared with the other networks": (
            GAINS.format("np.delete(a, k).mean() - a[k], np.delete(o, k).mean() - o[k]"),
            "The mean is over *all* networks, the chosen one too",
        ),
        "compared with the worst": (
            GAINS.format("a.max() - a[k], o.max() - o[k]"),
            "better than the mean of the errors",
        ),
        "compared with the median": (
            GAINS.format("np.median(a) - a[k], np.median(o) - o[k]"),
            "better than the mean of the errors",
        ),
        "the errors": (GAINS.format("a[k], o[k]"), "better than the mean of the errors"),
        "mistakes": (
            GAINS.format("(a.mean() - a[k]) / 100 * mask.sum(), o.mean() - o[k]"),
            "better than the mean of the errors",
        ),
        "one number": (GAINS.format("a.mean() - a[k]"), "Two numbers are asked for"),
        "in place": (
            GAINS.format("a.mean() - a[k], o.mean() - o[k]").replace(
                "k = np.argmin(a)", "k = np.argmin(a)\n    misread[:] = False"
            ),
            "changes the table",
        ),
        "nothing is returned": (GAINS.format("None"), "returns None"),
    },
}
