"""Answers to the exercises on training, and the verdict that each must get."""

ANSWERS = {
    "steps": {
        "right: with ceil": """
import math

def steps(images, batch_size, epochs):
    n = math.ceil(images / batch_size)
    return n, epochs * n, images % batch_size or batch_size
""",
        "the last batch is dropped": (
            """
def steps(images, batch_size, epochs):
    n = images // batch_size
    return n, n * epochs, images % batch_size
""",
            "not full is a batch, too",
        ),
        "always one more": (
            """
def steps(images, batch_size, epochs):
    n = images // batch_size + 1
    return n, n * epochs, images % batch_size
""",
            "come out even",
        ),
        "a last batch of none": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, n * epochs, images % batch_size
""",
            "the last one is full",
        ),
        "epochs forgotten": (
            """
def steps(images, batch_size, epochs):
    n = -(-images // batch_size)
    return n, n, images % batch_size
""",
            "steps in all",
        ),
    },
    "stop": {
        "right: looking back": """
def when_to_stop(losses, patience):
    for last in range(1, len(losses) + 1):
        best = int(np.argmin(losses[:last])) + 1
        if last - best >= patience:
            break
    return last, best
""",
        "the best of all epochs": (
            """
def when_to_stop(losses, patience):
    best = int(np.argmin(losses)) + 1
    return min(best + patience, len(losses)), best
""",
            "nothing better",
        ),
        "an equal loss counts as better": (
            """
def when_to_stop(losses, patience):
    best, kept = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= best:
            best, kept = loss, epoch
        elif epoch - kept == patience:
            return epoch, kept
    return len(losses), kept
""",
            "nothing better",
        ),
        "counting from zero": (
            """
def when_to_stop(losses, patience):
    best, kept = np.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, kept = loss, epoch
        elif epoch - kept == patience:
            return epoch, kept
    return len(losses), kept
""",
            "count from 1",
        ),
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
            "nothing better",
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
            "8 is the last",
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
        "the sign": (
            """
def gradient(W, b, X, Y):
    D = (Y - softmax(X @ W + b)) / len(X)
    return X.T @ D, D.sum(axis=0)
""",
            "such a step would climb",
        ),
        "a sum over the batch": (
            """
def gradient(W, b, X, Y):
    D = softmax(X @ W + b) - Y
    return X.T @ D, D.sum(axis=0)
""",
            "sum over the batch",
        ),
        "a mean over the outputs too": (
            """
def gradient(W, b, X, Y):
    D = (softmax(X @ W + b) - Y) / Y.size
    return X.T @ D, D.sum(axis=0)
""",
            "not over images and outputs",
        ),
        "the biases as a mean of means": (
            """
def gradient(W, b, X, Y):
    D = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ D, D.mean(axis=0)
""",
            "The biases have another slope",
        ),
        "transposed": (
            """
def gradient(W, b, X, Y):
    D = (softmax(X @ W + b) - Y) / len(X)
    return D.T @ X, D.sum(axis=0)
""",
            "shape of what they belong to",
        ),
        "without softmax": (
            """
def gradient(W, b, X, Y):
    D = (X @ W + b - Y) / len(X)
    return X.T @ D, D.sum(axis=0)
""",
            "another slope when measured",
        ),
    },
    "settings": {
        "right: single images nearly": "settings = dict(batch_size=10, learning_rate=0.006)",
        "the guide's": ('settings = {"batch_size": 150, "learning_rate": 0.001}', "More steps"),
        "only more steps": ('settings = {"batch_size": 50, "learning_rate": 0.001}', "More steps"),
        "only longer steps": (
            'settings = {"batch_size": 150, "learning_rate": 0.004}',
            "More steps",
        ),
        "far too long": ('settings = {"batch_size": 150, "learning_rate": 3.0}', "too far"),
        "another name": ('settings = {"batch": 16, "learning_rate": 0.01}', "holds batch_size"),
    },
}
