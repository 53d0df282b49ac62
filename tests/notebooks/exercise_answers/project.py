"""Answers to the project, and the verdict that each must get."""

PREPARE = """
def prepare_set(images, labels, largest, seed=0):
    X = {pixels}
    y = {labels}
    A, B, a, b = train_test_split(X, y, {split})
    return {result}
"""


def prepare(
    pixels='(images.astype("float32") / largest)[..., None]',
    labels="keras.utils.to_categorical(labels, 10)",
    split="test_size=0.2, random_state=seed, stratify=labels",
    result="(A, a), (B, b)",
):
    """Write an answer to the first task with one part in another way."""
    return PREPARE.format(pixels=pixels, labels=labels, split=split, result=result)


TRAIN = """
def train_network(X_train, y_train):
    keras.utils.set_random_seed(2)
    network = Sequential([Input(shape=X_train.shape[1:]), {layers}])
    network.compile(keras.optimizers.Adam({rate}), loss="categorical_crossentropy")
    network.fit({data}, epochs={epochs}, batch_size=30, verbose=0)
    return network
"""
LAYERS = (
    'Conv2D(16, 3, activation="relu"), Conv2D(16, 3, activation="relu"), MaxPooling2D(), '
    'Flatten(), Dense(10, activation="softmax")'
)


def train(layers=LAYERS, rate=0.003, data="X_train, y_train", epochs=10):
    """Write an answer to the second task with one part in another way."""
    return TRAIN.format(layers=layers, rate=rate, data=data, epochs=epochs)


REPORT = """
def report(probabilities, y):
    n, said, true = len(y), probabilities.argmax(axis=1), y.argmax(axis=1)
    e = {error}
    s = {spread}
    from collections import Counter
    pairs = Counter((int(a), int(b)) for a, b in zip(true, said) if a != b)
    return {result}, {pair}
"""


def report(
    error="np.mean(said != true)",
    spread="2 * (e * (1 - e) / n) ** 0.5",
    result="100 * e, 100 * max(0, e - s), 100 * (e + s)",
    pair="pairs.most_common(1)[0][0]",
):
    """Write an answer to the third task with one part in another way."""
    return REPORT.format(error=error, spread=spread, result=result, pair=pair)


ANSWERS = {
    "prepare": {
        "right: to_categorical": prepare(),
        "right: split by hand": """
def prepare_set(images, labels, largest, seed=0):
    rng, test = np.random.default_rng(seed), []
    for digit in range(10):
        places = rng.permutation(np.flatnonzero(labels == digit))
        test.extend(places[: round(len(places) / 5)])
    chosen = np.isin(np.arange(len(labels)), test)
    X = np.expand_dims(images, -1).astype("float32") / np.float32(largest)
    y = np.eye(10)[labels]
    return (X[~chosen], y[~chosen]), (X[chosen], y[chosen])
""",
        "divided by 255": (
            prepare(pixels='(images.astype("float32") / 255)[..., None]'),
            "Black is 16",
        ),
        "no channel axis": (prepare(pixels='images.astype("float32") / largest'), "(8, 8, 1)"),
        "float64": (prepare(pixels="(images / largest)[..., None]"), "should be float32"),
        "labels as numbers": (prepare(labels="labels"), "one-hot"),
        "not stratified": (prepare(split="test_size=0.2, random_state=seed"), "stratify"),
        "half and half": (
            prepare(split="test_size=0.5, random_state=seed, stratify=labels"),
            "A fifth",
        ),
        "by the largest pixel found": (
            prepare(pixels='(images.astype("float32") / float(images.max()))[..., None]'),
            "without black ink",
        ),
        "another split each time": (prepare(split="test_size=0.2, stratify=labels"), "same split"),
        "always the same split": (
            prepare(split="test_size=0.2, random_state=0, stratify=labels"),
            "another split",
        ),
        "the test images stay in the training set": (
            prepare(result="(X, y), (B, b)"),
            "not all images",
        ),
        "labels shuffled apart": (prepare(result="(A, a), (B, b[::-1])"), "lost each other"),
    },
    "train": {
        "right: two convolutions": train(),
        "right: dense layers, activations as layers": train(
            "Flatten(), Dense(64), keras.layers.ReLU(), Dense(10), keras.layers.Softmax()",
            epochs=30,
        ),
        "nothing is returned": (train().replace("return network", "pass"), "returns None"),
        "too many parameters": (
            train('Flatten(), Dense(300, activation="relu"), Dense(10, activation="softmax")'),
            "20,000 are allowed",
        ),
        "not trained": (train(epochs=1, rate=1e-7), "The network guesses"),
        "too short": (train(epochs=1, rate=0.001), "93 % are asked for"),
        "no softmax": (train(LAYERS.replace("softmax", "sigmoid")), "no probabilities"),
        "always the same data": (
            train().replace("fit(X_train, y_train", "fit(*prepare_set(images, labels, 16)[0]"),
            "what it is given",
        ),
    },
    "report": {
        "right: with a counter": report(),
        "right: a list, an array as pair": report(
            result="*(float(v) for v in 100 * np.array([e, max(0, e - s), e + s]))",
            pair="np.array(max(pairs, key=pairs.get))",
        ),
        "right: pairs as numbers below 100": report(
            pair="divmod(int(np.bincount((10 * true + said)[true != said]).argmax()), 10)"
        ),
        "accuracy": (report(error="np.mean(said == true)"), "this is the accuracy"),
        "a fraction": (report(result="e, max(0, e - s), e + s"), "in percent"),
        "one standard error": (
            report(spread="(e * (1 - e) / n) ** 0.5"),
            "this is one standard error",
        ),
        "n is forgotten": (report(spread="2 * (e * (1 - e)) ** 0.5"), "twice the root"),
        "below zero": (
            report(result="100 * e, 100 * (e - s), 100 * (e + s)"),
            "an error is never below 0",
        ),
        "turned round": (
            report(pair="pairs.most_common(1)[0][0][::-1]"),
            "the true digit comes first",
        ),
        "hits counted": (
            report(pair="Counter(zip(true.tolist(), said.tolist())).most_common(1)[0][0]"),
            "right answers do not count",
        ),
        "both directions together": (
            report(pair="Counter(tuple(sorted(p)) for p in pairs.elements()).most_common(1)[0][0]"),
            "are two pairs",
        ),
        "both directions together, the more frequent one first": (
            report(pair="max(pairs, key=lambda p: (pairs[p] + pairs[p[::-1]], pairs[p]))"),
            "are two pairs",
        ),
        "digits and answers separately": (
            report(
                pair="(int(np.bincount(true[said != true]).argmax()), "
                "int(np.bincount(said[said != true]).argmax()))"
            ),
            "Count pairs",
        ),
        "the digit that is misread most often": (
            report(
                pair="max(pairs, key=lambda p: "
                "(sum(k for q, k in pairs.items() if q[0] == p[0]), pairs[p]))"
            ),
            "Count pairs",
        ),
        "written in": (report(pair="(2, 7)"), "5 mistakes in 500 images"),
    },
}
