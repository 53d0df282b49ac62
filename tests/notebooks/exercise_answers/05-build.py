"""Answers to the exercises on building, and the verdict that each must get."""

NETWORK = """
def {name}():
    return Sequential([Input(shape=(28, 28, 1)), {layers}])
"""


def network(name, *layers):
    """Write a function that returns a network of these layers."""
    return NETWORK.format(name=name, layers=", ".join(layers))


CONVOLUTION, POOLING = 'Conv2D(8, (5, 5), activation="relu")', "MaxPooling2D()"
HIDDEN, OUTPUT = 'Dense(32, activation="relu")', 'Dense(10, activation="softmax")'

ANSWERS = {
    "count": {
        "right: layer by layer in one sum": """
def parameters(filters=32, kernel=5, hidden=128):
    pooled = ((29 - kernel) // 2) ** 2 * filters
    return (kernel**2 + 1) * filters + (pooled + 1) * hidden + (hidden + 1) * 10
""",
        "no biases": (
            """
def parameters(filters=32, kernel=5, hidden=128):
    side = (29 - kernel) // 2
    return kernel**2 * filters + side**2 * filters * hidden + hidden * 10
""",
            "has a bias too",
        ),
        "no pooling": (
            """
def parameters(filters=32, kernel=5, hidden=128):
    side = 29 - kernel
    return (kernel**2 + 1) * filters + (side**2 * filters + 1) * hidden + (hidden + 1) * 10
""",
            "has pooling quartered",
        ),
        "maps as large as the image": (
            """
def parameters(filters=32, kernel=5, hidden=128):
    return (kernel**2 + 1) * filters + (14 * 14 * filters + 1) * hidden + (hidden + 1) * 10
""",
            "your function says",
        ),
        "maps of 12 x 12 whatever the kernel": (
            """
def parameters(filters=32, kernel=5, hidden=128):
    return (kernel**2 + 1) * filters + (144 * filters + 1) * hidden + (hidden + 1) * 10
""",
            "another kernel's map",
        ),
        "odd maps rounded up": (
            """
def parameters(filters=32, kernel=5, hidden=128):
    side = (30 - kernel) // 2
    return (kernel**2 + 1) * filters + (side**2 * filters + 1) * hidden + (hidden + 1) * 10
""",
            "whose side is odd",
        ),
        "learned by heart": (
            "def parameters(filters=32, kernel=5, hidden=128):\n    return 592_074",
            "see fewer inputs",
        ),
    },
    "convolve": {
        "right: two loops": """
def convolve(image, kernel, bias=0.0):
    k, l = kernel.shape
    rows, columns = image.shape[0] - k + 1, image.shape[1] - l + 1
    found = np.empty((rows, columns))
    for r in range(rows):
        for c in range(columns):
            found[r, c] = np.sum(image[r : r + k, c : c + l] * kernel) + bias
    return found
""",
        "the kernel turned round": (
            """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel[::-1, ::-1]).sum(axis=(2, 3)) + bias
""",
            "upside down",
        ),
        "as large as the image": (
            """
def convolve(image, kernel, bias=0.0):
    k, l = kernel.shape
    image = np.pad(image, ((0, k - 1), (0, l - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3)) + bias
""",
            "in 3 x 4 places",
        ),
        "the last place forgotten": (
            """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows[:-1, :-1] * kernel).sum(axis=(2, 3)) + bias
""",
            "in 3 x 4 places",
        ),
        "no bias": (
            """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))
""",
            "gets the bias",
        ),
        "with relu": (
            """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.maximum((windows * kernel).sum(axis=(2, 3)) + bias, 0)
""",
            "Is there a relu",
        ),
    },
    "mend": {
        "right: layer by layer": """
def mended_network():
    network = Sequential()
    network.add(Input(shape=(28, 28, 1)))
    network.add(Conv2D(8, 5, activation=keras.activations.relu))
    network.add(MaxPooling2D(2))
    network.add(Flatten())
    network.add(Dense(32, activation=keras.activations.relu))
    network.add(Dropout(0.2))
    network.add(Dense(10, activation=keras.activations.softmax))
    return network
""",
        "only the last layer is mended": (
            network(
                "mended_network",
                CONVOLUTION,
                POOLING,
                "Flatten()",
                'Dense(32, activation="softmax")',
                "Dropout(0.2)",
                OUTPUT,
            ),
            "share a single 1",
        ),
        "only the hidden layer is mended": (
            network(
                "mended_network",
                CONVOLUTION,
                POOLING,
                "Flatten()",
                HIDDEN,
                "Dropout(0.2)",
                'Dense(10, activation="relu")',
            ),
            "do not add up to 1",
        ),
        "sigmoid at the end": (
            network(
                "mended_network",
                CONVOLUTION,
                POOLING,
                "Flatten()",
                HIDDEN,
                "Dropout(0.2)",
                'Dense(10, activation="sigmoid")',
            ),
            "do not add up to 1",
        ),
        "no activation in between": (
            network("mended_network", CONVOLUTION, POOLING, "Flatten()", "Dense(32)", OUTPUT),
            "meant to have relu",
        ),
        "the guide's network": ("mended_network = cnn_model", "sizes of the layers"),
    },
    "budget": {
        "right: one convolution, much pooling": network(
            "small_network",
            'Conv2D(12, (5, 5), activation="relu")',
            "MaxPooling2D(4)",
            "Flatten()",
            OUTPUT,
        ),
        "the guide's network": ("small_network = cnn_model", "the budget is 6,000"),
        "only dense": (
            network("small_network", "Flatten()", 'Dense(7, activation="relu")', OUTPUT),
            "neighbouring pixels",
        ),
        "pooled to nothing": (
            network(
                "small_network",
                'Conv2D(4, (5, 5), activation="relu")',
                "MaxPooling2D(24)",
                "Flatten()",
                OUTPUT,
            ),
            "two points more",
        ),
        "no softmax": (
            network(
                "small_network",
                CONVOLUTION,
                POOLING,
                'Conv2D(16, (3, 3), activation="relu")',
                POOLING,
                "Flatten()",
                'Dense(10, activation="sigmoid")',
            ),
            "no probabilities",
        ),
    },
}
