"""Labels, probabilities and misread images that tests of metrics, calibration and lessons share."""

import numpy as np


def probability_rows(*predictions: dict[int, float]) -> np.ndarray:
    """Return a row of probabilities for each {digit: probability}; the rest goes to digit 0."""
    probabilities = np.zeros((len(predictions), 10), dtype="float32")
    for row, prediction in zip(probabilities, predictions, strict=True):
        row[list(prediction)] = list(prediction.values())
        row[0] += 1 - sum(prediction.values())
    return probabilities


def misread_tables(random, seeds: int, error: float, images: int = 2000) -> np.ndarray:
    """Draw which images are misread, by networks of one kind, with images of unequal difficulty."""
    difficulty = np.random.default_rng(5).beta(0.05, 0.05 / error - 0.05, images)
    return random.random((seeds, images)) < difficulty


# Correct with 0.9, wrong with 0.8 (a 9 taken for a 4), correct with 0.6, wrong with 0.55 (a 1 taken
# for a 7).
FOUR_PREDICTIONS = (
    np.array([3, 9, 5, 1], dtype="uint8"),
    probability_rows({3: 0.9}, {4: 0.8}, {5: 0.6}, {7: 0.55}),
)

VALID = probability_rows({3: 0.9}, {4: 0.8})
# Labels and probabilities that every function refuses, with what its message says.
INVALID_PREDICTIONS = {
    "labels with a second axis": (np.array([[3], [4]]), VALID, r"\(2, 1\): \.ravel\(\)"),
    "one-hot labels": (np.eye(10)[[3, 4]], VALID, r"\(2, 10\): \.argmax\(axis=1\)"),
    "a list of labels": ([3, 4], VALID, "NumPy array, not list"),
    "float labels": (np.array([3.0, 4.0]), VALID, "integers.* float64"),
    "a label of 10": (np.array([3, 10]), VALID, "from 3 to 10"),
    "a negative label": (np.array([-1, 4]), VALID, "from -1 to 4"),
    "no labels": (np.array([], dtype=int), VALID[:0], "empty"),
    "more labels than rows": (np.array([3, 4, 5]), VALID, r"\(3, 10\).*\(2, 10\)"),
    "predicted digits": (np.array([3, 4]), np.array([3, 4]), "not int64.*predict"),
    "a list of probabilities": (np.array([3, 4]), VALID.tolist(), "not list"),
    "nine classes": (np.array([3, 4]), VALID[:, :9], r"\(2, 10\).*\(2, 9\)"),
    "logits": (np.array([3, 4]), 5 * VALID - 1, "logits"),
    "negative, sum 1": (np.array([3, 4]), probability_rows({3: 1.2}, {4: 0.8}), "between 0 and 1"),
    "NaN": (np.array([3, 4]), VALID * np.nan, "logits"),
    "percentages": (np.array([3, 4]), 100 * VALID, "sum to 1"),
}
