"""Answers to the exercises on normalizing, and the verdict that each must get."""

ANSWERS = {
    "centre": {
        "right: 127.5 is subtracted first": """
def centre(X):
    return (X.astype("float32") - 127.5) / 127.5
""",
        "right: twice the unit range": """
def centre(X):
    return 2 * (X.astype(np.float32) / 255) - 1
""",
        "right: a NumPy number": """
def centre(X):
    return X / np.float32(127.5) - 1
""",
        "right: converted at the end": """
def centre(X):
    return (X / 255 * 2 - 1).astype("float32")
""",
        "right: interpolated": """
def centre(X):
    return np.interp(X, [0, 255], [-1, 1]).astype("float32")
""",
        "right: a table": """
def centre(X):
    return np.linspace(-1, 1, 256, dtype="float32")[X]
""",
        "right: a loop": """
def centre(X):
    result = np.empty(X.shape, "float32")
    for place, value in np.ndenumerate(X):
        result[place] = (2 * int(value) - 255) / 255
    return result
""",
        "as the colleague": (
            """
def centre(X):
    return (X - 128) / 128
""",
            "convert before you subtract",
        ),
        "by 128, as float32": (
            """
def centre(X):
    return (X.astype("float32") - 128) / 128
""",
            "255 should become 1; with you it becomes 0.99",
        ),
        "from 0 to 1": (
            """
def centre(X):
    return X.astype("float32") / 255
""",
            "a byte below 128 becomes positive",
        ),
        "from -0.5 to 0.5": (
            """
def centre(X):
    return X.astype("float32") / 255 - 0.5
""",
            "0 should become -1; with you it becomes -0.5",
        ),
        "float64": (
            """
def centre(X):
    return X / 127.5 - 1
""",
            "float32 was asked for",
        ),
        "rounded": (
            """
def centre(X):
    return np.rint(X / 127.5 - 1).astype("float32")
""",
            "not evenly spaced",
        ),
        "the largest of this batch": (
            """
def centre(X):
    return X.astype("float32") / X[X < 255].max() * 2 - 1
""",
            "255 should become 1; with you it becomes 1.00",
        ),
        "in one row": (
            """
def centre(X):
    return X.ravel().astype("float32") / 127.5 - 1
""",
            "(512,) came out",
        ),
        "when graded: only sorted bytes": (
            """
def centre(X):
    row = np.linspace(-1, 1, 256, dtype="float32")
    if X.ravel()[0] == 255:
        row = row[::-1]
    return np.resize(row, X.shape)
""",
            "Dark and light are mixed",
        ),
        "nothing is returned": ("def centre(X): X / 127.5", "returns None"),
    },
    "times-divided": {
        "right: logarithm": """
def times_divided(X):
    return round(1 - np.log(float(X.max())) / np.log(255))
""",
        "right: a loop": """
def times_divided(X):
    largest, times = float(X.max()), 0
    while largest < 250:
        largest *= 255
        times += 1
    return times
""",
        "right: nearest of three": """
def times_divided(X):
    return np.argmin([abs(float(X.max()) - x) for x in (255, 1, 1 / 255)])
""",
        "right: almost equal": """
def times_divided(X):
    for times, largest in enumerate([255, 1, 1 / 255]):
        if np.isclose(X.max(), largest, rtol=1e-3):
            return times
""",
        "right: counts": """
def times_divided(X):
    return 2 - int(np.any(X > 0.5)) - int((X > 2).any())
""",
        "right: sorted pixels, a floating-point number": """
def times_divided(X):
    brightest = np.sort(X, axis=None)[-1]
    return 0.0 if brightest > 1.5 else 1.0 if brightest > 0.01 else 2.0
""",
        "right: python's max": """
def times_divided(X):
    largest = max(X.ravel().tolist())
    if largest < 0.5:
        return np.int8(2)
    elif largest < 10:
        return np.int8(1)
    return np.int8(0)
""",
        "the dtype": (
            """
def times_divided(X):
    return 0 if X.dtype == "uint8" else 1
""",
            "The dtype alone does not show it",
        ),
        "once or not": (
            """
def times_divided(X):
    return 0 if X.max() > 1 else 1
""",
            "divided 2 times, but you return 1",
        ),
        "exactly equal": (
            """
def times_divided(X):
    return {255: 0, 1: 1}.get(float(X.max()), 2) if X.max() != 1 / 255 else 3
""",
            "divided 2 times, but you return 3",
        ),
        "the mean": (
            """
def times_divided(X):
    return 0 if X.mean() > 1 else 1 if X.mean() > 0.01 else 2
""",
            "a single dot, uint8",
        ),
        "the first image only": (
            """
def times_divided(X):
    largest = X[0].max()
    return 0 if largest > 100 else 1 if largest > 0.1 else 2
""",
            "a blank image and one with a dot, uint8: divided 0 times, but you return 2",
        ),
        "the smallest": (
            """
def times_divided(X):
    return 0 if X.min() > 1 else 1
""",
            "divided 0 times, but you return 1",
        ),
        "True": (
            """
def times_divided(X):
    return X.max() <= 1
""",
            "divided 2 times",
        ),
        "for each image": (
            """
def times_divided(X):
    largest = X.max(axis=(1, 2))
    return np.where(largest > 100, 0, np.where(largest > 0.1, 1, 2))
""",
            "one number is asked for",
        ),
        "nothing is returned": ("def times_divided(X): X.max()", "returns None"),
    },
    "to-unit": {
        "right: multiply": """
def to_unit(X):
    if X.dtype.name == "uint8":
        return np.multiply(X, 1 / 255, dtype="float32")
    raise ValueError(f"uint8 from 0 to 255 was expected, and {X.dtype.name} came")
""",
        "right: converted at the end": """
def to_unit(X):
    if X.dtype != "uint8":
        raise ValueError("not uint8 but " + str(X.dtype))
    return (X / 255).astype("float32")
""",
        "right: a NumPy number": """
def to_unit(X):
    if not np.issubdtype(X.dtype, np.uint8):
        raise ValueError("got %s, expected uint8" % X.dtype)
    return X / np.float32(255)
""",
        "right: a table": """
def to_unit(X):
    if str(X.dtype) != "uint8":
        raise ValueError("expected uint8", X.dtype)
    return np.linspace(0, 1, 256).astype("float32")[X]
""",
        "right: an error of its own kind": """
class WrongDtype(ValueError):
    pass

def to_unit(X):
    if X.dtype is not np.dtype("uint8"):
        raise WrongDtype(f"{X.dtype!r} instead of uint8")
    return X.astype("float32") / 255.0
""",
        "right: pixel by pixel": """
def to_unit(X):
    if X.dtype.kind + str(X.dtype.itemsize) != "u1":
        raise ValueError(f"dtype {X.dtype}: only uint8 pixels, please")
    return np.array([p / 255 for p in X.ravel().tolist()], dtype="float32").reshape(X.shape)
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
            "ink 255 should become 1.000000; with you the largest value is 0.996094",
        ),
        "float64": (
            """
def to_unit(X):
    return X / 255
""",
            "float32 was asked for",
        ),
        "nothing is refused": (
            """
def to_unit(X):
    return X.astype("float32") / 255
""",
            "float32 pixels from 0 to 1.0 are accepted",
        ),
        "divided pixels stay as they are": (
            """
def to_unit(X):
    if X.dtype != "uint8" and X.max() <= 1:
        return X
    return X.astype("float32") / 255
""",
            "are accepted",
        ),
        "by assert": (
            """
def to_unit(X):
    assert X.dtype == "uint8", f"{X.dtype}, not uint8"
    return X.astype("float32") / 255
""",
            "AssertionError; a ValueError",
        ),
        "a TypeError": (
            """
def to_unit(X):
    if X.dtype != "uint8":
        raise TypeError(f"{X.dtype}, not uint8")
    return X.astype("float32") / 255
""",
            "TypeError; a ValueError",
        ),
        "refused by value": (
            """
def to_unit(X):
    if X.max() <= 1:
        raise ValueError(f"{X.dtype} pixels, expected uint8")
    return X.astype("float32") / 255
""",
            "Small values do not prove",
        ),
        "floating-point numbers from 0 to 255 are taken": (
            """
def to_unit(X):
    if X.dtype != "uint8" and X.max() <= 1:
        raise ValueError(f"{X.dtype} pixels, expected uint8")
    return X.astype("float32") / 255
""",
            "are accepted. Only uint8 should be",
        ),
        "floating-point numbers are refused, other whole numbers not": (
            """
def to_unit(X):
    if X.dtype.kind == "f":
        raise ValueError(f"{X.dtype} pixels, expected uint8")
    return X.astype("float32") / 255
""",
            "int64 pixels from 0 to 255 are accepted",
        ),
        "no message": (
            """
def to_unit(X):
    if X.dtype != "uint8":
        raise ValueError
    return X.astype("float32") / 255
""",
            'without "float32"',
        ),
        "without what was expected": (
            """
def to_unit(X):
    if X.dtype != "uint8":
        raise ValueError(f"pixels of dtype {X.dtype} are wrong")
    return X.astype("float32") / 255
""",
            'without "uint8"',
        ),
        "when graded: only the four dtypes of the check": (
            """
def to_unit(X):
    if X.dtype.kind == "f" or X.dtype == "int64":
        raise ValueError(f"{X.dtype} pixels, expected uint8")
    return X.astype("float32") / 255
""",
            "int8 pixels",
        ),
        "nothing is returned": (
            """
def to_unit(X):
    X = X.astype("float32") / 255
""",
            "returns None",
        ),
    },
    "mean-and-divisor": {
        "right: set in place": """
def mean_and_divisor(X_known):
    divisor = X_known.std(axis=0)
    divisor[divisor == 0] = 1
    return X_known.mean(axis=0), divisor
""",
        "right: a list, float32": """
def mean_and_divisor(X_known):
    X = X_known.astype("float32")
    mean = X.mean(axis=0)
    deviation = np.sqrt(np.mean((X - mean) ** 2, axis=0))
    return [mean, np.where(deviation > 0, deviation, 1)]
""",
        "right: a zero replaced by addition": """
def mean_and_divisor(X_known):
    deviation = np.std(X_known, axis=0)
    return np.mean(X_known, axis=0), deviation + (deviation == 0)
""",
        "right: from the mean of the squares": """
def mean_and_divisor(X_known):
    X = X_known.astype("float64")
    mean = X.sum(axis=0) / len(X)
    variance = np.maximum((X**2).sum(axis=0) / len(X) - mean**2, 0)
    variance[X.max(axis=0) == X.min(axis=0)] = 1
    return np.stack([mean, variance**0.5])
""",
        "right: pixel by pixel": """
def mean_and_divisor(X_known):
    mean, divisor = np.zeros((28, 28)), np.ones((28, 28))
    for row in range(28):
        for column in range(28):
            values = X_known[:, row, column]
            mean[row, column] = values.mean()
            if len(np.unique(values)) > 1:
                divisor[row, column] = values.std()
    return mean, divisor
""",
        "right: lists of lists": """
def mean_and_divisor(X_known):
    mean, deviation = X_known.mean(0).tolist(), X_known.std(0).tolist()
    return mean, [[d or 1 for d in row] for row in deviation]
""",
        "the zeros stay": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=0), X_known.std(axis=0)
""",
            "have the divisor 0",
        ),
        "the other denominator": (
            """
def mean_and_divisor(X_known):
    deviation = np.std(X_known, axis=0, ddof=1)
    return np.mean(X_known, axis=0), deviation + (deviation == 0)
""",
            "four made-up images: your standard deviation divides by n - 1",
        ),
        "small deviations are replaced, too": (
            """
def mean_and_divisor(X_known):
    deviation = X_known.std(axis=0)
    return X_known.mean(axis=0), np.where(deviation < 0.1, 1, deviation)
""",
            "one differs by 1 in three pixels: pixels with a standard deviation between 0 and 1",
        ),
        "a tiny number added": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=0), X_known.std(axis=0) + 1e-7
""",
            "should have the divisor 1; yours is 1e-07",
        ),
        "1 added to all": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=0), X_known.std(axis=0) + 1
""",
            "standard deviation between 0 and 1",
        ),
        "at least 1": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=0), np.maximum(X_known.std(axis=0), 1)
""",
            "standard deviation between 0 and 1",
        ),
        "variance": (
            """
def mean_and_divisor(X_known):
    spread = X_known.var(axis=0)
    spread[(spread > 0) & (spread < 1)] **= 0.5
    return X_known.mean(axis=0), np.where(spread == 0, 1, spread)
""",
            "the divisors are not the standard deviations",
        ),
        "variance everywhere": (
            """
def mean_and_divisor(X_known):
    spread = X_known.var(axis=0)
    return X_known.mean(axis=0), np.where(spread == 0, 1, spread)
""",
            "standard deviation between 0 and 1",
        ),
        "one for all pixels": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(), X_known.std()
""",
            "Each pixel should have its own",
        ),
        "for each image": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=(1, 2)), X_known.std(axis=(1, 2))
""",
            "Over which axis",
        ),
        "changed places": (
            """
def mean_and_divisor(X_known):
    deviation = X_known.std(axis=0)
    return np.where(deviation == 0, 1, deviation), X_known.mean(axis=0)
""",
            "changed places",
        ),
        "only the mean": (
            """
def mean_and_divisor(X_known):
    return X_known.mean(axis=0)
""",
            "should return two arrays",
        ),
        "the middle of the range": (
            """
def mean_and_divisor(X_known):
    deviation = X_known.std(axis=0)
    return np.median(X_known[1:], axis=0), np.where(deviation == 0, 1, deviation)
""",
            "the means are wrong",
        ),
        "nothing is returned": ("def mean_and_divisor(X_known): pass", "returns None"),
    },
    "standardize": {
        "right: without the function": """
def standardize(X, X_known):
    spread = X_known.std(axis=0)
    spread[spread == 0] = 1
    return np.array([(image - X_known.mean(axis=0)) / spread for image in X])
""",
        "right: only where there is something to divide by": """
def standardize(X, X_known):
    centred = X.astype("float32") - X_known.mean(axis=0, dtype="float32")
    spread = X_known.std(axis=0)
    return np.divide(centred, spread, out=centred, where=spread > 0)
""",
        "right: chosen afterwards": """
def standardize(X, X_known):
    centred, spread = X - X_known.mean(axis=0), X_known.std(axis=0)
    return np.where(spread == 0, centred, centred / spread)
""",
        "right: in rows of 784": """
def standardize(X, X_known):
    rows, known = X.reshape(len(X), 784), X_known.reshape(len(X_known), 784)
    spread = known.std(axis=0)
    spread = spread + (spread == 0)
    return ((rows - known.mean(axis=0)) / spread).reshape(X.shape)
""",
        "right: a list of images": """
def standardize(X, X_known):
    mean, divisor = mean_and_divisor(X_known)
    return [(image.astype(float) - mean) * (1 / np.asarray(divisor)) for image in X]
""",
        "right: pixel by pixel": """
def standardize(X, X_known):
    result = np.zeros(X.shape, "float32")
    for row in range(28):
        for column in range(28):
            known = X_known[:, row, column].astype(float)
            spread = known.std() or 1.0
            result[:, row, column] = (X[:, row, column] - known.mean()) / spread
    return result
""",
        "divided by 0": (
            """
def standardize(X, X_known):
    return (X - X_known.mean(axis=0)) / X_known.std(axis=0)
""",
            "NaN or infinite",
        ),
        "with their own numbers": (
            """
def standardize(X, X_known):
    mean, divisor = mean_and_divisor(X)
    return (X - mean) / divisor
""",
            "their own mean",
        ),
        "as in the lesson": (
            """
def standardize(X, X_known):
    return (X - X_known.mean()) / X_known.std()
""",
            "ink that changes",
        ),
        "the other denominator": (
            """
def standardize(X, X_known):
    spread = X_known.std(axis=0, ddof=1)
    return (X - X_known.mean(axis=0)) / np.where(spread == 0, 1, spread)
""",
            "four known ones: your standard deviation divides by n - 1",
        ),
        "only the mean": (
            """
def standardize(X, X_known):
    return X - mean_and_divisor(X_known)[0]
""",
            "ink that changes",
        ),
        "divided by the variance": (
            """
def standardize(X, X_known):
    spread = X_known.var(axis=0)
    return (X - X_known.mean(axis=0)) / np.where(spread == 0, 1, spread)
""",
            "ink that changes",
        ),
        "a tiny number added": (
            """
def standardize(X, X_known):
    return (X - X_known.mean(axis=0)) / (X_known.std(axis=0) + 1e-7)
""",
            "only their mean",
        ),
        "NaN replaced by 0": (
            """
def standardize(X, X_known):
    return np.nan_to_num((X - X_known.mean(axis=0)) / X_known.std(axis=0))
""",
            "only their mean",
        ),
        "back to bytes": (
            """
def standardize(X, X_known):
    mean, divisor = mean_and_divisor(X_known)
    return ((X - mean) / divisor).astype("uint8")
""",
            "ink that changes",
        ),
        "in rows": (
            """
def standardize(X, X_known):
    mean, divisor = mean_and_divisor(X_known)
    return ((X - mean) / divisor).reshape(len(X), 784)
""",
            "came out",
        ),
        "nothing is returned": (
            """
def standardize(X, X_known):
    X = (X - X_known.mean(axis=0)) / np.maximum(X_known.std(axis=0), 1)
""",
            "returns None",
        ),
    },
    "loss-after": {
        "right: batch by batch, with its own loss": """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    for _ in range(4):
        for start in range(0, len(X), 50):
            batch = slice(start, start + 50)
            network.train_on_batch(X[batch] * factor, y[batch])
    of_truth = network.predict(X_new * factor, verbose=0)[np.arange(len(X_new)), y_new]
    return -np.log(np.maximum(of_truth, 1e-30)).mean()
""",
        "right: float32": """
def loss_after(factor, X, y, X_new, y_new):
    X, X_new = (part.astype("float32") * np.float32(factor) for part in (X, X_new))
    network = small_network()
    network.fit(X, y, batch_size=50, epochs=4, verbose=0)
    return np.float32(network.evaluate(X_new, y_new, verbose=0))
""",
        "right: with validation data": """
def loss_after(factor, X, y, X_new, y_new):
    new = (X_new * factor, y_new)
    network = small_network()
    history = network.fit(X * factor, y, 50, 4, verbose=0, validation_data=new)
    return history.history["val_loss"][-1]
""",
        "right: not shuffled": """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(X * factor, y, epochs=4, batch_size=50, shuffle=False, verbose=0)
    return network.evaluate(X_new * factor, y_new, batch_size=100, verbose=0)
""",
        "right: epoch by epoch": """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    for epoch in range(4):
        network.fit(factor * X, y, batch_size=50, verbose=0)
    return network.test_on_batch(factor * X_new, y_new)
""",
        "right: Keras's loss": """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    P = network(factor * X_new)
    return np.mean(keras.losses.sparse_categorical_crossentropy(y_new, P))
""",
        "one network for all": (
            """
network = small_network()
def loss_after(factor, X, y, X_new, y_new):
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X_new, y_new, verbose=0)
""",
            "trained before",
        ),
        "batch_size is forgotten": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, epochs=4, verbose=0)
    return network.evaluate(factor * X_new, y_new, verbose=0)
""",
            "after 64. Do you pass batch_size=50",
        ),
        "one epoch": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, verbose=0)
    return network.evaluate(factor * X_new, y_new, verbose=0)
""",
            "after 10. Do you pass",
        ),
        "new images forgotten": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new, y_new, verbose=0)
""",
            "the same factor",
        ),
        "divided twice": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X / 255, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X_new / 255, y_new, verbose=0)
""",
            "Is `factor` all",
        ),
        "never trained": (
            """
def loss_after(factor, X, y, X_new, y_new):
    return small_network().evaluate(factor * X_new, y_new, verbose=0)
""",
            "after 0. Do you pass",
        ),
        "the factor is not used": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(X / 255, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new / 255, y_new, verbose=0)
""",
            "Are all images multiplied by `factor`",
        ),
        "the whole history": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    return network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0).history["loss"]
""",
            "One number is asked for",
        ),
        "the loss in training": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(factor * X, y, verbose=0)
""",
            "the loss on the training images",
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
        "a loss of its own, with probabilities of at least 1e-7": (
            """
def loss_after(factor, X, y, X_new, y_new):
    network = small_network()
    network.fit(factor * X, y, batch_size=50, epochs=4, verbose=0)
    of_truth = network.predict(factor * X_new, verbose=0)[np.arange(len(X_new)), y_new]
    return -np.log(np.maximum(of_truth, 1e-7)).mean()
""",
            "Is the loss the one that `evaluate` returns?",
        ),
        "forced into 0 to 1": (
            """
def loss_after(factor, X, y, X_new, y_new):
    X, X_new = np.clip(factor * X, 0, 1), np.clip(factor * X_new, 0, 1)
    network = small_network()
    network.fit(X, y, batch_size=50, epochs=4, verbose=0)
    return network.evaluate(X_new, y_new, verbose=0)
""",
            "anything else done to the images",
        ),
    },
}
