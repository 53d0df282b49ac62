"""Answers to the project, and the verdict that each must get."""


def prepared(value, before=""):
    """Write a function that prepares images."""
    return f"def to_input(images, largest):\n    {before}\n    return {value}\n"


FLOAT = 'images.astype("float32")'

SPLIT = """
def split(labels, seed):
    places = np.arange(len(labels))
    return train_test_split({data}, {arguments})
"""


def drawn(data="places", arguments="test_size=0.2, random_state=seed, stratify=labels"):
    """Write a function that splits with scikit-learn."""
    return SPLIT.format(data=data, arguments=arguments)


BY_DIGIT = """
def split(labels, seed):
    rng, train, test = np.random.default_rng({seed}), [], []
    for digit in {digits}:
        places = {places}
        count = {count}
        test.extend({test})
        train.extend({train})
    return {result}
"""
RIGHT_BY_DIGIT = {
    "seed": "seed",
    "digits": "range(10)",
    "places": "rng.permutation(np.flatnonzero(labels == digit))",
    "count": "round(len(places) / 5)",
    "test": "places[:count]",
    "train": "places[count:]",
    "result": "train, test",
}


def by_digit(**parts):
    """Write a function that splits the images digit by digit, with some parts in another way."""
    return BY_DIGIT.format(**RIGHT_BY_DIGIT | parts)


TRAIN = """
def train_network(X, Y):
    {seed}
    network = Sequential([Input(shape={shape}), {layers}])
    network.compile(keras.optimizers.Adam({rate}), loss="{loss}")
    {history}network.fit({data}, epochs={epochs}, batch_size={batch}, verbose=0)
    return {result}
"""
LAYERS = (
    'Conv2D(16, 3, activation="relu"), Conv2D(16, 3, activation="relu"), MaxPooling2D(), '
    'Flatten(), Dense(10, activation="softmax")'
)
RIGHT_TRAIN = {
    "seed": "keras.utils.set_random_seed(2)",
    "shape": "(8, 8, 1)",
    "layers": LAYERS,
    "rate": "0.003",
    "loss": "categorical_crossentropy",
    "history": "",
    "data": "X, Y",
    "epochs": "12",
    "batch": "30",
    "result": "network",
}
DENSE_LAYERS = "Flatten(), Dense(128), keras.layers.ReLU(), Dense(10), keras.layers.Softmax()"


def train(**parts):
    """Write a function that trains a network, with some parts in another way."""
    return TRAIN.format(**RIGHT_TRAIN | parts)


RANGE = """
def error_range(true, answers):
    n, e = len(true), {error}
    s = {distance}
    return {result}
"""
RIGHT_RANGE = {
    "error": "np.mean(answers != true)",
    "distance": "2 * (e * (1 - e) / n) ** 0.5",
    "result": "100 * e, 100 * max(0, e - s), 100 * (e + s)",
}


def measured(**parts):
    """Write a function that computes an error and its range, with some parts in another way."""
    return RANGE.format(**RIGHT_RANGE | parts)


CONFUSION = """
def most_frequent_confusion(true, answers):
    from collections import Counter
    pairs = Counter((int(a), int(b)) for a, b in zip(true, answers) if a != b)
    return {}
"""


def confusion(pair):
    """Write a function that returns a pair, given how often each confusion occurs."""
    return CONFUSION.format(pair)


ANSWERS = {
    "input": {
        "right: expand_dims": prepared(
            "np.expand_dims(images, -1).astype('float32') / np.float32(largest)"
        ),
        "right: reshape, then astype": prepared(
            "(images / largest).reshape(*images.shape, 1).astype('float32')"
        ),
        "right: multiplied": prepared(f"({FLOAT} * (1 / largest))[..., None]"),
        "right: image by image": prepared(
            "np.array([[[[pixel / largest] for pixel in row] for row in image] "
            "for image in images], dtype='float32')"
        ),
        "right: filled in": """
def to_input(images, largest):
    n, height, width = images.shape
    result = np.zeros((n, height, width, 1), np.float32)
    for i in range(n):
        result[i, :, :, 0] = images[i] / largest
    return result
""",
        "right: divide with a dtype": prepared(
            "np.stack([np.divide(images, largest, dtype='float32')], axis=3)"
        ),
        "divided by 255": (prepared(f"({FLOAT} / 255)[..., None]"), "divided by 255"),
        "divided by 16": (prepared(f"({FLOAT} / 16)[..., None]"), "of 255 and should become"),
        "by the largest pixel that occurs": (
            prepared("(images / images.max()).astype('float32')[..., None]"),
            "the largest pixel that occurs",
        ),
        "from the smallest to the largest pixel": (
            prepared(
                "((images - images.min()) / (images.max() - images.min()))"
                ".astype('float32')[..., None]"
            ),
            "the largest pixel that occurs",
        ),
        "the smallest pixel becomes 0": (
            prepared("((images - images.min()) / largest).astype('float32')[..., None]"),
            "and should become",
        ),
        "not divided": (prepared(f"{FLOAT}[..., None]"), "are not divided"),
        "divided twice": (
            prepared(f"({FLOAT} / largest / largest)[..., None]"),
            "are divided twice",
        ),
        "whole numbers divided": (
            prepared("(images // largest)[..., None].astype('float32')"),
            "lose their decimals",
        ),
        "rounded to whole numbers first": (
            prepared("(images.astype('uint8') // largest)[..., None].astype('float32')"),
            "lose their decimals",
        ),
        "inverted": (prepared(f"(1 - {FLOAT} / largest)[..., None]"), "are inverted"),
        "no channel axis": (prepared(f"{FLOAT} / largest"), "the axis of the channels is missing"),
        "channels first": (prepared(f"({FLOAT} / largest)[:, None]"), "the shape should be"),
        "float64": (prepared("(images / largest)[..., None]"), "should be float32"),
        "rows and columns changed": (
            prepared(f"({FLOAT} / largest).swapaxes(1, 2)[..., None]"),
            "Keep the order of the pixels",
        ),
        "always 8 by 8": (prepared(f"({FLOAT} / largest).reshape(-1, 8, 8, 1)"), "cannot reshape"),
        "in place": (
            prepared("images.astype('float32')[..., None]", "images /= largest"),
            "changes the images",
        ),
        "float32 images in place": (
            prepared(
                "X[..., np.newaxis]", "X = images.astype('float32', copy=False); X /= largest"
            ),
            "float32: the function changes the images",
        ),
        "a list": (prepared(f"list(({FLOAT} / largest)[..., None])"), "a NumPy array is asked for"),
        "nothing is returned": (prepared("None"), "returns None"),
    },
    "split": {
        "right: lists, digit by digit": by_digit(),
        "right: rounded down": by_digit(count="len(places) // 5"),
        "right: a tuple of arrays, shuffled at the end": by_digit(
            result="rng.permutation(train), rng.permutation(test)"
        ),
        "right: numbers below 2**32, the order of a mask": by_digit(
            result="(np.flatnonzero(~np.isin(np.arange(len(labels)), test)), np.sort(test))"
        ),
        "right: StratifiedShuffleSplit": """
from sklearn.model_selection import StratifiedShuffleSplit

def split(labels, seed):
    shuffle = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed)
    return next(shuffle.split(np.zeros(len(labels)), labels))
""",
        "right: one of five parts": """
from sklearn.model_selection import StratifiedKFold

def split(labels, seed):
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return next(folds.split(labels, labels))
""",
        "right: the global generator": """
def split(labels, seed):
    np.random.seed(seed)
    order = np.random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    chosen = np.arange(len(order)) % 5 == 2
    return order[~chosen], order[chosen]
""",
        "right: training images drawn": drawn(
            arguments="train_size=0.8, random_state=seed, stratify=labels"
        ),
        "right: Python's generator, int16": """
import random

def split(labels, seed):
    generator, test = random.Random(seed), []
    for digit in set(labels.tolist()):
        places = [i for i, label in enumerate(labels) if label == digit]
        test += generator.sample(places, len(places) // 5)
    train = [i for i in range(len(labels)) if i not in set(test)]
    return np.array(train, "int16"), np.array(test, "int16")
""",
        "not stratified": (
            drawn(arguments="test_size=0.2, random_state=seed"),
            "stratify by the labels",
        ),
        "a quarter": (
            drawn(arguments="random_state=seed, stratify=labels"),
            "a fifth of 1797 images is asked for",
        ),
        "a fifth to train on": (
            drawn(arguments="test_size=0.8, random_state=seed, stratify=labels"),
            "The training images come first",
        ),
        "test images first": (by_digit(result="test, train"), "The training images come first"),
        "another split each time": (
            drawn(arguments="test_size=0.2, stratify=labels"),
            "Are the random numbers seeded",
        ),
        "always the same split": (
            drawn(arguments="test_size=0.2, random_state=0, stratify=labels"),
            "give the same split",
        ),
        "the last fifth of each digit": (
            by_digit(places="np.flatnonzero(labels == digit)[::-1]"),
            "give the same split",
        ),
        "every fifth image, from another one on": (
            by_digit(
                places="np.flatnonzero(labels == digit)",
                count="seed % 5",
                test="places[count::5]",
                train="[i for k, i in enumerate(places) if k % 5 != count]",
            ),
            "give the same split",
        ),
        "blocks of neighbours": (
            by_digit(
                places="np.flatnonzero(labels == digit)",
                count="round(len(places) / 5)",
                test="(chosen := places[(start := rng.integers(len(places) - count + 1)) :]"
                "[:count])",
                train="np.setdiff1d(places, chosen)",
            ),
            "the digits: two images of a digit that follow each other",
        ),
        "blocks of neighbours that go on at the first image": (
            by_digit(places="np.roll(np.flatnonzero(labels == digit), rng.integers(len(labels)))"),
            "Draw single images",
        ),
        "drawn with replacement": (
            by_digit(
                places="np.flatnonzero(labels == digit)",
                test="(chosen := rng.choice(places, count))",
                train="np.setdiff1d(places, chosen)",
            ),
            "are drawn several times",
        ),
        "test images stay in the training set": (by_digit(train="places"), "The test set leaks"),
        "images are lost": (by_digit(train="places[count + 1 :]"), "images in neither part"),
        "the numbers of these digits": (
            by_digit(count="36 - (digit in (2, 8))"),
            "one of the two parts is empty",
        ),
        "labels": (drawn("labels"), "Are these labels"),
        "indices and labels": (drawn("places, labels"), "two arrays or lists are asked for"),
        "masks": (
            by_digit(result="[np.isin(np.arange(len(labels)), part) for part in (train, test)]"),
            "not True and False",
        ),
        "floating-point numbers": (
            by_digit(result="[np.array(part, float) for part in (train, test)]"),
            "indices are whole numbers",
        ),
        "counted from 1": (
            by_digit(result="[np.array(part) + 1 for part in (train, test)]"),
            "indices go from 0",
        ),
        "labels shuffled": (
            by_digit(result="(train, test, labels.sort())[:2]"),
            "`labels` has been changed",
        ),
        "when graded: the first image of a digit is never drawn": (
            by_digit(
                places="np.flatnonzero(labels == digit)",
                test="(chosen := rng.permutation(places[1:])[:count])",
                train="np.setdiff1d(places, chosen)",
            ),
            "100 labels in reverse order: images that are test images with none of",
        ),
        "nothing is returned": (by_digit(result="None"), "returns None"),
    },
    "train": {
        "right: two convolutions": train(),
        "right: dense layers, activations as layers": train(layers=DENSE_LAYERS, epochs="30"),
        "right: functional": """
def train_network(X, Y):
    keras.utils.set_random_seed(3)
    image = Input(X.shape[1:])
    maps = Conv2D(24, 3, activation="relu", padding="same")(image)
    maps = Conv2D(24, 3, activation="relu")(MaxPooling2D()(maps))
    network = keras.Model(image, Dense(10, activation="softmax")(Flatten()(maps)))
    network.compile(keras.optimizers.Adam(0.003), loss="categorical_crossentropy")
    network.fit(X, Y, epochs=20, batch_size=32, verbose=0)
    return network
""",
        "right: digits as labels": train(
            loss="sparse_categorical_crossentropy", data="X, Y.argmax(axis=1)"
        ),
        "right: batch by batch": """
def train_network(X, Y):
    keras.utils.set_random_seed(4)
    layers = [Conv2D(16, 3, activation="relu"), Flatten(), Dense(10, activation="softmax")]
    network = Sequential([Input((8, 8, 1)), *layers])
    network.compile(keras.optimizers.Adam(0.003), loss="categorical_crossentropy")
    rng = np.random.default_rng(4)
    for epoch in range(12):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 30):
            batch = order[start : start + 30]
            network.train_on_batch(X[batch], Y[batch])
    return network
""",
        "right: plain gradient descent, stopped early": """
def train_network(X, Y):
    keras.utils.set_random_seed(5)
    layers = [Conv2D(16, 3, activation="relu"), Flatten(), Dense(10, activation="softmax")]
    network = Sequential([Input((8, 8, 1)), *layers])
    network.compile(keras.optimizers.SGD(0.1), loss="categorical_crossentropy")
    stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    network.fit(
        X, Y, epochs=40, batch_size=20, validation_split=0.15, callbacks=[stop], verbose=0
    )
    return network
""",
        "right: images moved at random": train(
            layers="keras.layers.RandomTranslation(0.1, 0.1, fill_mode='constant'), "
            + LAYERS.replace("MaxPooling2D()", "keras.layers.BatchNormalization(), MaxPooling2D()"),
            epochs="40",
            rate="0.001",
        ),
        "right: normalized by what it is given": train(
            seed="keras.utils.set_random_seed(2)\n"
            "    normalize = keras.layers.Normalization(axis=None)\n    normalize.adapt(X)",
            layers="normalize, " + LAYERS,
        ),
        "right: the learning rate falls, the last images decide": train(
            data="X[:-99], Y[:-99], validation_data=(X[-99:], Y[-99:]), "
            "callbacks=[keras.callbacks.ReduceLROnPlateau(patience=2)]",
            epochs="20",
        ),
        "one epoch": (train(epochs="1", rate="0.001"), "at least 93 % are asked for"),
        "not trained": (train(epochs="0"), "The network guesses"),
        "too many parameters": (
            train(layers='Flatten(), Dense(300, activation="relu"), ' + DENSE_LAYERS[11:]),
            "20,000 are allowed",
        ),
        "few steps, as for MNIST": (
            train(epochs="5", batch="150", rate="0.001"),
            "Would more steps help (epochs, or smaller batches)",
        ),
        "a Lambda layer": (
            train(layers="keras.layers.Lambda(lambda x: 2 * x), " + LAYERS),
            "without Lambda. Change 'lambda",
        ),
        "a layer of one's own": (
            "class Twice(keras.layers.Layer):\n    def call(self, x):\n        return 2 * x\n"
            + train(layers="Twice(), " + LAYERS),
            ", a Twice.",
        ),
        "an activation of one's own": (
            train(layers=LAYERS.replace('"relu"', "lambda x: keras.ops.maximum(x, 0)", 1)),
            ", a Conv2D.",
        ),
        "a class of one's own": (
            "class Network(Sequential):\n    pass\n" + train().replace("Sequential", "Network"),
            ", a Network.",
        ),
        "no softmax": (
            train(layers=LAYERS.replace(', activation="softmax"', "")),
            "are no probabilities",
        ),
        "sigmoid at the end": (
            train(layers=LAYERS.replace("softmax", "sigmoid")),
            "are no probabilities",
        ),
        "ten more outputs": (
            train(
                layers=LAYERS.replace("Dense(10", "Dense(20"),
                loss="sparse_categorical_crossentropy",
                data="X, Y.argmax(axis=1)",
            ),
            "Ten outputs for each image",
        ),
        "flat images": (
            train(shape="(64,)", layers=DENSE_LAYERS[11:], data="X.reshape(-1, 64), Y"),
            "The input should have the shape",
        ),
        "random numbers are not fixed": (train(seed="pass"), "Fix the random numbers"),
        "random numbers are fixed once": (
            "keras.utils.set_random_seed(1)\n" + train(seed="pass"),
            "Fix the random numbers",
        ),
        "always the same network": (
            """
keras.utils.set_random_seed(1)
one = Sequential([Input((8, 8, 1)), Conv2D(16, 3, activation="relu"), Flatten()])
one.add(Dense(10, activation="softmax"))
one.compile(keras.optimizers.Adam(0.003), loss="categorical_crossentropy")

def train_network(X, Y):
    one.fit(X, Y, epochs=12, batch_size=30, verbose=0)
    return one
""",
            "Build a new one in each call",
        ),
        "the history": (train(history="history = ", result="history"), "A network is asked for"),
        "all training images": (
            train(data="X_train, Y_train"),
            "Does it train on what it is given",
        ),
        "all images, test images among them": (
            train(data="to_input(images, 16), one_hot(labels)"),
            "Does it train on what it is given",
        ),
        "the training images that are no validation images": (
            train(data="X_train[kept], Y_train[kept]"),
            "Does it train on what it is given",
        ),
        "the validation images, too": (
            train(
                data="np.concatenate([X, X_train[watched]]), np.concatenate([Y, Y_train[watched]])"
            ),
            "Does it train on what it is given",
        ),
        "the validation images, too, in few steps": (
            train(
                data="np.concatenate([X, X_train[watched]]), np.concatenate([Y, Y_train[watched]])",
                epochs="6",
                batch="50",
            ),
            "Does it train on what it is given",
        ),
        "stopped by the validation images": (
            train(
                rate="0.001",
                data="X, Y, validation_data=(X_train[watched], Y_train[watched]), "
                "callbacks=[keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)]",
                epochs="40",
            ),
            "also those for stopping",
        ),
        "nothing is returned": (train(result="None"), "returns None"),
    },
    "range": {
        "right: one formula after the other": measured(),
        "right: a list, floats": measured(
            result="[float(v) for v in 100 * np.array([e, max(0, e - s), e + s])]"
        ),
        "right: an array": measured(result="100 * np.clip([e, e - s, e + s], 0, 1)"),
        "right: counted in a loop": measured(
            error="sum(a != b for a, b in zip(true, answers)) / len(true)"
        ),
        "right: in percent throughout": measured(
            error="100 * np.mean(answers != true)",
            distance="2 * (e * (100 - e) / n) ** 0.5",
            result="e, max(0, e - s), e + s",
        ),
        "right: the standard deviation of the mistakes": measured(
            distance="2 * np.std(answers != true) / np.sqrt(n)"
        ),
        "right: that of a sample": measured(
            distance="2 * np.std(answers != true, ddof=1) / np.sqrt(n)"
        ),
        "right: from the accuracy": """
def error_range(true, answers):
    accuracy = np.mean(true == answers)
    error, s = 100 - 100 * accuracy, 200 * np.sqrt(accuracy * (1 - accuracy) / len(true))
    return error, error - s if s < error else 0, error + s
""",
        "the accuracy": (measured(error="np.mean(answers == true)"), "this is the accuracy"),
        "shares": (measured(result="e, max(0, e - s), e + s"), "in percent"),
        "a count": (measured(error="np.sum(answers != true) / 100"), "the number of mistakes"),
        "one standard error": (
            measured(distance="(e * (1 - e) / n) ** 0.5"),
            "this is one standard error",
        ),
        "1.96 standard errors": (
            measured(distance="1.96 * (e * (1 - e) / n) ** 0.5"),
            "1.96 standard errors",
        ),
        "three standard errors": (
            measured(distance="3 * (e * (1 - e) / n) ** 0.5"),
            "twice the root of",
        ),
        "n is forgotten": (
            measured(distance="2 * (e * (1 - e)) ** 0.5"),
            "Is the number of images missing",
        ),
        "always ten thousand": (
            measured(distance="2 * (e * (1 - e) / 10_000) ** 0.5"),
            "always divide by 10,000",
        ),
        "no root": (measured(distance="2 * (e * (1 - e) / n)"), "the root is missing"),
        "the root of the error alone": (
            measured(distance="2 * (e / n) ** 0.5"),
            "the factor 1 - e is missing",
        ),
        "the distance is a share": (
            measured(result="100 * e, max(0, 100 * e - s), 100 * e + s"),
            "its distance to the upper end is not",
        ),
        "the distances alone": (
            measured(result="100 * e, 100 * s, 100 * s"),
            "add the two standard errors",
        ),
        "below zero": (
            measured(result="100 * e, 100 * (e - s), 100 * (e + s)"),
            "an error is never below 0",
        ),
        "always from zero": (measured(result="100 * e, 0, 100 * (e + s)"), "the lower end is"),
        "the error in the middle": (
            measured(result="100 * max(0, e - s), 100 * e, 100 * (e + s)"),
            "the error comes first",
        ),
        "the upper end first": (
            measured(result="100 * e, 100 * (e + s), 100 * max(0, e - s)"),
            "the lower end comes before",
        ),
        "numbers of the prediction": (
            "def error_range(true, answers):\n    return 2.5, 0.85, 4.15",
            "8 mistakes in 400 images: the error is 2.00 %",
        ),
        "one mistake is rounded away": (
            measured(error="round(np.mean(answers != true), 2)"),
            "1 mistake in 360 images: the error is 0.28 %",
        ),
        "one number": (measured(result="100 * e"), "three numbers are asked for"),
        "the range as a pair": (
            measured(result="100 * e, (100 * max(0, e - s), 100 * (e + s))"),
            "three numbers are asked for",
        ),
        "nothing is returned": (measured(result="None"), "returns None"),
    },
    "confusion": {
        "right: with a counter": confusion("pairs.most_common(1)[0][0]"),
        "right: an array": confusion("np.array(max(pairs, key=pairs.get))"),
        "right: a list, sorted by frequency": confusion("list(sorted(pairs, key=pairs.get)[-1])"),
        "right: pairs as numbers below 100": """
def most_frequent_confusion(true, answers):
    wrong = true != answers
    return divmod(int(np.bincount((10 * true + answers)[wrong]).argmax()), 10)
""",
        "right: a table by loops": """
def most_frequent_confusion(true, answers):
    best, most = (0, 1), 0
    for digit in range(10):
        for answer in range(10):
            count = sum((true == digit) & (answers == answer))
            if digit != answer and count > most:
                best, most = (digit, answer), count
    return best
""",
        "right: a table, the diagonal taken away": """
def most_frequent_confusion(true, answers):
    counts = np.histogram2d(true, answers, bins=[np.arange(11)] * 2)[0]
    counts = counts * (1 - np.eye(10))
    return np.unravel_index(counts.argmax(), (10, 10))
""",
        "right: floating-point numbers": confusion(
            "[float(digit) for digit in pairs.most_common(1)[0][0]]"
        ),
        "right: NumPy's unique": """
def most_frequent_confusion(true, answers):
    wrong = np.stack([true, answers], axis=1)[true != answers]
    pairs, counts = np.unique(wrong, axis=0, return_counts=True)
    return pairs[counts.argmax()]
""",
        "as a sorted pair": (
            confusion("tuple(sorted(pairs.most_common(1)[0][0]))"),
            "the true digit comes first",
        ),
        "counted as sorted pairs": (
            confusion("Counter(tuple(sorted(p)) for p in pairs.elements()).most_common(1)[0][0]"),
            "are two mistakes",
        ),
        "both directions together, the more frequent one first": (
            confusion("max(pairs, key=lambda p: (pairs[p] + pairs[p[::-1]], pairs[p]))"),
            "are two mistakes",
        ),
        "digits and answers separately": (
            """
def most_frequent_confusion(true, answers):
    wrong = true != answers
    return np.bincount(true[wrong]).argmax(), np.bincount(answers[wrong]).argmax()
""",
            "each counted by itself",
        ),
        "the digit that is misread most often": (
            confusion(
                "max(pairs, key=lambda p: "
                "(sum(k for q, k in pairs.items() if q[0] == p[0]), pairs[p]))"
            ),
            "is misread most often, but in several ways",
        ),
        "the most frequent wrong answer": (
            confusion(
                "max(pairs, key=lambda p: "
                "(sum(k for q, k in pairs.items() if q[1] == p[1]), pairs[p]))"
            ),
            "is the most frequent wrong answer",
        ),
        "the other order": (
            confusion("pairs.most_common(1)[0][0][::-1]"),
            "the true digit comes first",
        ),
        "right answers counted": (
            confusion("Counter(zip(true.tolist(), answers.tolist())).most_common(1)[0][0]"),
            "right answers do not count",
        ),
        "the first mistake": (confusion("next(iter(pairs))"), "occurs 3 times"),
        "the rarest mistake": (confusion("min(pairs, key=pairs.get)"), "occurs 3 times"),
        "written in": (confusion("(2, 7)"), "4 read as 9: 3. You return (2, 7)"),
        "with its number": (confusion("pairs.most_common(1)[0]"), "A pair of digits is asked for"),
        "one number": (
            """
def most_frequent_confusion(true, answers):
    return np.bincount((10 * true + answers)[true != answers]).argmax()
""",
            "A pair of digits is asked for",
        ),
        "as text": (
            confusion("tuple(map(str, pairs.most_common(1)[0][0]))"),
            "A pair of digits is asked for",
        ),
        "nothing is returned": (confusion("None"), "returns None"),
    },
}
