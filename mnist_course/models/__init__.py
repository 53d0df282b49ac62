"""Networks and their layers, in Keras, NumPy and LiteRT."""
