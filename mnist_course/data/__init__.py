"""MNIST: where it comes from, its formats, its preparation and its corruption."""
