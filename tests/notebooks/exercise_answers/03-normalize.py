"""Answers to the exercises on normalizing, and the verdict that each must get."""


def prediction(**changed) -> str:
    """Write the right predictions down, but for those of the named lines."""
    lines = {
        "one_slash": ("X / 255", "'float64', 1.0"),
        "two_slashes": ("X // 255", "np.uint8, 1"),
        "float32": ("X.astype('float32') / 255", "np.float32, 1"),
        "doubled": ("X * 2", "'uint8', 254"),
        "centred": ("(X - 128) / 128", "'float64', 1.992"),
    }
    pairs = [f"{line!r}: ({changed.get(name, pair)})" for name, (line, pair) in lines.items()]
    return f"prediction = {{{', '.join(pairs)}}}"


ANSWERS = {
    "prediction": {
        "right: dtypes of NumPy, rounded numbers": prediction(),
        "a line is missing": ("prediction = {'X / 255': ('float64', 1)}", "No prediction for"),
        "a quotient as small as its dividend": (
            prediction(one_slash="'float32', 1"),
            "grant a quotient unasked",
        ),
        "two slashes give fractions": (
            prediction(two_slashes="'float64', 1"),
            "Two slashes round down",
        ),
        "two slashes leave nothing": (
            prediction(two_slashes="'uint8', 0"),
            "The largest value of X // 255",
        ),
        "a Python number makes float32 wider": (
            prediction(float32="'float64', 1"),
            "change for a Python number",
        ),
        "twice 255 fits": (prediction(doubled="'uint16', 510"), "A byte stays a byte"),
        "255 doubled is the largest": (
            prediction(doubled="'uint8', 255"),
            "which product is the largest",
        ),
        "from -1 to 1 as it was meant": (
            prediction(centred="'float64', 127 / 128"),
            "where does 0 - 128 end up",
        ),
    },
    "to-unit": {
        "right: multiply": """
def to_unit(X):
    if np.asarray(X).dtype.name == "uint8":
        return np.multiply(X, 1 / 255, dtype="float32")
    raise ValueError("uint8 from 0 to 255 was expected")
""",
        "as the colleague": (
            """
def to_unit(X):
    return (X / X.max()).astype("float32")
""",
            "as the colleague does",
        ),
        "two slashes": (
            """
def to_unit(X):
    return (X // 255).astype("float32")
""",
            "two slashes",
        ),
        "by 256": (
            """
def to_unit(X):
    return X.astype("float32") / 256
""",
            "largest value of a byte",
        ),
        "float64": (
            """
def to_unit(X):
    return X / 255
""",
            "not float32",
        ),
        "nothing is refused": (
            """
def to_unit(X):
    return X.astype("float32") / 255
""",
            "divided before are accepted",
        ),
        "divided pixels pass untouched": (
            """
def to_unit(X):
    if X.max() <= 1:
        return X
    return X.astype("float32") / 255
""",
            "divided before are accepted",
        ),
        "by assert": (
            """
def to_unit(X):
    assert X.dtype == "uint8", "not bytes"
    return X.astype("float32") / 255
""",
            "AssertionError; a ValueError",
        ),
        "refused by value": (
            """
def to_unit(X):
    if X.max() <= 1:
        raise ValueError("these pixels are divided already")
    return X.astype("float32") / 255
""",
            "Small values do not prove",
        ),
        "bytes or 0 to 255": (
            """
def to_unit(X):
    if X.dtype != "uint8" and X.max() <= 1:
        raise ValueError("these pixels are divided already")
    return X.astype("float32") / 255
""",
            "what it has been through",
        ),
        "no words": (
            """
def to_unit(X):
    if X.dtype != "uint8":
        raise ValueError
    return X.astype("float32") / 255
""",
            "no words",
        ),
        "nothing is returned": (
            """
def to_unit(X):
    X = X.astype("float32") / 255
""",
            "returns None",
        ),
    },
    "standardize": {
        "right: the divisor is mended in place": """
def standardize(X, X_known):
    spread = X_known.std(axis=0, ddof=1)
    spread[spread == 0] = 1
    return np.array([(image - X_known.mean(axis=0)) / spread for image in X])
""",
        "right: only where there is something to divide by": """
def standardize(X, X_known):
    centred = X.astype("float32") - X_known.mean(axis=0, dtype="float32")
    spread = X_known.std(axis=0)
    return np.divide(centred, spread, out=centred, where=spread > 0)
""",
        "divided by 0": (
            """
def standardize(X, X_known):
    return (X - X_known.mean(axis=0)) / X_known.std(axis=0)
""",
            "NaN or infinite",
        ),
        "measured by themselves": (
            """
def standardize(X, X_known):
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread == 0, 1, spread)
""",
            "own mean and deviation",
        ),
        "as in the chapter": (
            """
def standardize(X, X_known):
    return (X - X_known.mean()) / X_known.std()
""",
            "Each pixel was to have its own",
        ),
        "divided by the variance": (
            """
def standardize(X, X_known):
    spread = X_known.var(axis=0)
    return (X - X_known.mean(axis=0)) / np.where(spread == 0, 1, spread)
""",
            "The numbers are not those",
        ),
        "a tiny number added": (
            """
def standardize(X, X_known):
    return (X - X_known.mean(axis=0)) / (X_known.std(axis=0) + 1e-7)
""",
            "drowns all others",
        ),
        "the result is swept": (
            """
def standardize(X, X_known):
    return np.nan_to_num((X - X_known.mean(axis=0)) / X_known.std(axis=0))
""",
            "Mend the divisor",
        ),
        "nothing is returned": (
            """
def standardize(X, X_known):
    X = (X - X_known.mean(axis=0)) / np.maximum(X_known.std(axis=0), 1)
""",
            "returns None",
        ),
        "in rows of 784": (
            """
def standardize(X, X_known):
    rows, known = X.reshape(len(X), 784), X_known.reshape(len(X_known), 784)
    return (rows - known.mean(axis=0)) / np.where(known.std(axis=0) == 0, 1, known.std(axis=0))
""",
            "comes out",
        ),
    },
    "loss-after": {
        "right: batch by batch, with its own loss": """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    for step in range(48):
        batch = np.arange(50 * step, 50 * step + 50) % len(X)
        network.train_on_batch(X[batch] * factor, y[batch])
    of_truth = network.predict(X_new * factor, verbose=0)[np.arange(len(X_new)), y_new]
    return -np.log(np.maximum(of_truth, 1e-30)).mean()
""",
        "one network for all": (
            """
network = small_network()
def loss_after(factor, X, y, X_new, y_new):
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X_new, y_new, verbose=0)
""",
            "begin where the first one ended",
        ),
        "new images forgotten": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new, y_new, verbose=0)
""",
            "the same scale",
        ),
        "divided twice": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X / 255, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X_new / 255, y_new, verbose=0)
""",
            "and nothing else",
        ),
        "never trained": (
            """
def loss_after(factor, X, y, X_new, y_new):
    return small_network().evaluate(factor * X_new, y_new, verbose=0)
""",
            "where guessing starts",
        ),
        "the factor is not used": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(X / 255, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new / 255, y_new, verbose=0)
""",
            "Is `factor` used",
        ),
        "the whole history": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    return network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0).history["loss"]
""",
            "One number",
        ),
        "the loss in training": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X, y, verbose=0)
""",
            "measured on X_new",
        ),
        "nothing is returned": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    loss = network.evaluate(factor * X_new, y_new, verbose=0)
""",
            "returns None",
        ),
        "forced into 0 to 1": (
            """
def loss_after(factor, X, y, X_new, y_new):
    X, X_new = np.clip(factor * X, 0, 1), np.clip(factor * X_new, 0, 1)
    network = small_network()
    network.fit(X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new, y_new, verbose=0)
""",
            "but the factor done to them",
        ),
    },
}
