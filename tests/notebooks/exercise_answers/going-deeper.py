"""Answers to the exercises on Part II, and the verdict that each must get."""

OCCLUSION = """
def occlusion_map(read, image, digit, size=4):
    side = 28 // size
    before = read(image[np.newaxis])[0, digit]
    drops = np.zeros((side, side))
    for i in range(side):
        for j in range(side):
            covered = {covered}
            covered[{place}] = {paint}
            drops[i, j] = {drop}
    return drops
"""
PLACE = "i * size : (i + 1) * size, j * size : (j + 1) * size"
AFTER = "read(covered[np.newaxis])[0, digit]"


def occlusion(covered="image.copy()", place=PLACE, paint="0", drop=f"before - {AFTER}"):
    """Write an answer to task 1, in loops, with one part in another way."""
    return OCCLUSION.format(covered=covered, place=place, paint=paint, drop=drop)


PAIRED = """
def p_value(errors_a, errors_b):
    from itertools import product
    d = np.asarray(errors_a) - np.asarray(errors_b)
    sums = [{sums} for signs in product([1, -1], repeat={n})]
    return {share}

def fewest_pairs(level):
    return {pairs}
"""
SHARE = "np.mean([abs(s) > abs(sum(d)) - 1e-9 for s in sums])"
PAIRS = "int(np.ceil(1 - np.log2(level)))"


def paired(sums="np.dot(signs, d)", n="len(d)", share=SHARE, pairs=PAIRS):
    """Write an answer to task 2 with one part in another way."""
    return PAIRED.format(sums=sums, n=n, share=share, pairs=pairs)


def fold(kernel="kernel * scale", bias="(bias - mean) * scale + beta", below="variance + epsilon"):
    """Write an answer to task 3 with one part in another way."""
    return f"""
def fold(dense, norm):
    kernel, bias = (np.asarray(a) for a in (dense.kernel, dense.bias))
    gamma, beta, mean, variance = (
        np.asarray(a) for a in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
    )
    epsilon = norm.epsilon
    scale = gamma / ({below}) ** 0.5
    return {kernel}, {bias}
"""


def refused(share: str, below: str = "<") -> str:
    """Write an answer to task 4 out of what it returns."""
    return f"""
def non_digits_among_refused(digits, non_digits, threshold, one_in):
    d, s = digits {below} threshold, non_digits {below} threshold
    return {share}
"""


def combined(gradient: str) -> str:
    """Write an answer to task 5 out of what it returns."""
    return f"""
def combined(gradients, images):
    pairs = list(zip(gradients, images))
    return {gradient}
"""


ANSWERS = {
    "occlusion": {
        "right: a copy for each tile": occlusion(),
        "right: covered, read and uncovered again": """
def occlusion_map(read, image, digit, size=4):
    before = read(image[None])[0, digit]
    drops = []
    for top in range(0, 28, size):
        for left in range(0, 28, size):
            tile = image[top : top + size, left : left + size]
            kept = tile.copy()
            tile[:] = 0
            drops.append(before - read(image[None])[0, digit])
            tile[:] = kept
    return np.reshape(drops, (28 // size, 28 // size))
""",
        "the colleague's": (occlusion("image", paint="1"), "another one now"),
        "paper, but on one image": (occlusion("image"), "another one now"),
        "one copy for all tiles": (
            occlusion("image").replace("    side", "    image = image.copy()\n    side", 1),
            "are the earlier tiles still there",
        ),
        "ink": (occlusion(paint="1"), "Which value does paper have?"),
        "grey": (occlusion(paint="0.5"), "Which value does paper have?"),
        "after minus before": (occlusion(drop=f"{AFTER} - before"), "sign is turned"),
        "only after": (occlusion(drop=AFTER), "holds probabilities"),
        "columns first": (
            occlusion(place="j * size : (j + 1) * size, i * size : (i + 1) * size"),
            "changed places",
        ),
        "of the digit that is answered": (
            occlusion(drop="before - read(covered[np.newaxis])[0, digit]").replace(
                "    side", "    digit = read(image[None])[0].argmax()\n    side", 1
            ),
            "for the digit asked for",
        ),
        "never below 0": (occlusion(drop=f"max(0, before - {AFTER})"), "Covering can help"),
        "always seven tiles": (occlusion().replace("28 // size", "7"), "written into the code"),
        "whole rows": (occlusion(place="i * size : (i + 1) * size"), "on its place"),
        "tiles of five": (
            occlusion(place="i * size : i * size + 5, j * size : j * size + 5"),
            "paper all over",
        ),
        "a pixel apart": (occlusion().replace("28 // size", "28 - size + 1"), "seven tiles of 4"),
        "a line too small": (
            occlusion(place="i * size : (i + 1) * size - 1, j * size : (j + 1) * size"),
            "paper all over",
        ),
        "nothing is returned": (
            occlusion().replace("return drops", "print(drops)"),
            "returns None",
        ),
    },
    "paired": {
        "right: all signs": paired(),
        "right: pairs swapped one by one": """
def p_value(errors_a, errors_b):
    apart = [0.0]
    for a, b in zip(errors_a, errors_b):
        apart = [x + d for x in apart for d in (a - b, b - a)]
    return sum(round(abs(x), 6) >= round(abs(apart[0]), 6) for x in apart) / len(apart)

def fewest_pairs(level):
    return next(n for n in range(1, 100) if 0.5 ** (n - 1) <= level)
""",
        "one direction": (
            paired(share="np.mean([s > sum(d) - 1e-9 for s in sums])"),
            "one direction only",
        ),
        "farther": (
            paired(share="np.mean([abs(s) > abs(sum(d)) + 1e-9 for s in sums])"),
            "not farther",
        ),
        "no size for what was found": (
            paired(share="np.mean([abs(s) > sum(d) - 1e-9 for s in sums])"),
            "In the other order",
        ),
        "as for five wins": (paired(share="2 / 2 ** len(d)"), "Where nothing differs"),
        "a digit of rounding": (
            paired(share="np.mean([abs(s) >= abs(sum(d)) for s in sums])"),
            "differ in the last digit",
        ),
        "across the pairs": (
            paired().replace(
                "    sums",
                "    from itertools import combinations\n"
                "    both = np.concatenate([errors_a, errors_b])\n"
                "    rest = both.sum() / 2\n"
                "    sums = [2 * (sum(c) - rest) for c in combinations(both, len(d))]\n"
                "    unused",
                1,
            ),
            "swap within a pair alone",
        ),
        "a thousand at random": (
            paired().replace(
                "product([1, -1], repeat=len(d))",
                "np.random.default_rng(0).choice([1, -1], (1000, len(d)))",
            ),
            "Try all ways once",
        ),
        "five pairs for ever": (
            paired(sums="np.dot(signs, d[:5])", n="5").replace(
                "d = np.asarray(errors_a) - np.asarray(errors_b)",
                "d = np.resize(np.asarray(errors_a) - np.asarray(errors_b), 5)",
            ),
            "number of pairs written into the code",
        ),
        "a count": (paired(share=SHARE.replace("mean", "sum")), "how many ways there are"),
        "five pairs will do": (paired(pairs="int(np.ceil(-np.log2(level)))"), "more than 0.05"),
        "half the level": (paired(pairs="int(np.ceil(2 - np.log2(level)))"), "the fewest for 0.05"),
        "one pair too many": (
            paired(pairs="int(2 - np.log2(level))"),
            "For 0.0625, 5 pairs are needed",
        ),
        "always six": (paired(pairs="6"), "For 0.01, 8 pairs are needed"),
        "nothing is returned": (paired(pairs="None"), "returns None"),
    },
    "fold": {
        "right: by the names": fold(),
        "right: asked, not computed": """
def fold(dense, norm):
    inputs = dense.kernel.shape[0]
    at_zero = np.asarray(norm(dense(np.zeros((1, inputs), "float32"))))[0]
    return np.asarray(norm(dense(np.eye(inputs, dtype="float32")))) - at_zero, at_zero
""",
        "no epsilon": (fold(below="variance"), "Epsilon is missing"),
        "an epsilon of 0.001": (fold(below="variance + 0.001"), "written into the code"),
        "no root": (fold().replace(" ** 0.5", ""), "divide by the variance"),
        "rows": (fold(kernel="(kernel.T * scale).T"), "a unit owns a column"),
        "no gamma": (fold().replace("gamma / (", "1 / ("), "Gamma multiplies"),
        "no beta": (fold(bias="(bias - mean) * scale"), "Beta is missing"),
        "no mean": (fold(bias="bias * scale + beta"), "running mean subtracted"),
        "no bias": (fold(bias="beta - mean * scale"), "has a bias already"),
        "the bias as it was": (fold(bias="bias + beta - mean * scale"), "all inputs are 0"),
        "the kernel as it was": (fold(kernel="kernel"), "The kernel is another one"),
        "the bias in a row": (
            fold(bias="((bias - mean) * scale + beta)[np.newaxis]"),
            "shapes should stay",
        ),
        "with the layer itself": (
            fold().replace(
                "    return",
                "    dense.set_weights([kernel * scale, (bias - mean) * scale + beta])\n    return",
            ),
            "The layers have changed",
        ),
        "the kernel alone": (fold().replace(", (bias - mean) * scale + beta", ","), "yours are 1"),
        "nothing is returned": (fold().replace("return", "print(") + ")", "returns None"),
    },
    "refused": {
        "right: digits for one stranger": refused(
            "1 / (1 + (one_in - 1) * np.mean(d) / np.mean(s))"
        ),
        "right: a million images": """
def non_digits_among_refused(digits, non_digits, threshold, one_in):
    strange = 1e6 / one_in * sum(non_digits < threshold) / len(non_digits)
    fine = (1e6 - 1e6 / one_in) * sum(digits < threshold) / len(digits)
    return strange / (strange + fine)
""",
        "both heaps together": (refused("s.sum() / (s.sum() + d.sum())"), "of the two heaps"),
        "of the non-digits": (refused("np.mean(s)"), "share of the non-digits is refused"),
        "equally frequent": (refused("np.mean(s) / (np.mean(s) + np.mean(d))"), "equally frequent"),
        "odds": (refused("np.mean(s) / (one_in - 1) / np.mean(d)"), "for each refused digit"),
        "to so many digits": (
            refused("np.mean(s) / (np.mean(s) + one_in * np.mean(d))"),
            "100 are digits and not 101",
        ),
        "the digits": (
            refused("1 - np.mean(s) / (np.mean(s) + (one_in - 1) * np.mean(d))"),
            "share of digits among the refused",
        ),
        "odds without end": (
            refused("(lambda r: r / (1 + r))(np.mean(s) / (one_in - 1) / np.mean(d))"),
            "Where no digit is refused",
        ),
        "heaps weighted": (
            refused("s.sum() / (s.sum() + (one_in - 1) * d.sum())"),
            "it should be 0.75 of 20.75",
        ),
        "at the threshold, too": (
            refused("np.mean(s) / (np.mean(s) + (one_in - 1) * np.mean(d))", "<="),
            "just the threshold",
        ),
        "nothing is returned": (refused("print(np.mean(s))"), "returns None"),
    },
    "combine": {
        "right: weights that add up to 1": """
def combined(gradients, images):
    total = np.zeros_like(gradients[0])
    for one, share in zip(gradients, np.array(images) / sum(images)):
        if share:
            total += share * one
    return total
""",
        "right: average": combined(
            "np.average([g for g, n in pairs if n], axis=0, weights=[n for g, n in pairs if n])"
        ),
        "the mean of the workers": (
            combined("np.mean(gradients, axis=0)"),
            "mean over the workers",
        ),
        "the sum of the workers": (combined("sum(gradients)"), "sum over the workers"),
        "the sum over the images": (
            combined("sum(g * n for g, n in pairs)"),
            "sum over the images",
        ),
        "divided by the workers": (
            combined("sum(g * n for g, n in pairs) / len(pairs)"),
            "not of workers",
        ),
        "two workers": (
            combined("sum(g * n for g, n in pairs[:2]) / sum(images[:2])"),
            "On the batch of 100 images",
        ),
        "0 times NaN": (
            combined("sum(g * n for g, n in pairs) / sum(images)"),
            "worker without images",
        ),
        "NaN is taken for 0": (
            combined("sum(np.nan_to_num(g) * n for g, n in pairs) / sum(images)"),
            "has trouble",
        ),
        "the smallest load counts most": (
            combined("sum(g / n for g, n in pairs) / sum(1 / n for n in images)"),
            "make a mean of 1.5",
        ),
        "added up to one number": (
            combined("sum(np.sum(g) * n for g, n in pairs) / sum(images)"),
            "shape of each worker's",
        ),
        "nothing is returned": (combined("print(pairs)"), "returns None"),
    },
}
