"""Answers to the exercises on shapes, and the verdict that each must get."""

ANSWERS = {
    "place": {
        "right: NumPy counts": """
def place(row, column, width):
    return np.ravel_multi_index((row, column), (row + 1, width))
""",
        "right: looked up in numbered pixels": """
def place(row, column, width):
    return np.arange((row + 1) * width).reshape(row + 1, width)[row, column]
""",
        "right: counted in a loop": """
def place(row, column, width):
    before = 0
    for _ in range(row):
        before += width
    return before + column
""",
        "right: a list of all pixels": """
def place(row, column, width):
    return [(r, c) for r in range(row + 1) for c in range(width)].index((row, column))
""",
        "right: a product of two rows": """
def place(row, column, width):
    return np.dot([row, column], [width, 1])
""",
        "right: a floating-point number": """
def place(row, column, width):
    return float(width * row + column)
""",
        "right: an unsigned integer": """
def place(row, column, width):
    return np.uint32(row * width + column)
""",
        "along the columns": (
            """
def place(row, column, width):
    return column * width + row
""",
            "reads along a row first",
        ),
        "counting from one": (
            """
def place(row, column, width):
    return row * width + column + 1
""",
            "one too large",
        ),
        "one too small": (
            """
def place(row, column, width):
    return row * width + column - 1
""",
            "one too small",
        ),
        "always 28": (
            """
def place(row, column, width):
    return row * 28 + column
""",
            "written for a width of 28",
        ),
        "written in": ("place = lambda row, column, width: 94", "should be 0, not 94"),
        "a pair": (
            """
def place(row, column, width):
    return row * width, column
""",
            "should return one number",
        ),
        "only printed": (
            """
def place(row, column, width):
    print(row * width + column)
""",
            "returns None",
        ),
        "when graded: only the widths of the check": (
            """
def place(row, column, width):
    return row * (28 if width == 28 else 9) + column
""",
            "place(1, 0, 40) should be 40, not 9",
        ),
    },
    "pixel": {
        "right: two divisions": """
def pixel(place, width):
    return place // width, place % width
""",
        "right: a list": """
def pixel(place, width):
    row = int(place / width)
    return [row, place - row * width]
""",
        "right: an array": """
def pixel(place, width):
    return np.array([place // width, place % width])
""",
        "right: NumPy counts": """
def pixel(place, width):
    return np.unravel_index(place, (place // width + 1, width))
""",
        "right: subtracted in a loop": """
def pixel(place, width):
    row = 0
    while place >= width:
        place, row = place - width, row + 1
    return row, place
""",
        "right: looked up": """
def pixel(place, width):
    numbered = np.arange(width * (place + 1)).reshape(-1, width)
    return np.argwhere(numbered == place)[0]
""",
        "right: floating-point numbers": """
def pixel(place, width):
    return np.floor(place / width), float(place % width)
""",
        "changed places": (
            """
def pixel(place, width):
    return place % width, place // width
""",
            "changed places",
        ),
        "a fraction of a row": (
            """
def pixel(place, width):
    return place / width, place % width
""",
            "use `//`, not `/`",
        ),
        "counting from one": (
            """
def pixel(place, width):
    return divmod(place - 1, width)
""",
            "pixel(0, 28) should be (0, 0)",
        ),
        "rounded to the nearest row": (
            """
def pixel(place, width):
    return round(place / width), place % width
""",
            "pixel(27, 28) should be (0, 27)",
        ),
        "always 28": (
            """
def pixel(place, width):
    return divmod(place, 28)
""",
            "written for a width of 28",
        ),
        "only the row": (
            """
def pixel(place, width):
    return place // width
""",
            "should return a row and a column",
        ),
        "only printed": (
            """
def pixel(place, width):
    print(divmod(place, width))
""",
            "returns None",
        ),
    },
    "same-order": {
        "right: lists": """
def same_order(before, after):
    return before.ravel().tolist() == after.ravel().tolist()
""",
        "right: one by one": """
def same_order(before, after):
    if before.size != after.size:
        return False
    for a, b in zip(before.flat, after.flat):
        if a != b:
            return False
    return True
""",
        "right: brought into one shape": """
def same_order(before, after):
    return before.size == after.size and (before == after.reshape(before.shape)).all()
""",
        "right: differences": """
def same_order(before, after):
    a, b = before.astype("float64").flatten(), after.astype("float64").flatten()
    return len(a) == len(b) and not np.any(a - b)
""",
        "right: an error is caught": """
def same_order(before, after):
    try:
        return np.all(after.reshape(before.shape) == before)
    except ValueError:
        return False
""",
        "right: 1 and 0": """
def same_order(before, after):
    return int(np.array_equal(np.ravel(before), np.ravel(after)))
""",
        "almost equal": (
            """
def same_order(before, after):
    return before.size == after.size and np.allclose(np.ravel(before), np.ravel(after))
""",
            "only almost equal",
        ),
        "brought into one shape, whatever the numbers of elements": (
            """
def same_order(before, after):
    return np.array_equal(before.reshape(after.shape), after)
""",
            "may have different numbers of elements",
        ),
        "shapes": (
            """
def same_order(before, after):
    return before.shape == after.shape
""",
            "Your function returns False",
        ),
        "sizes": (
            """
def same_order(before, after):
    return before.size == after.size
""",
            "do not show the order",
        ),
        "totals": (
            """
def same_order(before, after):
    return before.sum() == after.sum()
""",
            "do not show the order",
        ),
        "sorted": (
            """
def same_order(before, after):
    return np.array_equal(np.sort(before.ravel()), np.sort(after.ravel()))
""",
            "do not show the order",
        ),
        "shared memory": (
            """
def same_order(before, after):
    return np.shares_memory(before, after)
""",
            "only the shape or the dtype differs",
        ),
        "equal arrays": (
            """
def same_order(before, after):
    return np.array_equal(before, after)
""",
            "only the shape or the dtype differs",
        ),
        "one answer for each number": (
            """
def same_order(before, after):
    return before.ravel() == np.resize(after, before.size)
""",
            "not an array",
        ),
        "the dtype is compared": (
            """
def same_order(before, after):
    return before.dtype == after.dtype and np.array_equal(before.ravel(), after.ravel())
""",
            "only the shape or the dtype differs",
        ),
        "only printed": (
            """
def same_order(before, after):
    print(np.array_equal(before.ravel(), after.ravel()))
""",
            "returns None",
        ),
        "when graded: compared as far as both go": (
            """
def same_order(before, after):
    pairs = zip(before.flat, after.flat)
    return before.size <= after.size and all(a == b for a, b in pairs)
""",
            "do not show the order",
        ),
    },
    "channels": {
        "right: transpose": """
def channels_last(X):
    return X.transpose(0, 2, 3, 1)
""",
        "right: channel by channel": """
def channels_last(X):
    return np.stack([X[:, c] for c in range(X.shape[1])], axis=-1)
""",
        "right: two exchanges": """
def channels_last(X):
    return X.swapaxes(1, 2).swapaxes(2, 3)
""",
        "right: rollaxis": """
def channels_last(X):
    return np.rollaxis(X, 1, 4)
""",
        "right: einsum": """
def channels_last(X):
    return np.einsum("nchw->nhwc", X)
""",
        "right: a list of floating-point arrays": """
def channels_last(X):
    return [np.dstack(list(image)).astype("float32") for image in X]
""",
        "right: nested loops": """
def channels_last(X):
    n, channels, height, width = X.shape
    result = np.zeros((n, height, width, channels))
    for row in range(height):
        for column in range(width):
            result[:, row, column] = X[:, :, row, column]
    return result
""",
        "as the colleague": (
            """
def channels_last(X):
    n, c, h, w = X.shape
    return X.reshape(n, h, w, c)
""",
            "colleague's pictures",
        ),
        "all axes reversed but the first": (
            """
def channels_last(X):
    return X.transpose(0, 3, 2, 1)
""",
            "are transposed",
        ),
        "swapaxes": (
            """
def channels_last(X):
    return X.swapaxes(1, 3)
""",
            "are transposed",
        ),
        "channels in reverse": (
            """
def channels_last(X):
    return np.moveaxis(X, 1, -1)[..., ::-1]
""",
            "in reverse order",
        ),
        "a 3 written in": (
            """
def channels_last(X):
    return np.stack([X[:, 0], X[:, 1], X[:, 2]], axis=-1)
""",
            "any number of channels",
        ),
        "a stack of channels in front": (
            """
def channels_last(X):
    return np.stack([X[:, c] for c in range(X.shape[1])], axis=1)
""",
            "should become (10, 28, 28, 3)",
        ),
        "in an array of bytes": (
            """
def channels_last(X):
    n, channels, height, width = X.shape
    result = np.zeros((n, height, width, channels), "uint8")
    for c in range(channels):
        result[..., c] = X[:, c]
    return result
""",
            "has the dtype uint8, which cannot hold",
        ),
        "one channel for all": (
            """
def channels_last(X):
    return np.stack([X[:, 0]] * X.shape[1], axis=-1)
""",
            "channel 1 is not the picture",
        ),
        "nothing is returned": (
            """
def channels_last(X):
    X = np.moveaxis(X, 1, -1)
""",
            "returns None",
        ),
    },
    "side-by-side": {
        "right: hstack": """
def side_by_side(X):
    return np.hstack(list(X))
""",
        "right: moveaxis": """
def side_by_side(X):
    return np.moveaxis(X, 0, 1).reshape(X.shape[1], -1)
""",
        "right: concatenate": """
def side_by_side(X):
    return np.concatenate([image for image in X], axis=1)
""",
        "right: a loop": """
def side_by_side(X):
    n, height, width = X.shape
    picture = np.zeros((height, n * width), dtype="float32")
    for i in range(n):
        picture[:, i * width : i * width + width] = X[i]
    return picture
""",
        "right: lists of rows": """
def side_by_side(X):
    return [[float(p) for image in X for p in image[row]] for row in range(X.shape[1])]
""",
        "right: block": """
def side_by_side(X):
    return np.block([list(X)])
""",
        "one below the other": (
            """
def side_by_side(X):
    return X.reshape(-1, X.shape[2])
""",
            "one below the other",
        ),
        "reshape alone": (
            """
def side_by_side(X):
    return X.reshape(X.shape[1], -1)
""",
            "A reshape alone",
        ),
        "28 written in": (
            """
def side_by_side(X):
    return X.swapaxes(0, 1).reshape(28, -1)
""",
            "cannot reshape",
        ),
        "from right to left": (
            """
def side_by_side(X):
    return np.hstack(list(X[::-1]))
""",
            "is not image 0",
        ),
        "pixels interleaved": (
            """
def side_by_side(X):
    return np.moveaxis(X, 0, -1).reshape(X.shape[1], -1)
""",
            "columns of the images are interleaved",
        ),
        "in an array of bytes": (
            """
def side_by_side(X):
    return np.hstack(list(X)).astype("uint8")
""",
            "has the dtype uint8, which cannot hold",
        ),
        "nothing is returned": (
            """
def side_by_side(X):
    np.hstack(list(X))
""",
            "returns None",
        ),
    },
    "sheet": {
        "right: two loops": """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = int(np.ceil(n / columns))
    sheet = np.zeros((height * rows, width * columns), dtype=X.dtype)
    for i, image in enumerate(X):
        r, c = divmod(i, columns)
        sheet[height * r : height * (r + 1), width * c : width * (c + 1)] = image
    return sheet
""",
        "right: as floating-point numbers": """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = (n + columns - 1) // columns
    full = np.zeros((rows * columns, height, width))
    full[:n] = X
    full = full.reshape(rows, columns, height, width).transpose(0, 2, 1, 3)
    return full.reshape(rows * height, columns * width)
""",
        "right: padded": """
def contact_sheet(X, columns):
    full = np.pad(X, ((0, -len(X) % columns), (0, 0), (0, 0)))
    grid = np.moveaxis(full.reshape(-1, columns, *X.shape[1:]), 1, 2)
    return grid.reshape(-1, columns * X.shape[2])
""",
        "right: hstack and vstack": """
def contact_sheet(X, columns):
    images = list(X)
    while len(images) % columns:
        images.append(np.zeros_like(X[0]))
    starts = range(0, len(images), columns)
    return np.vstack([np.hstack(images[start : start + columns]) for start in starts])
""",
        "right: with the function before": """
def contact_sheet(X, columns):
    missing = np.zeros((-len(X) % columns, *X.shape[1:]), X.dtype)
    X = np.concatenate([X, missing])
    return np.concatenate([side_by_side(X[i : i + columns]) for i in range(0, len(X), columns)])
""",
        "right: a list of lists": """
def contact_sheet(X, columns):
    n, height, width = X.shape
    sheet = [[0] * (columns * width) for _ in range(-(-n // columns) * height)]
    for i in range(n):
        for r in range(height):
            for c in range(width):
                sheet[i // columns * height + r][i % columns * width + c] = X[i, r, c]
    return sheet
""",
        "in an array of bytes": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = -(-n // columns)
    full = np.zeros((rows * columns, height, width), "uint8")
    full[:n] = X
    grid = full.reshape(rows, columns, height, width)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width)
""",
            "has the dtype uint8, which cannot hold",
        ),
        "no exchange of axes": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = -(-n // columns)
    full = np.zeros((rows * columns, height, width), X.dtype)
    full[:n] = X
    return full.reshape(rows * height, columns * width)
""",
            "upper left corner",
        ),
        "top to bottom": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = -(-n // columns)
    full = np.zeros((rows * columns, height, width), X.dtype)
    full[:n] = X
    full = full.reshape(columns, rows, height, width).transpose(1, 2, 0, 3)
    return full.reshape(rows * height, columns * width)
""",
            "below the first one",
        ),
        "the last row is dropped": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = n // columns
    X = X[: rows * columns].reshape(rows, columns, height, width)
    return X.swapaxes(1, 2).reshape(rows * height, columns * width)
""",
            "make a sheet of shape (84, 140)",
        ),
        "always one row more": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = n // columns + 1
    full = np.zeros((rows * columns, height, width), X.dtype)
    full[:n] = X
    grid = full.reshape(rows, columns, height, width)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width)
""",
            "6 images of 28 x 28 in 2 columns make",
        ),
        "one row more by rounding to the nearest": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = max(1, round(n / columns))
    full = np.zeros((rows * columns, height, width), X.dtype)
    full[:n] = X[: len(full)]
    grid = full.reshape(rows, columns, height, width)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width)
""",
            "make a sheet of shape",
        ),
        "places that are left over repeat": (
            """
def contact_sheet(X, columns):
    n, height, width = X.shape
    rows = -(-n // columns)
    full = np.resize(X, (rows * columns, height, width))
    grid = full.reshape(rows, columns, height, width)
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width)
""",
            "left over should be 0",
        ),
        "28 written in": (
            """
def contact_sheet(X, columns):
    rows = -(-len(X) // columns)
    full = np.zeros((rows * columns, 28, 28), X.dtype)
    full[: len(X)] = X
    return full.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
""",
            "could not broadcast",
        ),
        "as narrow as the images": (
            """
def contact_sheet(X, columns):
    return np.vstack([np.hstack(list(X[i : i + columns])) for i in range(0, len(X), columns)])
""",
            "must match",
        ),
        "nothing is returned": ("def contact_sheet(X, columns): pass", "returns None"),
    },
}
