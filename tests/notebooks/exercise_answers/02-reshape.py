"""Answers to the exercises on shapes, and the verdict that each must get."""

ANSWERS = {
    "place": {
        "right: NumPy counts": """
def place(row, column, width=28):
    return np.ravel_multi_index((row, column), (row + 1, width))

def pixel(place, width=28):
    return place // width, place % width
""",
        "along the columns": (
            """
def place(row, column, width=28):
    return column * width + row

def pixel(place, width=28):
    return place % width, place // width
""",
            "along a row first",
        ),
        "counting from one": (
            """
def place(row, column, width=28):
    return row * width + column + 1

def pixel(place, width=28):
    return divmod(place - 1, width)
""",
            "One too far",
        ),
        "the way back is turned round": (
            """
def place(row, column, width=28):
    return row * width + column

def pixel(place, width=28):
    return place % width, place // width
""",
            "each other's place",
        ),
        "always 28": (
            """
def place(row, column, width=28):
    return row * 28 + column

def pixel(place, width=28):
    return divmod(place, 28)
""",
            "another width",
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
        "as the colleague": (
            """
def channels_last(X):
    n, c, h, w = X.shape
    return X.reshape(n, h, w, c)
""",
            "colleague's pictures",
        ),
        "axes turned round": (
            """
def channels_last(X):
    return X.transpose(0, 3, 2, 1)
""",
            "on their side",
        ),
        "swapaxes": (
            """
def channels_last(X):
    return X.swapaxes(1, 3)
""",
            "on their side",
        ),
        "channels turned round": (
            """
def channels_last(X):
    return np.moveaxis(X, 1, -1)[..., ::-1]
""",
            "not the picture that it was",
        ),
        "a 3 written into it": (
            """
def channels_last(X):
    return np.stack([X[:, 0], X[:, 1], X[:, 2]], axis=-1)
""",
            "is a 3 or a 28 written into it",
        ),
        "a stack of channels in front": (
            """
def channels_last(X):
    return np.stack([X[:, c] for c in range(X.shape[1])], axis=1)
""",
            "The shape should be",
        ),
    },
    "sheet": {
        "right: two loops": """
def contact_sheet(X, columns):
    rows = int(np.ceil(len(X) / columns))
    sheet = np.zeros((28 * rows, 28 * columns), dtype=X.dtype)
    for i, image in enumerate(X):
        r, c = divmod(i, columns)
        sheet[28 * r : 28 * r + 28, 28 * c : 28 * c + 28] = image
    return sheet
""",
        "no exchange of axes": (
            """
def contact_sheet(X, columns):
    rows = -(-len(X) // columns)
    full = np.zeros((rows * columns, 28, 28), X.dtype)
    full[: len(X)] = X
    return full.reshape(rows * 28, columns * 28)
""",
            "upper left corner",
        ),
        "top to bottom": (
            """
def contact_sheet(X, columns):
    rows = -(-len(X) // columns)
    full = np.zeros((rows * columns, 28, 28), X.dtype)
    full[: len(X)] = X
    full = full.reshape(columns, rows, 28, 28).transpose(1, 2, 0, 3)
    return full.reshape(rows * 28, columns * 28)
""",
            "below the first one",
        ),
        "the last row is dropped": (
            """
def contact_sheet(X, columns):
    rows = len(X) // columns
    X = X[: rows * columns]
    return X.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
""",
            "need 3 rows",
        ),
        "always one row more": (
            """
def contact_sheet(X, columns):
    rows = len(X) // columns + 1
    full = np.zeros((rows * columns, 28, 28), X.dtype)
    full[: len(X)] = X
    return full.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
""",
            "fill 3 rows exactly",
        ),
        "left-over places repeat": (
            """
def contact_sheet(X, columns):
    rows = -(-len(X) // columns)
    full = np.resize(X, (rows * columns, 28, 28))
    return full.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
""",
            "should be white",
        ),
        "floats": (
            """
def contact_sheet(X, columns):
    rows = -(-len(X) // columns)
    full = np.zeros((rows * columns, 28, 28))
    full[: len(X)] = X
    return full.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
""",
            "on the sheet they are float64",
        ),
    },
}
