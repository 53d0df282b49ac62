"""Mutants of the reference solutions that are right answers, and why, by set and task."""

NEGATIVE = "NumPy takes every negative length as 'whatever fits'."
SYMMETRIC = "The order of these two arguments does not matter."

LIST = "A list is accepted as well as an array."

LIMIT = "The largest pixel is about 255, 1 or 1/255; every limit between two of them serves."
OUTPUT = "Keras prints more, or less."

ENOUGH = "The task asks to train long enough, not for a number of steps."
LENGTHS = "The two arrays have the same length."
WORDS = "Any message is accepted."
NO_COUNT = "0 / 0 is NaN as well, and a count is never negative."
LARGER = "The number grows by one in each epoch, so it is never larger before it is equal."
NETWORK = "The task accepts every network within its limits that reads enough images correctly."
SMALL = "Python keeps one object for each small integer."
GRID = "These temperatures, too, are less than 1 % apart and reach from 0.25 to 4."
MULTIPLE = "A multiple of the mean loss is lowest at the same temperature."
INFINITE = "A probability of 0 has an infinite loss, which is not the lowest one."

EQUIVALENT = {
    "01-load": {
        "means": {"return [X[y == digit].mean(axis=0) for digit in range(10)]": LIST},
        "nearest": {
            "return answers": LIST,
            "answers = [np.argmin([distance(mean, image) for mean in means]) for image in X]": (
                SYMMETRIC
            ),
        },
    },
    "02-reshape": {
        "same-order": {
            "return np.array_equal(before.reshape(-2), after.reshape(-1))": NEGATIVE,
            "return np.array_equal(before.reshape(-1), after.reshape(-2))": NEGATIVE,
            "return np.array_equal(before.reshape(~1), after.reshape(-1))": NEGATIVE,
            "return np.array_equal(before.reshape(-1), after.reshape(~1))": NEGATIVE,
            "return np.array_equal(after.reshape(-1), before.reshape(-1))": SYMMETRIC,
        },
        "side-by-side": {"return X.swapaxes(1, 0).reshape(height, n * width)": SYMMETRIC},
        "sheet": {"return grid.swapaxes(2, 1).reshape(rows * height, columns * width)": SYMMETRIC},
    },
    "03-normalize": {
        "times-divided": {
            "if largest > 101:": LIMIT,
            "if largest > 99:": LIMIT,
            "if largest >= 100:": LIMIT,
            "return 1 if largest >= 0.1 else 2": LIMIT,
        },
        "mean-and-divisor": {
            "return (X_known.mean(axis=0), np.where(deviation <= 0, 1, deviation))": (
                "A standard deviation is never negative."
            )
        },
        "loss-after": {
            "network.fit(factor * X, y, batch_size=50, epochs=4, verbose=1)": OUTPUT,
            "network.fit(factor * X, y, batch_size=50, epochs=4, verbose=-1)": OUTPUT,
            "return network.evaluate(factor * X_new, y_new, verbose=1)": OUTPUT,
            "return network.evaluate(factor * X_new, y_new, verbose=-1)": OUTPUT,
            "network.fit(factor * X, y, batch_size=50, epochs=4)": OUTPUT,
            "return network.evaluate(factor * X_new, y_new)": OUTPUT,
        },
    },
    "04-one-hot": {
        "encode": {
            "for row, digit in zip(rows, y, strict=False):": LENGTHS,
            "for row, digit in zip(rows, y):": LENGTHS,
        },
        "labels": {
            "raise ValueError(f'Labels go from {y.max()} to {y.max()}, not 0 to 9.')": WORDS,
            "raise ValueError(f'Labels go from {y.min()} to {y.min()}, not 0 to 9.')": WORDS,
        },
        "one-loss": {"return -np.sum(t * np.log(np.maximum(1e-07, p)))": SYMMETRIC},
        "cross-entropy": {
            "return np.mean([loss_of_one(t, p) for t, p in zip(T, P, strict=False)])": LENGTHS,
            "return np.mean([loss_of_one(t, p) for t, p in zip(T, P)])": LENGTHS,
        },
        "outcome": {
            "network.fit(X, labels, batch_size=51, epochs=5, verbose=0)": ENOUGH,
            "network.fit(X, labels, batch_size=49, epochs=5, verbose=0)": ENOUGH,
            "network.fit(X, labels, batch_size=50, epochs=6, verbose=0)": ENOUGH,
            "network.fit(X, labels, batch_size=50, epochs=4, verbose=0)": ENOUGH,
            "network.fit(X, labels, epochs=5, verbose=0)": ENOUGH,
            "network.fit(X, labels, batch_size=50, epochs=5, verbose=1)": OUTPUT,
            "network.fit(X, labels, batch_size=50, epochs=5, verbose=-1)": OUTPUT,
            "network.fit(X, labels, batch_size=50, epochs=5)": OUTPUT,
            "answers = network.predict(X_new, verbose=1).argmax(axis=1)": OUTPUT,
            "answers = network.predict(X_new, verbose=-1).argmax(axis=1)": OUTPUT,
            "answers = network.predict(X_new).argmax(axis=1)": OUTPUT,
            "return 'learns' if np.mean(answers == y_new) >= 0.75 else 'wrong'": (
                "The task says that exactly 75 % does not occur."
            ),
        },
        "guesses": {"return np.argsort(-P)[:, :2]": "The last axis is the default."},
    },
    "05-build": {
        "convolve": {"return (windows * kernel).sum(axis=(3, 2)) + bias": SYMMETRIC},
        "feature-maps": {"return np.maximum(0, np.stack(maps, axis=-1))": SYMMETRIC},
        "budget": dict.fromkeys(
            [
                "layers = [Conv2D(9, (5, 5), activation='relu'), MaxPooling2D()]",
                "layers = [Conv2D(7, (5, 5), activation='relu'), MaxPooling2D()]",
                "layers = [Conv2D(8, (6, 5), activation='relu'), MaxPooling2D()]",
                "layers = [Conv2D(8, (4, 5), activation='relu'), MaxPooling2D()]",
                "layers = [Conv2D(8, (5, 6), activation='relu'), MaxPooling2D()]",
                "layers = [Conv2D(8, (5, 4), activation='relu'), MaxPooling2D()]",
                "layers += [Conv2D(17, (3, 3), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers += [Conv2D(15, (3, 3), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers += [Conv2D(16, (4, 3), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers += [Conv2D(16, (2, 3), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers += [Conv2D(16, (3, 4), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers += [Conv2D(16, (3, 2), activation='relu'), MaxPooling2D(), Flatten()]",
                "layers = [Conv2D(8, (5, 5)), MaxPooling2D()]",
                "layers += [Conv2D(16, (3, 3)), MaxPooling2D(), Flatten()]",
            ],
            NETWORK,
        ),
    },
    "06-train": {
        "stop": {"elif epoch - kept >= patience:": LARGER, "elif epoch - kept is patience:": SMALL},
        "choose": {
            "return misread[:, watching].mean(axis=1).argmin()": (
                "The same images watch all networks, so means and sums have the same order."
            )
        },
    },
    "07-evaluate": {
        "counts": {
            "for true, answer in zip(y_true, y_pred, strict=False):": LENGTHS,
            "for true, answer in zip(y_true, y_pred):": LENGTHS,
            "counts = np.zeros((10, 10))": "Counts may be floating-point numbers.",
        },
        "recall": {
            "recall = right / np.where(true > -1, true, np.nan)": NO_COUNT,
            "recall = right / np.where(true >= 0, true, np.nan)": NO_COUNT,
            "recall = right / np.where(true != 0, true, np.nan)": NO_COUNT,
            "precision = right / np.where(answered > -1, answered, np.nan)": NO_COUNT,
            "precision = right / np.where(answered >= 0, answered, np.nan)": NO_COUNT,
            "precision = right / np.where(answered != 0, answered, np.nan)": NO_COUNT,
        },
        "gap": {"a, b = (error_b / 100, error_a / 100)": SYMMETRIC},
        "reliability": {
            (
                "return tuple((part[order].reshape(bins, -2).mean(axis=1) for part in "
                "(confidence, right)))"
            ): NEGATIVE,
            (
                "return tuple((part[order].reshape(bins, ~1).mean(axis=1) for part in "
                "(confidence, right)))"
            ): NEGATIVE,
        },
        "needed": {
            "return np.ceil((2 / gap(error_a, error_b, 1)) ** 2)": "It is a whole number, too.",
            "return int(np.ceil((2 / gap(error_b, error_a, 1)) ** 2))": SYMMETRIC,
        },
    },
    "project": {
        "train": dict.fromkeys(
            [
                "keras.utils.set_random_seed(0)",
                "keras.utils.set_random_seed(2)",
                *(
                    f"layers = [Conv2D({part}), Flatten(), Dense(10, activation='softmax')]"
                    for part in (
                        "15, (3, 3), activation='relu'",
                        "16, (2, 3), activation='relu'",
                        "16, (3, 2), activation='relu'",
                        "16, (3, 3)",
                        "16, (3, 4), activation='relu'",
                        "16, (4, 3), activation='relu'",
                        "17, (3, 3), activation='relu'",
                    )
                ),
                "network.fit(X, Y, epochs=14, batch_size=50, verbose=0)",
                "network.fit(X, Y, epochs=15, batch_size=49, verbose=0)",
                "network.fit(X, Y, epochs=15, batch_size=51, verbose=0)",
                "network.fit(X, Y, epochs=15, verbose=0)",
                "network.fit(X, Y, epochs=16, batch_size=50, verbose=0)",
            ],
            NETWORK,
        )
        | dict.fromkeys(
            [
                "network.fit(X, Y, epochs=15, batch_size=50)",
                "network.fit(X, Y, epochs=15, batch_size=50, verbose=-1)",
                "network.fit(X, Y, epochs=15, batch_size=50, verbose=1)",
            ],
            OUTPUT,
        ),
        "range": {
            "return (100 * error, 100 * max(0, error - distance), 100 * (error + distance))": (
                SYMMETRIC
            )
        },
        "confusion": {
            "counts = np.zeros((11, 10), int)": "The last row stays 0, so it is never the largest.",
            "counts = np.ones((10, 10), int)": "All counts are larger by one.",
            "np.add.at(counts, (true, answers), 2)": "All counts are doubled.",
            "np.fill_diagonal(counts, -1)": "It is still smaller than each count of mistakes.",
        },
    },
    "going-deeper": {
        "occlusion": {
            "side = 29 // size": "For each of the five sizes, 29 // size is 28 // size.",
            "return logits(image[np.newaxis])[-1, digit] - after": (
                "The array has one row, which is the first and the last."
            ),
            "for picture, (i, j) in zip(covered, np.ndindex(side, side), strict=False):": LENGTHS,
            "for picture, (i, j) in zip(covered, np.ndindex(side, side)):": LENGTHS,
        },
        "ece": {"places = np.minimum(bins - 1, (confidence * bins).astype(int))": SYMMETRIC},
        "temperature": {
            "candidates = np.geomspace(0.1, 11, 1000)": GRID,
            "candidates = np.geomspace(0.1, 9, 1000)": GRID,
            "candidates = np.geomspace(0.1, 10, 1001)": GRID,
            "candidates = np.geomspace(0.1, 10, 999)": GRID,
            "candidates = np.geomspace(10, 0.1, 1000)": GRID,
            "losses.append(-np.log(np.maximum(p, 1e-300)).sum())": MULTIPLE,
            "losses.append(-np.log2(np.maximum(p, 1e-300)).mean())": MULTIPLE,
            "losses.append(-np.log10(np.maximum(p, 1e-300)).mean())": MULTIPLE,
            "losses.append(-np.log(np.maximum(1e-300, p)).mean())": SYMMETRIC,
            "losses.append(-np.log(np.maximum(p, -1.0)).mean())": INFINITE,
            "losses.append(-np.log(p).mean())": INFINITE,
        },
        "runs": {
            "if t[n] * np.sqrt(2 * spread ** 2 / n) < reach:": (
                "The task excludes half-widths that equal the reach, where rounding would decide."
            )
        },
        "same": {"return np.all(np.abs(p - q) <= tolerance)": "NumPy's True is accepted as well."},
    },
}
