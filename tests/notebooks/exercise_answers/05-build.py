"""Answers to the exercises on building, and the verdict that each must get."""


def network(name, *layers):
    """Write a function that returns a network of these layers."""
    return f"""
def {name}():
    return Sequential([Input(shape=(28, 28, 1)), {", ".join(layers)}])
"""


def fixed(*layers):
    """Write a corrected network."""
    return network("corrected_network", *layers)


def small(*layers):
    """Write a network for the budget."""
    return network("small_network", *layers)


CONVOLUTION, POOLING = 'Conv2D(8, (5, 5), activation="relu")', "MaxPooling2D()"
HIDDEN, OUTPUT = 'Dense(32, activation="relu")', 'Dense(10, activation="softmax")'
DROPOUT, FLATTEN = "Dropout(0.2)", "Flatten()"

COUNT = """
def parameters(filters=32, kernel=5, hidden=128):
    {}
"""
WINDOWS = """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return {}
"""
MAPS = """
def one_map(image, kernels, f):
    return sum(convolve(image[..., c], kernels[..., c, f]) for c in range(image.shape[2]))

def feature_maps(image, kernels, biases):
    filters = range(len(biases))
    return {}
"""

ANSWERS = {
    "shapes": {
        "right: lists": """
def trace(side, filters, kernel):
    a = side + 1 - kernel
    b = int(a / 2)
    return [[a, a, filters], [b, b, filters], [b * b * filters]]
""",
        "right: arrays": """
def trace(side, filters, kernel):
    maps = np.array([side - kernel + 1] * 2 + [filters])
    pooled = maps // [2, 2, 1]
    return maps, pooled, np.array([pooled.prod()])
""",
        "right: Keras builds it": """
def trace(side, filters, kernel):
    layers = [Conv2D(filters, (kernel, kernel)), MaxPooling2D(), Flatten()]
    network = Sequential([Input((side, side, 1)), *layers])
    return tuple(layer.output.shape[1:] for layer in network.layers)
""",
        "right: tried on blank paper": """
def trace(side, filters, kernel):
    values, shapes = np.zeros((1, side, side, 1)), []
    for layer in (Conv2D(filters, kernel), MaxPooling2D((2, 2)), Flatten()):
        values = layer(values)
        shapes.append(list(values.shape[1:]))
    return shapes
""",
        "right: counted in loops": """
def trace(side, filters, kernel):
    places = len([row for row in range(side) if row + kernel <= side])
    pooled = len(range(1, places, 2))
    return (places, places, filters), (pooled, pooled, filters), (filters * pooled**2,)
""",
        "right: floating-point numbers, the last shape a number": """
def trace(side, filters, kernel):
    a = float(side - kernel + 1)
    b = np.floor(a / 2)
    return (a, a, filters), (b, b, filters), b * b * filters
""",
        "as large as the image": (
            """
def trace(side, filters, kernel):
    b = side // 2
    return (side, side, filters), (b, b, filters), (b * b * filters,)
""",
            "maps are smaller than the image",
        ),
        "one place is missing": (
            """
def trace(side, filters, kernel):
    a = side - kernel
    return (a, a, filters), (a // 2, a // 2, filters), ((a // 2) ** 2 * filters,)
""",
            "one place is missing",
        ),
        "filters first": (
            """
def trace(side, filters, kernel):
    a = side - kernel + 1
    return (filters, a, a), (filters, a // 2, a // 2), ((a // 2) ** 2 * filters,)
""",
            "the filters are the last axis",
        ),
        "half a window": (
            """
def trace(side, filters, kernel):
    a = side - kernel + 1
    return (a, a, filters), (a / 2, a / 2, filters), (a * a / 4 * filters,)
""",
            "is dropped: the side becomes 12, not 12.5",
        ),
        "rounded up": (
            """
def trace(side, filters, kernel):
    a = side - kernel + 1
    b = -(-a // 2)
    return (a, a, filters), (b, b, filters), (b * b * filters,)
""",
            "is dropped: the side becomes 12, not 13",
        ),
        "the filters are pooled": (
            """
def trace(side, filters, kernel):
    a = side - kernel + 1
    b = a // 2
    return (a, a, filters), (b, b, filters // 2), (b * b * filters // 2,)
""",
            "the shape after MaxPooling2D is (12, 12, 32); yours is (12, 12, 16)",
        ),
        "flattened without filters": (
            """
def trace(side, filters, kernel):
    a = side - kernel + 1
    b = a // 2
    return (a, a, filters), (b, b, filters), (b * b,)
""",
            "Flatten writes",
        ),
        "written in": (
            "def trace(side, filters, kernel):\n    return (24, 24, 32), (12, 12, 32), (4608,)",
            "In how many places",
        ),
        "only the last": (
            "def trace(side, filters, kernel):\n"
            "    return (((side - kernel + 1) // 2) ** 2 * filters,)",
            "Three shapes are asked for",
        ),
        "nothing is returned": (
            "def trace(side, filters, kernel):\n    print(side - kernel + 1)",
            "returns None",
        ),
    },
    "count": {
        "right: in one sum": COUNT.format(
            "return (kernel**2 + 1) * filters + (((29 - kernel) // 2) ** 2 * filters + 1) * hidden"
            " + (hidden + 1) * 10"
        ),
        "right: with the function from a": COUNT.format(
            "(flat,) = np.ravel(trace(28, filters, kernel)[2])\n"
            "    return sum(n * (seen + 1) for n, seen in "
            "((filters, kernel**2), (hidden, flat), (10, hidden)))"
        ),
        "right: in a loop": COUNT.format(
            """places = 0
    while places + kernel <= 28:
        places += 1
    total = 0
    for seen, outputs in [
        (kernel * kernel, filters), ((places // 2) ** 2 * filters, hidden), (hidden, 10)
    ]:
        total += seen * outputs + outputs
    return total"""
        ),
        "right: NumPy": COUNT.format(
            "side = (28 - kernel + 1) // 2\n"
            "    seen = np.array([kernel**2, side**2 * filters, hidden])\n"
            "    return np.dot(seen + 1, [filters, hidden, 10])"
        ),
        "right: floating-point numbers": COUNT.format(
            "side = np.floor((28 - kernel + 1) / 2)\n"
            "    weights = kernel**2 * filters + side**2 * filters * hidden + 10 * hidden\n"
            "    return float(weights + filters + hidden + 10)"
        ),
        "right: a dictionary of layers": COUNT.format(
            """side = (28 - kernel + 1) // 2
    layers = {"convolution": filters * kernel**2 + filters}
    layers["hidden"] = side * side * filters * hidden + hidden
    layers["last"] = hidden * 10 + 10
    return sum(layers.values())"""
        ),
        "the network is built": (
            COUNT.format(
                "layers = [Conv2D(filters, kernel), MaxPooling2D(), Flatten(), Dense(hidden),"
                " Dense(10)]\n"
                "    return Sequential([Input((28, 28, 1)), *layers]).count_params()"
            ),
            "Does it build the network",
        ),
        "no biases": (
            COUNT.format(
                "side = (29 - kernel) // 2\n"
                "    return kernel**2 * filters + side**2 * filters * hidden + hidden * 10"
            ),
            "170 biases are missing",
        ),
        "no biases of the filters": (
            COUNT.format(
                "side = (29 - kernel) // 2\n"
                "    return kernel**2 * filters + (side**2 * filters + 1) * hidden"
                " + 10 * (hidden + 1)"
            ),
            "some biases are missing",
        ),
        "no pooling": (
            COUNT.format(
                "side = 29 - kernel\n"
                "    return (kernel**2 + 1) * filters + (side**2 * filters + 1) * hidden"
                " + (hidden + 1) * 10"
            ),
            "Has pooling made the maps smaller",
        ),
        "a dense layer for each map": (
            COUNT.format(
                "side = (29 - kernel) // 2\n"
                "    return (kernel**2 + 1) * filters + (side**2 + 1) * hidden + (hidden + 1) * 10"
            ),
            "sees the maps of all filters",
        ),
        "maps as large as the image": (
            COUNT.format(
                "return (kernel**2 + 1) * filters + (14 * 14 * filters + 1) * hidden"
                " + (hidden + 1) * 10"
            ),
            "592,074 parameters; you return 805,066",
        ),
        "maps of 12 x 12, whatever the kernel": (
            COUNT.format(
                "return (kernel**2 + 1) * filters + (144 * filters + 1) * hidden"
                " + (hidden + 1) * 10"
            ),
            "693,962 parameters; you return",
        ),
        "odd maps rounded up": (
            COUNT.format(
                "side = (30 - kernel) // 2\n"
                "    return (kernel**2 + 1) * filters + (side**2 * filters + 1) * hidden"
                " + (hidden + 1) * 10"
            ),
            "8 filters of 4 x 4",
        ),
        "half a row of the pooled maps": (
            COUNT.format(
                "side = (29 - kernel) / 2\n"
                "    return (kernel**2 + 1) * filters + (side**2 * filters + 1) * hidden"
                " + (hidden + 1) * 10"
            ),
            "is dropped: the side becomes 12, not 12.5",
        ),
        "written in": (COUNT.format("return 592_074"), "16 filters of 5 x 5"),
        "layer by layer": (
            COUNT.format("return [26 * filters, 4609 * hidden, 10 * hidden + 10]"),
            "one number is asked for",
        ),
        "nothing is returned": (COUNT.format("print(filters * 26)"), "returns None"),
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
        "right: lists": """
def convolve(image, kernel, bias=0.0):
    a, k = image.tolist(), kernel.tolist()
    rows, columns = range(len(k)), range(len(k[0]))
    return [
        [
            bias + sum(a[r + i][c + j] * k[i][j] for i in rows for j in columns)
            for c in range(len(a[0]) - len(k[0]) + 1)
        ]
        for r in range(len(a) - len(k) + 1)
    ]
""",
        "right: the image is moved": """
def convolve(image, kernel, bias=0.0):
    rows, columns = np.subtract(image.shape, kernel.shape) + 1
    result = np.full((rows, columns), float(bias))
    for (i, j), weight in np.ndenumerate(kernel):
        result += weight * image[i : i + rows, j : j + columns]
    return result
""",
        "right: a layer of Keras": """
def convolve(image, kernel, bias=0.0):
    layer = Conv2D(1, kernel.shape)
    layer.build((None, *image.shape, 1))
    layer.set_weights([kernel[:, :, None, None], np.array([bias])])
    return np.array(layer(image[None, :, :, None]))[0, :, :, 0]
""",
        "right: keras.ops, a tensor": """
def convolve(image, kernel, bias=0.0):
    image, kernel = image.astype("float32"), kernel.astype("float32")
    return keras.ops.conv(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0] + bias
""",
        "right: einsum, float32": WINDOWS.format(
            'np.einsum("rcij,ij->rc", windows, kernel).astype("float32") + np.float32(bias)'
        ),
        "the kernel rotated": (
            WINDOWS.format("(windows * kernel[::-1, ::-1]).sum(axis=(2, 3)) + bias"),
            "rotated by 180 degrees",
        ),
        "as large as the image": (
            """
def convolve(image, kernel, bias=0.0):
    k, l = kernel.shape
    image = np.pad(image, ((0, k - 1), (0, l - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3)) + bias
""",
            "in (3, 4) places",
        ),
        "the last place is forgotten": (
            WINDOWS.format("(windows[:-1, :-1] * kernel).sum(axis=(2, 3)) + bias"),
            "in (3, 4) places",
        ),
        "no bias": (WINDOWS.format("(windows * kernel).sum(axis=(2, 3))"), "0.5 is not added"),
        "the bias on each product": (
            WINDOWS.format("(windows * kernel + bias).sum(axis=(2, 3))"),
            "added to each product",
        ),
        "relu": (
            WINDOWS.format("np.maximum((windows * kernel).sum(axis=(2, 3)) + bias, 0)"),
            "relu was not asked for",
        ),
        "mean for sum": (
            WINDOWS.format("(windows * kernel).mean(axis=(2, 3)) + bias"),
            "the mean of the products",
        ),
        "only the first place is right": (
            WINDOWS.format(
                "(windows * kernel).sum(axis=(2, 3))[0, 0] * (windows[..., 0, 0] > 0) + bias"
            ),
            "in row",
        ),
        "constant sizes": (
            """
def convolve(image, kernel, bias=0.0):
    sums = np.zeros((3, 4))
    for r in range(3):
        for c in range(4):
            window = image[r : r + kernel.shape[0], c : c + kernel.shape[1]]
            sums[r, c] = (window * kernel).sum() + bias
    return sums
""",
            "in (4, 4) places",
        ),
        "a window of 3 x 3, whatever the kernel": (
            """
def convolve(image, kernel, bias=0.0):
    sums = np.zeros(np.subtract(image.shape, kernel.shape) + 1)
    for r, c in np.ndindex(*sums.shape):
        sums[r, c] = (image[r : r + 3, c : c + 3] * kernel).sum() + bias
    return sums
""",
            "the kernel here is 2 x 2",
        ),
        "the kernel is transposed": (
            """
def convolve(image, kernel, bias=0.0):
    k, l = kernel.shape
    sums = np.full((image.shape[0] - k + 1, image.shape[1] - l + 1), float(bias))
    for i in range(k):
        for j in range(l):
            sums += kernel.T.reshape(k, l)[i, j] * image[i:, j:][: len(sums), : sums.shape[1]]
    return sums
""",
            "the sum is",
        ),
        "the kernel becomes a sum of 1": (
            """
def convolve(image, kernel, bias=0.0):
    kernel /= np.abs(kernel).sum()
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3)) + bias
""",
            "the sum is",
        ),
        "in place": (
            """
def convolve(image, kernel, bias=0.0):
    k, l = kernel.shape
    rows, columns = image.shape[0] - k + 1, image.shape[1] - l + 1
    for r in range(rows):
        for c in range(columns):
            image[r, c] = (image[r : r + k, c : c + l] * kernel).sum() + bias
    return image[:rows, :columns]
""",
            "changes an array",
        ),
        "nothing is returned": (
            "def convolve(image, kernel, bias=0.0):\n    (image[:2, :2] * 2).sum() + bias",
            "returns None",
        ),
    },
    "feature-maps": {
        "right: windows at once": """
def feature_maps(image, kernels, biases):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.maximum(np.einsum("rcnij,ijnf->rcf", windows, kernels) + biases, 0)
""",
        "right: four loops": """
def feature_maps(image, kernels, biases):
    k, l, channels, filters = kernels.shape
    rows, columns = image.shape[0] - k + 1, image.shape[1] - l + 1
    result = np.zeros((rows, columns, filters))
    for r in range(rows):
        for c in range(columns):
            for f in range(filters):
                total = biases[f]
                for n in range(channels):
                    total += np.sum(image[r : r + k, c : c + l, n] * kernels[:, :, n, f])
                result[r, c, f] = total if total > 0 else 0
    return result
""",
        "right: a layer of Keras": """
def feature_maps(image, kernels, biases):
    layer = Conv2D(len(biases), kernels.shape[:2], activation="relu")
    layer.build((None, *image.shape))
    layer.set_weights([kernels, biases])
    return layer(image[None])[0]
""",
        "right: layer and relu apart, float32": """
def feature_maps(image, kernels, biases):
    image, kernels = image[None].astype("float32"), kernels.astype("float32")
    return ReLU()(keras.ops.conv(image, kernels) + biases.astype("float32"))[0]
""",
        "right: the bias goes with the first channel": """
def feature_maps(image, kernels, biases):
    maps = []
    for f in range(kernels.shape[3]):
        total = convolve(image[:, :, 0], kernels[:, :, 0, f], biases[f])
        for c in range(1, kernels.shape[2]):
            total = total + np.asarray(convolve(image[:, :, c], kernels[:, :, c, f]))
        maps.append(np.where(total > 0, total, 0))
    return np.dstack(maps)
""",
        "right: lists": """
def feature_maps(image, kernels, biases):
    k, l = kernels.shape[:2]
    places = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:3])[:, :, 0]
    return [
        [[max(0.0, (w * kernels[..., f]).sum() + b) for f, b in enumerate(biases)] for w in row]
        for row in places
    ]
""",
        "no relu": (
            MAPS.format("np.stack([one_map(image, kernels, f) + biases[f] for f in filters], -1)"),
            "relu is missing",
        ),
        "no biases": (
            MAPS.format(
                "np.maximum(np.stack([one_map(image, kernels, f) for f in filters], -1), 0)"
            ),
            "the biases are not added",
        ),
        "relu before the biases": (
            MAPS.format(
                "np.maximum(np.stack([one_map(image, kernels, f) for f in filters], -1), 0)"
                " + biases"
            ),
            "relu comes last",
        ),
        "a bias for each channel": (
            """
def feature_maps(image, kernels, biases):
    channels = range(image.shape[2])
    maps = [
        sum(convolve(image[..., c], kernels[..., c, f], bias) for c in channels)
        for f, bias in enumerate(biases)
    ]
    return np.maximum(np.stack(maps, -1), 0)
""",
            "added once for each channel",
        ),
        "relu on each channel": (
            """
def feature_maps(image, kernels, biases):
    channels = range(image.shape[2])
    maps = [
        sum(np.maximum(convolve(image[..., c], kernels[..., c, f]), 0) for c in channels) + bias
        for f, bias in enumerate(biases)
    ]
    return np.maximum(np.stack(maps, -1), 0)
""",
            "relu is applied to each channel",
        ),
        "only the first channel": (
            """
def feature_maps(image, kernels, biases):
    maps = [
        convolve(image[..., 0], kernels[..., 0, f], bias) for f, bias in enumerate(biases)
    ]
    return np.maximum(np.stack(maps, -1), 0)
""",
            "only one of the 3 channels",
        ),
        "filters first": (
            MAPS.format("np.maximum([one_map(image, kernels, f) + biases[f] for f in filters], 0)"),
            "they belong on the last axis",
        ),
        "only the first filter": (
            MAPS.format(
                "np.maximum(np.stack([one_map(image, kernels, 0) + biases[f] for f in filters],"
                " -1), 0)"
            ),
            "the maps of these filters are wrong, counted from 0: [1]",
        ),
        "filters backwards": (
            MAPS.format(
                "np.maximum(np.stack([one_map(image, kernels, f) + biases[f] for f in filters],"
                " -1), 0)[..., ::-1]"
            ),
            "counted from 0: [0, 1]",
        ),
        "the channels stay apart": (
            MAPS.format(
                "np.maximum(np.stack([convolve(image[..., c], kernels[..., c, 0], biases[0])"
                " for c in range(image.shape[2])], -1), 0)"
            ),
            "2 filters give maps of shape",
        ),
        "in place": (
            """
def feature_maps(image, kernels, biases):
    image *= -1
    channels = range(image.shape[2])
    maps = [
        sum(convolve(image[..., c], -kernels[..., c, f]) for c in channels) + bias
        for f, bias in enumerate(biases)
    ]
    return np.maximum(np.stack(maps, -1), 0)
""",
            "changes an array",
        ),
        "nothing is returned": (
            "def feature_maps(image, kernels, biases):\n    np.maximum(image, 0)",
            "returns None",
        ),
    },
    "fix": {
        "right: layer by layer": """
def corrected_network():
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
        "right: activations as layers": fixed(
            "Conv2D(8, (5, 5))",
            "ReLU()",
            POOLING,
            FLATTEN,
            "Dense(32)",
            "ReLU()",
            DROPOUT,
            "Dense(10)",
            "Softmax()",
        ),
        "right: the layer Activation, after pooling and Dropout": fixed(
            "Conv2D(8, (5, 5))",
            POOLING,
            'Activation("relu")',
            FLATTEN,
            "Dense(32)",
            DROPOUT,
            'Activation("relu")',
            "Dense(10)",
            'Activation("softmax")',
        ),
        "right: functional": """
def corrected_network():
    image = Input((28, 28, 1))
    values = MaxPooling2D()(Conv2D(8, (5, 5), activation="relu")(image))
    values = Dense(32)(Flatten()(values))
    values = Dropout(0.2)(ReLU()(values))
    return keras.Model(image, Dense(10, activation="softmax")(values))
""",
        "right: the colleague's layers, changed": """
def corrected_network():
    network = colleagues_network()
    network.layers[3].activation = keras.activations.relu
    network.layers[5].activation = keras.activations.softmax
    return network
""",
        "right: compiled": """
def corrected_network():
    layers = [Conv2D(8, (5, 5), activation="relu"), MaxPooling2D((2, 2)), Flatten()]
    layers += [Dense(32, "relu"), Dropout(0.2), Dense(10, "softmax")]
    network = keras.models.Sequential(layers)
    network.build((None, 28, 28, 1))
    network.compile(loss="categorical_crossentropy", optimizer="adam")
    return network
""",
        "only the last layer": (
            fixed(
                CONVOLUTION, POOLING, FLATTEN, 'Dense(32, activation="softmax")', DROPOUT, OUTPUT
            ),
            "share a sum of 1",
        ),
        "only the hidden layer": (
            fixed(CONVOLUTION, POOLING, FLATTEN, HIDDEN, DROPOUT, 'Dense(10, activation="relu")'),
            "the last layer has relu",
        ),
        "sigmoid at the end": (
            fixed(
                CONVOLUTION, POOLING, FLATTEN, HIDDEN, DROPOUT, 'Dense(10, activation="sigmoid")'
            ),
            "the last layer has sigmoid",
        ),
        "softmax twice": (
            fixed(CONVOLUTION, POOLING, FLATTEN, HIDDEN, DROPOUT, OUTPUT, "Softmax()"),
            "two softmax, one after the other",
        ),
        "no activation in between": (
            fixed(CONVOLUTION, POOLING, FLATTEN, "Dense(32)", DROPOUT, OUTPUT),
            "The hidden layer has no activation",
        ),
        "tanh in between": (
            fixed(CONVOLUTION, POOLING, FLATTEN, 'Dense(32, activation="tanh")', DROPOUT, OUTPUT),
            "The hidden layer has another activation",
        ),
        "Dropout is deleted": (
            fixed(CONVOLUTION, POOLING, FLATTEN, HIDDEN, OUTPUT),
            "The layer Dropout(0.2) is missing",
        ),
        "more Dropout": (
            fixed(CONVOLUTION, POOLING, FLATTEN, HIDDEN, "Dropout(0.5)", OUTPUT),
            "The layer Dropout(0.2) is missing",
        ),
        "Dropout elsewhere": (
            fixed(CONVOLUTION, POOLING, DROPOUT, FLATTEN, HIDDEN, OUTPUT),
            "The same layers, in another order",
        ),
        "softmax on the convolution": (
            fixed(
                'Conv2D(8, (5, 5), activation="softmax")', POOLING, FLATTEN, HIDDEN, DROPOUT, OUTPUT
            ),
            "The convolution has softmax",
        ),
        "no activation on the convolution": (
            fixed("Conv2D(8, (5, 5))", POOLING, FLATTEN, HIDDEN, DROPOUT, OUTPUT),
            "The convolution has no activation",
        ),
        "softmax first": (
            fixed("Softmax()", CONVOLUTION, POOLING, FLATTEN, HIDDEN, DROPOUT, OUTPUT),
            "other layers than before",
        ),
        "another layer": (
            fixed(CONVOLUTION, POOLING, FLATTEN, HIDDEN, HIDDEN, DROPOUT, OUTPUT),
            "other layers than before",
        ),
        "no biases": (
            fixed(
                CONVOLUTION,
                POOLING,
                FLATTEN,
                'Dense(32, activation="relu", use_bias=False)',
                DROPOUT,
                OUTPUT,
            ),
            "is missing, or has another size",
        ),
        "the lesson's network": (
            "from mnist_course import cnn_model as corrected_network",
            "is missing, or has another size",
        ),
        "a list of layers": (
            "def corrected_network():\n    return ['relu', 'softmax']",
            "A network is asked for",
        ),
        "nothing is returned": (
            "def corrected_network():\n    Sequential([Input((28, 28, 1)), Flatten()])",
            "returns None",
        ),
    },
    "budget": {
        "right: one convolution, much pooling": small(
            'Conv2D(12, (5, 5), activation="relu")', "MaxPooling2D(4)", FLATTEN, OUTPUT
        ),
        "right: layer by layer, activations as layers": """
def small_network():
    network = Sequential()
    network.add(Input((28, 28, 1)))
    for filters, side in ((8, 5), (16, 3)):
        network.add(Conv2D(filters, side))
        network.add(ReLU())
        network.add(MaxPooling2D())
    network.add(Flatten())
    network.add(Dense(10))
    network.add(Softmax())
    return network
""",
        "right: functional": """
def small_network():
    image = Input((28, 28, 1))
    values = MaxPooling2D()(Conv2D(10, 5, activation="relu")(image))
    values = MaxPooling2D()(Conv2D(16, 3, activation="relu")(values))
    return keras.Model(image, Dense(10, activation="softmax")(Flatten()(values)))
""",
        "right: other layers of Keras": small(
            'Conv2D(16, 5, activation="relu")',
            "MaxPooling2D(3)",
            'keras.layers.SeparableConv2D(24, 3, activation="relu")',
            "MaxPooling2D()",
            FLATTEN,
            OUTPUT,
        ),
        "right: compiled, with padding": """
def small_network():
    layers = [Conv2D(8, 5, padding="same", activation="relu"), MaxPooling2D(2)]
    layers += [Conv2D(16, 3, activation="relu"), MaxPooling2D(3), Flatten()]
    network = Sequential([Input((28, 28, 1)), *layers, Dense(10, activation="softmax")])
    network.compile(optimizer="adam", loss="categorical_crossentropy")
    return network
""",
        "the lesson's network": (
            "from mnist_course import cnn_model as small_network",
            "6,000 are allowed",
        ),
        "the first attempt": (small(CONVOLUTION, POOLING, FLATTEN, OUTPUT), "6,000 are allowed"),
        "only dense": (
            small(FLATTEN, 'Dense(7, activation="relu")', OUTPUT),
            "neighbouring pixels",
        ),
        "pooled to nothing": (
            small('Conv2D(4, (5, 5), activation="relu")', "MaxPooling2D(24)", FLATTEN, OUTPUT),
            "enough numbers left for the last layer",
        ),
        "only dense, trained inside": (
            """
def small_network():
    layers = [Flatten(), Dense(7, activation="relu"), Dense(10, activation="softmax")]
    network = Sequential([Input((28, 28, 1)), *layers])
    network.compile(loss="categorical_crossentropy", optimizer="adam")
    network.fit(X_train, y_train, epochs=30, verbose=0)
    return network
""",
            "neighbouring pixels",
        ),
        "a bit better": (
            small(
                "keras.layers.AveragePooling2D(2)",
                'Conv2D(16, 3, activation="relu")',
                "MaxPooling2D(3)",
                FLATTEN,
                OUTPUT,
            ),
            "At least 30 more are asked for",
        ),
        "sigmoid at the end": (
            small(
                CONVOLUTION,
                POOLING,
                'Conv2D(16, (3, 3), activation="relu")',
                POOLING,
                FLATTEN,
                'Dense(10, activation="sigmoid")',
            ),
            "are no probabilities",
        ),
        "eleven outputs": (
            small(
                CONVOLUTION,
                POOLING,
                'Conv2D(16, (3, 3), activation="relu")',
                POOLING,
                FLATTEN,
                'Dense(11, activation="softmax")',
            ),
            "Ten outputs for each image",
        ),
        "always the same network": (
            small(
                CONVOLUTION,
                POOLING,
                'Conv2D(16, (3, 3), activation="relu")',
                POOLING,
                FLATTEN,
                OUTPUT,
            )
            + "the_network = small_network()\ndef small_network():\n    return the_network\n",
            "returns the same network twice",
        ),
        "nothing is returned": (
            "def small_network():\n    Sequential([Input((28, 28, 1)), Flatten()])",
            "returns None",
        ),
    },
}
